"""Resolve Studio as a `Host`: the open timeline in, the score on an audio track of ours."""

from __future__ import annotations

import contextlib
import datetime
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import platformdirs

from vem_core.contract.atomic import check_writable
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import AudioError, OutputError, VemError
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.base import Placement, Take, ThumbnailSet, TimelineReading
from vem_plugin.placement.lane import DEFAULT_TRACK_NAME
from vem_plugin.placement.markers import MarkerDetail
from vem_plugin.placement.state import PlacedTake, StateProblem
from vem_plugin.resolve import api, lane, media, quirks
from vem_plugin.resolve.earlier import find_earlier, moved_frames
from vem_plugin.resolve.editor_state import EditorState
from vem_plugin.resolve.item_timeline import item_spans
from vem_plugin.resolve.open_project import OpenTimeline, open_timeline
from vem_plugin.resolve.reading import ResolveReading, read_open_timeline
from vem_plugin.resolve.scripting import connect, talking
from vem_plugin.resolve.undo import Journal
from vem_plugin.takes.earlier import EarlierScore
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.writing import WrittenTake, written_take
from vem_plugin.timeline.sheet import ReadingOptions

if TYPE_CHECKING:
    from vem_plugin.media.screen import Screen
    from vem_plugin.sound.lanes import AudioLane
    from vem_plugin.sound.speech import SpeechReading

LOG = logging.getLogger(__name__)

_NO_STEM_LANES = "In an open Resolve timeline only the mix is placed; the stems lie beside the take."
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


@dataclass(frozen=True)
class ResolveHostOptions:
    """How the open timeline is read, and where its scores go."""

    output: Path | None = None  # folder; None: VeM Score/PROJECT in the user's music folder
    track_name: str = DEFAULT_TRACK_NAME
    search_folders: tuple[Path, ...] = ()
    markers: MarkerDetail = MarkerDetail.BARS
    originated: datetime.datetime | None = None
    reading: ReadingOptions = field(default_factory=ReadingOptions)


class _Placing(NamedTuple):
    """What a take is being placed on."""

    opened: OpenTimeline
    names: OutputNames
    notices: tuple[str, ...]


class ResolveStudioHost:
    """The `Host` of the timeline that is open in Resolve Studio when it is first read, and of no other afterwards.

    No object of Resolve's is kept between calls, so that Resolve may be restarted in between.
    """

    def __init__(
        self, options: ResolveHostOptions = ResolveHostOptions(), connect: Callable[[], api.Resolve] = connect
    ) -> None:
        self._options = options
        self._connect = connect
        self._reading: ResolveReading | None = None
        self._screen: tuple[ResolveReading, Screen] | None = None

    def read_timeline(self) -> TimelineReading:
        """The open timeline's cuts, read again. Raises ResolveError, TimelineError."""
        timeline_id = None if self._reading is None else self._reading.timeline_id
        with talking():
            self._reading = read_open_timeline(open_timeline(self._connect(), timeline_id), self._options.reading)
        return TimelineReading(self._reading.read.sheet, self._reading.read.notices)

    def read_range(self) -> tuple[int, int] | None:
        """In and exclusive Out as they were set when the timeline was read, in record frames from its start."""
        return self._read.marked

    def output_names(self) -> OutputNames:
        """Where the takes go of the timeline that was read, or else is open: known before anything is read.

        Raises ResolveError.
        """
        timeline_id = None if self._reading is None else self._reading.timeline_id
        with talking():
            return self._names(open_timeline(self._connect(), timeline_id))

    def read_thumbnails(self, sheet: CutSheet) -> ThumbnailSet:
        from vem_plugin.media.thumbnails import read_thumbnails

        return read_thumbnails(self._read.read, sheet, MediaLocator(Path.home(), self._options.search_folders))

    def read_frame(self, record_frames: int) -> bytes | None:
        from vem_plugin.media.screen import Screen

        if self._screen is None or self._screen[0] is not self._reading:
            read, locator = self._read.read, MediaLocator(Path.home(), self._options.search_folders)
            self._screen = (self._read, Screen(read, locator))
        return self._screen[1].frame(record_frames)

    def read_lanes(self) -> tuple[AudioLane, ...]:
        """The audio tracks of Resolve's export without ours; none where Resolve does not export."""
        return tuple(audio for audio in self._read.lanes if not audio.name.startswith(self._options.track_name))

    def locate(self, address: str) -> Path | None:
        return MediaLocator(Path.home(), self._options.search_folders).locate(address) if address else None

    def read_speech(self) -> SpeechReading:
        from vem_plugin.sound.speech import read_speech

        sheet, locator = self._read.read.sheet, MediaLocator(Path.home(), self._options.search_folders)
        return read_speech(self.read_lanes(), locator, sheet.rate, sheet.duration_frames)

    def lane_sound(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> bytes:
        from vem_plugin.sound.temp_track import heard_lane

        return heard_lane(lane, MediaLocator(Path.home(), self._options.search_folders), sheet, in_frames)

    def library_folder(self) -> Path:
        return self.output_names().folder

    def check_output(self) -> None:
        """Raise OutputError if our lane is locked or the folder of the takes cannot be written; ResolveError."""
        with talking():
            opened = open_timeline(self._connect(), self._read.timeline_id)
            lane.check_unlocked(lane.find_lanes(opened.timeline, self._options.track_name))
            folder = self._names(opened).folder
        check_writable(folder)

    def earlier_score(self, in_frames: int = 0, sheet: CutSheet | None = None) -> EarlierScore | None:
        """The score on our lane that begins at a record frame of the timeline that was read. Raises ResolveError."""
        with talking():
            opened = open_timeline(self._connect(), self._read.timeline_id)
            return find_earlier(opened.timeline, self._options.track_name, in_frames)

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands, and say where that is if the editor moved it. Raises ResolveError."""
        with talking():
            opened = open_timeline(self._connect(), self._read.timeline_id)
            folder = self._names(opened).folder
            moved = moved_frames(opened.timeline, self._options.track_name, take)
            self._switch_off(opened, muted_lane, Journal())
        audio = folder / take.audio
        notices = (f"{take.audio} stands {moved:+} frames from where its beats meet the cuts.",) if moved else ()
        return Placement(audio=audio, timeline=None, score=audio.with_suffix(".json"), notices=notices)

    def place(self, take: Take) -> Placement:
        """Import the take and put it on our lane of the timeline that was read.

        Where a step fails, those before it are taken back, through a new connection if the first is lost. Raises
        OutputError, AudioError, ResolveError.
        """
        drop_frame, originated = self._read.read.sheet.drop_frame, self._options.originated
        with (
            self._placing(take.in_frames) as placing,
            written_take(take, placing.names, drop_frame=drop_frame, originated=originated) as written,
        ):
            return self._placed(placing, written, take.stem_lanes, take.muted_lane)

    def store(self, take: Take) -> PlacedTake:
        """Write a take into the library and place nothing. Raises OutputError, AudioError, ResolveError."""
        drop_frame, originated = self._read.read.sheet.drop_frame, self._options.originated
        with written_take(take, self.output_names(), drop_frame=drop_frame, originated=originated) as written:
            return written.placed

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Put a take whose files are in the library already on our lane. Raises as `place` does."""
        with self._placing(take.in_frames) as placing:
            audio = placing.names.audio(take.take)
            if not audio.is_file():
                raise AudioError(f"{audio} is gone, so that take {take.take} cannot be placed.")
            written = WrittenTake(take, audio, placing.names.score(take.take))
            return self._placed(placing, written, stem_lanes, muted_lane)

    @contextlib.contextmanager
    def _placing(self, in_frames: int) -> Iterator[_Placing]:
        """The open timeline to place on; Resolve's page, playhead and bin are put back after the block."""
        with talking():
            opened = open_timeline(self._connect(), self._read.timeline_id)
            names = self._names(opened)
            state = EditorState.read(opened)
            notices = (*self._notices_of_recut(opened), *self._notices_of_move(opened, in_frames))
        try:
            yield _Placing(opened, names, notices)
        finally:
            self._put_back(state, opened)

    def _placed(self, placing: _Placing, written: WrittenTake, stem_lanes: bool, muted_lane: int | None) -> Placement:
        """Put a take on our lane. Where a step fails, those before it are taken back."""
        with self._taking_back(placing.opened) as journal, talking():
            notices = (*placing.notices, *self._place(placing.opened, written, journal, stem_lanes, muted_lane))
        return Placement(audio=written.audio, timeline=None, score=written.score, notices=notices)

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the sheet's picture with the placed music; by default beside the WAV. Raises OutputError."""
        from vem_plugin.media.preview import write_preview

        target = placement.audio.with_suffix(".mp4") if path == Path() else path
        locator = MediaLocator(Path.home(), self._options.search_folders)
        write_preview(self._read.read, sheet, locator, placement.audio, target)
        return target

    @property
    def _read(self) -> ResolveReading:
        if self._reading is None:
            self.read_timeline()
        assert self._reading is not None
        return self._reading

    def _place(
        self, opened: OpenTimeline, written: WrittenTake, journal: Journal, stem_lanes: bool, muted_lane: int | None
    ) -> tuple[str, ...]:
        take, rate, media_rate = written.placed, opened.rate, opened.project_rate
        delivery = take.request.delivery
        before, after = delivery.handle_before_frames, delivery.handle_after_frames
        if before * media_rate % rate:
            raise OutputError(
                f"A handle of {before} frames is no whole number of frames at the project's rate.",
                hint="Score without handles, or give the timeline the project's frame rate.",
            )
        frames = quirks.source_frames(before + take.duration_frames + after, rate, media_rate)
        media.pad_to_samples(written.audio, quirks.whole_frame_samples(frames, media_rate))
        lane.check_unlocked(lane.find_lanes(opened.timeline, self._options.track_name))
        opened.project.SetCurrentTimeline(opened.timeline)  # appending goes to the current one
        item = media.import_take(opened, written.audio, journal)
        media.tag(item, take, self._options.track_name, written.score)
        whole = take.in_frames == 0 and take.duration_frames == self._read.read.sheet.duration_frames
        placing = lane.Placing(item, self._options.track_name, take.in_frames, take.duration_frames, whole, before)
        notices = lane.place(opened, placing, journal)
        media.mark(item, take, self._options.markers)
        self._switch_off(opened, muted_lane, journal)
        return (*notices, *([_NO_STEM_LANES] if stem_lanes else []))

    def _switch_off(self, opened: OpenTimeline, number: int | None, journal: Journal) -> None:
        muted = next((audio for audio in self.read_lanes() if audio.number == number), None)
        if muted is not None:
            lane.switch_off(opened, muted.number, muted.name, journal)

    @contextlib.contextmanager
    def _taking_back(self, opened: OpenTimeline) -> Iterator[Journal]:
        """A journal whose changes are taken back where the block fails. Raises what the block did; OutputError, with
        what is left changed, where they cannot be."""
        journal = Journal()
        try:
            yield journal
        except BaseException as error:
            left = self._undo(journal, opened)
            if not left:
                raise
            problem = error.message if isinstance(error, VemError) else "Placing was interrupted."
            raise OutputError(
                f"{problem} Not everything could be put back as it was: {'; '.join(left)}.",
                hint="Use Edit > Undo in Resolve, or place the take again.",
            ) from error

    def _undo(self, journal: Journal, opened: OpenTimeline) -> list[str]:
        if not journal.pending():
            return []
        try:
            with talking():
                working = self._working(opened)
                working.project.SetCurrentTimeline(working.timeline)
                return journal.undo(working)
        except VemError:
            return journal.pending()

    def _working(self, opened: OpenTimeline) -> OpenTimeline:
        """The same timeline through a connection that works. Raises ResolveError."""
        try:
            if opened.id == self._read.timeline_id:
                return opened
        except Exception:  # a border: to Resolve's process; what matters is that this connection is of no use
            LOG.info("Connecting to Resolve again")
        return open_timeline(self._connect(), self._read.timeline_id)

    def _put_back(self, state: EditorState, opened: OpenTimeline) -> None:
        try:
            with talking():
                state.put_back(self._working(opened))
        except VemError as error:
            LOG.warning("Resolve's page, playhead and bin could not be put back: %s", error.message)

    def _notices_of_recut(self, opened: OpenTimeline) -> tuple[str, ...]:
        if item_spans(opened.timeline) == self._read.spans:
            return ()
        return (f"{opened.name} was re-cut since it was read; the music fits the earlier cuts.",)

    def _notices_of_move(self, opened: OpenTimeline, in_frames: int) -> tuple[str, ...]:
        earlier = find_earlier(opened.timeline, self._options.track_name, in_frames)
        if earlier is None or isinstance(earlier.take, StateProblem):
            return ()
        moved = moved_frames(opened.timeline, self._options.track_name, earlier.take)
        if moved == 0:
            return ()
        return (f"{earlier.name} stood {moved:+} frames from its place; the new one stands on the cuts.",)

    def _names(self, opened: OpenTimeline) -> OutputNames:
        folder = self._options.output
        if folder is None:
            folder = Path(platformdirs.user_music_dir(), "VeM Score", file_name(opened.project.GetName() or "Project"))
        return OutputNames(folder.absolute(), file_name(opened.name))


def file_name(text: str) -> str:
    """A name as any system's files may have it."""
    return _NOT_IN_NAMES.sub("_", text).strip(" .")[:100] or "Timeline"
