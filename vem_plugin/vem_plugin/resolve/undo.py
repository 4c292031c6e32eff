"""What we changed in a project, kept as steps back: Resolve's API groups nothing into one undo.

A step is written down before its change is tried, since an answer can get lost after the change was made; it looks for
what was changed by file and place, so that it works through another connection, and does nothing if there is nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.open_project import OpenTimeline, file_path, find_media, walk_bins

LOG = logging.getLogger(__name__)


class Step(Protocol):
    """A step back."""

    @property
    def what(self) -> str:
        """What is still changed if the step fails, as part of a sentence."""
        ...

    def undo(self, opened: OpenTimeline) -> bool:
        """Take the change back; whether it is gone."""
        ...


class Journal:
    """The steps back, last change first."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def note(self, step: Step) -> None:
        """Put a step on top: it is the first to be taken back."""
        self._steps.append(step)

    def undo(self, opened: OpenTimeline) -> list[str]:
        """Take all changes back; what could not be."""
        failed = []
        for step in reversed(self._steps):
            try:
                done = step.undo(opened)
            except Exception:  # a border: to Resolve's process
                LOG.info("A step back failed", exc_info=True)
                done = False
            if not done:
                failed.append(step.what)
        return failed

    def pending(self) -> list[str]:
        """What is changed if no step can be taken."""
        return [step.what for step in reversed(self._steps)]


@dataclass(frozen=True)
class ScorePosition:
    """Where a score of ours stands; enough to put it there again."""

    path: str
    track_index: int
    start_frames: int  # record frames from the timeline's start
    source_start: int  # at the media's rate
    source_end_excl: int
    sound: quirks.ClipSound | None = None  # level and fades of the clip; None: not told


@dataclass(frozen=True)
class BinAdded:
    name: str
    what: str = "an empty bin of ours is in the media pool"

    def undo(self, opened: OpenTimeline) -> bool:
        for folder in walk_bins(opened.media_pool):
            if folder.GetName() == self.name:
                if not quirks.listed(folder.GetClipList()) and not quirks.listed(folder.GetSubFolderList()):
                    root = opened.media_pool.GetRootFolder()
                    if root is not None:
                        opened.media_pool.SetCurrentFolder(root)  # a current bin is not deleted
                    return quirks.accepted(opened.media_pool.DeleteFolders([folder]))
                return True
        return True


@dataclass(frozen=True)
class MediaImported:
    path: str
    what: str = "the new take is in the media pool"

    def undo(self, opened: OpenTimeline) -> bool:
        item = find_media(opened.media_pool, self.path)
        if item is None:
            return True
        return quirks.retried(lambda: quirks.accepted(opened.media_pool.DeleteClips([item])))


@dataclass(frozen=True)
class TrackAdded:
    count_before: int
    what: str = "an empty audio track of ours is on the timeline"

    def undo(self, opened: OpenTimeline) -> bool:
        timeline, index = opened.timeline, self.count_before + 1
        if timeline.GetTrackCount("audio") != index:
            return True
        if quirks.listed(timeline.GetItemListInTrack("audio", index)):
            return False
        return quirks.accepted(timeline.DeleteTrack("audio", index))


@dataclass(frozen=True)
class TrackSwitchedOff:
    index: int
    name: str

    @property
    def what(self) -> str:
        return f"the audio track {self.name!r} is switched off"

    def undo(self, opened: OpenTimeline) -> bool:
        return quirks.accepted(opened.timeline.SetTrackEnable("audio", self.index, True))


@dataclass(frozen=True)
class ScoreAppended:
    position: ScorePosition
    what: str = "the new take is on the timeline"

    def undo(self, opened: OpenTimeline) -> bool:
        items = items_at(opened.timeline, self.position)
        return not items or quirks.delete_items(opened.resolve, opened.timeline, items)


@dataclass(frozen=True)
class ScoreDeleted:
    position: ScorePosition
    what: str = "the earlier take is off the timeline (it is still in the media pool)"

    def undo(self, opened: OpenTimeline) -> bool:
        if items_at(opened.timeline, self.position):
            return True
        append(opened, self.position)
        return bool(items_at(opened.timeline, self.position))


def items_at(timeline: api.Timeline, position: ScorePosition) -> list[api.TimelineItem]:
    """The items of that file that begin at that frame of that track."""
    start = int(timeline.GetStartFrame())
    return [
        item
        for item in quirks.listed(timeline.GetItemListInTrack("audio", position.track_index))
        if quirks.offset_frames(start, item.GetStart()) == position.start_frames
        and file_path(item.GetMediaPoolItem()) == position.path
    ]


def append(opened: OpenTimeline, position: ScorePosition) -> None:
    """Ask Resolve to put a file of the media pool there, with level and fades; only reading back tells if it did."""
    item = find_media(opened.media_pool, position.path)
    if item is None:
        return
    opened.media_pool.AppendToTimeline(
        [
            {
                "mediaPoolItem": item,
                "startFrame": position.source_start,
                "endFrame": position.source_end_excl,
                "mediaType": api.AUDIO_ONLY,
                "trackIndex": position.track_index,
                "recordFrame": quirks.record_frame(opened.timeline, position.start_frames),
            }
        ]
    )
    if position.sound is not None:
        for laid in items_at(opened.timeline, position):
            quirks.set_clip_sound(laid, position.sound)
