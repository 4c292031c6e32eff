"""Exact record time: OpenTimelineIO's floating-point times as whole or fractional record frames."""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, RateError, TimelineUnreadable
from vem_core.contract.time import HIGHEST_RATE, LOWEST_RATE, nominal_rate, snap_rate
from vem_plugin.timeline.dialect import entries

Exact: TypeAlias = int | Fraction
"""A position or length in frames without rounding; a whole number is an int, which is far quicker to add."""

_RATES: dict[Fraction, Fraction] = {}


@functools.lru_cache(maxsize=256)
def exact_rate(rate: float) -> Fraction:
    """The exact rate meant by a float in a file; equal rates are one object, quick to compare by `is`.

    Raises TimelineUnreadable for what is not a rate.
    """
    try:
        snapped = snap_rate(rate)
        return _RATES.setdefault(snapped, snapped)
    except RateError as error:
        raise TimelineUnreadable(f"The timeline holds a time at {rate} frames per second.") from error


def exact_value(value: float) -> Exact:
    """A float of a file as the number it is. Raises TimelineUnreadable for NaN and infinity."""
    if not math.isfinite(value):
        raise TimelineUnreadable(f"The timeline holds a time of {value} frames.")
    whole = int(value)
    return whole if whole == value else Fraction(value)


def magnitude(value: Exact) -> Exact:
    """The value without its sign."""
    return -value if value < 0 else value


def round_frames(position: Exact) -> int:
    """The nearest whole frame; halves go up."""
    return position if isinstance(position, int) else math.floor(position + Fraction(1, 2))


@dataclass(frozen=True)
class RecordClock:
    """Counts frames of the timeline at its rate, which comes from `exact_rate`."""

    rate: Fraction

    def frames(self, time: otio.opentime.RationalTime) -> Exact:
        """A time, at whatever rate it is written, in record frames."""
        value = exact_value(time.value)
        if value == 0:
            return 0
        rate = exact_rate(time.rate)
        if rate is self.rate:
            return value
        exact = value * self.rate / rate
        return exact.numerator if exact.denominator == 1 else exact

    def start_frames(self, time: otio.opentime.RationalTime | None) -> int:
        """A start timecode as a frame number.

        A start counted at the nominal rate (86400 at 24 for a timeline at 23.976) is the frame number already.
        """
        if time is None or time.value == 0:
            return 0
        rate = exact_rate(time.rate)
        if rate != self.rate and nominal_rate(rate) == nominal_rate(self.rate):
            return round_frames(exact_value(time.value))
        return round_frames(self.frames(time))


_ITEMS_ASKED = 500  # of each track, for the rate that most have


def find_record_rate(timeline: otio.schema.Timeline, tracks: Iterable[otio.core.Composition]) -> Fraction:
    """The rate of a timeline: what the editor states, else the start timecode's if its items use it, else the items'.

    Raises NoPicture if there is no item that has a length.
    """
    stated = _stated_rate(timeline.metadata) or _stated_rate(timeline.tracks.metadata)
    if stated is not None:
        return stated
    rates = (rate for track in tracks for item in itertools.islice(track, _ITEMS_ASKED) for rate in _item_rates(item))
    counts = Counter(rates)
    start = timeline.global_start_time
    if start is not None and 0 < start.rate <= HIGHEST_RATE:
        start_rate = exact_rate(start.rate)
        if start_rate in counts:
            return start_rate
    if not counts:
        raise NoPicture("The timeline's video tracks are empty.")
    return max(counts, key=lambda rate: (counts[rate], rate))


def _item_rates(item: otio.core.Composable) -> list[Fraction]:
    if isinstance(item, otio.schema.Transition):
        return []
    span = item.source_range
    if span is None and isinstance(item, otio.schema.Clip):
        span = item.media_reference.available_range
    if span is None and isinstance(item, otio.core.Composition):
        return [rate for child in item for rate in _item_rates(child)]
    rate = span.duration.rate if span is not None else 0.0
    return [exact_rate(rate)] if 0 < rate <= HIGHEST_RATE else []


def _stated_rate(metadata: otio.core.AnyDictionary) -> Fraction | None:
    """The frame rate that Premiere Pro writes for its sequences, where there is one."""
    premiere = dict(entries(metadata)).get("PremierePro_OTIO")
    stack = premiere.get("Stack", premiere) if isinstance(premiere, Mapping) else None
    stated = stack.get("VideoFrameRate") if isinstance(stack, Mapping) else None
    if not isinstance(stated, str | int | float):
        return None
    try:
        rate = snap_rate(stated)
    except RateError:
        return None
    return _RATES.setdefault(rate, rate) if rate <= HIGHEST_RATE else None
