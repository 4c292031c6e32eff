"""What a window shows and changes: one timeline, its direction, its takes. No widgets here."""
