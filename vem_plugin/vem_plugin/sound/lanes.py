"""The sound on a timeline's audio lanes: which stretch of which file is heard when.

Sound goes through the same flattening as pictures, on the same record clock: trimmed tracks and stacks, retimed
compounds and head transitions put it where they put pictures. What differs: lanes do not hide each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import opentimelineio as otio
from numpy.typing import NDArray

from vem_core.contract.errors import TimelineError
from vem_plugin.sound.levels import Level, level_of
from vem_plugin.sound.roles import Role, first_known, role_in_metadata, role_of_name
from vem_plugin.timeline.dialect import find_dialect
from vem_plugin.timeline.flattening import (
    Dissolve,
    Flattener,
    Frame,
    Placed,
    Segment,
    Visible,
    is_picture_layer,
    is_video,
)
from vem_plugin.timeline.ownership import is_ours
from vem_plugin.timeline.pictures import basename
from vem_plugin.timeline.record_clock import Exact, RecordClock, exact_rate
from vem_plugin.timeline.tracks import lay_out_sound
from vem_plugin.timeline.warps import reading_dialect

Span = tuple[Exact, Exact]
"""From here to there, in exact record frames."""


@dataclass(frozen=True)
class SoundClip:
    """A stretch of a sound file at [start, start + duration) of record time, in exact record frames."""

    lane: str
    name: str
    role: Role
    start: Exact
    duration: Exact
    address: str  # as the timeline writes it; empty where it gives none: then the name tells the file
    source_start_s: Fraction  # into the file
    speed: Fraction  # source time per record time
    by_timecode: bool = False  # nothing states where the file begins: it may count in the file's own timecode
    level: Level = ()  # as the editor has set it
    fade_in: Span | None = None  # in which it comes up, around its start
    fade_out: Span | None = None  # in which it goes, around its end

    @property
    def heard(self) -> Span:
        """Where anything is heard of it: with the handles that its fades use."""
        start = self.start if self.fade_in is None else self.fade_in[0]
        return start, self.start + self.duration if self.fade_out is None else self.fade_out[1]

    def fade_gains(self, at_frames: NDArray[np.float64]) -> NDArray[np.float32]:
        """Linear gains of its fades at places of record time: two sounds that cross keep their power together."""
        share = np.ones_like(at_frames)
        if self.fade_in is not None:
            share = np.minimum(share, _way_through(self.fade_in, at_frames))
        if self.fade_out is not None:
            share = np.minimum(share, 1 - _way_through(self.fade_out, at_frames))
        return np.sin(np.pi / 2 * share).astype(np.float32)


@dataclass(frozen=True)
class AudioLane:
    """An enabled audio track that we did not make, and what is on it in order of time."""

    number: int  # among the timeline's audio tracks, from 1; lanes inside compounds on video tracks follow
    name: str
    role: Role  # by the lane's own name
    clips: tuple[SoundClip, ...]
    inside: bool = False  # it lies in compounds on video tracks, and cannot be switched off by itself


def read_lanes(timeline: otio.schema.Timeline, rate: Fraction) -> tuple[AudioLane, ...]:
    """The audio lanes that are heard, in the timeline's order. A lane whose times cannot be read has no clips."""
    clock = RecordClock(exact_rate(float(rate)))
    listener = SoundFlattener(clock, reading_dialect(timeline, clock, find_dialect(timeline)))
    tracks = [item for item in timeline.tracks if isinstance(item, otio.schema.Track) and not is_video(item)]
    lanes = []
    for number, track in enumerate(tracks, start=1):
        if listener.dialect.is_enabled(track) and not _is_only_ours(track):
            name = track.name or f"A{number}"
            clips = [_clip(span, name, clock.rate) for span in _hear(timeline, track, listener)]
            lanes.append(AudioLane(number, name, role_of_name(track.name), _in_order(clips)))
    lanes += _lanes_inside(timeline, listener, len(tracks), _places(lanes))
    return tuple(lanes)


def _is_only_ours(track: otio.schema.Track) -> bool:
    """Whether a track is a lane of ours on which nobody laid anything else."""
    return is_ours(track) and not any(isinstance(item, otio.schema.Clip) and not is_ours(item) for item in track)


class SoundFlattener(Flattener):
    """Hears a composition: the audio tracks in it, at any depth and all at once."""

    def flatten(self, layers: list[tuple[otio.core.Composable, Frame]], depth: int = 0) -> Visible:
        heard = Visible()
        for layer, frame in layers:
            heard.extend(self._visit(layer, frame, depth))
        return heard

    def _is_layer(self, child: otio.core.Composable) -> bool:
        return isinstance(child, otio.core.Composition | otio.schema.Clip) and not is_ours(child)

    def _without_content(self, stack: otio.schema.Stack, frame: Frame) -> Visible:
        return Visible()

    def _fill_handles(self, track: otio.schema.Track, contents: Sequence[Placed], seen: Visible, frame: Frame) -> None:
        """Sound is faded in at a head transition, and begins after it."""

    def _clip(self, clip: otio.schema.Clip, *others: object, **more: object) -> Segment | None:
        lanes = [track for track in _above(clip) if isinstance(track, otio.schema.Track)]
        if not lanes or is_video(lanes[0]) or is_ours(clip):
            return None
        return super()._clip(clip, *others, **more)  # type: ignore[arg-type]


def _hear(timeline: otio.schema.Timeline, track: otio.core.Item, listener: SoundFlattener) -> list[Segment]:
    try:
        heard = listener.flatten(lay_out_sound(timeline, [track], listener))
    except TimelineError:
        return []
    return [*heard.pictures, *heard.overlays]


def _lanes_inside(
    timeline: otio.schema.Timeline, listener: SoundFlattener, numbered: int, heard: set[tuple[object, ...]]
) -> Iterator[AudioLane]:
    """The audio lanes of compounds on video tracks, by name, without what the timeline's own lanes carry as well."""
    names: dict[str, list[SoundClip]] = {}
    for layer in timeline.tracks:
        if not is_picture_layer(layer):
            continue
        for span in _hear(timeline, layer, listener):
            name = _lane_name(span)
            clip = _clip(span, name, listener.clock.rate)
            if (clip.address or clip.name, clip.start, clip.duration) not in heard:
                names.setdefault(name, []).append(clip)
    for number, (name, clips) in enumerate(names.items(), start=numbered + 1):
        yield AudioLane(number, name, role_of_name(name), _in_order(clips), inside=True)


def _places(lanes: Sequence[AudioLane]) -> set[tuple[object, ...]]:
    return {(clip.address or clip.name, clip.start, clip.duration) for lane in lanes for clip in lane.clips}


def _in_order(clips: Sequence[SoundClip]) -> tuple[SoundClip, ...]:
    return tuple(sorted(clips, key=lambda clip: clip.start))


def _way_through(span: Span, at_frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 before a span, 1 behind it, and how much of it is over in between."""
    start, end = (float(each) for each in span)
    return np.interp(at_frames, (start, end), (0.0, 1.0))


def _fade(transition: Dissolve | None) -> Span | None:
    return None if transition is None or transition.start >= transition.end else (transition.start, transition.end)


def _above(item: otio.core.Composable) -> Iterator[otio.core.Composition]:
    """What an item lies in, from the inside."""
    parent = item.parent()
    while parent is not None:
        yield parent
        parent = parent.parent()


def _lane_name(span: Segment) -> str:
    """The outermost audio track that a sound lies on, or else the compound around that."""
    chain = list(_above(span.picture.clip))
    audio_tracks = [isinstance(part, otio.schema.Track) and not is_video(part) for part in chain]
    at = max(index for index, found in enumerate(audio_tracks) if found)
    return str(chain[at].name or (chain[at + 1].name if at + 1 < len(chain) else "") or "compound")


def _clip(span: Segment, lane: str, rate: Fraction) -> SoundClip:
    """A heard span as a stretch of its file."""
    picture = span.picture
    skipped = Fraction(span.source_start) - (picture.available_start_frames or 0)
    available = picture.available_duration_frames
    if skipped < 0 or (picture.available_start_frames is None and available is not None and skipped > available):
        skipped = Fraction(0)
    clip = picture.clip
    named = [parent.name for parent in _above(clip) if not isinstance(parent, otio.schema.Stack)]
    outside_in = [role_of_name(name) for name in reversed(named)]
    own = (role_of_name(clip.name), role_of_name(basename(picture.address)))
    return SoundClip(
        lane=lane,
        name=clip.name or basename(picture.address),
        role=first_known((role_in_metadata(clip.metadata), *outside_in, *own)),
        start=span.start,
        duration=span.end - span.start,
        address=picture.address,
        source_start_s=skipped / picture.source_rate,
        speed=Fraction(span.source_step) * rate / picture.source_rate,
        by_timecode=picture.available_start_frames is None,
        level=level_of(clip, Fraction(picture.available_start_frames or 0) / picture.source_rate),
        fade_in=_fade(span.head),
        fade_out=_fade(span.tail),
    )
