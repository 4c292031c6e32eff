"""Timeline formats that are read and written here rather than by an adapter: each a package of its own."""
