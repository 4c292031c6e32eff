"""Small edits for tests, built with OpenTimelineIO as an editor would write them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio


def write_edit(
    path: Path,
    lengths_frames: Sequence[int],
    *,
    rate: Fraction = Fraction(24),
    start_frames: int | None = 86_400,
    markers: dict[int, str] | None = None,
) -> Path:
    """An edit with one clip for each length, each from a medium of its own that is offline; markers by clip index."""
    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index, length in enumerate(lengths_frames):
        clip = otio.schema.Clip(
            f"shot {index + 1}",
            otio.schema.ExternalReference(f"offline/{index}.mov", _span(0, length + 100, rate)),
            _span(10, length, rate),
        )
        if markers and index in markers:
            clip.markers.append(otio.schema.Marker(markers[index], _span(10, 1, rate)))
        track.append(clip)
    start = None if start_frames is None else _time(start_frames, rate)
    timeline = otio.schema.Timeline(path.stem, global_start_time=start)
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def _time(frames: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(rate))


def _span(start: int, length: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(length, rate))
