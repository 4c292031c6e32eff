"""A corpus on disk: webdataset tar shards, each with a record beside it, and one index.

    corpus.json          `CorpusIndex.1`: how it was made, and its finished shards
    00000.tar            samples of the first pieces
    00000.json           `ShardRecord.1`: size, SHA-256 and counts of the shard; written after it, so that a shard
                         without its record is unfinished

The same settings give the same bytes, with the same versions of the libraries, on one kind of processor.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from webdataset.writer import TarWriter

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, CorpusDamaged, InputError, OutputError
from vem_core.corpus.samples import EncodedSample
from vem_core.corpus.splits import Split

INDEX = "corpus.json"
_HASH_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class CorpusSettings:
    """What decides the bytes of every shard. Raises ContractError for what cannot be made."""

    split: Split = Split.TRAIN
    seed: int = 0
    window_latents: int | None = 320  # 12.8 s; None: whole pieces
    styles: tuple[str, ...] = ()  # none: all that there are, in turn
    soundfont_sha256: str = ""
    recipe_sha256: str = ""  # of the code and styles that compose and play (see `recipe_sha256`)
    pieces_per_shard: int = 32

    def __post_init__(self) -> None:
        if self.pieces_per_shard < 1 or (self.window_latents is not None and self.window_latents < 25):
            raise ContractError("a shard holds at least one piece, and a window lasts at least a second")


@dataclass(frozen=True)
class ShardRecord:
    """A finished shard."""

    schema_label: ClassVar[str] = "ShardRecord.1"

    name: str
    pieces: int
    samples: int
    audio_s: float
    bytes: int
    sha256: str
    contents_sha256: str = ""  # of a built corpus: which films in which state are in it


@dataclass(frozen=True)
class CorpusIndex:
    """A corpus: how it was made, and its shards in order."""

    schema_label: ClassVar[str] = "CorpusIndex.1"

    settings: CorpusSettings
    shards: tuple[ShardRecord, ...] = ()

    @property
    def samples(self) -> int:
        """How many samples all shards hold."""
        return sum(shard.samples for shard in self.shards)

    @property
    def audio_s(self) -> float:
        """The length of all their sound in seconds."""
        return sum(shard.audio_s for shard in self.shards)


def shard_name(number: int) -> str:
    """The file name of a shard by its number."""
    return f"{number:05}.tar"


def write_shard(
    folder: Path, number: int, samples: Iterable[EncodedSample], pieces: int, contents: Callable[[], str] = str
) -> ShardRecord:
    """Write a shard, then its record; each appears whole or not at all. Raises OutputError where they cannot be.

    `contents` gives the record's `contents_sha256` when all samples are there.
    """
    path = folder / shard_name(number)
    beside = path.with_suffix(".tar.part")
    count, latents = 0, 0
    with _writing(path):
        with beside.open("wb") as file:
            with TarWriter(file, user="vem", group="vem", encoder=False, mtime=0) as tar:
                for sample in samples:
                    tar.write({"__key__": sample.key, **sample.parts})
                    count += 1
                    latents += sample.latents
            file.flush()
            os.fsync(file.fileno())
        record = ShardRecord(path.name, pieces, count, latents / 25, beside.stat().st_size, hash_file(beside),
                             contents())  # fmt: skip
        beside.replace(path)
        put_text(path.with_suffix(".json"), dumps(record))
    return record


def finished_shard(folder: Path, number: int, pieces: int) -> ShardRecord | None:
    """The record of a shard that is there, whole, undamaged, and of so many pieces; None if it is to be made."""
    record = whole_shard(folder, number)
    return record if record is not None and record.pieces == pieces else None


def whole_shard(folder: Path, number: int) -> ShardRecord | None:
    """The record of a shard that is there, whole and undamaged; None where it is not."""
    path = folder / shard_name(number)
    try:
        record = loads(ShardRecord, path.with_suffix(".json").read_bytes())
        good = path.stat().st_size == record.bytes and hash_file(path) == record.sha256
    except (OSError, ContractError):
        return None
    return record if good else None


def check_shard(folder: Path, record: ShardRecord, *, thoroughly: bool = False) -> Path:
    """The path of a recorded shard. Raises CorpusDamaged if it is missing, of another size, or of another hash."""
    path = folder / record.name
    if not path.is_file():
        raise CorpusDamaged(f"The shard {record.name} is missing.", shard=record.name)
    size = path.stat().st_size
    if size != record.bytes:
        raise CorpusDamaged(f"The shard {record.name} has {size} bytes, not {record.bytes}.", shard=record.name)
    if thoroughly and hash_file(path) != record.sha256:
        raise CorpusDamaged(f"The shard {record.name} has changed since it was written.", shard=record.name)
    return path


def read_index(folder: Path) -> CorpusIndex:
    """The index of a corpus. Raises InputError where there is none, CorpusDamaged where it cannot be read."""
    try:
        text = (folder / INDEX).read_bytes()
    except OSError as error:
        raise InputError(f"There is no corpus in {folder}.", hint="Make one with `vem data synth`.") from error
    try:
        return loads(CorpusIndex, text)
    except ContractError as error:
        raise CorpusDamaged(f"The index of the corpus in {folder} cannot be read: {error.message}") from error


def write_index(folder: Path, index: CorpusIndex) -> None:
    """Replace the index. Raises OutputError where it cannot be written."""
    with _writing(folder / INDEX):
        folder.mkdir(parents=True, exist_ok=True)
        put_text(folder / INDEX, dumps(index))


def clear_unfinished(folder: Path) -> None:
    """Take away what a stopped run left half-written."""
    with _writing(folder):
        for path in folder.glob("*.part"):
            path.unlink()


COMPOSING = ("composer", "corpus", "rhythm", "synth")
MEASURING = ("audio", "corpus", "direction", "musicnn", "parsing", "rhythm", "temp_track")
"""The rooms whose code decides what a composed piece is, and what is measured of a recorded one."""


def recipe_sha256(rooms: tuple[str, ...] = COMPOSING) -> str:
    """SHA-256 (hex) of the code and data of some rooms: another version of them makes other samples."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for part in rooms:
        for path in sorted((*(package / part).rglob("*.py"), *(package / part).rglob("*.toml"))):
            digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def put_text(path: Path, text: str) -> None:
    """Write a text under its name at once. Raises OSError."""
    beside = path.with_name(f"{path.name}.part")
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(path)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
