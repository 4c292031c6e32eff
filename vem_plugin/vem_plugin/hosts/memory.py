"""A timeline that a program holds in memory and is about to write: scored without a file of its own."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.atomic import check_writable
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import ContractError, OutputError
from vem_core.contract.recut import FrameRange
from vem_core.contract.request import ScoreRequest
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.base import Placement, Take, TimelineReading
from vem_plugin.hosts.otio_reading import OtioReading
from vem_plugin.placement.broadcast_extension import frames_since_midnight
from vem_plugin.placement.lane import (
    DEFAULT_TRACK_NAME,
    LaneOptions,
    PlacedAudio,
    find_lanes,
    place_score,
    placed_takes,
)
from vem_plugin.placement.muting import mute_lane
from vem_plugin.placement.state import METADATA_KEY, PlacedTake, StateProblem
from vem_plugin.placement.stem_lanes import place_stems
from vem_plugin.takes.earlier import EarlierScore, find_earlier
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.recognising import Recogniser
from vem_plugin.takes.restoring import restore_scores, stripped_scores
from vem_plugin.takes.writing import written_take
from vem_plugin.timeline.sheet import ReadCutSheet, ReadingOptions, read_cut_sheet

STATE = "state"
STATE_SCHEMA = "VemScoreState"


@dataclass(frozen=True)
class MemoryHostOptions:
    """Where the files of a score go, and how the timeline is read."""

    target: Path | None = None  # the file that the timeline will be written to
    output: Path | None = None  # folder of the takes; None: NAME.vem beside the target
    track_name: str = DEFAULT_TRACK_NAME
    reading: ReadingOptions = field(default_factory=ReadingOptions)


class MemoryHost(OtioReading):
    """The `Host` of a timeline in memory. The timeline itself is never changed: `scored` is the one to write."""

    def __init__(self, timeline: otio.schema.Timeline, options: MemoryHostOptions = MemoryHostOptions()) -> None:
        if options.target is None and options.output is None:
            raise OutputError("There is no file beside which the score could lie.", hint="Name a folder for it.")
        self._options = options
        self._target = (options.target or Path(timeline.name or "timeline")).absolute()
        self._names = OutputNames.beside(self._target, options.output)
        self._lane = LaneOptions(options.track_name)
        self._named, self._recognised = self._named_again(timeline)
        self.scored: otio.schema.Timeline = self._timeline

    def read_timeline(self) -> TimelineReading:
        """The timeline's cuts. Raises TimelineError."""
        return TimelineReading(self._read.sheet, (*self._read.notices, *self._recognised))

    def check_output(self) -> None:
        """Raise OutputError now if a score could not be placed later."""
        check_writable(self._names.folder)

    def scored_span(self) -> FrameRange | None:
        """The range of a score of ours that is not of the whole timeline; None: there is none, or only of the whole.

        One that fits the cuts as they are comes before one that begins later than the timeline.
        """
        sheet = self._read.sheet
        takes = placed_takes(self._timeline, self._lane)
        spans = [(take, take.in_frames, take.in_frames + take.duration_frames) for take in takes]
        inside = [(take, start, end) for take, start, end in spans if end <= sheet.duration_frames]
        for take, start, end in inside:
            if sheet.crop(start, end) == _without_speech(take.request.sheet):
                return None if end - start == sheet.duration_frames else FrameRange(start, end)
        later = [FrameRange(start, end) for _, start, end in inside if start > 0]
        return later[0] if later and all(take.in_frames for take in takes) else None

    def earlier_score(self, in_frames: int = 0, sheet: CutSheet | None = None) -> EarlierScore | None:
        """The score on our lane that begins at a record frame, or where the lane is lost, what the timeline remembers
        of it."""
        locate = MediaLocator(self._names.folder).locate
        earlier = find_earlier([self._timeline], self._lane, in_frames, self._names, locate, sheet)
        if earlier is not None or find_lanes(self._timeline, self._lane):
            return earlier
        remembered = _remembered(self._timeline)
        return None if remembered is None else EarlierScore(StateProblem.MISSING, "The score", remembered=remembered)

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands, with the temp track's lane switched off where its number is given."""
        if muted_lane is not None:
            self.scored = copy.deepcopy(self._timeline)
            mute_lane(self.scored, muted_lane, self._timeline)
        return Placement(self._names.folder / take.audio, None, self._names.score(take.take))

    def place(self, take: Take) -> Placement:
        """Write the take's files, and put it on our lane of `scored`. Raises OutputError, AudioError."""
        with written_take(take, self._names, drop_frame=self._read.sheet.drop_frame) as written:
            return self.place_kept(written.placed, stem_lanes=take.stem_lanes, muted_lane=take.muted_lane)

    def store(self, take: Take) -> PlacedTake:
        """Write a take into the library and place nothing. Raises OutputError, AudioError."""
        with written_take(take, self._names, drop_frame=self._read.sheet.drop_frame) as written:
            return written.placed

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Put a take whose files are in the library already on our lane of `scored`."""
        sheet, scored = self._read.sheet, copy.deepcopy(self._timeline)
        mute_lane(scored, muted_lane, self._timeline)
        clip = place_score(scored, sheet, self._placed_audio(take), (), self._lane)
        roles = [file.role for file in take.result.files if file.role.startswith("stem:") and stem_lanes]
        stems = {role.removeprefix("stem:"): self._placed_audio(take, role) for role in roles}
        place_stems(scored, sheet, stems, clip, self._lane)
        part = scored.metadata.get(METADATA_KEY)
        kept = dict(part) if isinstance(part, Mapping) else {}
        scored.metadata[METADATA_KEY] = {**kept, STATE: state_of(take)}
        self.scored = scored
        return Placement(self._names.audio(take.take), None, self._names.score(take.take))

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the sheet's picture with the placed music; by default beside the WAV. Raises OutputError."""
        from vem_plugin.media.preview import write_preview

        target = placement.audio.with_suffix(".mp4") if path == Path() else path
        write_preview(self._read, sheet, self._locator, placement.audio, target)
        return target

    def _named_again(self, timeline: otio.schema.Timeline) -> tuple[otio.schema.Timeline, tuple[str, ...]]:
        """The timeline, or a copy whose scores of ours got back the tags that an editor stripped; what was recognised.

        Where none was stripped it is the very same timeline.
        """
        recogniser = Recogniser([self._names.folder, self._target.parent], self._locator.locate)
        if not any(True for _ in stripped_scores(timeline, recogniser)):
            return timeline, ()
        named = copy.deepcopy(timeline)
        return named, restore_scores(named, recogniser, self._lane.track_name)

    @property
    def _timeline(self) -> otio.schema.Timeline:
        return self._named

    @cached_property
    def _read(self) -> ReadCutSheet:
        return read_cut_sheet(self._timeline, self._options.reading)

    @cached_property
    def _locator(self) -> MediaLocator:
        return MediaLocator(self._target.parent)

    def _placed_audio(self, take: PlacedTake, role: str = "mix") -> PlacedAudio:
        sheet, audio = take.request.sheet, self._names.played(take, role)
        first = max(0, sheet.start_frames - take.request.delivery.handle_before_frames)
        start = frames_since_midnight(first, sheet.rate, drop_frame=sheet.drop_frame)
        return PlacedAudio(take, str(audio), start if audio.suffix == ".wav" else 0)  # FLAC has no time reference


def state_of(take: PlacedTake) -> otio.core.SerializableObject:
    """A take as the schema that programs pass on whether they know it or not."""
    otio.schema.schemadef.module_from_name("vem_score_state")  # registers the schema, were it not by now
    return otio.core.instance_from_schema(
        STATE_SCHEMA,
        1,
        {
            "take": take.take,
            "audio": take.audio,
            "model": take.result.model,
            "seed": take.result.seed,
            "tool_version": take.result.tool_version,
            "request": dumps(take.request),
        },
    )


def _remembered(timeline: otio.schema.Timeline) -> ScoreRequest | None:
    """The request of the score that a timeline remembers without its lane."""
    part = timeline.metadata.get(METADATA_KEY)
    state = part.get(STATE) if isinstance(part, Mapping) else None
    try:
        return loads(ScoreRequest, state.request) if state is not None else None
    except (AttributeError, ContractError, TypeError):
        return None


def _without_speech(sheet: CutSheet) -> CutSheet:
    return dataclasses.replace(sheet, speech=())
