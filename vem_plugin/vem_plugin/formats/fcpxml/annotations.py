"""What an editor wrote about a clip: markers, keywords, notes, ratings, roles, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.times import Exact, Grid

NAMESPACE = "fcpxml"
"""The key of what is kept in OpenTimelineIO's metadata."""
LEVEL_KEY = "level_db"
"""The key, within that, of how loud a clip is set: dB, or [seconds of the clip's own clock, dB] for each keyframe."""

MARKERS = ("marker", "chapter-marker")
_COLOURS = {
    "standard": otio.schema.MarkerColor.BLUE,
    "to-do": otio.schema.MarkerColor.RED,
    "done": otio.schema.MarkerColor.GREEN,
    "chapter": otio.schema.MarkerColor.ORANGE,
}
_LONGEST_TEXT = 2000


class Note(NamedTuple):
    """A marker in frames of the clip's own timeline."""

    at: Exact
    length: Exact
    name: str
    comment: str
    kind: str

    def marker(self, start: otio.opentime.RationalTime) -> otio.schema.Marker:
        """The marker at a time of an item."""
        length = otio.opentime.RationalTime(max(1.0, round(float(self.length))), start.rate)
        return otio.schema.Marker(
            name=self.name,
            marked_range=otio.opentime.TimeRange(start, length),
            color=_COLOURS[self.kind],
            metadata={NAMESPACE: {"kind": self.kind}} if self.kind != "standard" else None,
            comment=self.comment,
        )


def notes_of(element: Element, grid: Grid) -> Iterator[Note]:
    """The markers directly on a clip, wherever they stand."""
    for marker in element:
        if marker.tag in MARKERS:
            yield Note(
                grid.frames(marker.get("start")),
                grid.frames(marker.get("duration")),
                marker.get("value", ""),
                marker.get("note", ""),
                _kind(marker),
            )


def metadata_of(element: Element, grid: Grid, window: tuple[Exact, Exact]) -> dict[str, Any] | None:
    """Notes, keywords, ratings, video role and log entries of a clip used over `window` of its own time."""
    found: dict[str, Any] = {}
    keywords: list[str] = []
    for child in element:
        tag = child.tag
        if tag == "note" and child.text:
            found["note"] = child.text.strip()[:_LONGEST_TEXT]
        elif tag == "keyword" and _within(child, grid, window):
            keywords += [word.strip() for word in child.get("value", "").split(",") if word.strip()]
        elif tag == "rating" and _within(child, grid, window):
            found["rating"] = child.get("value", "")
        elif tag == "metadata":
            found.update(_log_entries(child))
        elif tag == "text":
            text = "".join(child.itertext()).strip()
            found["text"] = " ".join(filter(None, (found.get("text"), text)))[:_LONGEST_TEXT]
    if keywords:
        found["keywords"] = list(dict.fromkeys(keywords))
    role = element.get("videoRole") or element.get("role")
    if role:
        found["videoRole"] = role
    return {NAMESPACE: found} if found else None


def _kind(marker: Element) -> str:
    if marker.tag == "chapter-marker":
        return "chapter"
    completed = marker.get("completed")
    return "standard" if completed is None else "done" if completed == "1" else "to-do"


def _within(child: Element, grid: Grid, window: tuple[Exact, Exact]) -> bool:
    """Whether a keyword or rating is about something of what is used; without a range it is about all."""
    if child.get("start") is None and child.get("duration") is None:
        return True
    start = grid.frames(child.get("start"))
    end = start + grid.frames(child.get("duration")) if child.get("duration") else window[1]
    return start < window[1] and end > window[0]


def _log_entries(metadata: Element) -> Iterator[tuple[str, str]]:
    """Entries such as com.apple.proapps.studio.scene, by the last part of their key."""
    for entry in metadata.iter("md"):
        key, value = entry.get("key", "").rsplit(".", 1)[-1], entry.get("value")
        if value and not key.startswith("kMDItem"):
            yield key, value[:_LONGEST_TEXT]
