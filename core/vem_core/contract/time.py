"""Exact time: rates are fractions, instants are integer ticks of a named clock.

Two clocks cross the product. The *record* clock counts frames of the timeline at its rate; the *sample* clock counts
audio samples at `SAMPLE_RATE_HZ`. Every conversion between them stands here; `docs/engineers/time.md` says why.
Float seconds appear only inside signal code and on screens.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

from vem_core.contract.errors import RateError, TimecodeError

SAMPLE_RATE_HZ = 48_000
"""The one rate of all audio inside the product."""

LATENT_RATE_HZ = 25
"""Latent frames per second of the music VAE; one latent frame is `SAMPLES_PER_LATENT` samples."""

SAMPLES_PER_LATENT = SAMPLE_RATE_HZ // LATENT_RATE_HZ

LOWEST_RATE = 5
HIGHEST_RATE = 1000
"""Frames per second of a picture; below are times in seconds, above the sample rates of sound."""

_NTSC = Fraction(1000, 1001)
# 23.98 for 24000/1001 is the coarsest spelling in use (1.7e-4 off); 24 and 24000/1001 lie 1e-3 apart.
_SNAP_TOLERANCE = 2.5e-4


def snap_rate(value: Fraction | int | float | str) -> Fraction:
    """The exact rate meant by one of its spellings, in frames per second.

    23.976, 23.98, 23.976024627685547, "24000/1001" and Fraction(24000, 1001) are one rate. A rate that is neither
    whole nor whole x 1000/1001 is kept as the nearest fraction with a denominator up to 1001.

    Raises RateError for what is not a positive finite number.
    """
    try:
        exact = Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError, TypeError) as error:
        raise RateError(f"{value!r} is not a frame rate.", value=str(value)) from error
    if exact <= 0:
        raise RateError(f"A frame rate must be positive, not {value!r}.", value=str(value))
    whole = max(1, round(exact))
    drop = max(1, round(exact / _NTSC)) * _NTSC
    for candidate in sorted((Fraction(whole), drop), key=lambda rate: abs(rate - exact)):
        if abs(candidate - exact) <= exact * Fraction(_SNAP_TOLERANCE):
            return candidate
    nearest = exact.limit_denominator(1001)
    if nearest <= 0:
        raise RateError(f"{value!r} is no frame rate: no frame would end.", value=str(value))
    return nearest


def sample_of_frame(frame: int, rate: Fraction, sample_rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """The audio sample at which a record frame begins, rounded to the nearest sample (halves go up).

    >>> sample_of_frame(1, Fraction(24000, 1001))
    2002
    """
    return math.floor(frame * sample_rate_hz / rate + Fraction(1, 2))


def frame_of_sample(sample: int, rate: Fraction, sample_rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """The record frame during which a sample sounds: the last frame that begins at or before it."""
    frame = math.floor(sample * rate / sample_rate_hz)
    return frame + 1 if sample_of_frame(frame + 1, rate, sample_rate_hz) <= sample else frame


def nearest_frame(sample: int, rate: Fraction, sample_rate_hz: int = SAMPLE_RATE_HZ) -> int:
    """The record frame whose beginning lies nearest to a sample (halves go up)."""
    return math.floor(sample * rate / sample_rate_hz + Fraction(1, 2))


def rescale_frames(frames: int, rate_from: Fraction, rate_to: Fraction) -> int:
    """A frame count of one clock in frames of another, rounded to the nearest (halves go up)."""
    return math.floor(frames * rate_to / rate_from + Fraction(1, 2))


def seconds_of_frame(frame: int, rate: Fraction) -> float:
    """A record frame's beginning in seconds, for signal code and screens."""
    return float(frame / rate)


def nearest_frame_of_seconds(seconds: Fraction, rate: Fraction) -> int:
    """The record frame whose beginning lies nearest to an exact instant (halves go up)."""
    return math.floor(seconds * rate + Fraction(1, 2))


def seconds_of_sample(sample: int, sample_rate_hz: int = SAMPLE_RATE_HZ) -> float:
    """A sample's instant in seconds, for signal code and screens."""
    return sample / sample_rate_hz


def nominal_rate(rate: Fraction) -> int:
    """Frames per timecode second: 24 for 24000/1001, 30 for 30000/1001 (SMPTE ST 12-1)."""
    return math.ceil(rate - Fraction(1, 2)) if rate < 1 else math.ceil(rate)


def supports_drop_frame(rate: Fraction) -> bool:
    """Whether the rate has a drop-frame timecode: 30000/1001 and its multiples (SMPTE ST 12-1)."""
    return rate.denominator == 1001 and nominal_rate(rate) % 30 == 0


def timecode(frame: int, rate: Fraction, *, drop_frame: bool = False) -> str:
    """A frame number as HH:MM:SS:FF, or HH:MM:SS;FF in drop frame (SMPTE ST 12-1). Wraps after 24 hours.

    Raises TimecodeError if the rate has no drop-frame count.
    """
    base = nominal_rate(rate)
    if drop_frame:
        frame = _with_dropped_numbers(frame, rate)
    frame %= base * 86_400
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    width = len(str(base - 1))
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop_frame else ':'}{frames:0{max(2, width)}}"


_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


def frame_of_timecode(text: str, rate: Fraction) -> int:
    """The frame number that a timecode stands for; a semicolon, full stop or comma before the frames means drop frame.

    Raises TimecodeError for a malformed timecode, a frame beyond the rate, or a number that drop frame leaves out.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise TimecodeError(f"{text!r} is not a timecode; write HH:MM:SS:FF.", value=text)
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base = nominal_rate(rate)
    if minutes > 59 or seconds > 59 or frames >= base:
        raise TimecodeError(f"{text!r} does not exist at {float(rate):.3f} frames per second.", value=text)
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ":":
        return number
    dropped = _dropped_per_minute(rate)
    if seconds == 0 and frames < dropped and minutes % 10:
        raise TimecodeError(f"Drop-frame timecode has no {text!r}.", value=text)
    total_minutes = hours * 60 + minutes
    return number - dropped * (total_minutes - total_minutes // 10)


def _dropped_per_minute(rate: Fraction) -> int:
    if not supports_drop_frame(rate):
        raise TimecodeError(f"There is no drop-frame timecode at {float(rate):.3f} frames per second.", value=str(rate))
    return nominal_rate(rate) // 15


def _with_dropped_numbers(frame: int, rate: Fraction) -> int:
    dropped = _dropped_per_minute(rate)
    base = nominal_rate(rate)
    per_minute = base * 60 - dropped
    per_ten_minutes = base * 600 - dropped * 9
    tens, rest = divmod(frame, per_ten_minutes)
    minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // per_minute
    return frame + dropped * (tens * 9 + minutes)
