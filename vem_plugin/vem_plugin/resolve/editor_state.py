"""What an editor was looking at: page, timeline, playhead, bin, In and Out. Read before our work, put back after it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.open_project import OpenTimeline, open_timeline, walk_bins

LOG = logging.getLogger(__name__)

_MARKED = ("video", "audio")


@dataclass(frozen=True)
class EditorState:
    """Held as names and numbers, so that it can be put back through another connection."""

    page: str | None
    bin_id: str | None
    current_id: str  # of the timeline that was current, which may be another than ours
    timecode: str | None
    marks: tuple[tuple[str, int | None, int | None], ...]  # kind, in, out, of our timeline

    @classmethod
    def read(cls, opened: OpenTimeline) -> EditorState:
        """What the editor looks at now."""
        folder = opened.media_pool.GetCurrentFolder()
        current = opened.project.GetCurrentTimeline() or opened.timeline
        return cls(
            page=opened.resolve.GetCurrentPage(),
            bin_id=None if folder is None else folder.GetUniqueId(),
            current_id=current.GetUniqueId() or "",
            timecode=current.GetCurrentTimecode(),
            marks=_marks(opened.timeline),
        )

    def put_back(self, opened: OpenTimeline) -> None:
        """Make the editor look at it again. What cannot be put back is logged; the rest is put back."""
        steps: tuple[tuple[str, Callable[[OpenTimeline], None]], ...] = (
            ("the In and Out points", self._put_back_marks),
            ("the current bin", self._put_back_bin),
            ("the current timeline and playhead", self._put_back_current),
            ("the page", self._put_back_page),
        )
        for what, step in steps:
            try:
                step(opened)
            except Exception:  # a border: to Resolve's process, which may be gone
                LOG.warning("Resolve did not take back %s.", what)

    def _put_back_marks(self, opened: OpenTimeline) -> None:
        if _marks(opened.timeline) == self.marks:
            return
        opened.timeline.ClearMarkInOut("all")
        for kind, first, last in self.marks:
            if first is not None and last is not None:
                opened.timeline.SetMarkInOut(first, last, kind)

    def _put_back_bin(self, opened: OpenTimeline) -> None:
        folder = opened.media_pool.GetCurrentFolder()
        if self.bin_id is None or (folder is not None and folder.GetUniqueId() == self.bin_id):
            return
        for candidate in walk_bins(opened.media_pool):
            if candidate.GetUniqueId() == self.bin_id:
                opened.media_pool.SetCurrentFolder(candidate)
                return

    def _put_back_current(self, opened: OpenTimeline) -> None:
        current = opened.project.GetCurrentTimeline()
        if current is None or current.GetUniqueId() != self.current_id:
            current = open_timeline(opened.resolve, self.current_id).timeline
            opened.project.SetCurrentTimeline(current)
        if self.timecode is not None and current.GetCurrentTimecode() != self.timecode:
            current.SetCurrentTimecode(self.timecode)

    def _put_back_page(self, opened: OpenTimeline) -> None:
        if self.page is not None and opened.resolve.GetCurrentPage() != self.page:
            opened.resolve.OpenPage(self.page)


def _marks(timeline: api.Timeline) -> tuple[tuple[str, int | None, int | None], ...]:
    found = quirks.marks(timeline)
    return tuple((kind, _frame(found[kind], "in"), _frame(found[kind], "out")) for kind in _MARKED if kind in found)


def _frame(marks: api.MarkRange, name: str) -> int | None:
    return int(marks[name]) if name in marks else None
