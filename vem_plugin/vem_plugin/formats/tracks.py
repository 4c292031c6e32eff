"""Items at record frames, laid out as OpenTimelineIO tracks: gaps in between, transitions on their boundaries."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import opentimelineio as otio


class Placed(NamedTuple):
    """An item at [start, end) of a track, in frames."""

    start: int
    end: int
    item: otio.core.Item


class Fade(NamedTuple):
    """A transition over [start, end); it stands between the items beside it in its strip."""

    start: int
    end: int
    name: str


@dataclass
class Strip:
    """Items in order, with the transitions between them, that belong onto one track."""

    entries: list[Placed | Fade] = field(default_factory=list)

    @property
    def start(self) -> int:
        return min((entry.start for entry in self.entries), default=0)

    @property
    def end(self) -> int:
        """The frame after its last entry; 0 where it is empty."""
        return max((entry.end for entry in self.entries), default=0)


class Times:
    """Makes OpenTimelineIO's times at one rate."""

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz

    def time(self, frames: float) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, self.rate_hz)

    def range(self, start: float, length: float) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(self.time(start), self.time(length))

    def gap(self, length: int) -> otio.schema.Gap:
        """A gap of `length` frames."""
        return otio.schema.Gap(source_range=self.range(0, length))


def pack(strips: Iterable[Strip]) -> list[list[Strip]]:
    """The strips on as few tracks as hold them without overlap, each on the lowest that is free."""
    tracks: list[list[Strip]] = []
    for strip in sorted((strip for strip in strips if strip.entries), key=lambda strip: strip.start):
        free = next((track for track in tracks if track[-1].end <= strip.start), None)
        if free is None:
            tracks.append([strip])
        else:
            free.append(strip)
    return tracks


def build_track(name: str, kind: str, strips: Sequence[Strip], times: Times, length: int = 0) -> otio.schema.Track:
    """A track of strips that do not overlap; with `length`, a gap fills it up to there."""
    items: list[otio.core.Composable] = []
    position = 0
    for strip in strips:
        for index, entry in enumerate(strip.entries):
            if isinstance(entry, Fade):
                transition = _transition(entry, _neighbour(strip, index, -1), _neighbour(strip, index, 1), times)
                if transition is None:
                    continue
                following = _neighbour(strip, index, 1)
                if _stands_at_head(entry, position, following) and following is not None:
                    if following.start > position:
                        items.append(times.gap(following.start - position))
                    position = following.start
                items.append(transition)
                continue
            if entry.start > position:
                items.append(times.gap(entry.start - position))
            items.append(entry.item if entry.item.parent() is None else copy.deepcopy(entry.item))
            position = entry.end
    if length > position:
        items.append(times.gap(length - position))
    track = otio.schema.Track(name, kind=kind)
    track.extend(items)
    return track


def _stands_at_head(fade: Fade, position: int, following: Placed | None) -> bool:
    """Whether a transition stands on the beginning of what follows rather than on the end of what went before."""
    return following is not None and not fade.start <= position <= fade.end


def _neighbour(strip: Strip, index: int, step: int) -> Placed | None:
    index += step
    entry = strip.entries[index] if 0 <= index < len(strip.entries) else None
    return entry if isinstance(entry, Placed) else None


def _transition(fade: Fade, before: Placed | None, after: Placed | None, times: Times) -> otio.schema.Transition | None:
    boundary = None
    if before is not None and fade.start <= before.end <= fade.end:
        boundary = before.end
    elif after is not None and fade.start <= after.start <= fade.end:
        boundary = after.start
    if boundary is None or fade.end <= fade.start:
        return None
    return otio.schema.Transition(
        name=fade.name,
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=times.time(boundary - fade.start),
        out_offset=times.time(fade.end - boundary),
    )
