"""Two conventions of a retimed clip's range: OpenTimelineIO's is as long as the clip is on the record; some writers
give the stretch of the source that it uses. Where only the second makes the lanes agree, it is what is meant."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise

import opentimelineio as otio

from vem_core.contract.errors import TimelineError
from vem_plugin.timeline.dialect import Dialect
from vem_plugin.timeline.flattening import Flattener
from vem_plugin.timeline.pictures import speed_of
from vem_plugin.timeline.record_clock import RecordClock, round_frames

FEWEST_AGREEING_EDITS = 2
"""Edits after a retimed clip that another lane must share."""

SOURCE_RANGES_NOTICE = (
    "Retimed clips state the stretch of source they use: only so do the edits of the lanes meet, so their lengths were "
    "divided by their speeds."
)


def reading_dialect(timeline: otio.schema.Timeline, clock: RecordClock, dialect: Dialect) -> Dialect:
    """The dialect, with the convention of retimed clips that the timeline's lanes agree under."""
    tracks = [track for track in timeline.tracks if isinstance(track, otio.schema.Track) and dialect.is_enabled(track)]
    if len(tracks) < 2 or dialect.warped_ranges:
        return dialect
    retimed = [track for track in tracks if any(_is_retimed(item) for item in track)]
    if not retimed:
        return dialect
    other = dataclasses.replace(dialect, source_ranges=True)
    try:
        usual, sourced = (_agreement(tracks, retimed, Flattener(clock, reading)) for reading in (dialect, other))
    except TimelineError:
        return dialect  # reading says what is wrong
    shared, edits = sourced
    if edits >= FEWEST_AGREEING_EDITS and shared == edits and usual[0] < usual[1]:
        return other
    return dialect


def _agreement(
    tracks: Sequence[otio.schema.Track], retimed: Sequence[otio.schema.Track], flattener: Flattener
) -> tuple[int, int]:
    """Of the edits from the first retimed clip's end on, how many another lane has too, and how many there are."""
    ends = {id(track): {round_frames(placed.end) for placed in flattener.contents(track)} for track in tracks}
    shared = edits = 0
    for track in retimed:
        others = {edit for other in tracks if other is not track for edit in ends[id(other)]}
        for edit in _edits_after_a_warp(track, flattener):
            edits += 1
            shared += edit in others
    return shared, edits


def _edits_after_a_warp(track: otio.schema.Track, flattener: Flattener) -> Iterator[int]:
    warped = False
    for placed, following in pairwise((*flattener.contents(track), None)):
        if placed is None:
            break
        warped = warped or _is_retimed(placed.item)
        if warped and not isinstance(placed.item, otio.schema.Transition) and _is_edit(placed.item, following):
            yield round_frames(placed.end)


def _is_edit(item: otio.core.Composable, following: object) -> bool:
    """Whether an item's end is an edit: a gap at a lane's end only pads it."""
    return not (following is None and isinstance(item, otio.schema.Gap))


def _is_retimed(item: otio.core.Composable) -> bool:
    if isinstance(item, otio.schema.Transition) or not len(item.effects):
        return False
    try:
        return speed_of(item) not in (-1, 0, 1)
    except TimelineError:
        return False
