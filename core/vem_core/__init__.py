"""The inference core: parses a cut, plans its beats, generates the music and measures it."""
