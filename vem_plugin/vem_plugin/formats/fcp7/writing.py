"""Writing FCP7 XML (xmeml 4): a sequence with its tracks, for editors that read nothing newer."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.errors import OutputError
from vem_core.contract.time import timecode
from vem_plugin.formats.fcp7.items import ItemWriter, append_marker, append_rate, is_writable_rate
from vem_plugin.formats.laying import WRITE_AS_OTIO, Lane, lanes_of, seconds_of
from vem_plugin.formats.tracks import Fade
from vem_plugin.formats.writing import Clock, child, document


def write_fcp7(timeline: otio.schema.Timeline, path: Path, clock: Clock) -> None:
    """Write a timeline. Raises OutputError for a rate that the format cannot state, OSError."""
    if not is_writable_rate(clock.rate):
        raise OutputError(f"FCP7 XML has no room for {float(clock.rate):.6g} frames per second.", hint=WRITE_AS_OTIO)
    root = Element("xmeml", version="4")
    writer = SequenceWriter(warped="Resolve_OTIO" in timeline.metadata)
    lanes = lanes_of(timeline.tracks, clock.rate)
    sequence = writer.sequence(root, timeline.name, lanes, clock)
    for marker in timeline.tracks.markers:
        _sequence_marker(sequence, marker, clock.rate)
    path.write_bytes(document(root, "xmeml"))


class SequenceWriter:
    """Writes sequences, those in others where they are used first. Ids count on through the file."""

    def __init__(self, *, warped: bool) -> None:
        self.warped = warped
        self.items = ItemWriter(self)
        self._sequences = 0

    def sequence(self, parent: Element, name: str, lanes: list[Lane], clock: Clock) -> Element:
        """A `sequence` of lanes, appended to an element."""
        self._sequences += 1
        rate = clock.rate
        sequence = child(parent, "sequence", id=f"sequence-{self._sequences}")
        child(sequence, "name", name)
        child(sequence, "duration", max((lane.end for lane in lanes), default=0))
        append_rate(sequence, rate)
        append_timecode(sequence, clock)
        media = child(sequence, "media")
        picture, sound = child(media, "video"), child(media, "audio")
        samples = child(child(picture, "format"), "samplecharacteristics")
        append_rate(samples, rate)
        child(samples, "width", 1920)
        child(samples, "height", 1080)
        for lane in lanes:
            if not lane.audio:
                self._track(picture, lane, rate)
                continue
            for channel in (0, 1) if lane.stereo else (0,):
                self._track(sound, lane, rate, channel)
        return sequence

    def _track(self, parent: Element, lane: Lane, rate: Fraction, channel: int | None = None) -> None:
        stereo = {"currentExplodedTrackIndex": channel, "totalExplodedTrackCount": 2, "premiereTrackType": "Stereo"}
        name = {"MZ.TrackName": lane.name} if lane.name else {}
        track = child(parent, "track", **name, **(stereo if lane.stereo else {}))
        child(track, "enabled", _truth(lane.enabled))
        child(track, "locked", "FALSE")
        for entry in lane.entries:
            if isinstance(entry, Fade):
                self._transition(track, entry, lane, rate)
            else:
                self.items.append(track, entry, rate, channel)

    def _transition(self, track: Element, fade: Fade, lane: Lane, rate: Fraction) -> None:
        item = child(track, "transitionitem")
        child(item, "start", fade.start)
        child(item, "end", fade.end)
        child(item, "alignment", _alignment(fade, lane))
        append_rate(item, rate)
        effect = child(item, "effect")
        name = fade.name or ("Cross Fade (+3dB)" if lane.audio else "Cross Dissolve")
        for tag, text in (("name", name), ("effectid", name), ("effecttype", "transition"),
                          ("mediatype", "audio" if lane.audio else "video")):  # fmt: skip
            child(effect, tag, text)


def append_timecode(parent: Element, clock: Clock) -> None:
    """The timecode of a sequence's or file's first frame."""
    element = child(parent, "timecode")
    append_rate(element, clock.rate)
    child(element, "string", timecode(clock.start_frames, clock.rate, drop_frame=clock.drop_frame))
    child(element, "frame", clock.start_frames)
    child(element, "displayformat", "DF" if clock.drop_frame else "NDF")


def _alignment(fade: Fade, lane: Lane) -> str:
    """Where the cut stands in a transition, in the words of the format."""
    ends = {item.end for item in lane.items}
    starts = {item.start for item in lane.items}
    if fade.start in starts and fade.start not in ends:
        return "start-black"
    if fade.end in ends and fade.end not in starts:
        return "end-black"
    if fade.start in starts:
        return "start"
    return "end" if fade.end in ends else "center"


def _sequence_marker(sequence: Element, marker: otio.schema.Marker, rate: Fraction) -> None:
    start = round(seconds_of(marker.marked_range.start_time) * rate)
    length = round(seconds_of(marker.marked_range.duration) * rate)
    append_marker(sequence, marker, start, length)


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"
