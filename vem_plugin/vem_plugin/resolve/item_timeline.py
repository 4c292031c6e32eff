"""The open timeline from Resolve's list of items: the cross-check of its export, and the way without one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.errors import RateError
from vem_plugin.placement.track_layout import read_layout
from vem_plugin.resolve import api, quirks
from vem_plugin.resolve.open_project import OpenTimeline, file_path


@dataclass(frozen=True, order=True)
class ItemSpan:
    """Where an item stands, in record frames from the timeline's start."""

    start_frames: int
    end_excl_frames: int


def item_spans(timeline: api.Timeline) -> tuple[ItemSpan, ...]:
    """Where the clips of all video tracks stand, without the transitions among them, in order."""
    start = int(timeline.GetStartFrame())
    clips, _ = quirks.split_transitions(list(quirks.all_items(timeline, "video")))
    return tuple(sorted(_span(start, item) for item in clips))


def exported_spans(timeline: otio.schema.Timeline, rate: Fraction) -> tuple[ItemSpan, ...]:
    """The same of an exported timeline."""
    laid = (
        entry
        for track in timeline.video_tracks()
        for entry in read_layout(track, rate)
        if not isinstance(entry.item, otio.schema.Transition | otio.schema.Gap)
    )
    return tuple(sorted(ItemSpan(round(entry.start_frames), round(entry.end_excl_frames)) for entry in laid))


def timeline_of_items(opened: OpenTimeline) -> otio.schema.Timeline:
    """The open timeline's picture as an OpenTimelineIO timeline. Speeds are not in it: before 21.1 nothing tells them.

    Source ranges count from the first frame of each file, at the record rate.
    """
    clock = _Clock(opened.rate)
    made = otio.schema.Timeline(opened.name, global_start_time=clock.time(int(opened.timeline.GetStartFrame())))
    for index in range(1, (opened.timeline.GetTrackCount("video") or 0) + 1):
        made.tracks.append(_track(opened.timeline, index, clock))
    for frame, marker in sorted((opened.timeline.GetMarkers() or {}).items()):
        made.tracks.markers.append(
            otio.schema.Marker(
                name=marker.get("name", ""),
                marked_range=clock.range(int(frame), max(1, int(marker.get("duration", 1)))),
                comment=marker.get("note", ""),
            )
        )
    return made


@dataclass(frozen=True)
class _Clock:
    rate: Fraction

    def time(self, frames: float) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, float(self.rate))

    def range(self, start: float, length: float) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(self.time(start), self.time(length))


def _span(timeline_start: int, item: api.TimelineItem) -> ItemSpan:
    return ItemSpan(
        quirks.offset_frames(timeline_start, item.GetStart()), quirks.offset_frames(timeline_start, item.GetEnd())
    )


def _track(timeline: api.Timeline, index: int, clock: _Clock) -> otio.schema.Track:
    track = otio.schema.Track(timeline.GetTrackName("video", index) or "", kind=otio.schema.TrackKind.Video)
    track.enabled = timeline.GetIsTrackEnabled("video", index) is not False
    start = int(timeline.GetStartFrame())
    items, fades = quirks.split_transitions(quirks.listed(timeline.GetItemListInTrack("video", index)))
    clips = sorted(((_span(start, item), item) for item in items), key=lambda entry: entry[0])
    transitions = [_span(start, item) for item in fades]
    position = 0
    for span, item in clips:
        if span.start_frames > position:
            _append_transition(track, position, transitions, clock)
            track.append(otio.schema.Gap(duration=clock.time(span.start_frames - position)))
        _append_transition(track, span.start_frames, transitions, clock)
        track.append(_clip(item, span, clock))
        position = span.end_excl_frames
    _append_transition(track, position, transitions, clock)
    return track


def _append_transition(track: otio.schema.Track, cut: int, transitions: list[ItemSpan], clock: _Clock) -> None:
    """The transition over a cut, taken off the list; a track cannot hold two in a row."""
    if len(track) and isinstance(track[-1], otio.schema.Transition):
        return
    for span in transitions:
        if span.start_frames <= cut <= span.end_excl_frames:
            transitions.remove(span)
            track.append(
                otio.schema.Transition(
                    transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=clock.time(cut - span.start_frames),
                    out_offset=clock.time(span.end_excl_frames - cut),
                )
            )
            return


def _clip(item: api.TimelineItem, span: ItemSpan, clock: _Clock) -> otio.schema.Clip:
    source = clock.range(item.GetLeftOffset() or 0, span.end_excl_frames - span.start_frames)
    clip = otio.schema.Clip(item.GetName() or "", _reference(item), source)
    clip.enabled = item.GetClipEnabled() is not False
    return clip


def _reference(item: api.TimelineItem) -> otio.core.MediaReference:
    medium = item.GetMediaPoolItem()
    if medium is None:
        return otio.schema.GeneratorReference(item.GetName() or "", generator_kind=item.GetName() or "Generator")
    path = file_path(medium)
    if not path:
        return otio.schema.MissingReference(name=medium.GetName() or "")
    reference = otio.schema.ExternalReference(path, _available(medium))
    reference.name = medium.GetName() or ""
    return reference


def _available(medium: api.MediaPoolItem) -> otio.opentime.TimeRange | None:
    """All of a medium, counted from its first frame."""
    frames = str(medium.GetClipProperty("Frames") or "")
    try:
        rate = float(quirks.frame_rate(medium.GetClipProperty("FPS")))
    except RateError:
        return None
    if not frames.isdecimal():
        return None
    zero = otio.opentime.RationalTime(0, rate)
    return otio.opentime.TimeRange(zero, otio.opentime.RationalTime(int(frames), rate))
