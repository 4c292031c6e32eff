"""Listening: one player over whatever can make sound, and a silent one where nothing can."""
