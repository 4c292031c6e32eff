"""A track as items at record positions, taken apart and put together again without moving anything.

Positions and durations are record frames, counted from the beginning of the track. Bare gaps only keep items apart, so
they are dropped and regenerated; a gap that carries markers, effects or metadata is an item like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.time import snap_rate


@dataclass(frozen=True)
class LaidItem:
    """An item and where it stands. A transition stands at its cut and lasts nothing."""

    start_frames: Fraction
    duration_frames: Fraction
    item: otio.core.Composable

    @property
    def end_excl_frames(self) -> Fraction:
        """Where the item ends, exclusive."""
        return self.start_frames + self.duration_frames

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """Where the item stands, [start, end)."""
        return self.start_frames, self.end_excl_frames

    def overlaps(self, start_frames: Fraction, end_excl_frames: Fraction) -> bool:
        """Whether the item and [start, end) share a frame; for a transition, whether its cut lies inside."""
        if self.duration_frames == 0:
            return start_frames < self.start_frames < end_excl_frames
        return self.start_frames < end_excl_frames and start_frames < self.end_excl_frames


def read_layout(track: otio.schema.Track, rate: Fraction) -> list[LaidItem]:
    """The items of a track in order, without bare gaps."""
    laid: list[LaidItem] = []
    position = Fraction(0)
    for item in track:
        length = Fraction(0) if isinstance(item, otio.schema.Transition) else frames_of(item.duration(), rate)
        if not is_bare_gap(item):
            laid.append(LaidItem(position, length, item))
        position += length
    return laid


def write_layout(
    track: otio.schema.Track, laid: Iterable[LaidItem], time: Callable[[Fraction], otio.opentime.RationalTime]
) -> None:
    """Make these, in order, the items of a track, with gaps between them; they must not overlap."""
    ordered = list(laid)
    track.clear()
    position = Fraction(0)
    for entry in ordered:
        if entry.start_frames > position:
            track.append(otio.schema.Gap(duration=time(entry.start_frames - position)))
        track.append(entry.item)
        position = entry.end_excl_frames


def is_bare_gap(item: otio.core.Composable) -> bool:
    """Whether an item is nothing but distance."""
    return isinstance(item, otio.schema.Gap) and not (item.markers or item.effects or item.metadata or item.name)


def frames_of(time: otio.opentime.RationalTime, rate: Fraction) -> Fraction:
    """An OpenTimelineIO time in frames at an exact rate; fractional values stay as they are."""
    value = Fraction(time.value).limit_denominator(1_000_000)
    return value if time.rate <= 0 else value * rate / snap_rate(time.rate)
