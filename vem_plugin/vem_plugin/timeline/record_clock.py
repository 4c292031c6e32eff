"""Exact record time: OpenTimelineIO's floating-point times as whole or fractional record frames.

Every time of a file comes in through `exact_rate` and `exact_value`: what passes is a number that no later room can
divide by to no end, or overflow with.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import opentimelineio as otio

from vem_core.contract.errors import RateError, TimelineUnreadable
from vem_core.contract.time import nominal_rate, snap_rate

Exact: TypeAlias = int | Fraction
"""A position or length in frames without rounding; a whole number is an int, which is far quicker to add."""

SLOWEST_CLOCK, FASTEST_CLOCK = 1e-3, 1e10
"""Ticks per second that a time may be written in: of seconds (1), of sound (48,000), of nanoseconds (1e9)."""

LARGEST_VALUE = 1e15

_RATES: dict[Fraction, Fraction] = {}


@functools.lru_cache(maxsize=256)
def exact_rate(rate: float) -> Fraction:
    """The exact rate meant by a float in a file; equal rates are one object, quick to compare by `is`.

    Raises TimelineUnreadable for what is not a rate.
    """
    try:
        snapped = snap_rate(rate)
    except RateError as error:
        raise TimelineUnreadable(f"The timeline holds a time at {rate} frames per second.") from error
    if not SLOWEST_CLOCK <= snapped <= FASTEST_CLOCK:
        raise TimelineUnreadable(f"The timeline holds a time at {rate:g} frames per second.")
    return _RATES.setdefault(snapped, snapped)


def exact_value(value: float) -> Exact:
    """A float of a file as the number it is. Raises TimelineUnreadable for NaN, infinity, and what no film lasts."""
    if not -LARGEST_VALUE <= value <= LARGEST_VALUE:  # NaN is on neither side
        raise TimelineUnreadable(f"The timeline holds a time of {value:g} frames.")
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
