"""Several pieces of music in one timeline: cutting a request up at its silences and cues, and joining what was made."""
