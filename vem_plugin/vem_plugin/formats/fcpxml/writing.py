"""Writing FCPXML 1.8, which Final Cut Pro reads from 10.4 on, as DaVinci Resolve and others do."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.elements import StoryWriter
from vem_plugin.formats.fcpxml.shared import SharedResources, time_text
from vem_plugin.formats.laying import lanes_of, seconds_of
from vem_plugin.formats.writing import Clock, child, document

VERSION = "1.8"
_EVENT = "VeM Score"


def write_fcpxml(timeline: otio.schema.Timeline, path: Path, clock: Clock) -> None:
    """Write a timeline as a project of one event: its lowest lane of pictures is the primary storyline.

    Raises OutputError for times that are none, OSError where the file cannot be written.
    """
    root = Element("fcpxml", version=VERSION)
    resources = SharedResources(child(root, "resources"), clock.rate)
    event = child(child(root, "library"), "event", name=_EVENT)
    project = child(event, "project", name=timeline.name or "Timeline")
    sequence = child(
        project,
        "sequence",
        format=resources.format(clock.rate),
        tcStart=time_text(clock.start_frames / clock.rate),
        tcFormat="DF" if clock.drop_frame else "NDF",
        audioLayout="stereo",
        audioRate="48k",
    )
    writer = StoryWriter(resources, clock.rate, warped="Resolve_OTIO" in timeline.metadata)
    spine = child(sequence, "spine")
    lanes = lanes_of(timeline.tracks, clock.rate)
    length = writer.spine(spine, lanes, Fraction(clock.start_frames), clock.length_frames)
    sequence.set("duration", time_text(length / clock.rate))
    for marker in timeline.tracks.markers:
        writer.mark(round(seconds_of(marker.marked_range.start_time) * clock.rate), marker)
    path.write_bytes(document(root, "fcpxml"))
