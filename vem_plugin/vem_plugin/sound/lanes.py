"""The sound on a timeline's audio lanes: which stretch of which file is heard when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from vem_core.contract.errors import TimelineError
from vem_plugin.sound.roles import Role, first_known, role_in_metadata, role_of_name
from vem_plugin.timeline.dialect import Dialect, find_dialect
from vem_plugin.timeline.flattening import DEEPEST_NESTING, Flattener, is_video
from vem_plugin.timeline.ownership import is_ours
from vem_plugin.timeline.pictures import basename, picture_of
from vem_plugin.timeline.record_clock import Exact, RecordClock


@dataclass(frozen=True)
class SoundClip:
    """A stretch of a sound file at [start, start + duration) of record time, in exact record frames."""

    lane: str
    name: str
    role: Role
    start: Exact
    duration: Exact
    address: str  # as the timeline writes it; empty where it gives none
    source_start_s: Fraction  # into the file
    speed: Fraction  # source time per record time


@dataclass(frozen=True)
class AudioLane:
    """An enabled audio track that we did not make, and what is on it in order of time."""

    number: int  # among the timeline's audio tracks, from 1
    name: str
    role: Role  # by the lane's own name
    clips: tuple[SoundClip, ...]


def read_lanes(timeline: otio.schema.Timeline, rate: Fraction) -> tuple[AudioLane, ...]:
    """The audio lanes that are heard, in the timeline's order. A lane whose times cannot be read has no clips."""
    dialect = find_dialect(timeline)
    flattener = Flattener(RecordClock(rate), dialect)
    tracks = [item for item in timeline.tracks if isinstance(item, otio.schema.Track) and not is_video(item)]
    lanes = []
    for number, track in enumerate(tracks, start=1):
        if dialect.is_enabled(track) and not is_ours(track):
            role = role_of_name(track.name)
            try:
                clips = tuple(_clips(track, role, track.name or f"A{number}", flattener, 0))
            except TimelineError:
                clips = ()
            lanes.append(AudioLane(number, track.name or f"A{number}", role, clips))
    return tuple(lanes)


def _clips(
    composition: otio.core.Composition, role: Role, lane: str, flattener: Flattener, depth: int
) -> Iterator[SoundClip]:
    """The clips of a track, or of all tracks in a compound, from the composition's own beginning."""
    if depth > DEEPEST_NESTING:
        return
    position: Exact = 0
    for item in composition:
        length = flattener.length(item)
        start = 0 if isinstance(composition, otio.schema.Stack) else position
        if not isinstance(item, otio.schema.Transition) and flattener.dialect.is_enabled(item) and not is_ours(item):
            if isinstance(item, otio.schema.Clip):
                found = _clip(item, role, lane, start, length, flattener.dialect, flattener.clock.rate)
                if found is not None:
                    yield found
            elif isinstance(item, otio.core.Composition):
                yield from _inside(item, role, lane, start, length, flattener, depth)
        position += length


def _inside(
    item: otio.core.Composition,
    role: Role,
    lane: str,
    start: Exact,
    length: Exact,
    flattener: Flattener,
    depth: int,
) -> Iterator[SoundClip]:
    """A compound's clips in its parent's time, trimmed to what is used of it."""
    used = flattener.clock.frames(item.source_range.start_time) if item.source_range is not None else 0
    if isinstance(item, otio.schema.Track) and is_video(item):
        return
    for clip in _clips(item, first_known((role, role_of_name(item.name))), lane, flattener, depth + 1):
        first, last = max(clip.start, used), min(clip.start + clip.duration, used + length)
        if first < last:
            skipped_s = Fraction(first - clip.start) / flattener.clock.rate * clip.speed
            yield SoundClip(
                lane, clip.name, clip.role, start + first - used, last - first, clip.address,
                clip.source_start_s + skipped_s, clip.speed,
            )  # fmt: skip


def _clip(
    clip: otio.schema.Clip, role: Role, lane: str, start: Exact, length: Exact, dialect: Dialect, rate: Fraction
) -> SoundClip | None:
    source_range = clip.source_range or clip.media_reference.available_range
    if length <= 0 or source_range is None:
        return None
    picture = picture_of(clip, source_range, dialect)
    skipped = Fraction(picture.source_start_frames) - (picture.available_start_frames or 0)
    available = picture.available_duration_frames
    if skipped < 0 or (picture.available_start_frames is None and available is not None and skipped > available):
        skipped = Fraction(0)
    name = clip.name or basename(picture.address)
    stated = (role_in_metadata(clip.metadata), role, role_of_name(clip.name), role_of_name(basename(picture.address)))
    return SoundClip(
        lane=lane,
        name=name,
        role=first_known(stated),
        start=start,
        duration=length,
        address=picture.address,
        source_start_s=skipped / picture.source_rate,
        speed=Fraction(picture.speed),
    )
