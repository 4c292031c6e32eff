"""Sequences of FCP7 XML as OpenTimelineIO's tracks: clips, generators, placeholders, sequences in sequences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.formats.fcp7.laying import LaidElement, Laying, lay_track
from vem_plugin.formats.fcp7.retiming import Retiming, retime
from vem_plugin.formats.fcp7.values import (
    Definitions,
    is_off,
    number,
    rate_of,
    text,
    timecode_frame,
    tree_to_dict,
)
from vem_plugin.formats.fcpxml.times import round_frames
from vem_plugin.formats.tracks import Placed, Strip, Times, build_track

NAMESPACE = "fcp_xml"
"""The key of what is kept in OpenTimelineIO's metadata, the same as of its own adapter."""

MOST_ITEMS = 300_000
DEEPEST_NESTING = 24
_KINDS = {"video": otio.schema.TrackKind.Video, "audio": otio.schema.TrackKind.Audio}
_KEPT = ("logginginfo", "comments", "labels")
_TIME_REMAP = "timeremap"


@dataclass
class Reading:
    """What is known of the file while its sequences are read."""

    definitions: Definitions
    items: int = 0
    layings: dict[int, Laying] = field(default_factory=dict)
    overlapping: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # names of nested sequences that the file does not carry


@dataclass(frozen=True)
class Sequence:
    """A sequence that is being read: its rate, the sequences around it, and the part of it that is used."""

    reading: Reading
    rate: Fraction
    around: tuple[int, ...] = ()
    window: tuple[Fraction, Fraction] | None = None

    @property
    def times(self) -> Times:
        """What makes OpenTimelineIO's times at the sequence's rate, which here is a float again."""
        return Times(float(self.rate))

    def tracks(self, element: Element, kinds: tuple[str, ...] = ("video", "audio")) -> list[otio.schema.Track]:
        """The tracks of a `sequence` element, from the bottom; of exploded stereo sound the first of each pair."""
        found = []
        for media in element.findall("media"):
            for kind in kinds:
                for group in media.findall(kind):
                    found += [self._track(track, kind) for track in group.findall("track") if _is_first_channel(track)]
        return found

    def markers(self, element: Element) -> Iterator[otio.schema.Marker]:
        """The markers of a sequence, in its own time."""
        for marker in element.findall("marker"):
            yield _marker(marker, Fraction(0), self.rate)

    def _track(self, element: Element, kind: str) -> otio.schema.Track:
        strip = Strip()
        for entry in self._lay(element, kind).within(self.window):
            if isinstance(entry, LaidElement):
                strip.entries.append(Placed(entry.start, entry.end, self._item(entry, kind)))
            else:
                strip.entries.append(entry)
        track = build_track(text(element, "name") or element.get("MZ.TrackName", ""), _KINDS[kind], [strip], self.times)
        if is_off(element):
            track.enabled = False
        return track

    def _lay(self, element: Element, kind: str) -> Laying:
        """Where the items of a track lie; kept, since a nested sequence may be used a thousand times."""
        known = self.reading.layings.get(id(element))
        if known is None:
            known = self.reading.layings[id(element)] = lay_track(element, self.reading.definitions)
            if kind == "video":
                self.reading.overlapping += known.overlapping
        return known

    def _item(self, laid: LaidElement, kind: str) -> otio.core.Item:
        self.reading.items += 1
        if self.reading.items > MOST_ITEMS:
            raise TimelineUnreadable(f"The file's nested sequences multiply to more than {MOST_ITEMS:,} clips.")
        element = laid.element
        nested = self.reading.definitions.resolve(element.find("sequence"))
        item: otio.core.Item = self._clip(laid) if nested is None else self._nested(laid, nested, kind)
        if is_off(element):
            item.enabled = False
        item.effects.extend(_effects(element))
        kept = {tag: tree_to_dict(child) for tag in _KEPT if (child := element.find(tag)) is not None}
        if kept:
            item.metadata[NAMESPACE] = kept
        return item

    def _clip(self, laid: LaidElement) -> otio.schema.Clip:
        element = laid.element
        file = self.reading.definitions.resolve(element.find("file"))
        clip_rate = rate_of(element) or self.rate
        file_rate = rate_of(file) or clip_rate
        length = _exact(number(file, "duration")) if file is not None else None
        stated = file.find("timecode") if file is not None else None
        start = _media_start(stated, file_rate)
        shown = self._retime(laid, clip_rate, _at(length, file_rate, clip_rate))
        source = start + (_at(shown.source_start, clip_rate, file_rate) or 0)
        clip = otio.schema.Clip(
            name=text(element, "name") or (text(file, "name") if file is not None else ""),
            media_reference=_reference(element, file, start, length, file_rate),
            source_range=otio.opentime.TimeRange(
                otio.opentime.RationalTime(float(source), float(file_rate)), self.times.time(laid.end - laid.start)
            ),
        )
        clip.markers.extend(
            _marker(marker, _at(start, file_rate, clip_rate) or Fraction(0), clip_rate)
            for marker in element.findall("marker")
        )
        _set_speed(clip, shown)
        return clip

    def _nested(self, laid: LaidElement, nested: Element, kind: str) -> otio.core.Item:
        """A sequence in a sequence: of its tracks those of the kind of the track it lies on."""
        element = laid.element
        if id(nested) in self.around:
            raise TimelineUnreadable(f"The sequence {text(nested, 'name')!r} contains itself.")
        if len(self.around) >= DEEPEST_NESTING:
            raise TimelineUnreadable(f"Sequences are nested more than {DEEPEST_NESTING} deep.")
        clip_rate = rate_of(element) or self.rate
        rate = rate_of(nested) or clip_rate
        shown = self._retime(laid, clip_rate, None)
        start = shown.source_start * rate / clip_rate
        length = Fraction(laid.end - laid.start) * rate / self.rate * (abs(shown.speed) or 1)
        inner = Sequence(self.reading, rate, (*self.around, id(nested)), (start, start + max(length, Fraction(1))))
        stack = otio.schema.Stack(text(element, "name") or text(nested, "name"), children=inner.tracks(nested, (kind,)))
        if not len(stack):
            self.reading.missing.append(stack.name)
        stack.source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(start), float(rate)), self.times.time(laid.end - laid.start)
        )
        stack.markers.extend(inner.markers(nested))
        _set_speed(stack, shown)
        return stack

    def _retime(self, laid: LaidElement, clip_rate: Fraction, medium: Fraction | None) -> Retiming:
        first = _exact(number(laid.element, "in")) or Fraction(0)
        out = _exact(number(laid.element, "out"))
        hidden, length = Fraction(laid.start - laid.first), Fraction(laid.end - laid.start)
        if clip_rate is not self.rate:
            hidden, length = hidden * clip_rate / self.rate, length * clip_rate / self.rate
        return retime(laid.element, first, out, hidden, length, medium)


def _at(frames: Fraction | None, rate: Fraction, wanted: Fraction) -> Fraction | None:
    """Frames at a rate, in those of another."""
    return frames if frames is None or rate is wanted else frames * wanted / rate


def _media_start(timecode: Element | None, file_rate: Fraction) -> Fraction:
    """The frame number of a file's first frame, at the file's rate."""
    if timecode is None:
        return Fraction(0)
    own = rate_of(timecode) or file_rate
    return _at(timecode_frame(timecode, own), own, file_rate) or Fraction(0)


def _exact(value: Fraction | None) -> Fraction | None:
    """A frame number that is stated: -1 states none."""
    return None if value is None or value < 0 else value


def _is_first_channel(track: Element) -> bool:
    """Premiere writes a stereo track as two, which it says are one."""
    return track.get("currentExplodedTrackIndex", "0") == "0" or track.get("totalExplodedTrackCount", "1") == "1"


def _reference(
    element: Element, file: Element | None, start: Fraction, length: Fraction | None, rate: Fraction
) -> otio.core.MediaReference:
    """Where a clip's picture or sound comes from: a file, a generator, or nowhere that the file says."""
    effect = element.find("effect") if element.tag == "generatoritem" else None
    if file is None and effect is not None:
        return otio.schema.GeneratorReference(name=text(effect, "name"), generator_kind=text(effect, "effectid"))
    if file is None:
        return otio.schema.MissingReference(name=text(element, "name"))
    available = None
    if length is not None and length > 0:
        rate_hz = float(rate)
        available = otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(start), rate_hz), otio.opentime.RationalTime(float(length), rate_hz)
        )
    name, url, source = text(file, "name"), text(file, "pathurl"), text(file, "mediaSource")
    if url:
        reference = otio.schema.ExternalReference(url, available)
        reference.name = name
        return reference
    if source:
        return otio.schema.GeneratorReference(name=name, generator_kind=source, available_range=available)
    return otio.schema.MissingReference(name=name, available_range=available)


def _effects(element: Element) -> Iterator[otio.schema.Effect]:
    """The filters on a clip, but for its speed."""
    for applied in element.findall("filter"):
        effect = applied.find("effect")
        if effect is not None and text(effect, "effectid").lower() != _TIME_REMAP:
            content = tree_to_dict(effect)
            yield otio.schema.Effect(text(effect, "name"), metadata={NAMESPACE: content} if content else None)


def _set_speed(item: otio.core.Item, shown: Retiming) -> None:
    if shown.speed == 0:
        item.effects.append(otio.schema.FreezeFrame())
    elif shown.speed != 1:
        item.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(shown.speed)))


def _marker(element: Element, origin: Fraction, rate: Fraction) -> otio.schema.Marker:
    """A marker whose frames count from `origin`, all at a rate."""
    first, last = number(element, "in") or Fraction(0), number(element, "out")
    length = round_frames(last - first) if last is not None and last > first else 1
    rate_hz = float(rate)
    return otio.schema.Marker(
        name=text(element, "name"),
        marked_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(float(origin + first), rate_hz), otio.opentime.RationalTime(length, rate_hz)
        ),
        comment=text(element, "comment"),
    )
