"""Rhythm: beats planned to the cuts, measured on the sound, corrected and reported."""
