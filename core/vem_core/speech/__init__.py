"""Room for speech: a level curve under dialogue and narration, and the measure of what it does."""
