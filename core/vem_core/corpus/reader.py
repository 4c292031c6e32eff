"""Reading a corpus: samples in an order that a seed and an epoch decide, from any place in it."""

from __future__ import annotations

import dataclasses
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vem_core.contract.errors import CorpusDamaged, InputError
from vem_core.corpus.samples import CorpusSample, EncodedSample, decode_sample
from vem_core.corpus.shards import CorpusIndex, ShardRecord, check_shard, read_index


@dataclass(frozen=True)
class Position:
    """How many epochs and then samples of one reader lie behind; what a training state keeps."""

    epoch: int = 0
    samples: int = 0


class CorpusReader:
    """The samples of a corpus, decoded strictly.

    Each epoch shuffles the shards, and the samples inside each (`shuffle=False`: as written). `part` is (rank, ranks):
    of several readers with one seed each takes every `ranks`-th sample, and together they take all. `verify` compares
    each shard's hash before it is read; its size is always compared.

    Raises InputError where there is no corpus or no sample in it, CorpusDamaged for what is not as recorded.
    """

    def __init__(
        self, folder: Path, *, seed: int = 0, shuffle: bool = True, part: tuple[int, int] = (0, 1), verify: bool = False
    ) -> None:
        self.folder = folder
        self.index: CorpusIndex = read_index(folder)
        self._seed, self._shuffle, self._verify = seed, shuffle, verify
        self._rank, self._ranks = part
        if not 0 <= self._rank < self._ranks:
            raise InputError(f"There is no part {self._rank} of {self._ranks}.")
        if self.index.samples == 0:
            raise InputError(f"The corpus in {folder} has no finished shard.", hint="Complete it with `vem data`.")

    def epoch(self, epoch: int, start: int = 0) -> Iterator[CorpusSample]:
        """The samples of one epoch, without the first `start` of this reader. What is skipped is not read."""
        place = 0  # in the epoch, over all parts
        skip_until = start * self._ranks + self._rank
        for record in self._shards(epoch):
            wanted = [
                order
                for order in range(record.samples)
                if place + order >= skip_until and (place + order) % self._ranks == self._rank
            ]
            place += record.samples
            if wanted:
                yield from self._samples(record, epoch, wanted)

    def shard(self, number: int) -> Iterator[CorpusSample]:
        """The samples of one shard as they were written."""
        record = self.index.shards[number]
        yield from self._samples(record, None, list(range(record.samples)))

    def endless(self, position: Position = Position()) -> Iterator[tuple[CorpusSample, Position]]:
        """Epoch after epoch from a position, each sample with the position after it."""
        while True:
            for sample in self.epoch(position.epoch, position.samples):
                position = dataclasses.replace(position, samples=position.samples + 1)
                yield sample, position
            position = Position(position.epoch + 1)

    def _shards(self, epoch: int) -> list[ShardRecord]:
        shards = list(self.index.shards)
        if not self._shuffle:
            return shards
        return [shards[place] for place in np.random.default_rng((self._seed, epoch)).permutation(len(shards))]

    def _samples(self, record: ShardRecord, epoch: int | None, wanted: list[int]) -> Iterator[CorpusSample]:
        path = check_shard(self.folder, record, thoroughly=self._verify)
        order = np.arange(record.samples)
        if self._shuffle and epoch is not None:
            number = self.index.shards.index(record)
            order = np.random.default_rng((self._seed, epoch, number)).permutation(record.samples)
        try:
            with tarfile.open(path, "r:") as tar:
                groups = _group_members(tar)
                if len(groups) != record.samples:
                    raise CorpusDamaged(
                        f"The shard {record.name} holds {len(groups)} samples, not {record.samples}.", shard=record.name
                    )
                keys = list(groups)
                for place in wanted:
                    key = keys[order[place]]
                    yield decode_sample(key, {part: _read(tar, member) for part, member in groups[key].items()})
        except (tarfile.TarError, OSError, EOFError) as error:
            raise CorpusDamaged(f"The shard {record.name} cannot be read: {error}.", shard=record.name) from error


def keys_in(path: Path) -> frozenset[str]:
    """The keys of a shard's samples. Raises CorpusDamaged for a file that is no shard."""
    try:
        with tarfile.open(path, "r:") as tar:
            return frozenset(_group_members(tar))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise CorpusDamaged(f"The shard {path.name} cannot be read: {error}.", shard=path.name) from error


def read_encoded(path: Path, keys: Sequence[str]) -> Iterator[EncodedSample]:
    """Some samples of a shard as they lie in it, in the order of `keys`. Raises CorpusDamaged for one that is not."""
    if not keys:
        return
    try:
        with tarfile.open(path, "r:") as tar:
            groups = _group_members(tar)
            for key in keys:
                parts = {part: _read(tar, member) for part, member in groups[key].items()}
                yield EncodedSample(key, decode_sample(key, parts).labels.window.latents, parts)
    except (tarfile.TarError, OSError, EOFError, KeyError) as error:
        raise CorpusDamaged(f"The shard {path.name} cannot be read: {error}.", shard=path.name) from error


def _group_members(tar: tarfile.TarFile) -> dict[str, dict[str, tarfile.TarInfo]]:
    """The files of each sample by what follows the first dot of their names, as webdataset has it."""
    groups: dict[str, dict[str, tarfile.TarInfo]] = {}
    for member in tar:
        key, _, part = member.name.partition(".")
        groups.setdefault(key, {})[part] = member
    return groups


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    data = file.read() if file is not None else b""
    if len(data) != member.size:
        raise EOFError(f"{member.name} is cut short")
    return data
