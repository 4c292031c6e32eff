"""A demo edit with footage of its own, so that anyone can see the tool work a minute after cloning it."""
