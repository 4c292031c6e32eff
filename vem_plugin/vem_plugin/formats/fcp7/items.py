"""The items of FCP7 XML's tracks as they are written: clips, generators, nested sequences, and their speed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Sequence as Series
from fractions import Fraction
from typing import Any, Protocol
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.time import nominal_rate, snap_rate
from vem_plugin.formats.fcp7.sequences import NAMESPACE
from vem_plugin.formats.laying import Lane, Source, Written, content_rate, lanes_of, seconds_of, source_of
from vem_plugin.formats.media_urls import media_url
from vem_plugin.formats.writing import Clock, child

_FASTEST_RATE = 240
_KEPT = ("logginginfo", "comments", "labels")


class Sequences(Protocol):
    """Who writes the sequences that items are nested in."""

    warped: bool

    def sequence(self, parent: Element, name: str, lanes: list[Lane], clock: Clock) -> Element:
        """A `sequence` of lanes, appended to an element."""
        ...


class ItemWriter:
    """Appends items to tracks."""

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences
        self._files: dict[tuple[Any, ...], str] = {}
        self._items = 0

    def append(self, track: Element, written: Written, rate: Fraction, channel: int | None) -> None:
        """Write one item; `channel` counts from 0 on a track of sound."""
        item = written.item
        length_s, skipped_s = (written.end - written.start) / rate, written.skipped / rate
        source = source_of(item, skipped_s, length_s, warped=self._sequences.warped)
        reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
        if isinstance(reference, otio.schema.GeneratorReference):
            self._generator(track, written, rate, reference)
            return
        if reference is None and channel:
            return  # the second channel of a compound: its first brings both
        available = reference.available_range if reference is not None else None
        own = _own_rate(item, available, rate) if reference is not None else content_rate(item, rate)
        element = self._head(track, "clipitem", written, own)
        origin_s = seconds_of(available.start_time) if available is not None and available.start_time.rate > 0 else None
        origin_s = Fraction(0) if origin_s is None else origin_s
        medium_s = seconds_of(available.duration) if available is not None and available.duration.rate > 0 else None
        first = _first_frame(source, source.start_s - origin_s, length_s, medium_s, own)
        child(element, "in", first)
        child(element, "out", first + max(1, round(length_s * own)))
        if reference is not None:
            self._file(element, reference, own, origin_s, medium_s, sound=channel is not None)
        else:
            inner = content_rate(item, rate)
            self._sequences.sequence(element, item.name, lanes_of(item, inner), Clock(inner))
        if channel is not None:
            _append_source_track(element, channel)
        self._finish(element, item, source, origin_s, own)

    def _head(self, track: Element, tag: str, written: Written, own: Fraction) -> Element:
        self._items += 1
        element = child(track, tag, id=f"{tag}-{self._items}")
        child(element, "name", written.item.name)
        child(element, "enabled", "TRUE" if written.item.enabled else "FALSE")
        child(element, "duration", written.end - written.start)
        append_rate(element, own)
        child(element, "start", written.start)
        child(element, "end", written.end)
        return element

    def _generator(
        self, track: Element, written: Written, rate: Fraction, reference: otio.schema.GeneratorReference
    ) -> None:
        element = self._head(track, "generatoritem", written, rate)
        child(element, "in", 0)
        child(element, "out", written.end - written.start)
        effect = child(element, "effect")
        kind = reference.generator_kind or reference.name or "Slug"
        for name, text in (("name", reference.name or kind), ("effectid", kind), ("effectcategory", kind),
                           ("effecttype", "generator"), ("mediatype", "video")):  # fmt: skip
            child(effect, name, text)
        _append_markers(element, written.item, Fraction(0), rate)

    def _file(
        self,
        element: Element,
        reference: otio.core.MediaReference,
        own: Fraction,
        origin_s: Fraction,
        medium_s: Fraction | None,
        *,
        sound: bool,
    ) -> None:
        """A file, whole where it is used first, by its id after that."""
        address = _address(reference)
        key = (address or reference.name, own, origin_s, medium_s, sound)
        if key in self._files:
            child(element, "file", id=self._files[key])
            return
        self._files[key] = f"file-{len(self._files) + 1}"
        file = child(element, "file", id=self._files[key])
        child(file, "name", reference.name or element.findtext("name") or "")
        if address:
            child(file, "pathurl", media_url(address, "localhost"))
        append_rate(file, own)
        if medium_s:
            child(file, "duration", round(medium_s * own))
        if origin_s:
            stamp = child(file, "timecode")
            append_rate(stamp, own)
            child(stamp, "frame", round(origin_s * own))
            child(stamp, "displayformat", "NDF")
        media = child(file, "media")
        if sound:
            child(child(media, "audio"), "channelcount", 2)
        else:
            child(media, "video")

    def _finish(
        self, element: Element, item: otio.core.Item, source: Source, origin_s: Fraction, own: Fraction
    ) -> None:
        """Markers, what was kept of the file that the item comes from, effects and speed."""
        _append_markers(element, item, origin_s, own)
        kept = item.metadata.get(NAMESPACE) if len(item.metadata) else None
        kept = {} if kept is None else kept
        for tag in _KEPT:
            if tag in kept:
                append_tree(element, tag, kept[tag])
        for applied in _many(kept["filter"]) if "filter" in kept else ():
            append_tree(element, "filter", applied)
        for effect in item.effects:
            content = effect.metadata.get(NAMESPACE) if len(effect.metadata) else None
            if content is not None and not isinstance(effect, otio.schema.TimeEffect):
                append_tree(child(element, "filter"), "effect", {"name": effect.name, **dict(content)})
        if source.speed != 1:
            element.append(effect_element(source.speed))


def append_rate(parent: Element, rate: Fraction) -> None:
    """A rate as time base and `ntsc`."""
    element = child(parent, "rate")
    child(element, "timebase", nominal_rate(rate))
    child(element, "ntsc", "TRUE" if rate.denominator == 1001 else "FALSE")


def is_writable_rate(rate: Fraction) -> bool:
    """Whether a rate is a whole number, or 1000/1001 of one that has such a rate."""
    if rate.denominator == 1001:
        return rate * 1001 / 1000 in (24, 30, 48, 60, 120)
    return rate.denominator == 1 and 1 < rate <= _FASTEST_RATE


def effect_element(speed: Fraction) -> Element:
    """The filter that plays a clip at a constant speed."""
    applied = Element("filter")
    effect = child(applied, "effect")
    for tag, text in (("name", "Time Remap"), ("effectid", "timeremap"), ("effectcategory", "motion"),
                      ("effecttype", "motion"), ("mediatype", "video")):  # fmt: skip
        child(effect, tag, text)
    for name, value in (
        ("variablespeed", "0"),
        ("speed", f"{float(abs(speed) * 100):.10g}"),
        ("reverse", "TRUE" if speed < 0 else "FALSE"),
        ("frameblending", "FALSE"),
    ):
        parameter = child(effect, "parameter")
        child(parameter, "parameterid", name)
        child(parameter, "name", name)
        child(parameter, "value", value)
    return applied


def append_marker(parent: Element, marker: otio.schema.Marker, start: int, length: int) -> None:
    """A marker over so many frames; one of a frame has no end."""
    element = child(parent, "marker")
    child(element, "comment", marker.comment)
    child(element, "name", marker.name)
    child(element, "in", start)
    child(element, "out", start + length if length > 1 else -1)


def append_tree(parent: Element, tag: str, value: Any) -> None:
    """A dictionary, list or text of OpenTimelineIO's metadata as elements; the inverse of `tree_to_dict`."""
    for entry in _many(value):
        if not isinstance(entry, Mapping):
            child(parent, tag, "" if entry is None else entry)
            continue
        attributes = {key[1:]: inner for key, inner in entry.items() if key.startswith("@")}
        element = child(parent, tag, **attributes)
        for key, inner in entry.items():
            if not key.startswith("@"):
                append_tree(element, key, inner)


def _many(value: Any) -> Series[Any]:
    return value if isinstance(value, Series) and not isinstance(value, str) else [value]


def _own_rate(item: otio.core.Item, available: otio.opentime.TimeRange | None, fallback: Fraction) -> Fraction:
    """The rate that a clip counts its medium in."""
    for span in (available, item.source_range):
        if span is not None and 1 < span.start_time.rate <= _FASTEST_RATE and math.isfinite(span.start_time.value):
            rate = snap_rate(span.start_time.rate)
            if is_writable_rate(rate):
                return rate
    return fallback


def _first_frame(
    source: Source, start_s: Fraction, length_s: Fraction, medium_s: Fraction | None, own: Fraction
) -> int:
    """A clip's `in`: at its speed, and counted from the end of the medium where it runs backwards."""
    speed = abs(source.speed)
    if source.speed < 0:
        low_s = start_s - length_s * speed
        return round((low_s if medium_s is None else medium_s - start_s) * own / speed)
    return max(0, round(start_s * own / (speed or 1)))


def _append_markers(element: Element, item: otio.core.Item, origin_s: Fraction, own: Fraction) -> None:
    for marker in item.markers:
        start = round((seconds_of(marker.marked_range.start_time) - origin_s) * own)
        length = round(seconds_of(marker.marked_range.duration) * own)
        append_marker(element, marker, max(0, start), length)


def _append_source_track(element: Element, channel: int) -> None:
    source = child(element, "sourcetrack")
    child(source, "mediatype", "audio")
    child(source, "trackindex", channel + 1)


def _address(reference: otio.core.MediaReference) -> str:
    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url)
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return str(reference.target_url_for_image_number(0))
    return ""
