"""A timeline taken apart for writing: on each track what stands where, in whole record frames."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import opentimelineio as otio

from vem_core.contract.errors import OutputError, RateError
from vem_core.contract.time import snap_rate
from vem_plugin.formats.tracks import Fade

HIGHEST_RATE = 1000
_FINEST = 100_000


class Written(NamedTuple):
    """An item at [start, end) of its composition, in frames; `skipped` frames of it lie before, out of sight."""

    start: int
    end: int
    item: otio.core.Item
    skipped: Fraction = Fraction(0)


@dataclass
class Lane:
    """A track, with its items and transitions in order; `audio` where it holds sound."""

    name: str
    audio: bool
    enabled: bool
    entries: list[Written | Fade] = field(default_factory=list)
    stereo: bool = False

    @property
    def end(self) -> int:
        """The frame after its last entry; 0 where it is empty."""
        return max((entry.end for entry in self.entries), default=0)

    @property
    def items(self) -> Iterator[Written]:
        """Its items without the transitions between them, in order."""
        return (entry for entry in self.entries if isinstance(entry, Written))


class Source(NamedTuple):
    """What an item shows, in seconds of its medium or of its own content: from `start_s` on, at `speed`."""

    start_s: Fraction
    speed: Fraction

    def end_s(self, length_s: Fraction) -> Fraction:
        """Where it is, in the seconds of `start_s`, after `length_s` of the timeline; at a negative speed, earlier."""
        return self.start_s + length_s * self.speed


def seconds_of(time: otio.opentime.RationalTime) -> Fraction:
    """A time of OpenTimelineIO as exact seconds. Raises OutputError for what is no time."""
    if not math.isfinite(time.value):
        raise OutputError(f"The timeline holds a time of {time.value} frames.", hint=WRITE_AS_OTIO)
    if time.value == 0:
        return Fraction(0)
    try:
        return Fraction(time.value).limit_denominator(_FINEST) / snap_rate(time.rate)
    except RateError as error:
        raise OutputError(f"The timeline holds a time at {time.rate} frames per second.", hint=WRITE_AS_OTIO) from error


WRITE_AS_OTIO = "Write it as .otio instead."


def lanes_of(stack: otio.core.Composition, rate: Fraction) -> list[Lane]:
    """The lanes of a stack from the bottom; what its own range leaves out is cut off."""
    window = None
    if stack.source_range is not None and isinstance(stack, otio.schema.Stack) and stack.parent() is None:
        start = seconds_of(stack.source_range.start_time) * rate
        window = (start, start + seconds_of(stack.source_range.duration) * rate)
    return [lane for layer in stack if (lane := _lane(layer, rate, window)) is not None]


def source_of(item: otio.core.Item, skipped_s: Fraction, length_s: Fraction, *, warped: bool = False) -> Source:
    """What an item shows of its source. `warped`: source ranges count retimed frames (DaVinci Resolve)."""
    span = item.source_range or (item.media_reference.available_range if isinstance(item, otio.schema.Clip) else None)
    start_s = seconds_of(span.start_time) if span is not None else Fraction(0)
    speed = speed_of(item)
    available = item.media_reference.available_range if isinstance(item, otio.schema.Clip) else None
    if warped and speed not in (0, 1) and available is not None:
        first_s = seconds_of(available.start_time)
        start_s = first_s + (start_s - first_s) * abs(speed)
    if speed < 0:  # the range is what is used of the medium: it is entered at its end
        whole_s = seconds_of(span.duration) if span is not None else length_s
        return Source(start_s + (whole_s - skipped_s) * -speed, speed)
    return Source(start_s + skipped_s * speed, speed)


def speed_of(item: otio.core.Item) -> Fraction:
    """Source time per record time, from an item's time warps."""
    speed = Fraction(1)
    for effect in item.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp) and math.isfinite(effect.time_scalar):
            speed *= Fraction(effect.time_scalar).limit_denominator(_FINEST)
    return speed


def content_rate(composition: otio.core.Composition, fallback: Fraction) -> Fraction:
    """The rate that most of a compound's items count in."""
    rates = Counter(rate for item in _leaves(composition) if (rate := _picture_rate(item)) is not None)
    return max(rates, key=lambda rate: (rates[rate], rate == fallback, rate), default=fallback)


def _leaves(composition: otio.core.Composition) -> Iterator[otio.core.Item]:
    for child in composition:
        if isinstance(child, otio.core.Composition) and child.source_range is None:
            yield from _leaves(child)
        elif isinstance(child, otio.core.Item):
            yield child


def _picture_rate(item: otio.core.Item) -> Fraction | None:
    span = item.source_range or (item.media_reference.available_range if isinstance(item, otio.schema.Clip) else None)
    if span is None or not 1 < span.duration.rate <= HIGHEST_RATE:
        return None
    return snap_rate(span.duration.rate)


def _lane(layer: otio.core.Composable, rate: Fraction, window: tuple[Fraction, Fraction] | None) -> Lane | None:
    if isinstance(layer, otio.schema.Track):
        audio = layer.kind == otio.schema.TrackKind.Audio
        lane = Lane(layer.name, audio, layer.enabled, stereo=_is_stereo(layer))
        entries: Iterable[Written | Fade] = _positions(layer, rate)
    elif isinstance(layer, otio.core.Item):
        lane = Lane("", False, True)
        entries = [Written(0, _round(length_s(layer) * rate), layer)]
    else:
        return None
    lane.entries = list(entries if window is None else _cut(entries, window))
    return lane


def _positions(track: otio.schema.Track, rate: Fraction) -> list[Written | Fade]:
    position = Fraction(0)
    found: list[Written | Fade] = []
    for index, child in enumerate(track):
        if isinstance(child, otio.schema.Transition):
            before_s, after_s = seconds_of(child.in_offset), seconds_of(child.out_offset)
            if index == 0:
                position += before_s * rate
            if before_s + after_s > 0:
                found.append(Fade(_round(position - before_s * rate), _round(position + after_s * rate), child.name))
            continue
        start, position = position, position + length_s(child) * rate
        first, last = _round(start), _round(position)
        if not isinstance(child, otio.schema.Gap) and first < last:
            found.append(Written(first, last, child))
    return _trimmed(track, _with_handles(track, found), rate)


def _with_handles(track: otio.schema.Track, entries: list[Written | Fade]) -> list[Written | Fade]:
    """Let what a transition at a track's head or tail fades reach as far as the transition does."""
    if len(entries) > 1 and isinstance(track[0], otio.schema.Transition):
        fade, first = entries[:2]
        if isinstance(fade, Fade) and isinstance(first, Written) and fade.start < first.start <= fade.end:
            early = first.start - fade.start
            entries[1] = first._replace(start=fade.start, skipped=first.skipped - early)
    if len(entries) > 1 and isinstance(track[-1], otio.schema.Transition):
        last, fade = entries[-2:]
        if isinstance(fade, Fade) and isinstance(last, Written) and fade.start <= last.end < fade.end:
            entries[-2] = last._replace(end=fade.end)
    return entries


def _trimmed(track: otio.schema.Track, entries: list[Written | Fade], rate: Fraction) -> list[Written | Fade]:
    span = track.source_range
    if span is None:
        return entries
    start = seconds_of(span.start_time) * rate
    end = start + seconds_of(span.duration) * rate
    return entries if end <= 0 else list(_cut(entries, (start, end)))


def _cut(entries: Iterable[Written | Fade], window: tuple[Fraction, Fraction]) -> Iterator[Written | Fade]:
    """What of the entries lies in a window, counted from its beginning."""
    first, last = _round(window[0]), _round(window[1])
    for entry in entries:
        start, end = max(entry.start, first), min(entry.end, last)
        if start >= end:
            continue
        if isinstance(entry, Fade):
            yield entry._replace(start=entry.start - first, end=entry.end - first)
        else:
            skipped = entry.skipped + (start - entry.start)
            yield Written(start - first, end - first, entry.item, skipped)


def length_s(item: otio.core.Composable) -> Fraction:
    """How long an item lasts in the record, in seconds."""
    if isinstance(item, otio.schema.Transition):
        return Fraction(0)
    span = item.source_range
    if span is None and isinstance(item, otio.schema.Clip):
        span = item.media_reference.available_range
    if span is not None:
        return seconds_of(span.duration)
    if isinstance(item, otio.schema.Track):
        first, last = (item[0], item[-1]) if len(item) else (None, None)
        ends = seconds_of(first.in_offset) if isinstance(first, otio.schema.Transition) else Fraction(0)
        ends += seconds_of(last.out_offset) if isinstance(last, otio.schema.Transition) else 0
        return ends + sum((length_s(child) for child in item), Fraction(0))
    if isinstance(item, otio.core.Composition):
        return max((length_s(child) for child in item), default=Fraction(0))
    return Fraction(0)


def _is_stereo(track: otio.schema.Track) -> bool:
    resolve = track.metadata.get("Resolve_OTIO") if len(track.metadata) else None
    kind = resolve.get("Audio Type") if isinstance(resolve, Mapping) else None
    return isinstance(kind, str) and kind == "Stereo"


def _round(position: Fraction) -> int:
    return math.floor(position + Fraction(1, 2))
