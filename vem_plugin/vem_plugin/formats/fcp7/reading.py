"""Reading Final Cut Pro 7's XML (xmeml, versions 1 to 5), which Premiere Pro, Resolve, OpenShot and others write."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.formats.fcp7.sequences import NAMESPACE, Reading, Sequence
from vem_plugin.formats.fcp7.values import Definitions, is_off, number, rate_of, text, timecode_frame
from vem_plugin.formats.fcpxml.times import round_frames
from vem_plugin.formats.reading import Claims, FormatReading, OneReading, items_apart, read_each
from vem_plugin.formats.xml import read_xml

_HINT = "Export the sequence itself from the editor, as Final Cut Pro XML."
_MOST_NAMES = 3


def read_fcp7(path: Path) -> FormatReading:
    """The sequences of a file, those first that are in no other.

    Raises NoPicture for a file without a sequence, TimelineUnreadable for one that cannot be read.
    """
    root = read_xml(path)
    if root.tag != "xmeml":
        raise TimelineUnreadable(
            f"{path.name} is damaged, cut off, or no timeline: its outermost element is <{root.tag[:40]}>, which is "
            "neither FCP7 XML nor FCPXML.",
            hint=_HINT,
        )
    definitions = Definitions(root)
    standing, nested = _sequences(root, definitions)
    sequences = standing + nested
    if not sequences:
        raise NoPicture(f"{path.name} holds no sequence.", hint=_HINT)

    def read_one(element: Element) -> OneReading:
        reading = Reading(definitions)
        rate, said = _rate(element, path)
        timeline = _timeline(element, rate, reading)
        return OneReading(timeline, _claims(element, rate), (*said, *_notices(reading)))

    return read_each(sequences, read_one, len(standing) or None)


def _sequences(root: Element, definitions: Definitions) -> tuple[list[Element], list[Element]]:
    """The sequences of the project and its bins: those that are in no other, and those that are."""
    inside = {id(definitions.resolve(nest)) for item in root.iter("clipitem") for nest in item.findall("sequence")}
    known = [element for element in _standing(root) if element.find("media") is not None]
    return [found for found in known if id(found) not in inside], [found for found in known if id(found) in inside]


def _standing(element: Element) -> Iterator[Element]:
    """The sequences of a project and its bins, not those within clips."""
    for child in element:
        if child.tag == "sequence":
            yield child
        elif child.tag in ("project", "bin", "children"):
            yield from _standing(child)


def _rate(element: Element, path: Path) -> tuple[Fraction, tuple[str, ...]]:
    """The sequence's rate: its own, else its timecode's, its picture format's, or its clips'."""
    for place in ("", "timecode", "media/video/format/samplecharacteristics"):
        rate = rate_of(element.find(place) if place else element)
        if rate is not None:
            return rate, ()
    rates = [rate for clip in element.iterfind("media/video/track/clipitem") if (rate := rate_of(clip)) is not None]
    if not rates:
        raise TimelineUnreadable(f"The sequence {text(element, 'name')!r} in {path.name} does not say its frame rate.")
    rate = max(set(rates), key=lambda one: (rates.count(one), one))
    return rate, (f"The sequence does not say its frame rate; {float(rate):.6g} was taken from its clips.",)


def _timeline(element: Element, rate: Fraction, reading: Reading) -> otio.schema.Timeline:
    sequence = Sequence(reading, rate, (id(element),))
    timecode = element.find("timecode")
    timeline = otio.schema.Timeline(text(element, "name"))
    timeline.tracks.extend(sequence.tracks(element))
    timeline.tracks.markers.extend(sequence.markers(element))
    timeline.global_start_time = sequence.times.time(_start(element, rate) or 0)
    form = text(timecode, "displayformat") if timecode is not None else ""
    timeline.metadata[NAMESPACE] = {"timecode": {"displayformat": form or "NDF"}}
    return timeline


def _start(element: Element, rate: Fraction) -> int | None:
    """The frame number of the sequence's first frame, by its timecode, which may count at a rate of its own."""
    timecode = element.find("timecode")
    own = rate_of(timecode) or rate
    frame = timecode_frame(timecode, own)
    return None if frame is None else round_frames(frame * rate / own)


def _claims(element: Element, rate: Fraction) -> Claims:
    """The sequence's own numbers; of its lowest track's items those whose both ends are stated.

    Where the sequence is as long as its sound, it says nothing of its picture's length.
    """
    stated = number(element, "duration")
    duration = None if stated is None else round_frames(stated)
    heard = max((end for item in element.iterfind("media/audio/track/clipitem")
                 if (end := number(item, "end")) is not None), default=None)  # fmt: skip
    track = next((found for found in element.iterfind("media/video/track") if not is_off(found)), None)
    items = []
    for item in track if track is not None else ():
        start, end = (number(item, "start"), number(item, "end")) if item.tag == "clipitem" else (None, None)
        if start is not None and end is not None and 0 <= start < end:
            items.append((text(item, "name"), round_frames(start), round_frames(end)))
    return Claims(
        rate=rate,
        start_frames=_start(element, rate),
        duration_frames=None if duration == heard else duration,
        item_record_frames=items_apart(items),
    )


def _notices(reading: Reading) -> Iterator[str]:
    if reading.overlapping:
        yield f"{_names(reading.overlapping)}: overlapped by the clip that follows on the track, and cut off there."
    if reading.missing:
        yield f"{_names(reading.missing)}: a nested sequence whose content the file does not carry; it is one shot."


def _names(names: list[str]) -> str:
    known = list(dict.fromkeys(names))
    more = len(known) - _MOST_NAMES
    return ", ".join(repr(name) for name in known[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
