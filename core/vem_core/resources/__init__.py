"""What ships with the product: where the files lie, and which weights there are."""
