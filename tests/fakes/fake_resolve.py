"""A Resolve to test against, which behaves as the real one is documented and reported to.

`FakeStudio` is the program: what is in its project (`resolve_project`), what its user looks at, and switches for what
goes wrong. What a script sees of it are thin views (`resolve_objects`).
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from fakes.resolve_objects import ResolveObject
from fakes.resolve_project import Bin, Edit, Media


class FakeStudio:
    """The program with one project. Change its attributes to set up a test or to make something go wrong."""

    def __init__(self, *edits: Edit, rate: Fraction = Fraction(24), version: tuple[int, ...] = (20, 3, 2)) -> None:
        self.product = "DaVinci Resolve Studio"
        self.version = version
        self.rate = rate
        self.page = "color"
        self.root = Bin("Master", bins=[Bin("Footage")])
        self.current_bin: Bin = self.root.bins[0]
        self.edits = list(edits)
        self.current: Edit | None = edits[0] if edits else None
        self.project_open = True
        self.running = True
        self.generation = 0
        self.calls: list[str] = []
        self.lose_at: Callable[[str], bool] = lambda call: False  # the connection breaks before such a call
        self.refuse: Callable[[str], bool] = lambda call: False  # such a call answers None and does nothing
        self.deletes_fail = 1  # the first attempts to delete that fail for no reason
        self.exports = True
        self.keeps_metadata = True

    def connect(self) -> Any:
        """What `scriptapp("Resolve")` gives: a new connection, or None."""
        if not self.running or "Studio" not in self.product:
            return None
        return ResolveObject(self)

    def lose_before(self, name: str, *, gone: bool = False, times: int = 1) -> None:
        """Break the connection when a call of that name comes for the first (or `times`-th) time."""
        seen = itertools.count(1)

        def lost(call: str) -> bool:
            now = call == name and next(seen) == times
            if now and gone:
                self.running = False
            return now

        self.lose_at = lost

    def snapshot(self) -> Any:
        """Everything that a user could see, to compare before and after."""
        edits = copy.deepcopy(self.edits)
        for edit in edits:
            for track in (*edit.video, *edit.audio):
                for item in track.items:
                    item.id = ""
        current = None if self.current is None else self.current.id
        return edits, copy.deepcopy(self.root), self.current_bin.id, current, self.page

    def add_media(self, path: str | Path, frames: int = 10_000, fps: float = 24) -> Media:
        media = Media(str(path), frames, fps)
        self.root.bins[0].clips.append(media)
        return media
