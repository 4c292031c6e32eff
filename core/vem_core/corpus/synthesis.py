"""Making a corpus: shard by shard, over several processes, going on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from vem_core.compute.devices import one_thread
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.processes import spawn_context
from vem_core.corpus.labels import PieceId
from vem_core.corpus.shards import (
    INDEX,
    CorpusIndex,
    CorpusSettings,
    ShardRecord,
    clear_unfinished,
    finished_shard,
    read_index,
    write_index,
    write_shard,
)


@dataclass(frozen=True)
class SynthesisProgress:
    """How far the work is, after a shard was finished."""

    shards: int  # finished, those found included
    of: int
    pieces: int  # made in this run
    audio_s: float  # made in this run
    elapsed_s: float

    @property
    def pieces_per_minute(self) -> float:
        """How many pieces are made in a minute on the clock."""
        return 60 * self.pieces / max(self.elapsed_s, 1e-9)

    @property
    def times_real_time(self) -> float:
        """How many seconds of music are made in one on the clock."""
        return self.audio_s / max(self.elapsed_s, 1e-9)


OnShard = Callable[[SynthesisProgress], None]


def synthesise(
    folder: Path,
    settings: CorpusSettings,
    pieces: int,
    *,
    workers: int = 1,
    soundfont: Path | None = None,
    on_shard: OnShard | None = None,
) -> CorpusIndex:
    """Make a corpus of so many pieces in `folder`, or complete the one that is there; good shards are kept.

    More pieces than before make it longer, fewer do not shorten it. `workers` processes work at once and change no
    byte. Raises InputError if the folder holds a corpus of other settings, OutputError, or what rendering raises.
    """
    already = _open_corpus(folder, settings)
    counts = _pieces_of_shards(max(pieces, already), settings.pieces_per_shard)
    found = ((number, finished_shard(folder, number, count)) for number, count in enumerate(counts))
    records = {number: record for number, record in found if record is not None}
    missing = [
        _ShardJob(folder, settings, soundfont, number, count)
        for number, count in enumerate(counts)
        if number not in records
    ]
    started, done_pieces, done_s = time.monotonic(), 0, 0.0
    for number, record in _run(missing, workers):
        records[number] = record
        write_index(folder, _index(settings, records))
        done_pieces, done_s = done_pieces + record.pieces, done_s + record.audio_s
        if on_shard is not None:
            on_shard(SynthesisProgress(len(records), len(counts), done_pieces, done_s, time.monotonic() - started))
    index = _index(settings, records)
    write_index(folder, index)
    return index


@dataclass(frozen=True)
class _ShardJob:
    folder: Path
    settings: CorpusSettings
    soundfont: Path | None
    number: int
    pieces: int


def _make_shard(job: _ShardJob) -> tuple[int, ShardRecord]:
    from vem_core.corpus.pieces import make_piece
    from vem_core.corpus.samples import CorpusSample, cut_samples
    from vem_core.corpus.sound import play

    settings = job.settings

    def samples() -> Iterator[CorpusSample]:
        first = job.number * settings.pieces_per_shard
        for index in range(first, first + job.pieces):
            made = make_piece(
                PieceId(settings.split, settings.seed, index),
                settings.window_latents,
                settings.styles,
                soundfont=job.soundfont is not None,
            )
            audio = play(made.piece, made.finish, made.seed, job.soundfont)
            yield from cut_samples(made, audio, settings.window_latents)

    with one_thread():  # sums in another order would be other bytes
        return job.number, write_shard(job.folder, job.number, samples(), job.pieces)


def _run(jobs: list[_ShardJob], workers: int) -> Iterator[tuple[int, ShardRecord]]:
    """The shards as they are finished."""
    if workers <= 1 or len(jobs) <= 1:
        yield from map(_make_shard, jobs)
        return
    context = spawn_context()  # torch and fork do not agree
    pool = ProcessPoolExecutor(min(workers, len(jobs)), mp_context=context)
    try:
        futures: list[Future[tuple[int, ShardRecord]]] = [pool.submit(_make_shard, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _open_corpus(folder: Path, settings: CorpusSettings) -> int:
    """Begin or go on with the corpus in a folder; how many pieces its index has."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made: {error.strerror}.") from error
    if (folder / INDEX).exists():
        index = read_index(folder)
        if index.settings != settings:
            raise InputError(
                f"The corpus in {folder} was made with other settings, or by another version of the composer.",
                hint="Choose another folder, or the settings that its corpus.json names.",
            )
    else:
        index = CorpusIndex(settings)
        write_index(folder, index)
    clear_unfinished(folder)
    return sum(shard.pieces for shard in index.shards)


def _pieces_of_shards(pieces: int, per_shard: int) -> list[int]:
    return [min(per_shard, pieces - first) for first in range(0, pieces, per_shard)]


def _index(settings: CorpusSettings, records: dict[int, ShardRecord]) -> CorpusIndex:
    return CorpusIndex(settings, tuple(records[number] for number in sorted(records)))
