"""Sound: its types, files and whole numbers, loudness, true peak and limiter, features. One home for each."""
