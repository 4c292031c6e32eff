"""The panel: the window in which an editor scores a timeline (PySide6)."""
