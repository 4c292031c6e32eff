"""Making a corpus: piece by piece over the workers, shard by shard to disk, going on where it stopped."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vem_core.compute.devices import one_thread
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.tasks import Workers, run_tasks
from vem_core.corpus import sound
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.samples import EncodedSample, cut_samples, encode_sample
from vem_core.corpus.shards import (
    INDEX,
    CorpusIndex,
    CorpusSettings,
    ShardRecord,
    clear_unfinished,
    finished_shard,
    hash_file,
    read_index,
    recipe_sha256,
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
    workers: Workers = Workers(),
    soundfont: Path | None = None,
    on_shard: OnShard | None = None,
) -> CorpusIndex:
    """Make a corpus of so many pieces in `folder`, or complete the one that is there; good shards are kept.

    More pieces than before make it longer, fewer do not shorten it. Who the `workers` are, and how many, changes no
    byte: a task is a piece, and this process alone writes. Raises InputError if the folder holds a corpus of other
    settings, OutputError, or what rendering raises.
    """
    already = _open_corpus(folder, settings)
    counts = _pieces_of_shards(max(pieces, already), settings.pieces_per_shard)
    found = ((number, finished_shard(folder, number, count)) for number, count in enumerate(counts))
    records = {number: record for number, record in found if record is not None}
    missing = [(number, count) for number, count in enumerate(counts) if number not in records]
    jobs = (
        _PieceJob(settings, soundfont, number * settings.pieces_per_shard + place)
        for number, count in missing
        for place in range(count)
    )
    made = run_tasks(_make_samples, jobs, workers)
    started, done_pieces, done_s = time.monotonic(), 0, 0.0
    for number, count in missing:
        record = write_shard(folder, number, itertools.chain.from_iterable(itertools.islice(made, count)), count)
        records[number] = record
        write_index(folder, _index(settings, records))
        done_pieces, done_s = done_pieces + record.pieces, done_s + record.audio_s
        if on_shard is not None:
            on_shard(SynthesisProgress(len(records), len(counts), done_pieces, done_s, time.monotonic() - started))
    index = _index(settings, records)
    write_index(folder, index)
    return index


@dataclass(frozen=True)
class _PieceJob:
    """One piece to make: what a worker is told."""

    settings: CorpusSettings
    soundfont: Path | None
    index: int


def _make_samples(job: _PieceJob) -> list[EncodedSample]:
    """A piece composed, drawn, played and encoded. Raises InputError on a machine that would make another."""
    settings = job.settings
    _check_recipe(settings.recipe_sha256, settings.soundfont_sha256, job.soundfont)
    with one_thread():  # sums in another order would be other bytes
        made = make_piece(
            PieceId(settings.split, settings.seed, job.index),
            settings.window_latents,
            settings.styles,
            soundfont=job.soundfont is not None,
        )
        audio = sound.play(made.piece, made.finish, made.seed, job.soundfont)
        return [encode_sample(sample) for sample in cut_samples(made, audio, settings.window_latents)]


@functools.lru_cache(maxsize=1)
def _check_recipe(recipe: str, soundfont_sha256: str, soundfont: Path | None) -> None:
    if recipe and recipe != recipe_sha256():
        raise InputError("A worker has another version of the composer.", hint="Install the same one on every machine.")
    if soundfont is not None and not (soundfont.is_file() and hash_file(soundfont) == soundfont_sha256):
        raise InputError(
            f"A worker has no {soundfont}, or another file of that name.", hint="Put it in the same place everywhere."
        )


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
