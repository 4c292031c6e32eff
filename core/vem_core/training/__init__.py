"""Training: one command a stage, resumable at any step."""
