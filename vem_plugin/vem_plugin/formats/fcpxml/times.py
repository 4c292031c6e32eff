"""Times of FCPXML: rational seconds, counted in exact frames of the sequence that they lie in."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from vem_core.contract.errors import RateError, TimelineUnreadable
from vem_core.contract.time import snap_rate

Exact: TypeAlias = int | Fraction
"""Frames without rounding; a whole number is an int, which is far quicker to add."""

LONGEST_S = 10_000_000
"""Beyond this many seconds (116 days) a time is no editor's."""

HIGHEST_RATE = 1000

_TIME = re.compile(r"\s*([+-]?\d{1,40})(?:/(\d{1,40}))?s?\s*")
_DECIMAL = re.compile(r"\s*([+-]?(?:\d{1,40}\.\d{0,40}|\.\d{1,40}))s?\s*")
_RATE_IN_NAME = re.compile(r"([pi])(\d{2,5})(?!.*[pi]\d)")
_NTSC_NAMES = {
    "2398": Fraction(24000, 1001), "23976": Fraction(24000, 1001), "2997": Fraction(30000, 1001),
    "4795": Fraction(48000, 1001), "5994": Fraction(60000, 1001), "11988": Fraction(120000, 1001),
}  # fmt: skip
LIKELY_RATES = tuple(
    Fraction(rate) for rate in ("24", "25", "24000/1001", "30000/1001", "30", "50", "60000/1001", "60")
)


@functools.lru_cache(maxsize=16384)
def seconds(text: str) -> Fraction:
    """A time such as "1001/24000s", "5s" or "2.5s". Raises TimelineUnreadable for what is none."""
    match = _TIME.fullmatch(text)
    if match is not None:
        below = int(match[2]) if match[2] else 1
        value = Fraction(int(match[1]), below) if below else None
    else:
        decimal = _DECIMAL.fullmatch(text)
        value = Fraction(decimal[1]) if decimal else None
    if value is None or abs(value) > LONGEST_S:
        raise TimelineUnreadable(f"The file holds {text[:40]!r} where a time belongs.")
    return value


class Grid:
    """Counts times in frames of a sequence at its rate."""

    def __init__(self, rate: Fraction) -> None:
        self.rate = rate
        self.rate_hz = float(rate)
        self._known: dict[str, Exact] = {}

    def frames(self, text: str | None, default: Exact = 0) -> Exact:
        """An attribute's time in frames."""
        if text is None:
            return default
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = exact(seconds(text) * self.rate)
        return known


def exact(value: Fraction) -> Exact:
    """A fraction, as an int where it is whole."""
    return value.numerator if value.denominator == 1 else value


def round_frames(position: Exact) -> int:
    """The nearest whole frame; halves go up."""
    return position if isinstance(position, int) else (2 * position.numerator // position.denominator + 1) // 2


def rate_of_duration(text: str | None) -> Fraction | None:
    """The rate of a frame that lasts so long; None for what is no frame of a picture."""
    if text is None or seconds(text) <= 0:
        return None
    try:
        rate = snap_rate(1 / seconds(text))
    except RateError:
        return None
    return rate if 1 < rate <= HIGHEST_RATE else None


def rate_of_name(name: str) -> Fraction | None:
    """The rate in a format's name: FFVideoFormat1080p2398, FFVideoFormat720x486i5994 (whose frames are two fields)."""
    match = _RATE_IN_NAME.search(name)
    if match is None:
        return None
    rate = _NTSC_NAMES.get(match[2], Fraction(int(match[2])))
    rate = rate / 2 if match[1] == "i" else rate
    return rate if 1 < rate <= HIGHEST_RATE else None


def deduce_rate(times: Iterable[str]) -> Fraction | None:
    """The first of the usual rates at which all these times are whole frames."""
    values = [seconds(text) for text in times]
    if not any(values):
        return None
    return next((rate for rate in LIKELY_RATES if all((value * rate).denominator == 1 for value in values)), None)
