"""Timelines as files: an .otio (or .edl, .xml, .fcpxml, .aaf) in; a Broadcast WAV and an .otio with our lane out.

Works with every editor that reads and writes one of these, the free DaVinci Resolve among them.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import enum
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import opentimelineio as otio

from vem_core.contract.atomic import check_writable
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, OutputError, VemError
from vem_core.contract.request import SAMPLE_RATES_HZ
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.base import Placement, Take, TimelineReading
from vem_plugin.hosts.otio_reading import OtioReading
from vem_plugin.placement.broadcast_extension import frames_since_midnight
from vem_plugin.placement.desks import (
    MANNERS,
    Desk,
    address_for,
    borrow_premiere_channels,
    guess_desk,
    rebase_addresses,
)
from vem_plugin.placement.lane import (
    DEFAULT_TRACK_NAME,
    LaneOptions,
    PlacedAudio,
    adopt_scores,
    find_lanes,
    place_score,
    placed_takes,
)
from vem_plugin.placement.level_keyframes import SUFFIX as KEYFRAMED_SUFFIX
from vem_plugin.placement.level_keyframes import add_level_keyframes
from vem_plugin.placement.markers import MarkerDetail
from vem_plugin.placement.muting import mute_lane
from vem_plugin.placement.state import MIX, PlacedTake
from vem_plugin.placement.stem_lanes import place_stems
from vem_plugin.placement.trial import check_format, refuse_input
from vem_plugin.placement.writing import back_up, write_timeline
from vem_plugin.takes.earlier import EarlierScore, find_earlier
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.recognising import Recogniser
from vem_plugin.takes.restoring import restore_scores
from vem_plugin.takes.uses import note_use
from vem_plugin.takes.writing import WrittenTake, written_take
from vem_plugin.timeline.reading import OpenedTimeline, open_timeline, read_content, read_timeline_file
from vem_plugin.timeline.sheet import ReadCutSheet, ReadingOptions, read_cut_sheet, read_opened

LOG = logging.getLogger(__name__)


class MediaStart(enum.StrEnum):
    """How the clip counts the frames of the WAV. docs/engineers/placement.md says which editor wants what."""

    TIMECODE = "timecode"  # from the WAV's own time reference, as Resolve and Premiere do
    ZERO = "zero"  # from 0, for editors that overlook the time reference


@dataclass(frozen=True)
class FileHostOptions:
    """How a timeline file is read, and where its score goes."""

    output: Path | None = None  # folder; None: NAME.vem beside the timeline
    in_place: bool = False  # write the lane into the timeline's own file, after a backup
    track_name: str = DEFAULT_TRACK_NAME
    keep_takes: bool = False
    search_folders: tuple[Path, ...] = ()
    relative_paths: bool = False  # address the WAV relative to the timeline, for Kdenlive and moving folders
    desk: Desk | None = None  # the editor it is opened in; None: the one that wrote it
    media_start: MediaStart | None = None  # None: as that editor counts
    markers: MarkerDetail = MarkerDetail.BARS
    timeline_suffix: str = ".otio"  # the format of the scored timeline
    originated: datetime.datetime | None = None  # for the WAV's date; None leaves it empty: equal scores, equal files
    reading: ReadingOptions = field(default_factory=ReadingOptions)
    timeline_name: str | None = None  # which timeline of a file that holds several


class FileHost(OtioReading):
    """The `Host` of a timeline file. The file is read once, at the first call that needs it."""

    def __init__(self, timeline: Path, options: FileHostOptions = FileHostOptions()) -> None:
        self._path = timeline
        self._folder = timeline.absolute().parent  # as it is called now: one that is renamed takes us with it
        self._options = options
        self._names = OutputNames.beside(timeline, options.output)
        self._lane = LaneOptions(options.track_name, options.markers)
        self._earlier: EarlierScore | None = None  # as it was found last
        self._checked = False  # whether the output was fit for a score before the music was made

    def read_timeline(self) -> TimelineReading:
        """The timeline's cuts. Raises TimelineError."""
        return TimelineReading(self._read.sheet, self._read.notices)

    def check_output(self) -> None:
        """Raise OutputError now if a score could not be placed later."""
        self._check_folder()
        target = self._target()
        check_writable(self._names.folder)
        if target == self._path:
            check_writable(target.absolute().parent)
        if target.suffix != ".otio":
            check_format(self._timeline, self._read.sheet, target.suffix)
        self._checked = True

    def earlier_score(self, in_frames: int = 0, sheet: CutSheet | None = None) -> EarlierScore | None:
        """The score on our lane that begins at a record frame, or shows most of a sheet: in the timeline, or in the one
        scored from it before."""
        previous = self._previous(self._target())
        timelines = [self._timeline] if previous is None else [self._timeline, previous]
        lane = LaneOptions(self._lane.track_name, our_files=self._our_files())
        self._earlier = find_earlier(timelines, lane, in_frames, self._names, self._locator.locate, sheet)
        self._note_use(self._earlier)
        return self._earlier

    def _note_use(self, earlier: EarlierScore | None) -> None:
        """Remember on this machine that this timeline plays a take of another one's library."""
        if earlier is None or not isinstance(earlier.take, PlacedTake):
            return
        mix = earlier.sounds.get(MIX)
        if mix is not None and mix.parent != self._names.folder:
            note_use(earlier.take.result, self._path.absolute())

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands. A scored timeline beside the editor's follows whatever else was changed there,
        with the temp track's lane switched off where its number is given.

        Raises OutputError.
        """
        target = self._target()
        found = {} if self._earlier is None or self._earlier.take != take else self._earlier.sounds
        audio = found.get(MIX, self._names.folder / take.audio)
        previous = self._previous(target)
        if previous is not None:
            timeline = self._copy_for(target)
            mute_lane(timeline, muted_lane, self._timeline)
            adopt_scores(timeline, previous, LaneOptions(self._lane.track_name, our_files=self._our_files()))
            if timeline.to_json_string() != previous.to_json_string():
                write_timeline(timeline, target, audio.name)
        scored = target if previous is not None else self._path
        return Placement(audio=audio, timeline=scored, score=audio.with_suffix(".json"))

    def place(self, take: Take) -> Placement:
        """Write the take's files and the timeline with the take on our lane. Raises OutputError, AudioError.

        A timeline that got other cuts in the meantime, or is gone or damaged, is left alone even where `in_place` was
        asked for: the score then goes onto the timeline as it was read, in a file of its own.
        """
        self._check_folder()
        target = self._target()
        with written_take(
            take, self._names, drop_frame=self._read.sheet.drop_frame, originated=self._options.originated
        ) as written:
            return self._placed(written, target, take.stem_lanes, take.muted_lane)

    def store(self, take: Take) -> PlacedTake:
        """Write a take into the library and place nothing. Raises OutputError, AudioError."""
        self._check_folder()
        drop_frame = self._read.sheet.drop_frame
        with written_take(take, self._names, drop_frame=drop_frame, originated=self._options.originated) as written:
            return written.placed

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Put a take whose files are in the library already on our lane. Raises OutputError, AudioError."""
        target = self._target()
        audio = self._names.audio(take.take)
        if not audio.is_file():
            raise AudioError(f"{audio} is gone, so that take {take.take} cannot be placed.")
        return self._placed(WrittenTake(take, audio, self._names.score(take.take)), target, stem_lanes, muted_lane)

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the sheet's picture with the placed music; by default beside the WAV. Raises OutputError."""
        from vem_plugin.media.preview import write_preview

        target = placement.audio.with_suffix(".mp4") if path == Path() else path
        refuse_input(target, [self._path, *self._media()])
        write_preview(self._read, sheet, self._locator, placement.audio, target)
        return target

    def _media(self) -> Iterator[Path]:
        """The files that the timeline's clips show and play, as far as they are to be found."""
        for clip in self._timeline.find_clips():
            for reference in clip.media_references().values():
                found = self._locator.locate(getattr(reference, "target_url", None) or "")
                if found is not None:
                    yield found

    @cached_property
    def _opened(self) -> OpenedTimeline:
        options = self._options
        opened = open_timeline(self._path, options.timeline_name, options.reading.rate, options.search_folders)
        recognised = restore_scores(opened.timeline, self._recogniser, self._lane.track_name)
        return dataclasses.replace(opened, notices=(*opened.notices, *recognised))

    @cached_property
    def _recogniser(self) -> Recogniser:
        return Recogniser([self._names.folder, self._folder], self._locator.locate)

    @property
    def _timeline(self) -> otio.schema.Timeline:
        return self._opened.timeline

    @cached_property
    def _read(self) -> ReadCutSheet:
        return read_opened(self._opened, self._options.reading)

    @cached_property
    def _locator(self) -> MediaLocator:
        path = self._path.absolute()
        return MediaLocator(path if path.is_dir() else path.parent, self._options.search_folders)

    def _check_folder(self) -> None:
        """Raise OutputError where the timeline's own folder is gone: to make it again would write beside a disk."""
        if not self._folder.is_dir():
            raise OutputError(f"{self._folder} is gone.", hint="Is its disk still there?")

    def _target(self) -> Path:
        if not self._options.in_place:
            return self._names.timeline(self._path, self._options.timeline_suffix)
        if self._options.timeline_suffix != ".otio":
            raise OutputError(
                "A timeline that is scored in place keeps its format.", hint="Leave out --format or --in-place."
            )
        if self._checked and not _holds_one_timeline(self._path):
            LOG.warning("%s is gone or damaged; the score is written beside it.", self._path.name)
            return self._names.timeline(self._path, ".otio")
        if self._path.suffix.lower() != ".otio" or not _holds_one_timeline(self._path):
            raise OutputError(
                f"{self._path.name} cannot hold a score in place: only an .otio file of one timeline keeps all it has.",
                hint="Leave out --in-place; the scored timeline is then written beside it as .otio.",
            )
        if read_cut_sheet(read_timeline_file(self._path), self._options.reading).sheet != self._read.sheet:
            LOG.warning("%s was re-cut while the music was made; the score is written beside it.", self._path.name)
            return self._names.timeline(self._path, ".otio")
        return self._path

    def _placed(self, written: WrittenTake, target: Path, stem_lanes: bool, muted_lane: int | None) -> Placement:
        """Write the timeline with a take on our lane."""
        scored = self._scored(written, target, stem_lanes, muted_lane)
        if target == self._path:
            back_up(target)
        sha256 = write_timeline(scored, target, written.audio.name)
        return Placement(audio=written.audio, timeline=target, score=written.score, timeline_sha256=sha256)

    def _scored(
        self, written: WrittenTake, target: Path, stem_lanes: bool, muted_lane: int | None
    ) -> otio.schema.Timeline:
        """A copy of the timeline with the take on our lane."""
        in_place = target == self._path  # then with all that was saved to it since it was read
        timeline = read_timeline_file(target) if in_place else self._copy_for(target)
        if in_place:
            restore_scores(timeline, self._recogniser, self._lane.track_name)
        mute_lane(timeline, muted_lane, self._timeline)
        lane = LaneOptions(self._lane.track_name, self._lane.markers, self._our_files())
        previous = self._previous(target)
        if previous is not None:
            adopt_scores(timeline, previous, lane)
        earlier = self._earlier_takes(placed_takes(timeline, lane), written) if self._options.keep_takes else []
        active = self._placed_audio(written.placed, target)
        clip = place_score(
            timeline, self._read.sheet, active, [self._placed_audio(take, target) for take in earlier], lane
        )
        if self._desk is Desk.PREMIERE:
            for track in find_lanes(timeline, lane):
                borrow_premiere_channels(track, timeline)
        stems = self._placed_stems(written.placed, target) if stem_lanes else {}
        clips = place_stems(timeline, self._read.sheet, stems, clip, lane)
        if target.suffix == KEYFRAMED_SUFFIX:
            add_level_keyframes((clip, *clips), active)
        return timeline

    def _placed_stems(self, take: PlacedTake, target: Path) -> dict[str, PlacedAudio]:
        """The stems by name, for lanes of their own."""
        roles = [file.role for file in take.result.files if file.role.startswith("stem:")]
        return {role.removeprefix("stem:"): self._placed_audio(take, target, role) for role in roles}

    def _previous(self, target: Path) -> otio.schema.Timeline | None:
        """The scored timeline of an earlier run, whose scores are ours to keep or replace."""
        if target == self._path or target.suffix.lower() != ".otio" or not target.exists():
            return None
        try:
            return read_timeline_file(target)
        except VemError:
            return None

    def _earlier_takes(self, takes: Iterable[PlacedTake], written: WrittenTake) -> list[PlacedTake]:
        """The takes of the same range whose audio is still there, each once."""
        now = written.placed
        found = {
            take.audio: take
            for take in takes
            if (take.in_frames, take.duration_frames) == (now.in_frames, now.duration_frames)
            and take.audio != now.audio
            and (self._names.folder / take.audio).is_file()
        }
        return sorted(found.values(), key=lambda take: take.take)

    def _placed_audio(self, take: PlacedTake, target: Path, role: str = "mix") -> PlacedAudio:
        sheet, audio = take.request.sheet, self._names.played(take, role)
        first = max(0, sheet.start_frames - take.request.delivery.handle_before_frames)
        start = frames_since_midnight(first, sheet.rate, drop_frame=sheet.drop_frame)
        if self._counts_from_zero or audio.suffix != ".wav":  # FLAC has no time reference
            start = 0
        return PlacedAudio(take, self._address(audio, target), start)

    def _address(self, audio: Path, target: Path) -> str:
        """A bare path, as Resolve writes it: it takes no percent-encoding back, and refuses file: URLs in places."""
        if not self._options.relative_paths:
            return address_for(str(audio), self._timeline, self._desk)
        return Path(os.path.relpath(audio, target.absolute().parent)).as_posix()

    @cached_property
    def _desk(self) -> Desk | None:
        """The editor that the scored timeline is for; None: nobody said, and nobody can be recognised."""
        return self._options.desk or guess_desk(self._timeline, self._path.suffix)

    @property
    def _counts_from_zero(self) -> bool:
        """Whether the clip's ranges count from the WAV's first sample."""
        if self._options.media_start is not None:
            return self._options.media_start is MediaStart.ZERO
        return self._desk is not None and MANNERS[self._desk].from_zero

    def _copy_for(self, target: Path) -> otio.schema.Timeline:
        """The timeline as it was read, its relative addresses leading to the same files from where it is written."""
        timeline = copy.deepcopy(self._timeline)
        if self._path.suffix.lower() not in (".otioz", ".otiod"):  # their media lie in the bundle
            rebase_addresses(timeline, self._folder, target.absolute().parent)
        return timeline

    def _our_files(self) -> frozenset[str]:
        """The WAVs in our folder that a score of ours lies beside."""
        folder = self._names.folder
        scores = folder.glob("*-take*.json") if folder.is_dir() else ()
        endings = (".wav", ".flac", *(f"-{rate}{form}" for rate in SAMPLE_RATES_HZ for form in (".wav", ".flac")))
        return frozenset(score.stem + ending for score in scores for ending in endings)


def _holds_one_timeline(path: Path) -> bool:
    """Whether a file's outermost object is a timeline, and not a collection or a lone stack."""
    try:
        return isinstance(read_content(path), otio.schema.Timeline)
    except VemError:
        return False
