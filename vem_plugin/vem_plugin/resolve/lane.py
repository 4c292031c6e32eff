"""Our lane on Resolve's timeline: stereo audio tracks of ours, what stands on them, and putting a take there.

Resolve cannot trim or move an item, so what a new score covers in part is deleted, and what is left of it put back from
the media pool. Nothing that others put on the lane is touched: where it is in the way, the score goes to another track.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.errors import OutputError
from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.media import media_rate, read_tag
from vem_plugin.resolve.open_project import OpenTimeline, file_path
from vem_plugin.resolve.undo import (
    Journal,
    ScoreAppended,
    ScoreDeleted,
    ScorePosition,
    TrackAdded,
    TrackSwitchedOff,
    append,
    items_at,
)

_TAKE_NAME = re.compile(r"-take\d+(\.wav)?$", re.IGNORECASE)


@dataclass(frozen=True)
class LaidItem:
    """An item on a track. `lane` is the lane that it is a score of; None: it is not ours."""

    item: api.TimelineItem
    track_index: int
    start_frames: int  # record frames from the timeline's start
    end_excl_frames: int
    lane: str | None = None

    def overlaps(self, start_frames: int, end_excl_frames: int) -> bool:
        return self.start_frames < end_excl_frames and start_frames < self.end_excl_frames


@dataclass(frozen=True)
class Lane:
    """An audio track of ours, and everything on it except transitions."""

    index: int
    name: str
    locked: bool
    items: tuple[LaidItem, ...]


def find_lanes(timeline: api.Timeline, name: str) -> list[Lane]:
    """The stereo tracks of that name (with a number where there are several), and those, under whatever name, that
    hold a score of that lane."""
    lanes = []
    for index in range(1, (timeline.GetTrackCount("audio") or 0) + 1):
        found = timeline.GetTrackName("audio", index) or ""
        listed = quirks.listed(timeline.GetItemListInTrack("audio", index))
        named = _is_name(found, name) and quirks.is_stereo(timeline, index)
        if not named and not any(_may_be_ours(item) for item in listed):
            continue
        items = tuple(_laid(timeline, index, listed, name))
        if named or any(entry.lane == name for entry in items):
            locked = timeline.GetIsTrackLocked("audio", index) is True
            lanes.append(Lane(index, found, locked, items))
    return lanes


def check_unlocked(lanes: Sequence[Lane]) -> None:
    """Raise OutputError where a lane of ours is locked: the editor wants it left alone."""
    for lane in lanes:
        if lane.locked:
            raise OutputError(
                f"The audio track {lane.name!r} (A{lane.index}) is locked in Resolve.",
                hint="Unlock it, or score with another --track-name.",
            )


@dataclass(frozen=True)
class Placing:
    """A take on its way to the lane."""

    item: api.MediaPoolItem
    lane: str
    start_frames: int  # record frames from the timeline's start
    duration_frames: int
    whole: bool  # it scores the whole timeline, so that no other score of the lane stays
    handle_frames: int = 0  # record frames of music in the file before the range

    @property
    def span(self) -> tuple[int, int]:
        return self.start_frames, self.start_frames + self.duration_frames


def place(opened: OpenTimeline, placing: Placing, journal: Journal) -> tuple[str, ...]:
    """Put a take on the lane, in place of our scores that it covers, and read it back. Raises OutputError.

    The new clip gets level and fades of the one it replaces; what could not be kept of them is returned in sentences.
    """
    lanes = find_lanes(opened.timeline, placing.lane)
    check_unlocked(lanes)
    index = _free_track(lanes, placing.span)
    if index is None:
        index = _add_track(opened.timeline, placing.lane, len(lanes), journal)
    covered = [
        entry
        for lane in lanes
        for entry in lane.items
        if entry.lane == placing.lane and (placing.whole or entry.overlaps(*placing.span))
    ]
    replaced = _take_off(opened, covered, placing, journal)
    rate = opened.rate
    source_rate = media_rate(placing.item, opened.project_rate)
    source_start = quirks.source_frames(placing.handle_frames, rate, source_rate)
    position = ScorePosition(
        path=file_path(placing.item),
        track_index=index,
        start_frames=placing.start_frames,
        source_start=source_start,
        source_end_excl=source_start + quirks.source_frames(placing.duration_frames, rate, source_rate),
        sound=_sound_of_longest(replaced),
    )
    _put(opened, position, journal)
    _check_length(opened, position, placing.duration_frames, rate / source_rate)
    return _sound_notices(opened, position, replaced)


def switch_off(opened: OpenTimeline, number: int, name: str, journal: Journal) -> None:
    """Switch the temp track off, an audio track of that number and name. Raises OutputError where it is another now."""
    timeline = opened.timeline
    if timeline.GetTrackName("audio", number) != name:
        raise OutputError(
            f"The audio track A{number} is no longer {name!r}; it was left on, and nothing was placed.",
            hint="Read the timeline again, then place the take.",
        )
    if timeline.GetIsTrackEnabled("audio", number) is False:
        return
    journal.note(TrackSwitchedOff(number, name))
    timeline.SetTrackEnable("audio", number, False)
    if timeline.GetIsTrackEnabled("audio", number) is not False:
        raise OutputError(f"Resolve did not switch the audio track {name!r} off.", hint="Switch it off by hand.")


def _may_be_ours(item: api.TimelineItem) -> bool:
    """Whether an item is called as our WAVs are: one question each, on tracks of thousands of items."""
    return _TAKE_NAME.search(item.GetName() or "") is not None


def _laid(timeline: api.Timeline, index: int, items: Sequence[api.TimelineItem], lane: str) -> list[LaidItem]:
    laid = []
    timeline_start = int(timeline.GetStartFrame())
    for item in quirks.split_transitions(items)[0]:
        tag = read_tag(item.GetMediaPoolItem())
        owner = None if tag is None else str(tag.get("lane", lane))
        start = quirks.offset_frames(timeline_start, item.GetStart())
        laid.append(LaidItem(item, index, start, quirks.offset_frames(timeline_start, item.GetEnd()), owner))
    return laid


def _is_name(found: str, name: str) -> bool:
    return found == name or (found.startswith(f"{name} ") and found[len(name) + 1 :].isdecimal())


def _free_track(lanes: Sequence[Lane], span: tuple[int, int]) -> int | None:
    """The first lane on which nothing that is not ours is in the way."""
    for lane in lanes:
        if not any(entry.lane is None and entry.overlaps(*span) for entry in lane.items):
            return lane.index
    return None


def _add_track(timeline: api.Timeline, name: str, lanes_before: int, journal: Journal) -> int:
    journal.note(TrackAdded(timeline.GetTrackCount("audio") or 0))
    index = quirks.add_stereo_track(timeline, name if lanes_before == 0 else f"{name} {lanes_before + 1}")
    if index is None:
        raise OutputError("Resolve did not add an audio track.", hint="See that the timeline may be changed.")
    if not quirks.is_stereo(timeline, index):
        raise OutputError("Resolve did not make the new audio track stereo.", hint="Add a stereo track by hand.")
    return index


def _sound_of_longest(replaced: Sequence[ScorePosition]) -> quirks.ClipSound | None:
    """Level and fades of the longest score that is replaced."""
    longest = max(replaced, key=lambda position: position.source_end_excl - position.source_start, default=None)
    return None if longest is None else longest.sound


def _sound_notices(opened: OpenTimeline, position: ScorePosition, replaced: Sequence[ScorePosition]) -> tuple[str, ...]:
    if not replaced:
        return ()
    if position.sound is None:
        return ("Level and fades of the earlier take's clip are not kept: Resolve tells them from 21.1 on.",)
    (item,) = items_at(opened.timeline, position)
    if quirks.set_clip_sound(item, position.sound):
        return ()
    return ("Resolve did not take over level and fades of the earlier take's clip; set them again.",)


def _take_off(
    opened: OpenTimeline, covered: Sequence[LaidItem], placing: Placing, journal: Journal
) -> list[ScorePosition]:
    """Delete scores of ours, and put back what the new one leaves of them. Where they stood."""
    positions = [_position(opened, entry) for entry in covered]
    for position in positions:
        journal.note(ScoreDeleted(position))
    if covered and not quirks.delete_items(opened.resolve, opened.timeline, [entry.item for entry in covered]):
        raise OutputError(
            "Resolve did not delete the earlier take from the timeline.",
            hint="Close any dialog that is open in Resolve, and try again.",
        )
    if placing.whole:
        return positions
    for entry, position in zip(covered, positions, strict=True):
        for piece in _outside(opened, entry, position, placing.span):
            _put(opened, piece, journal)
    return positions


def _outside(
    opened: OpenTimeline, entry: LaidItem, position: ScorePosition, span: tuple[int, int]
) -> list[ScorePosition]:
    """What is left of a score before and after a span."""
    rate, source_rate = opened.rate, _source_rate(opened, entry)
    pieces = []
    for start, end_excl in ((entry.start_frames, span[0]), (span[1], entry.end_excl_frames)):
        if start < end_excl:
            source = position.source_start + quirks.source_frames(start - entry.start_frames, rate, source_rate)
            length = quirks.source_frames(end_excl - start, rate, source_rate)
            sound = None if position.sound is None else position.sound.level_only
            pieces.append(ScorePosition(position.path, entry.track_index, start, source, source + length, sound))
    return pieces


def _position(opened: OpenTimeline, entry: LaidItem) -> ScorePosition:
    rate, source_rate = opened.rate, _source_rate(opened, entry)
    source = quirks.source_frames(int(entry.item.GetLeftOffset() or 0), rate, source_rate)
    length = quirks.source_frames(entry.end_excl_frames - entry.start_frames, rate, source_rate)
    return ScorePosition(
        file_path(entry.item.GetMediaPoolItem()),
        entry.track_index,
        entry.start_frames,
        source,
        source + length,
        quirks.clip_sound(entry.item),
    )


def _source_rate(opened: OpenTimeline, entry: LaidItem) -> Fraction:
    medium = entry.item.GetMediaPoolItem()
    return opened.project_rate if medium is None else media_rate(medium, opened.project_rate)


def _put(opened: OpenTimeline, position: ScorePosition, journal: Journal) -> None:
    journal.note(ScoreAppended(position))
    append(opened, position)
    if not items_at(opened.timeline, position):
        raise OutputError(
            f"Resolve did not put the score on audio track A{position.track_index}: something is in the way, "
            "or the track is locked.",
            hint="Look at that track, then try again; or score with another --track-name.",
        )


def _check_length(opened: OpenTimeline, position: ScorePosition, duration_frames: int, ratio: Fraction) -> None:
    """Raise OutputError unless the placed item lasts the range; where rates differ, it may end within one source frame
    after it."""
    (item,) = items_at(opened.timeline, position)
    length = round(item.GetEnd() - item.GetStart())
    if not duration_frames <= length <= duration_frames + (0 if ratio == 1 else int(ratio) + 1):
        raise OutputError(
            f"Resolve placed {length} of the score's {duration_frames} frames.",
            hint="Give the timeline the project's frame rate, or score an exported OTIO file.",
        )
