"""The host side of the inference core: starting it, finding it, talking to it."""
