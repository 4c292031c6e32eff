"""The story elements of FCPXML as they are written: clips on the primary storyline, and what is connected to them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.annotations import NAMESPACE
from vem_plugin.formats.fcpxml.shared import SharedResources, time_text
from vem_plugin.formats.laying import Lane, Source, Written, content_rate, lanes_of, seconds_of, source_of
from vem_plugin.formats.tracks import Fade
from vem_plugin.formats.writing import child

_BLACK_KINDS = ("black", "blackvideo", "slug")
_OUR_LANE = "vem_score"
_GAP_START_S = Fraction(3600)


@dataclass
class Joint:
    """An element of the primary storyline at [start, end) frames, and its own time at its beginning."""

    start: int
    end: int
    element: Element
    local_s: Fraction
    connected: list[Element] = field(default_factory=list)
    markers: list[Element] = field(default_factory=list)


class StoryWriter:
    """Writes the lanes of a timeline or of a compound clip as one storyline with what is connected to it."""

    def __init__(self, resources: SharedResources, rate: Fraction, *, warped: bool) -> None:
        self._resources = resources
        self._rate = rate
        self._warped = warped
        self._joints: list[Joint] = []

    def spine(self, spine: Element, lanes: list[Lane], zero: Fraction, length: int = 0) -> int:
        """Write the lanes into a `spine` whose time begins at frame `zero`; return their length in frames.

        The storyline is filled up to `length`, and to where the last connected clip begins.
        """
        pictures = [lane for lane in lanes if not lane.audio]
        sounds = [lane for lane in lanes if lane.audio]
        primary = pictures[0] if pictures else Lane("", False, True)
        connected = max((written.start + 1 for lane in lanes for written in lane.items), default=0)
        self._joints = list(self._storyline(spine, primary, zero, max(length, connected)))
        for number, lane in enumerate(pictures[1:], start=1):
            self._connect_pictures(lane, number)
        for number, lane in enumerate(sounds, start=1):
            for written in lane.items:
                joint = self._joint(written.start)
                element = self._sound(written, lane, self._local_s(joint, written.start))
                if element is not None:
                    element.set("lane", str(-number))
                    joint.connected.append(element)
        for joint in self._joints:
            _insert(joint.element, [*joint.connected, *joint.markers])
        return max(length, *(lane.end for lane in lanes), 0)

    def mark(self, at: int, marker: otio.schema.Marker) -> bool:
        """Put a marker of the timeline itself on what lies there; False where nothing does."""
        if not self._joints or at < 0 or at >= self._joints[-1].end:
            return False
        joint = self._joint(at)
        _insert(joint.element, [marker_element(marker, self._local_s(joint, at), self._rate)])
        return True

    def _storyline(self, spine: Element, lane: Lane, zero: Fraction, length: int) -> Iterator[Joint]:
        """The primary storyline: its clips, gaps where it has none, and its transitions."""
        position = 0
        for entry in lane.entries:
            if isinstance(entry, Fade):
                self._transition(spine, entry, zero)
                continue
            if entry.start > position:
                yield self._gap(spine, position, entry.start, zero)
            yield self._picture(spine, entry, lane, zero)
            position = entry.end
        if position < length:
            yield self._gap(spine, position, length, zero)

    def _gap(self, spine: Element, start: int, end: int, zero: Fraction) -> Joint:
        gap = child(spine, "gap", name="Gap", offset=self._t(zero + start), start=time_text(_GAP_START_S),
                    duration=self._t(end - start))  # fmt: skip
        return Joint(start, end, gap, _GAP_START_S)

    def _transition(self, spine: Element, fade: Fade, zero: Fraction) -> None:
        child(spine, "transition", name=fade.name or "Cross Dissolve", offset=self._t(zero + fade.start),
              duration=self._t(fade.end - fade.start))  # fmt: skip

    def _connect_pictures(self, lane: Lane, number: int) -> None:
        """A lane above: clips that transitions join as a storyline of their own, others by themselves."""
        for run in _runs(lane):
            first = next(entry for entry in run if isinstance(entry, Written))
            joint = self._joint(min(entry.start for entry in run))
            if len(run) == 1:
                holder = Element("holder")
                at_s = self._local_s(joint, first.start)
                self._picture(holder, first, lane, at_s * self._rate - first.start)
                element = holder[0]
            else:
                element = Element("spine", offset=time_text(self._local_s(joint, first.start)))
                for entry in run:
                    if isinstance(entry, Fade):
                        self._transition(element, entry, Fraction(-first.start))
                    else:
                        self._picture(element, entry, lane, Fraction(-first.start))
            element.set("lane", str(number))
            joint.connected.append(element)

    def _picture(self, parent: Element, written: Written, lane: Lane, zero: Fraction) -> Joint:
        """One clip of a lane of pictures, `zero` being the parent's time at the lane's first frame."""
        item = written.item
        length_s = (written.end - written.start) / self._rate
        source = source_of(item, written.skipped / self._rate, length_s, warped=self._warped)
        reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
        common: dict[str, Any] = {"name": item.name or None, "offset": self._t(zero + written.start)}
        common |= {"duration": time_text(length_s), "enabled": None if item.enabled and lane.enabled else "0"}
        local_s = source.start_s if source.speed == 1 else Fraction(0)
        if isinstance(reference, otio.schema.GeneratorReference):
            local_s = max(Fraction(0), source.start_s)
            element = self._generator(parent, reference, {**common, "start": time_text(local_s)})
        elif reference is not None:
            ref = self._resources.asset(reference, sound=False, reach_s=_reach(source, length_s))
            element = child(parent, "asset-clip", ref=ref, **common, start=time_text(local_s), srcEnable="video")
        else:
            ref = self._compound(item)
            element = child(parent, "ref-clip", ref=ref, **common, start=time_text(local_s), srcEnable="video")
        _append_time_map(element, source, length_s)
        joint = Joint(written.start, written.end, element, local_s)
        _describe(element, item)
        markers = list(_marker_elements(item, source, local_s, length_s, self._rate))
        if parent.tag == "spine":
            joint.markers += markers
        else:
            _insert(element, markers)
        return joint

    def _generator(self, parent: Element, reference: otio.schema.GeneratorReference, common: dict[str, Any]) -> Element:
        kind = reference.generator_kind or reference.name or "Basic Title"
        plain = re.sub(r"[^a-z0-9]", "", kind.lower())
        name = re.sub(r"[^a-z0-9]", "", str(common["name"] or "").lower())
        if plain in _BLACK_KINDS and name in ("", *_BLACK_KINDS):
            if parent.tag == "spine":
                return child(parent, "gap", **common)
            kind = "Black"
        return child(parent, "title", ref=self._resources.effect(kind), **common)

    def _sound(self, written: Written, lane: Lane, offset_s: Fraction) -> Element | None:
        """One clip of a lane of sound."""
        item = written.item
        length_s = (written.end - written.start) / self._rate
        source = source_of(item, written.skipped / self._rate, length_s, warped=self._warped)
        reference = item.media_reference if isinstance(item, otio.schema.Clip) else None
        if isinstance(reference, otio.schema.GeneratorReference):
            return None
        local_s = source.start_s if source.speed == 1 else Fraction(0)
        common: dict[str, Any] = {"name": item.name or None, "offset": time_text(offset_s), "start": time_text(local_s)}
        common |= {"duration": time_text(length_s), "enabled": None if item.enabled and lane.enabled else "0"}
        parent = Element("holder")
        if reference is None:
            element = child(parent, "ref-clip", ref=self._compound(item), **common, srcEnable="audio")
        else:
            ref = self._resources.asset(reference, sound=True, reach_s=_reach(source, length_s))
            element = child(parent, "asset-clip", ref=ref, **common, srcEnable="audio", audioRole=_role(item, lane))
        _append_time_map(element, source, length_s)
        _insert(element, _marker_elements(item, source, local_s, length_s, self._rate))
        return element

    def _compound(self, item: otio.core.Item) -> str:
        """A compound clip of what is inside an item."""
        rate = content_rate(item, self._rate)
        ref, sequence = self._resources.compound(item.name, rate)
        writer = StoryWriter(self._resources, rate, warped=self._warped)
        length = writer.spine(child(sequence, "spine"), lanes_of(item, rate), Fraction(0))
        for marker in item.markers:
            writer.mark(round(seconds_of(marker.marked_range.start_time) * rate), marker)
        sequence.set("duration", time_text(length / rate))
        return ref

    def _joint(self, frame: int) -> Joint:
        """What lies on the primary storyline at a frame, or last before it."""
        index = bisect_right(self._joints, frame, key=lambda joint: joint.start) - 1
        return self._joints[max(0, index)]

    def _local_s(self, joint: Joint, frame: int) -> Fraction:
        return joint.local_s + (frame - joint.start) / self._rate

    def _t(self, frames: Fraction | int) -> str:
        return time_text(Fraction(frames) / self._rate)


def marker_element(marker: otio.schema.Marker, at_s: Fraction, rate: Fraction) -> Element:
    """A marker at a time of the clip that it is on."""
    length_s = max(seconds_of(marker.marked_range.duration), 1 / rate)
    kind = str(marker.metadata[NAMESPACE].get("kind", "")) if NAMESPACE in marker.metadata else ""
    parent = Element("holder")
    chapter = kind == "chapter"
    return child(
        parent,
        "chapter-marker" if chapter else "marker",
        start=time_text(at_s),
        duration=time_text(length_s),
        value=marker.name or marker.comment or "Marker",
        completed={"to-do": "0", "done": "1"}.get(kind),
        note=marker.comment or None,
    )


def _marker_elements(
    item: otio.core.Item, source: Source, local_s: Fraction, length_s: Fraction, rate: Fraction
) -> Iterator[Element]:
    """The markers of an item that stand within what is used of it."""
    if isinstance(item, otio.core.Composition):
        return  # they go with its content
    for marker in item.markers:
        passed_s = seconds_of(marker.marked_range.start_time) - source.start_s
        at_s = passed_s / source.speed if source.speed else passed_s
        if 0 <= at_s < length_s:
            yield marker_element(marker, local_s + at_s, rate)


def _append_time_map(element: Element, source: Source, length_s: Fraction) -> None:
    """The speed of a clip whose own time begins at 0: which source time its ends have."""
    if source.speed == 1 or element.tag in ("gap", "title"):
        return
    time_map = child(element, "timeMap")
    for at_s, value_s in ((Fraction(0), source.start_s), (length_s, source.end_s(length_s))):
        child(time_map, "timept", time=time_text(at_s), value=time_text(value_s), interp="linear")


def _reach(source: Source, length_s: Fraction) -> tuple[Fraction, Fraction]:
    ends = source.start_s, source.end_s(length_s)
    return min(ends), max(ends)


def _runs(lane: Lane) -> Iterator[list[Written | Fade]]:
    """The entries of a lane in groups: what transitions join, and each other clip alone."""
    run: list[Written | Fade] = []
    for entry in lane.entries:
        joined = bool(run) and (isinstance(run[-1], Fade) or isinstance(entry, Fade)) and _touch(run[-1], entry)
        if run and not joined:
            yield from _with_clip(run)
            run = []
        run.append(entry)
    yield from _with_clip(run)


def _with_clip(run: list[Written | Fade]) -> Iterator[list[Written | Fade]]:
    if any(isinstance(entry, Written) for entry in run):
        yield run


def _touch(before: Written | Fade, after: Written | Fade) -> bool:
    return after.start <= before.end


def _insert(element: Element, children: Iterable[Element]) -> None:
    """Add children in the order that the document type wants: what is connected, then markers, then metadata."""
    for added in children:
        rank = _rank(added)
        index = next((at for at, known in enumerate(element) if _rank(known) > rank), len(element))
        element.insert(index, added)


def _rank(element: Element) -> int:
    if element.tag in ("note",):
        return 0
    if element.tag == "timeMap":
        return 1
    if element.tag in ("marker", "chapter-marker", "keyword"):
        return 3
    return 4 if element.tag == "metadata" else 2


def _describe(element: Element, item: otio.core.Item) -> None:
    """The note and keywords that came with a clip from FCPXML."""
    if element.tag == "gap" or NAMESPACE not in item.metadata:
        return
    kept = item.metadata[NAMESPACE]
    holder = Element("holder")
    if kept.get("note"):
        child(holder, "note", kept["note"])
    if kept.get("keywords"):
        child(holder, "keyword", start=element.get("start"), duration=element.get("duration"),
              value=", ".join(str(word) for word in kept["keywords"]))  # fmt: skip
    _insert(element, list(holder))


def _role(item: otio.core.Item, lane: Lane) -> str:
    """The audio role of a clip: the one it had, or that of its lane; our lane is music."""
    if _OUR_LANE in item.metadata:
        return "music"
    kept = item.metadata[NAMESPACE].get("role") if NAMESPACE in item.metadata else None
    name = str(kept or re.sub(r"\s+\d+$", "", lane.name).strip() or "dialogue")
    return name.replace("?", " ") if kept else re.sub(r"[.?]", " ", name)
