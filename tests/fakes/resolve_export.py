"""What the fake Resolve's Export writes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import opentimelineio as otio

from fakes.resolve_project import Edit, Item, Track


def exported(edit: Edit) -> otio.schema.Timeline:
    """A timeline as Resolve's own export writes it: no name, bare paths, every track padded to the longest."""
    rate = rate_as_number(edit.rate)
    made = otio.schema.Timeline("", global_start_time=otio.opentime.RationalTime(edit.start, rate))
    made.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
    longest = max((item.end for track in (*edit.video, *edit.audio) for item in track.items), default=edit.start)
    for kind in ("Video", "Audio"):
        for track in edit.tracks(kind.lower()):
            made.tracks.append(_exported_track(track, kind, edit.start, longest, rate))
    for frame, marker in edit.markers.items():
        span = otio.opentime.TimeRange(
            otio.opentime.RationalTime(frame, rate), otio.opentime.RationalTime(marker.get("duration", 1), rate)
        )
        made.tracks.markers.append(otio.schema.Marker(marker.get("name", ""), span, comment=marker.get("note", "")))
    return made


def _exported_track(track: Track, kind: str, start: int, longest: int, rate: float) -> otio.schema.Track:
    def time(frames: float) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, rate)

    made = otio.schema.Track(track.name, kind=kind, metadata={"Resolve_OTIO": {"Locked": track.locked}})
    made.enabled = track.enabled
    transitions = [item for item in track.items if item.kind == "transition"]
    position = start
    for item in (entry for entry in track.items if entry.kind != "transition"):
        if item.start > position:
            made.append(otio.schema.Gap(duration=time(item.start - position)))
        for transition in transitions:
            if transition.start <= item.start <= transition.end and position == item.start > start:
                made.append(
                    otio.schema.Transition(
                        "Cross Dissolve",
                        otio.schema.TransitionTypes.SMPTE_Dissolve,
                        time(item.start - transition.start),
                        time(transition.end - item.start),
                    )
                )
        made.append(_exported_clip(item, time))
        position = item.end
    if longest > position:
        made.append(otio.schema.Gap(duration=time(longest - position)))
    return made


def _exported_clip(item: Item, time: Callable[[float], otio.opentime.RationalTime]) -> otio.schema.Clip:
    if item.media is None:
        reference: otio.core.MediaReference = otio.schema.GeneratorReference(item.name, item.name)
    else:
        available = otio.opentime.TimeRange(time(0), time(item.media.frames))
        reference = otio.schema.ExternalReference(item.media.path, available)
    source = otio.opentime.TimeRange(time(item.left_offset), time(item.end - item.start))
    clip = otio.schema.Clip(item.name, reference, source)
    clip.enabled = item.enabled
    return clip


def rate_as_number(rate: Fraction) -> float:
    """23.976, 29.97: rates arrive as rounded numbers."""
    return float(rate) if rate.denominator == 1 else round(float(rate), 3)
