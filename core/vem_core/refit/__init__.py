"""Refitting: the same piece after a re-cut, with every bar that can stay left as it was. See docs/editors/recut.md."""
