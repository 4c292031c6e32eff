"""Source media: finding it and decoding frames of it."""
