"""Timelines built in a few words: each function takes lengths in frames and gives OpenTimelineIO objects."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio

RATE = 24.0


def time(frames: float, rate: float = RATE) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, rate)


def span(start: float, length: float, rate: float = RATE) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(time(start, rate), time(length, rate))


def clip(name: str, start: float, length: float, *, rate: float = RATE, url: str | None = None, **extra: Any) -> Any:
    """A clip of the file `url` (default: one named after the clip), or of `reference` where that is given."""
    reference = extra.pop("reference", None) or otio.schema.ExternalReference(url or f"/footage/{name}.mov")
    return otio.schema.Clip(name, reference, span(start, length, rate), **extra)


def generator(kind: str, length: float, *, name: str = "", rate: float = RATE, **extra: Any) -> Any:
    reference = otio.schema.GeneratorReference(kind, generator_kind=kind)
    return otio.schema.Clip(name, reference, span(0, length, rate), **extra)


def gap(length: float, rate: float = RATE) -> Any:
    return otio.schema.Gap(source_range=span(0, length, rate))


def dissolve(in_frames: float, out_frames: float, rate: float = RATE) -> Any:
    return otio.schema.Transition(
        "Cross Dissolve", otio.schema.TransitionTypes.SMPTE_Dissolve, time(in_frames, rate), time(out_frames, rate)
    )


def retimed(item: Any, speed: float) -> Any:
    item.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    return item


def marked(item: Any, start: float, name: str, *, length: float = 1, comment: str = "", rate: float = RATE) -> Any:
    item.markers.append(otio.schema.Marker(name, span(start, length, rate), comment=comment))
    return item


def video(*items: Any, name: str = "V1", **extra: Any) -> Any:
    return otio.schema.Track(name, list(items), kind=otio.schema.TrackKind.Video, **extra)


def audio(*items: Any, name: str = "A1") -> Any:
    return otio.schema.Track(name, list(items), kind=otio.schema.TrackKind.Audio)


def compound(*tracks: Any, start: float | None = None, length: float = 0, name: str = "Compound") -> Any:
    source_range = None if start is None else span(start, length)
    return otio.schema.Stack(name, list(tracks), source_range=source_range)


def timeline(*tracks: Any, start: float | None = None, rate: float = RATE, name: str = "Edit", **extra: Any) -> Any:
    """A timeline of tracks, given from the bottom."""
    made = otio.schema.Timeline(name, global_start_time=None if start is None else time(start, rate), **extra)
    made.tracks.extend(tracks)
    return made
