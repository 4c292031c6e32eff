"""Editors: where timelines come from and tracks go to."""
