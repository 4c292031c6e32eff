"""Our lane in a timeline: an audio track that holds scores, found again by its tag and changed by nobody's loss.

A score of the whole timeline replaces every score on the lane; a score of a range overwrites that range, as an
overwrite edit does. What others put on the lane stays where it is: where it is in the way, the score goes to a second
lane. Why the clip looks as it does is told in docs/engineers/placement.md.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeGuard

import opentimelineio as otio

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.time import snap_rate
from vem_plugin.files.addresses import parse_address
from vem_plugin.placement.markers import MarkerDetail, score_markers
from vem_plugin.placement.state import (
    ACTIVE_KEY,
    METADATA_KEY,
    PlacedTake,
    clip_metadata,
    is_ours,
    ours,
    reference_metadata,
    takes_of_clip,
)
from vem_plugin.placement.track_layout import LaidItem, frames_of, read_layout, write_layout

DEFAULT_TRACK_NAME = "VeM Score"
STEM_MARK = ": "
"""What stands between a lane's name and a stem's in the name of the stem's own lane."""

# How Resolve writes a stereo track, and a clip that plays a file's first two channels on it.
_STEREO_TRACK = {"Audio Type": "Stereo", "Locked": False, "SoloOn": False}
_STEREO_CHANNELS = [{"Source Channel ID": channel, "Source Track ID": 0} for channel in (0, 1)]


@dataclass(frozen=True)
class PlacedAudio:
    """A take's Broadcast WAV as the timeline shall refer to it."""

    take: PlacedTake
    target_url: str
    start_frames: int  # media timecode of its first sample, in record frames

    @property
    def range_start_frames(self) -> int:
        """Media timecode of the first sample of the scored range: after the handle, where there is one."""
        return self.start_frames + self.take.request.delivery.handle_before_frames

    @property
    def available_frames(self) -> int:
        """How long the music is, handles included."""
        delivery = self.take.request.delivery
        return self.take.duration_frames + delivery.handle_before_frames + delivery.handle_after_frames


@dataclass(frozen=True)
class LaneOptions:
    track_name: str = DEFAULT_TRACK_NAME
    markers: MarkerDetail = MarkerDetail.BARS
    our_files: frozenset[str] = frozenset()  # names of WAVs we made: clips of them are ours even without a tag


def place_score(
    timeline: otio.schema.Timeline,
    sheet: CutSheet,
    active: PlacedAudio,
    earlier: Sequence[PlacedAudio] = (),
    options: LaneOptions = LaneOptions(),
) -> otio.schema.Clip:
    """Put a take on our lane of `timeline`, whose whole sheet is `sheet`, and return the clip.

    `earlier` takes of the same range become further media references of the clip.
    """
    lanes = find_lanes(timeline, options)
    clock = _Clock(timeline, sheet.rate)
    start = clock.frames_before + active.take.in_frames
    span = (start, start + active.take.duration_frames)
    whole = active.take.in_frames == 0 and active.take.duration_frames == sheet.duration_frames
    clip = _score_clip(active, earlier, clock, options)
    _carry_over(clip, [entry for lane in lanes for entry in read_layout(lane, sheet.rate)], span, options)
    layouts = [_cleared(read_layout(lane, sheet.rate), span, clock, options, whole=whole) for lane in lanes]
    free = next((index for index, laid in enumerate(layouts) if not _taken(laid, span)), None)
    if free is None:
        lanes.append(_new_lane(timeline, options, len(lanes)))
        layouts.append([])
        free = len(lanes) - 1
    layouts[free].append(LaidItem(span[0], span[1] - span[0], clip))
    for lane, laid in zip(lanes, layouts, strict=True):
        write_layout(lane, sorted(laid, key=lambda entry: entry.start_frames), clock.time)
        if not laid:
            timeline.tracks.remove(lane)
    return clip


def find_lanes(timeline: otio.schema.Timeline, options: LaneOptions = LaneOptions()) -> list[otio.schema.Track]:
    """Our lanes of that name in a timeline, from the bottom.

    An editor may rename the track, which the tag survives, or lose the tag on its way through a file: then the track's
    name together with our audio on it tells.
    """
    return [track for track in timeline.tracks if isinstance(track, otio.schema.Track) and _is_lane(track, options)]


def find_stem_lanes(timeline: otio.schema.Timeline, options: LaneOptions = LaneOptions()) -> list[otio.schema.Track]:
    """The lanes of stems that belong to our lanes of that name, from the bottom."""
    prefix = f"{options.track_name}{STEM_MARK}"
    tracks = [track for track in timeline.tracks if isinstance(track, otio.schema.Track)]
    names = ((track, ours(track).get("name")) for track in tracks)
    return [track for track, name in names if isinstance(name, str) and name.startswith(prefix)]


def clear_span(
    timeline: otio.schema.Timeline,
    lane: otio.schema.Track,
    sheet: CutSheet,
    take: PlacedTake,
    options: LaneOptions = LaneOptions(),
) -> None:
    """Take off a lane what a take overwrites: scores of ours in its range, or all where it is of the whole timeline.

    A lane on which nothing is left goes.
    """
    clock = _Clock(timeline, sheet.rate)
    start = clock.frames_before + take.in_frames
    whole = take.in_frames == 0 and take.duration_frames == sheet.duration_frames
    laid = _cleared(read_layout(lane, sheet.rate), (start, start + take.duration_frames), clock, options, whole=whole)
    if not laid:
        timeline.tracks.remove(lane)
        return
    write_layout(lane, laid, clock.time)


def is_our_item(item: otio.core.Composable, our_files: frozenset[str] = frozenset()) -> TypeGuard[otio.schema.Clip]:
    """Whether an item of a lane is a score of ours."""
    if not isinstance(item, otio.schema.Clip):
        return False
    return is_ours(item) or any(
        isinstance(reference, otio.schema.ExternalReference) and parse_address(reference.target_url).name in our_files
        for reference in item.media_references().values()
    )


def placed_takes(timeline: otio.schema.Timeline, options: LaneOptions = LaneOptions()) -> tuple[PlacedTake, ...]:
    """Every take that our lanes of a timeline remember."""
    clips = (item for lane in find_lanes(timeline, options) for item in lane if isinstance(item, otio.schema.Clip))
    return tuple(take for clip in clips for take in takes_of_clip(clip))


RecordRange = tuple[Fraction, Fraction]
"""Start and exclusive end, in record frames from the beginning of the tracks."""


def adopt_scores(timeline: otio.schema.Timeline, previous: otio.schema.Timeline, options: LaneOptions) -> None:
    """Take over our scores and their stems from an earlier run's result, where `timeline` has no lane of ours."""
    if find_lanes(timeline, options):
        return
    for lane in (*find_lanes(previous, options), *find_stem_lanes(previous, options)):
        adopted = copy.deepcopy(lane)
        adopted[:] = [
            copy.deepcopy(item) if is_our_item(item, options.our_files) else otio.schema.Gap(duration=item.duration())
            for item in lane
            if not isinstance(item, otio.schema.Transition)
        ]
        timeline.tracks.append(adopted)


class _Clock:
    """Record frames as the timeline itself spells its rate, and where its first frame stands in its tracks."""

    def __init__(self, timeline: otio.schema.Timeline, rate: Fraction) -> None:
        self._rate_hz = _spelling(timeline, rate)
        trim = timeline.tracks.source_range
        self.frames_before = Fraction(0) if trim is None else frames_of(trim.start_time, rate)

    def time(self, frames: Fraction | int) -> otio.opentime.RationalTime:
        """Record frames as the timeline spells them."""
        return otio.opentime.RationalTime(float(frames), self._rate_hz)

    def range(self, start_frames: Fraction | int, duration_frames: Fraction | int) -> otio.opentime.TimeRange:
        """A range in record frames as the timeline spells it."""
        return otio.opentime.TimeRange(self.time(start_frames), self.time(duration_frames))


def _spelling(timeline: otio.schema.Timeline, rate: Fraction) -> float:
    """The float that a timeline uses for a rate: 23.976 and 24000/1001 are different rates to OpenTimelineIO."""
    times = [timeline.global_start_time] if timeline.global_start_time else []
    tracks = (track for track in timeline.tracks if isinstance(track, otio.schema.Track))
    first_items = (item for track in tracks for item in track[:1] if isinstance(item, otio.core.Item))
    times += [item.source_range.duration for item in first_items if item.source_range is not None]
    return next((time.rate for time in times if time.rate > 0 and snap_rate(time.rate) == rate), float(rate))


def _is_lane(track: otio.schema.Track, options: LaneOptions) -> bool:
    tag = ours(track)
    if tag:
        return tag.get("name") == options.track_name
    named = track.kind == otio.schema.TrackKind.Audio and track.name == options.track_name
    return named and any(is_our_item(item, options.our_files) for item in track)


def _new_lane(timeline: otio.schema.Timeline, options: LaneOptions, lanes_before: int) -> otio.schema.Track:
    lane = otio.schema.Track(
        name=options.track_name if lanes_before == 0 else f"{options.track_name} {lanes_before + 1}",
        kind=otio.schema.TrackKind.Audio,
        metadata={
            METADATA_KEY: {"kind": "lane", "name": options.track_name},
            "Resolve_OTIO": copy.deepcopy(_STEREO_TRACK),
        },
    )
    timeline.tracks.append(lane)
    return lane


def _score_clip(
    active: PlacedAudio, earlier: Sequence[PlacedAudio], clock: _Clock, options: LaneOptions
) -> otio.schema.Clip:
    take = active.take
    references = {_reference_key(audio.take): _reference(audio, clock, active=False) for audio in earlier}
    references[ACTIVE_KEY] = _reference(active, clock, active=True)
    clip = otio.schema.Clip(
        name=parse_address(active.target_url).name,
        source_range=clock.range(active.range_start_frames, take.duration_frames),
        metadata={
            METADATA_KEY: clip_metadata(take, tuple(audio.take for audio in earlier)),
            "Resolve_OTIO": {"Channels": copy.deepcopy(_STEREO_CHANNELS)},
        },
    )
    clip.set_media_references(references, ACTIVE_KEY)
    first = clock.time(active.range_start_frames)
    sheet, result = take.request.sheet, take.result
    clip.markers.extend(score_markers(sheet, result.plan, result.report, first, options.markers))
    return clip


def _reference(audio: PlacedAudio, clock: _Clock, *, active: bool) -> otio.schema.ExternalReference:
    reference = otio.schema.ExternalReference(
        target_url=audio.target_url,
        available_range=clock.range(audio.start_frames, audio.available_frames),
        metadata={METADATA_KEY: reference_metadata(audio.take, active=active)},
    )
    reference.name = parse_address(audio.target_url).name
    return reference


def _reference_key(take: PlacedTake) -> str:
    return f"take {take.take}"


def _carry_over(clip: otio.schema.Clip, laid: Iterable[LaidItem], span: RecordRange, options: LaneOptions) -> None:
    """What the editor did to the score that is replaced (level, fades as effects, own markers) stays, at one range."""
    for entry in laid:
        if entry.span == span and is_our_item(entry.item, options.our_files):
            clip.effects.extend(copy.deepcopy(effect) for effect in entry.item.effects)
            clip.markers.extend(copy.deepcopy(marker) for marker in entry.item.markers if not is_ours(marker))
            if not ours(entry.item).get("silenced_for_stems"):
                clip.enabled = entry.item.enabled
            return


def _cleared(
    laid: list[LaidItem], span: RecordRange, clock: _Clock, options: LaneOptions, *, whole: bool
) -> list[LaidItem]:
    """A lane without our scores, or with them trimmed to what lies outside `span`. Transitions into them go too."""
    kept: list[LaidItem] = []
    for index, entry in enumerate(laid):
        if is_our_item(entry.item, options.our_files):
            kept += [] if whole else _outside(entry, entry.item, span, clock)
        elif not (isinstance(entry.item, otio.schema.Transition) and _loses_its_score(laid, index, span, options)):
            kept.append(entry)
    return kept


def _outside(entry: LaidItem, clip: otio.schema.Clip, span: RecordRange, clock: _Clock) -> list[LaidItem]:
    """What an overwrite of `span` leaves of a clip of ours: all, one piece, two, or nothing."""
    if not entry.overlaps(*span):
        return [entry]
    pieces = []
    for start, end_excl in ((entry.start_frames, span[0]), (span[1], entry.end_excl_frames)):
        if start < end_excl:
            piece = copy.deepcopy(clip)
            first = clip.trimmed_range().start_time
            begins = otio.opentime.RationalTime(first.value + float(start - entry.start_frames), first.rate)
            piece.source_range = otio.opentime.TimeRange(begins, clock.time(end_excl - start))
            pieces.append(LaidItem(start, end_excl - start, piece))
    return pieces


def _loses_its_score(laid: list[LaidItem], index: int, span: RecordRange, options: LaneOptions) -> bool:
    """Whether a transition only fades scores of ours, and the new one stands elsewhere."""
    here = laid[index].start_frames
    touching = [entry for entry in laid if entry.duration_frames and here in entry.span]
    only_ours = all(is_our_item(entry.item, options.our_files) for entry in touching)
    return only_ours and all(entry.span != span for entry in touching)


def _taken(laid: Iterable[LaidItem], span: RecordRange) -> bool:
    return any(entry.overlaps(*span) for entry in laid)
