"""How loud an editor has set a clip, where the timeline says so: a level that stands still or moves.

DaVinci Resolve's OpenTimelineIO has it as the effect *Fairlight Clip Volume and Fades*, in dB, whose key frames count
from the clip's beginning. FCP7 XML has the effect *Audio Levels*, whose parameter *Level* is a gain of 0 to about 4;
its keyframes count from the medium's first frame. FCPXML has `adjust-volume` in dB, which our reader keeps, with
keyframes on the clip's own clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import opentimelineio as otio
from numpy.typing import NDArray

from vem_plugin.formats.fcpxml.annotations import LEVEL_KEY, NAMESPACE
from vem_plugin.timeline.dialect import entries
from vem_plugin.timeline.record_clock import exact_rate

LOWEST_DB, HIGHEST_DB = -96.0, 24.0
Level = tuple[tuple[Fraction, float], ...]
"""(seconds from the medium's first frame, dB) in order of time: straight in dB between two points, level beyond the
outermost. One point is a level that stands still, none is 0 dB."""

_FCP7, _RESOLVE = "fcp_xml", "Resolve_OTIO"
_FAIRLIGHT = "Fairlight Clip Volume and Fades"


def level_of(clip: otio.schema.Clip, first_frame_s: Fraction = Fraction(0)) -> Level:
    """The level of a clip whose medium begins at `first_frame_s` of the clip's own clock."""
    kept = _mapping(dict(entries(clip.metadata)).get(NAMESPACE))
    if LEVEL_KEY in kept:
        return _final_cut(kept[LEVEL_KEY], first_frame_s)
    effects = [dict(entries(effect.metadata)) for effect in clip.effects]
    fcp7 = (*(effect.get(_FCP7) for effect in effects), *_filters(clip))
    levels = [
        *(_fcp7(effect, _rate(clip)) for effect in fcp7),
        *(_resolve(effect.get(_RESOLVE), clip, first_frame_s) for effect in effects),
    ]
    return _sum([level for level in levels if level])


def gains(level: Level, times_s: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Linear gains of a level at times of the medium, in seconds from its first frame."""
    if not level:
        return np.ones(len(times_s), np.float32)
    at_s, level_db = (np.array(axis, np.float64) for axis in zip(*level, strict=True))
    return np.asarray(10 ** (np.interp(times_s, at_s, level_db) / 20), np.float32)


def _final_cut(said: Any, first_frame_s: Fraction) -> Level:
    """What our reader of FCPXML keeps: dB, or [seconds of the clip's own clock, dB] for each keyframe."""
    still = _number(said)
    if still is not None:
        return ((Fraction(0), _inside(still)),)
    pairs = [[_number(each) for each in _items(point)] for point in _items(said)]
    known = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
    return _points((Fraction(at_s) - first_frame_s, db) for at_s, db in known if at_s is not None and db is not None)


def _resolve(effect: Any, clip: otio.schema.Clip, first_frame_s: Fraction) -> Level:
    content = _mapping(effect)
    if content.get("Effect Name") != _FAIRLIGHT or not content.get("Enabled", True):
        return ()
    for parameter in map(_mapping, _items(content.get("Parameters"))):
        if parameter.get("Parameter ID") == "volume":
            begin_s = _begin_s(clip) - first_frame_s
            keyframes = [
                (begin_s + Fraction(when) / _rate(clip), value)
                for frame, keyframe in _mapping(parameter.get("Key Frames")).items()
                if (when := _number(frame)) is not None
                and (value := _number(_mapping(keyframe).get("Value"))) is not None
            ]
            return _points(keyframes or [(Fraction(0), _number(parameter.get("Parameter Value")) or 0.0)])
    return ()


def _filters(clip: otio.schema.Clip) -> Iterator[Any]:
    """Effects that the XML's own adapter leaves in the metadata."""
    for applied in _items(_mapping(dict(entries(clip.metadata)).get(_FCP7)).get("filter")):
        yield _mapping(applied).get("effect")


def _fcp7(effect: Any, rate: Fraction) -> Level:
    content = _mapping(effect)
    level = _mapping(content.get("parameter"))
    if content.get("effectid") != "audiolevels" or level.get("parameterid") != "level":
        return ()
    keyframes = [
        (Fraction(when) / rate, _decibels(gain))
        for point in map(_mapping, _items(level.get("keyframe")))
        if (when := _number(point.get("when"))) is not None and (gain := _number(point.get("value"))) is not None
    ]
    if keyframes:
        return _points(keyframes)
    still = _number(level.get("value", "1"))
    return () if still is None else ((Fraction(0), _decibels(still)),)


def _sum(levels: Sequence[Level]) -> Level:
    """Levels one after the other: their decibels add up."""
    if len(levels) < 2:
        return levels[0] if levels else ()
    times = sorted({at_s for level in levels for at_s, _ in level})
    at_s = np.array(times, np.float64)
    total_db = sum(20 * np.log10(gains(level, at_s)) for level in levels)
    return _points(zip(times, np.asarray(total_db).tolist(), strict=True))


def _points(points: Iterable[tuple[Fraction, float]]) -> Level:
    return tuple((at_s, _inside(level_db)) for at_s, level_db in sorted(points))


def _decibels(gain: float) -> float:
    return _inside(20 * math.log10(gain)) if gain > 0 else LOWEST_DB


def _inside(level_db: float) -> float:
    return min(HIGHEST_DB, max(LOWEST_DB, level_db))


def _number(said: Any) -> float | None:
    try:
        number = float(str(said))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _mapping(said: Any) -> dict[str, Any]:
    return dict(entries(said)) if isinstance(said, Mapping) else {}


def _items(said: Any) -> Sequence[Any]:
    """What an adapter keeps as a list, or by itself where there is one."""
    return said if isinstance(said, Sequence) and not isinstance(said, str) else (said,)


def _rate(clip: otio.schema.Clip) -> Fraction:
    """Frames a second of the clip's own clock."""
    return exact_rate(clip.trimmed_range().start_time.rate)


def _begin_s(clip: otio.schema.Clip) -> Fraction:
    return Fraction(clip.trimmed_range().start_time.value) / _rate(clip)
