"""Making the shards that the stages learn from, each by exactly one process of the team.

Pieces come from `vem_core.corpus`, either composed and played here (`render_music`) or read from shards that
`vem data` wrote (`import_shards`). Shard n is made by process n modulo the team's size, whoever else is there, so that
a team of another size goes on with what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import torch

from vem_core.contract.codec import content_hash
from vem_core.contract.processes import spawn_context
from vem_core.corpus.labels import PieceId
from vem_core.corpus.reader import CorpusReader
from vem_core.parsing.text import MiniLmEncoder, TextEncoder
from vem_core.training.example_shards import ExampleShard, finished, write_examples
from vem_core.training.music_corpus import Recipe, example_of, make_example
from vem_core.training.team import ALONE, Team

SHARD_PIECES = 8
"""Composed pieces in a shard: about half a minute of one core's work, which is what a stopped run loses."""


class ComposedShard(NamedTuple):
    """A shard of pieces that are composed here."""

    path: Path
    pieces: tuple[PieceId, ...]

    def make(self, recipe: Recipe, encoder: TextEncoder) -> None:
        """Compose, play and keep its pieces. Raises OutputError."""
        write_examples(self.path, ((key_of(piece), make_example(piece, recipe, encoder)) for piece in self.pieces))

    def found(self) -> ExampleShard | None:
        """The shard, if it is there with all its pieces."""
        return finished(self.path, [key_of(piece) for piece in self.pieces])


class ImportedShard(NamedTuple):
    """A shard of a corpus as examples."""

    path: Path
    corpus: Path
    number: int
    sha256: str  # of the corpus's shard

    def make(self, recipe: Recipe, encoder: TextEncoder) -> None:
        """Read its samples and keep what there is to learn. Raises CorpusDamaged, OutputError."""
        samples = CorpusReader(self.corpus, shuffle=False).shard(self.number)
        examples = ((sample.key, example_of(sample.labels, sample.audio, sample.jpegs, encoder)) for sample in samples)
        write_examples(self.path, examples, self.sha256)

    def found(self) -> ExampleShard | None:
        """The shard, if it is there and made from the corpus as it is."""
        return finished(self.path, made_from=self.sha256)


Planned = ComposedShard | ImportedShard


def render_music(
    folder: Path,
    pieces: Sequence[PieceId],
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    workers: int = 1,
    encoder: TextEncoder | None = None,
    team: Team = ALONE,
) -> list[ExampleShard]:
    """The shards of those pieces, composed and played where they are not there yet.

    By so many worker processes for each of the team's. `encoder` (one worker only) stands in for the recipe's. What
    `say`, which hears of every shard, raises ends the work.
    """
    return prepare(composed_shards(folder, pieces), recipe, say, workers=workers, encoder=encoder, team=team)


def import_shards(
    folder: Path,
    corpus: Path,
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    workers: int = 1,
    encoder: TextEncoder | None = None,
    team: Team = ALONE,
) -> list[ExampleShard]:
    """The samples of a corpus of shards as examples in `folder`, shard by shard, where they are not there yet."""
    index = CorpusReader(corpus, shuffle=False).index
    name = f"{corpus.name}-{content_hash(index.settings)[:8]}"
    planned = [
        ImportedShard(folder / f"{name}-{number:05}.tar", corpus, number, record.sha256)
        for number, record in enumerate(index.shards)
    ]
    return prepare(planned, recipe, say, workers=workers, encoder=encoder, team=team)


def composed_shards(folder: Path, pieces: Sequence[PieceId]) -> list[ComposedShard]:
    """Which shards hold those pieces: eight neighbours each, by their index."""

    def name(piece: PieceId) -> str:
        return f"{piece.split.value}-{piece.seed}-{piece.index // SHARD_PIECES:05}.tar"

    return [ComposedShard(folder / shard, tuple(group)) for shard, group in groupby(pieces, name)]


def present(planned: Sequence[ComposedShard]) -> list[ExampleShard]:
    """Those that are there."""
    return [shard for each in planned if (shard := each.found()) is not None]


def prepare(
    planned: Sequence[Planned],
    recipe: Recipe,
    say: Callable[[str], None],
    *,
    workers: int,
    encoder: TextEncoder | None,
    team: Team,
) -> list[ExampleShard]:
    """Make what is missing of this process's share, wait for the others', and answer all in order."""
    own = planned[team.rank :: team.count]
    missing = [shard for shard in own if shard.found() is None]
    for done, _ in enumerate(_make(missing, recipe, workers, encoder), 1):
        say(f"prepared {done} of {len(missing)} shards")
    team.wait()
    shards = [shard.found() for shard in planned]
    assert all(shard is not None for shard in shards), "every process made its share, or failed"
    return [shard for shard in shards if shard is not None]


def key_of(piece: PieceId) -> str:
    """The key of a composed piece's example."""
    return f"{piece.split.value}-{piece.seed}-{piece.index:06}"


def _make(missing: Sequence[Planned], recipe: Recipe, workers: int, encoder: TextEncoder | None) -> Iterator[None]:
    if workers <= 1 or encoder is not None or len(missing) <= 1:
        known = encoder if encoder is not None or not missing else _encoder(recipe.encoder_folder)
        for shard in missing:
            assert known is not None
            shard.make(recipe, known)
            yield
        return
    context = spawn_context()  # torch and fork do not agree
    pool = ProcessPoolExecutor(min(workers, len(missing)), mp_context=context, initializer=_use_one_thread)
    try:
        futures = [pool.submit(_make_one, shard, recipe) for shard in missing]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _make_one(shard: Planned, recipe: Recipe) -> None:
    shard.make(recipe, _encoder(recipe.encoder_folder))


def _use_one_thread() -> None:
    torch.set_num_threads(1)


@lru_cache(maxsize=1)
def _encoder(folder: Path | None) -> TextEncoder:
    return MiniLmEncoder(folder, together=True)
