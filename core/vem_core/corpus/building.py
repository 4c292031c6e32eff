"""A corpus of recorded videos, built film by film over the workers, and built again only where something changed.

    corpus.json, 00000.tar, 00000.json   as of every corpus (`vem_core.corpus.shards`)
    films/000000.json                    `FilmRecord.1` of every video, also of those left out: what it was when it was
                                         looked at, with which settings, and what was measured
    report.json                          `BuildReport.1`: what was left out and why

A film keeps its place once it has one, so that new videos move no other. It is decoded again only if its files, what is
known of it or how it is looked at changed, or if other filters let it in that had no sample; a sample that is there is
copied. A shard is written again only if what belongs into it changed.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

from vem_core.compute.devices import one_thread
from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.errors import ContractError, InputError, LimitExceeded, OutputError
from vem_core.contract.tasks import Workers, run_tasks
from vem_core.corpus.filters import FilmMeasures, Filters, LeftOut, Reason
from vem_core.corpus.layouts import VideoItem
from vem_core.corpus.reader import keys_in, read_encoded
from vem_core.corpus.samples import EncodedSample, encode_sample, sample_key
from vem_core.corpus.shards import (
    INDEX,
    CorpusIndex,
    CorpusSettings,
    ShardRecord,
    clear_unfinished,
    hash_file,
    put_text,
    read_index,
    shard_name,
    whole_shard,
    write_index,
    write_shard,
)
from vem_core.parsing.base import Parser
from vem_core.rhythm.tracking.base import BeatTracker

FILMS, REPORT = "films", "report.json"


@dataclass(frozen=True)
class Looking:
    """How films are looked at: a film looked at otherwise is another sample."""

    tracker: str
    parser: str
    tagger: str  # "" where none is installed
    longest_s: float
    code_sha256: str  # of all that measures (`recipe_sha256(MEASURING)`)


@dataclass(frozen=True)
class FilmRecord:
    """What is known of one video after it was looked at."""

    schema_label: ClassVar[str] = "FilmRecord.1"

    name: str
    place: int
    files: tuple[tuple[int, int], ...]  # bytes and time of change (ns) of the movie and of its music
    files_sha256: str
    state_sha256: str  # of the files' contents, of what the data set says, and of how it was looked at
    error: str = ""  # why it could not be looked at
    too_long: bool = False
    measures: FilmMeasures | None = None
    sampled: bool = False  # its sample is in the shard of its place


@dataclass(frozen=True)
class BuildReport:
    """What a corpus was built from."""

    schema_label: ClassVar[str] = "BuildReport.1"

    looking: Looking
    filters: Filters
    videos: int  # named by the source, there or not
    samples: int
    decoded: int  # in this run
    hours: float
    cuts: int  # of the films taken
    dissolves: int
    cuts_on_beats: int  # within a frame
    cuts_in_cells: int  # by the paper's intersection
    cuts_paired: int  # by its TBIoU
    left_out: tuple[LeftOut, ...]

    def as_text(self) -> str:
        """For people: figures, then each film that was left out."""
        counts = {reason: sum(each.reason is reason for each in self.left_out) for reason in Reason}
        changes = self.cuts + self.dissolves
        lines = [
            f"{self.samples} of {self.videos} videos, {self.hours:.2f} hours, {self.decoded} decoded in this run",
            f"{self.cuts} cuts and {self.dissolves} dissolves; of the {changes} {self.cuts_on_beats} lie within a "
            f"frame of a beat, {self.cuts_in_cells} in its cell of 1/16 s, {self.cuts_paired} are paired within 0.5 s "
            f"(beats by {self.looking.tracker})",
            *(f"left out for {reason}: {count}" for reason, count in counts.items() if count),
            *(f"  {each.name}: {each.reason}, {each.words}" for each in self.left_out),
        ]
        return "\n".join(lines) + "\n"


class FilmJob(NamedTuple):
    """One video to look at: what a worker is told."""

    item: VideoItem
    place: int
    looking: Looking
    filters: Filters


class FilmResult(NamedTuple):
    """What came of it."""

    record: FilmRecord
    sample: EncodedSample | None


OnFilm = Callable[[int, int, FilmRecord], None]
"""Told after each film that was decoded: how many were, of how many, and what came of it."""


def look_at_film(job: FilmJob) -> FilmResult:
    """Decode, measure and encode one video."""
    from vem_core.corpus.recorded import record_film

    item, looking = job.item, job.looking
    try:
        files = tuple(_size_and_time(path) for path in _files_of(item))
        contents = ":".join(hash_file(path) for path in _files_of(item))
    except OSError as error:
        return FilmResult(FilmRecord(item.name, job.place, (), "", "", f"{error.strerror or error}"), None)
    known = FilmRecord(item.name, job.place, files, contents, _state(contents, item, looking))
    try:
        tracker, parser = _tracker(looking.tracker), _parser(looking.parser)
        with one_thread():  # sums in another order would be other figures
            film = record_film(item, job.place, tracker, parser, job.filters, looking.longest_s)
    except LimitExceeded as error:
        return FilmResult(replace(known, error=error.message, too_long=True), None)
    except InputError as error:
        return FilmResult(replace(known, error=error.message), None)
    sample = None if film.sample is None else encode_sample(film.sample)
    return FilmResult(replace(known, measures=film.measures, sampled=sample is not None), sample)


def build_corpus(
    folder: Path,
    items: Sequence[VideoItem],
    missing: Sequence[LeftOut],
    looking: Looking,
    filters: Filters,
    *,
    per_shard: int = 16,
    workers: Workers = Workers(),
    on_film: OnFilm | None = None,
) -> BuildReport:
    """Build what is missing of the corpus in `folder`, and write its report.

    `missing`: what the source names and does not have. Who the `workers` are changes no byte. Raises OutputError, and
    InputError where no film at all was taken.
    """
    if (folder / INDEX).exists() and not (folder / FILMS).exists():
        raise InputError(f"{folder} holds a corpus that was not built from videos.", hint="Choose another folder.")
    if (folder / INDEX).exists() and read_index(folder).settings.pieces_per_shard != per_shard:
        raise InputError(
            f"The corpus in {folder} has another number of videos in a shard.",
            hint=f"--videos-per-shard {read_index(folder).settings.pieces_per_shard}, or another folder.",
        )
    try:
        (folder / FILMS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    clear_unfinished(folder)
    build = _Build(folder, items, looking, filters, per_shard)
    results = run_tasks(look_at_film, build.jobs(), workers)
    shards: list[ShardRecord] = []
    settings = CorpusSettings(
        window_latents=None, recipe_sha256=content_hash((looking, filters)), pieces_per_shard=per_shard
    )
    for number in range(build.shards):
        shards.append(build.finish_shard(number, results, on_film))
        write_index(folder, CorpusIndex(settings, tuple(shards)))
    report = build.report(CorpusIndex(settings, tuple(shards)), missing)
    put_text(folder / REPORT, dumps(report))
    if not report.samples:
        raise InputError("No video was suitable.", hint=f"{folder / REPORT} says why each was left out.")
    return report


class _Build:
    """One run: which film has which place, which are to be looked at, and what is known of each so far."""

    def __init__(
        self, folder: Path, items: Sequence[VideoItem], looking: Looking, filters: Filters, per_shard: int
    ) -> None:
        self._folder, self._looking, self._filters, self._per_shard = folder, looking, filters, per_shard
        before = _read_records(folder)
        self._items = _places(items, before)  # by place
        self._records: dict[int, FilmRecord] = {}
        self._left_out: dict[int, LeftOut] = {}
        self._first: dict[str, str] = {}  # name of the first film of some contents
        self._decoded = 0
        for place, item in sorted(self._items.items()):
            record = before.get(place)
            if record is None or not _has_same_files(record, item):
                continue
            self._first.setdefault(record.files_sha256, record.name)
            if record.state_sha256 == _state(record.files_sha256, item, looking):
                self._records[place] = record
        self._whole = {number: whole_shard(folder, number) for number in range(self.shards)}
        self._keys = {
            number: keys_in(folder / record.name) for number, record in self._whole.items() if record is not None
        }
        self._jobs = [place for place in sorted(self._items) if self._is_missing(place)]
        self._first.clear()

    @property
    def shards(self) -> int:
        """How many there are to be."""
        return max(self._items) // self._per_shard + 1

    def jobs(self) -> Iterator[FilmJob]:
        """The films to look at, in the order of their places."""
        return map(self._job, self._jobs)

    def finish_shard(self, number: int, results: Iterator[FilmResult], on_film: OnFilm | None) -> ShardRecord:
        """Take the results of the shard's films, and write it unless the one that is there holds the same."""
        places = [place for place in self._places_of(number) if place in self._items]
        waiting = set(self._jobs).intersection(places)
        record = self._whole[number]
        if record is not None and record.pieces == len(places) and not waiting:
            taken = [place for place in places if self._take(place)]
            if record.contents_sha256 == self._contents(taken):
                return record
        kept: list[int] = []
        there = [place for place in places if place not in waiting and self._is_there(place)]
        copies = read_encoded(self._folder / shard_name(number), [sample_key(place) for place in there])

        def samples() -> Iterator[EncodedSample]:
            for place in places:
                sample = next(copies) if place in there else None
                if place in waiting:
                    sample = self._note(next(results), on_film)
                taken = self._take(place)
                if taken and sample is None:  # it was a duplicate when the run began
                    sample = self._note(look_at_film(self._job(place)), on_film)
                if taken and sample is not None:
                    kept.append(place)
                    yield sample
                else:
                    self._records[place] = replace(self._records[place], sampled=False)

        written = write_shard(self._folder, number, samples(), len(places), lambda: self._contents(kept))
        for place in places:  # after the shard, so that none speaks of a sample that a stopped run did not write
            put_text(_record_path(self._folder, place), dumps(self._records[place]))
        return written

    def report(self, index: CorpusIndex, missing: Sequence[LeftOut]) -> BuildReport:
        """The report of the whole."""
        taken = [
            record.measures
            for place, record in self._records.items()
            if place not in self._left_out and record.measures is not None
        ]
        left_out = sorted([*missing, *self._left_out.values()], key=lambda each: each.name)
        return BuildReport(
            self._looking,
            self._filters,
            len(self._items) + len(missing),
            index.samples,
            self._decoded,
            round(index.audio_s / 3600, 4),
            sum(each.cuts for each in taken),
            sum(each.dissolves for each in taken),
            sum(each.cuts_on_beats for each in taken),
            sum(each.cuts_in_cells for each in taken),
            sum(each.cuts_paired for each in taken),
            tuple(left_out),
        )

    def _job(self, place: int) -> FilmJob:
        return FilmJob(self._items[place], place, self._looking, self._filters)

    def _note(self, result: FilmResult, on_film: OnFilm | None) -> EncodedSample | None:
        self._decoded += 1
        self._records[result.record.place] = result.record
        if on_film is not None:
            on_film(self._decoded, len(self._jobs), result.record)
        return result.sample

    def _take(self, place: int) -> bool:
        """Whether the film is taken; else it is noted why it is not."""
        record = self._records[place]
        reason = self._reason(record)
        if reason is not None:
            self._left_out[place] = LeftOut(record.name, *reason)
        return reason is None

    def _reason(self, record: FilmRecord) -> tuple[Reason, str] | None:
        if record.error or record.measures is None:
            return (Reason.TOO_LONG if record.too_long else Reason.BROKEN), record.error
        first = self._first.setdefault(record.files_sha256, record.name)
        if first != record.name:
            return Reason.DUPLICATE, f"it is the same file as {first}"
        return self._filters.judge(record.measures)

    def _is_missing(self, place: int) -> bool:
        """Whether the film has to be decoded: nothing is known of it, or it is let in and its sample is not there."""
        record = self._records.get(place)
        if record is None:
            return True
        return self._reason(record) is None and not self._is_there(place)

    def _is_there(self, place: int) -> bool:
        """Whether a whole shard holds the film's sample, made of the film as it is now."""
        record = self._records.get(place)
        there = self._keys.get(place // self._per_shard, frozenset())
        return record is not None and record.sampled and sample_key(place) in there

    def _places_of(self, number: int) -> range:
        return range(number * self._per_shard, (number + 1) * self._per_shard)

    def _contents(self, places: Sequence[int]) -> str:
        states = "".join(f"{place}:{self._records[place].state_sha256}\n" for place in places)
        return hashlib.sha256(states.encode()).hexdigest()


def _has_same_files(record: FilmRecord, item: VideoItem) -> bool:
    try:
        files = tuple(_size_and_time(path) for path in _files_of(item))
    except OSError:
        return False
    return record.files == files and bool(record.files_sha256)


def _places(items: Sequence[VideoItem], before: Mapping[int, FilmRecord]) -> dict[int, VideoItem]:
    """The films by place: those known keep theirs, also while they are away; others take those that are free."""
    known = {record.name: place for place, record in before.items()}
    free = itertools.filterfalse(before.__contains__, itertools.count())
    return {known[item.name] if item.name in known else next(free): item for item in items}


def _read_records(folder: Path) -> dict[int, FilmRecord]:
    """What is known of the films that were looked at, by place; what cannot be read is not known."""
    records = {}
    for path in sorted((folder / FILMS).glob("*.json")):
        try:
            record = loads(FilmRecord, path.read_bytes())
        except (OSError, ContractError):
            continue
        records[record.place] = record
    return records


def _record_path(folder: Path, place: int) -> Path:
    return folder / FILMS / f"{place:06}.json"


def _files_of(item: VideoItem) -> list[Path]:
    return [item.video] if item.sound is None else [item.video, item.sound]


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _state(contents: str, item: VideoItem, looking: Looking) -> str:
    return content_hash((contents, item.name, item.captions, item.key, looking))


@functools.lru_cache(maxsize=2)
def _tracker(tracker_id: str) -> BeatTracker:
    from vem_core.rhythm.tracking.registry import tracker_by_id

    return tracker_by_id(tracker_id)


@functools.lru_cache(maxsize=2)
def _parser(parser_id: str) -> Parser:
    from vem_core.parsing.registry import parser_by_id

    return parser_by_id(parser_id)
