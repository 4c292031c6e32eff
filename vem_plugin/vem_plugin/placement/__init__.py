"""Putting the score on a lane of the timeline."""
