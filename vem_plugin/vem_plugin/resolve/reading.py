"""Reading the open timeline: through Resolve's own export, checked against its list of items."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.errors import TimelineError
from vem_core.contract.time import timecode
from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.item_timeline import ItemSpan, exported_spans, item_spans, timeline_of_items
from vem_plugin.resolve.open_project import OpenTimeline
from vem_plugin.sound.lanes import AudioLane, read_lanes
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import ReadCutSheet, ReadingOptions, read_cut_sheet


@dataclass(frozen=True)
class ResolveReading:
    """An open timeline as it was read."""

    timeline_id: str
    read: ReadCutSheet
    spans: tuple[ItemSpan, ...]  # of all clips on video tracks: what tells later whether it was re-cut
    marked: tuple[int, int] | None  # In and exclusive Out, in record frames from the start
    lanes: tuple[AudioLane, ...] = ()  # the sound, as the export has it


def read_open_timeline(opened: OpenTimeline, options: ReadingOptions) -> ResolveReading:
    """The open timeline's cuts. Raises NoPicture, TimelineError, RateError."""
    spans = item_spans(opened.timeline)
    notices: list[str] = []
    exported = _export(opened)
    read = None if exported is None else _read_export(opened, exported, spans, options, notices)
    if read is None:
        notices.append("Resolve did not export the timeline as it stands; it was read item by item, without speeds.")
        read = read_cut_sheet(timeline_of_items(opened), options)
    sheet = dataclasses.replace(
        read.sheet,
        name=opened.name,
        start_frames=int(opened.timeline.GetStartFrame()),
        drop_frame=quirks.is_drop_frame(opened.timeline.GetStartTimecode()),
    )
    marked = marked_range(opened.timeline, sheet.duration_frames)
    if marked is not None:
        first, last = (
            timecode(sheet.start_frames + frame, sheet.rate, drop_frame=sheet.drop_frame)
            for frame in (marked[0], marked[1] - 1)
        )
        notices.append(f"In and Out are set in Resolve: {first} to {last}.")
    read = dataclasses.replace(read, sheet=sheet, notices=(*read.notices, *notices))
    lanes = () if exported is None else read_lanes(exported, sheet.rate)
    return ResolveReading(opened.id, read, spans, marked, lanes)


def marked_range(timeline: api.Timeline, duration_frames: int) -> tuple[int, int] | None:
    """The picture's In and exclusive Out in record frames from the start; the sound's where only that is marked."""
    marks = quirks.marks(timeline)
    return quirks.mark_range(marks.get("video"), duration_frames) or quirks.mark_range(
        marks.get("audio"), duration_frames
    )


def _export(opened: OpenTimeline) -> otio.schema.Timeline | None:
    """The timeline as Resolve exports it; None where it does not, which only the file tells for certain."""
    kind = quirks.export_type(opened.resolve)
    if kind is None:
        return None
    with tempfile.TemporaryDirectory(prefix="vem-resolve-") as folder:
        path = Path(folder, "timeline.otio")
        if not quirks.accepted(opened.timeline.Export(str(path), kind)) or not path.is_file():
            return None
        try:
            return read_timeline_file(path)
        except TimelineError:
            return None


def _read_export(
    opened: OpenTimeline,
    exported: otio.schema.Timeline,
    spans: tuple[ItemSpan, ...],
    options: ReadingOptions,
    notices: list[str],
) -> ReadCutSheet | None:
    """The export's cuts; None where it counts at another rate than the timeline does."""
    read = read_cut_sheet(exported, options)
    if read.sheet.rate != opened.rate:
        return None
    differing = set(spans) ^ set(exported_spans(exported, opened.rate))
    if differing:
        first = min(differing).start_frames
        notices.append(
            f"Resolve's export and its list of items differ at {len(differing)} places, first at frame {first}; "
            "the cuts are the export's."
        )
    return read
