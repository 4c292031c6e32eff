"""Composing: a score plan in, notes out."""
