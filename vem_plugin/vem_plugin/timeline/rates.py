"""The rate of a timeline: what the file states, what its clips tell, or what its times in seconds allow."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, RateError, TimelineUnreadable
from vem_core.contract.time import HIGHEST_RATE, LOWEST_RATE, nominal_rate, snap_rate
from vem_plugin.timeline.dialect import entries
from vem_plugin.timeline.record_clock import exact_rate, exact_value

_ITEMS_ASKED = 500  # of each track, for the rate that most have
_DEEPEST = 64
_LIKELY_RATES = tuple(
    exact_rate(rate) for rate in (24, 25, 30000 / 1001, 30, 24000 / 1001, 50, 60000 / 1001, 60, 48, 120, 100)
)
_ROUNDING_FRAMES = Fraction(1, 1000)  # by which a time written in seconds may miss its frame


class RecordRate(NamedTuple):
    """A timeline's rate, and what is to be said of how it was found."""

    rate: Fraction
    notices: tuple[str, ...] = ()


def find_record_rate(
    timeline: otio.schema.Timeline, tracks: Sequence[otio.core.Item], asked: Fraction | None = None
) -> RecordRate:
    """The rate of a timeline.

    What the editor states (in metadata, or by the rate of the start timecode) beats what most clips have. Rates that no
    picture has (1, 48000) only say in what unit times are written: then the media's rate counts, else `asked`, else
    the first usual rate at which the cuts fall on frames. Raises NoPicture if there is no item that has a length.
    """
    counts = Counter(rate for track in tracks for item in _items_of(track) for rate in _item_rates(item, 0))
    stated = _stated_rate(timeline.metadata) or _stated_rate(timeline.tracks.metadata)
    plausible = Counter({rate: count for rate, count in counts.items() if _is_plausible(rate)})
    most = max(plausible, key=lambda rate: (plausible[rate], rate), default=None)
    start, notices = _start_rate(timeline.global_start_time)
    if stated is None and start is not None:
        # 86400 at 24 is the frame number of a timeline at 23.976 as well: then the clips tell.
        stated = most if most is not None and nominal_rate(most) == nominal_rate(start) else start
    found = stated or most
    if found is None and not counts:
        raise NoPicture("The timeline's video tracks are empty.")
    if found is None:
        unit = max(counts, key=lambda rate: counts[rate])
        return _rate_of_seconds(tracks, unit, asked, notices)
    if asked is not None and asked != found:
        notices += (f"The timeline states {_spelt(found)} frames per second: --rate {_spelt(asked)} was left out.",)
    return RecordRate(found, notices)


def _start_rate(start: otio.opentime.RationalTime | None) -> tuple[Fraction | None, tuple[str, ...]]:
    """The rate of a start timecode, if it is a picture's; else a notice that names it."""
    if start is None:
        return None, ()
    try:
        rate = exact_rate(start.rate)
    except TimelineUnreadable:
        rate = Fraction(0)
    if _is_plausible(rate):
        return rate, ()
    if start.value == 0:
        return None, ()
    return None, (f"The start time is written at a rate of {start.rate:g}, which no picture has.",)


def _rate_of_seconds(
    tracks: Iterable[otio.core.Item], unit: Fraction, asked: Fraction | None, notices: tuple[str, ...]
) -> RecordRate:
    """The rate of a timeline whose times are in seconds or samples."""
    said = f"The timeline's times are written at a rate of {_spelt(unit)}, which no picture has"
    if asked is not None:
        return RecordRate(exact_rate(float(asked)), (*notices, f"{said}: read at {_spelt(asked)}, as asked."))
    edges_s = list(_edges_s(tracks))
    media = Counter(rate for track in tracks for item in _items_of(track) for rate in _media_rates(item))
    if media:
        rate = max(media, key=lambda one: (media[one], one))
        return RecordRate(rate, (*notices, f"{said}: it was read at {_spelt(rate)}, the rate of its media."))
    fitting = [rate for rate in _LIKELY_RATES if all(_is_on_a_frame(edge_s, rate) for edge_s in edges_s)]
    rate = (fitting or _LIKELY_RATES)[0]
    if fitting:
        text = f"{said}: it was read at {_spelt(rate)}, at which every edit falls on a frame. --rate says another."
        return RecordRate(rate, (*notices, text))
    text = f"{said}, and at no usual rate do its edits fall on frames: read at {_spelt(rate)}, rounded. --rate says it."
    return RecordRate(rate, (*notices, text))


def _edges_s(tracks: Iterable[otio.core.Item]) -> Iterator[Fraction]:
    """Where items end, in exact seconds from the beginning of their track."""
    for track in tracks:
        position_s = Fraction(0)
        for item in _items_of(track):
            span = None if isinstance(item, otio.schema.Transition) else item.source_range
            if span is not None and span.duration.rate > 0:
                position_s += Fraction(exact_value(span.duration.value)) / exact_rate(span.duration.rate)
                yield position_s


def _items_of(layer: otio.core.Item) -> Iterator[otio.core.Composable]:
    """The first items of a track; a clip that is a layer by itself is its only one."""
    return itertools.islice(layer, _ITEMS_ASKED) if isinstance(layer, otio.core.Composition) else iter((layer,))


def _is_on_a_frame(instant_s: Fraction, rate: Fraction) -> bool:
    frames = instant_s * rate
    return abs(frames - round(frames)) <= _ROUNDING_FRAMES


def _media_rates(item: otio.core.Composable) -> list[Fraction]:
    if not isinstance(item, otio.schema.Clip) or item.media_reference is None:
        return []
    span = item.media_reference.available_range
    rate = _rate_or_none(span.duration.rate) if span is not None else None
    return [rate] if rate is not None and _is_plausible(rate) else []


def _item_rates(item: otio.core.Composable, depth: int) -> list[Fraction]:
    if isinstance(item, otio.schema.Transition) or depth > _DEEPEST:
        return []
    span = item.source_range
    if span is None and isinstance(item, otio.schema.Clip) and item.media_reference is not None:
        span = item.media_reference.available_range
    if span is None and isinstance(item, otio.core.Composition):
        return [rate for child in _items_of(item) for rate in _item_rates(child, depth + 1)]
    rate = _rate_or_none(span.duration.rate) if span is not None else None
    return [] if rate is None else [rate]


def _rate_or_none(rate: float) -> Fraction | None:
    try:
        return exact_rate(rate)
    except TimelineUnreadable:
        return None


def _is_plausible(rate: Fraction) -> bool:
    return LOWEST_RATE <= rate <= HIGHEST_RATE


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
    return exact_rate(float(rate)) if _is_plausible(rate) else None


def _spelt(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}"
