"""Hierarchical parsing (VeM section 2.1): a timeline as global cues, storyboard cues and frame-level cues. No torch
here."""
