"""Listening to an editor's temp track: its tempo, key, energy curve and style become a direction."""
