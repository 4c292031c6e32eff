"""Examples on disk: webdataset tar shards that each stage reads the parts of that it needs, in one pass.

    NAME.tar      of each example KEY.coded.safetensors, KEY.sound.flac, KEY.strips.safetensors, KEY.told.safetensors
                  (music), or KEY.latents.safetensors, KEY.told.safetensors (encoded)
    NAME.json     `TrainingShard.1`: which examples, how long; written after the tar, so that a tar without its record
                  is unfinished

Both appear whole or not at all. What a stage does not need is skipped by seeking, not read.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import soundfile
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor
from webdataset.writer import TarWriter

from vem_core.contract.atomic import replacing, write_bytes
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, CorpusDamaged
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT

CODED, SOUND, STRIPS, TOLD = "coded.safetensors", "sound.flac", "strips.safetensors", "told.safetensors"
LATENTS = "latents.safetensors"
"""The parts of an example, as webdataset names what follows a key."""


class MusicExample(NamedTuple):
    """A piece, or a window of one, with all that may condition the model. W wordings, N shots of the whole piece, K
    cuts with a strip; everything at the latent rate is of the window."""

    sound: Tensor  # (2, 1920 L) int16, padded with silence to whole latents
    coded: Tensor  # (bands, 4 L) float16, the spectrogram
    overall_text: Tensor  # (W, 3, E) float16
    shot_text: Tensor  # (W, N, E) float16
    shot_visual: Tensor  # (N, V)
    visual_known: Tensor  # (N,) bool
    start_s: Tensor  # (N,)
    duration_s: Tensor  # (N,)
    shots: Tensor  # (L, M) int64: the shots that each latent hears
    log_share: Tensor  # (L, M)
    lead_sheet: Tensor  # (P, L)
    rhythm: Tensor  # (P, L)
    score: Tensor  # (P, L) float16; zero where nobody knows the notes
    strips: Tensor  # (K, 3, 8, 56, 56) uint8
    strip_at: Tensor  # (K,) where the strips' cuts lie, in latents from the window's start
    on_beat: Tensor  # (K,) bool: the aligner's target


_OTHER_PARTS = {CODED: ("coded",), SOUND: ("sound",), STRIPS: ("strips", "strip_at", "on_beat")}
FIELDS = _OTHER_PARTS | {
    TOLD: tuple(name for name in MusicExample._fields if not any(name in part for part in _OTHER_PARTS.values()))
}
"""Which fields of an example each of its parts holds."""


@dataclass(frozen=True)
class ExampleFacts:
    """What is known of an example without reading it."""

    key: str
    latents: int
    strips: int
    on_beat: int  # of the strips' cuts


@dataclass(frozen=True)
class TrainingShard:
    """A finished shard."""

    schema_label: ClassVar[str] = "TrainingShard.1"

    examples: tuple[ExampleFacts, ...]
    bytes: int  # of the tar
    made_from: str = ""  # SHA-256 of the corpus's shard; empty for pieces that are composed here


@dataclass(frozen=True)
class ExampleShard:
    """A finished shard at its place, and those of its examples that are meant."""

    path: Path
    record: TrainingShard

    @property
    def examples(self) -> tuple[ExampleFacts, ...]:
        """The examples that are meant, in the tar's order."""
        return self.record.examples

    def of(self, keys: Collection[str]) -> ExampleShard:
        """The same shard, of which only some examples are meant."""
        kept = tuple(example for example in self.examples if example.key in keys)
        return replace(self, record=replace(self.record, examples=kept))

    def at(self, path: Path) -> ExampleShard:
        """The same shard under another path."""
        return replace(self, path=path)


def write_examples(path: Path, examples: Iterable[tuple[str, MusicExample]], made_from: str = "") -> ExampleShard:
    """Write a shard of examples by key, one at a time. Raises OutputError."""
    return write_parts(
        path, ((facts_of(key, example), _encode(example)) for key, example in examples), made_from
    )  # fmt: skip


def write_parts(
    path: Path, examples: Iterable[tuple[ExampleFacts, Mapping[str, bytes]]], made_from: str
) -> ExampleShard:
    """Write a shard of encoded examples, then its record. Raises OutputError."""
    facts: list[ExampleFacts] = []
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        replacing(path) as partial,
        TarWriter(str(partial), user="vem", group="vem", encoder=False, mtime=0) as tar,
    ):
        for of_example, parts in examples:
            tar.write({"__key__": of_example.key, **parts})
            facts.append(of_example)
    record = TrainingShard(tuple(facts), path.stat().st_size, made_from)
    write_bytes(path.with_suffix(".json"), (dumps(record) + "\n").encode())
    return ExampleShard(path, record)


def finished(path: Path, keys: Collection[str] | None = None, made_from: str = "") -> ExampleShard | None:
    """The shard of that name if it is whole, of that origin and has all of those examples; else None: make it."""
    try:
        record = loads(TrainingShard, path.with_suffix(".json").read_bytes())
        whole = path.stat().st_size == record.bytes and record.made_from == made_from
    except (OSError, ContractError):
        return None
    shard = ExampleShard(path, record)
    if not whole or (keys is not None and not set(keys) <= {example.key for example in shard.examples}):
        return None
    return shard if keys is None else shard.of(keys)


def read_examples(shard: ExampleShard, parts: Collection[str]) -> Iterator[MusicExample]:
    """The examples of a shard; the fields of parts that are not asked for stay empty. Raises CorpusDamaged."""
    for found in read_parts(shard, parts):
        yield unpacked(found)


def unpacked(parts: Mapping[str, bytes]) -> MusicExample:
    """An example from some of its parts; the other fields are empty."""
    tensors: dict[str, Tensor] = {}
    for part, data in parts.items():
        tensors |= {"sound": _decode_sound(data)} if part == SOUND else load(data)
    return MusicExample(*(tensors.get(name, _NOTHING) for name in MusicExample._fields))


def read_parts(shard: ExampleShard, parts: Collection[str]) -> Iterator[dict[str, bytes]]:
    """The asked parts of each example, as bytes. Raises CorpusDamaged for a shard that is not as recorded."""
    wanted = [example.key for example in shard.examples]
    try:
        if shard.path.stat().st_size != shard.record.bytes:
            raise tarfile.ReadError("it has another size than when it was written")
        with tarfile.open(shard.path, "r:") as tar:
            found: dict[str, dict[str, bytes]] = {}
            for member in tar:
                key, _, part = member.name.partition(".")
                if part not in parts or key not in wanted:
                    continue
                file = tar.extractfile(member)
                found.setdefault(key, {})[part] = b"" if file is None else file.read()
                if len(found[key]) == len(parts):
                    yield found.pop(key)
                    wanted.remove(key)
        if wanted:
            raise tarfile.ReadError(f"{wanted[0]} is not whole")
    except (tarfile.TarError, OSError, EOFError, SafetensorError, soundfile.LibsndfileError) as error:
        raise CorpusDamaged(
            f"{shard.path} cannot be read: {error}.", hint="Delete it and run the command again: it is made again."
        ) from error


def facts_of(key: str, example: MusicExample) -> ExampleFacts:
    """What the record says of an example."""
    return ExampleFacts(key, example.lead_sheet.shape[-1], len(example.strips), int(example.on_beat.sum()))


def packed_tensors(tensors: Mapping[str, Tensor]) -> bytes:
    """Tensors as a part of an example."""
    return save({name: tensor.contiguous() for name, tensor in tensors.items()})


def to_float(sound: Tensor) -> Tensor:
    """16-bit sound as float32, nominal range -1..1."""
    return sound.float() / 32_767


def seconds_of(shards: Iterable[ExampleShard]) -> float:
    """Seconds of music in some shards."""
    latents = sum(example.latents for shard in shards for example in shard.examples)
    return latents * SAMPLES_PER_LATENT / SAMPLE_RATE_HZ


def _encode(example: MusicExample) -> dict[str, bytes]:
    parts = {
        part: packed_tensors({name: getattr(example, name) for name in names})
        for part, names in FIELDS.items()
        if part != SOUND
    }
    stream = io.BytesIO()
    soundfile.write(stream, example.sound.T.numpy(), SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    return parts | {SOUND: stream.getvalue()}


def _decode_sound(data: bytes) -> Tensor:
    interleaved, _ = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    return torch.from_numpy(np.ascontiguousarray(interleaved.T))


_NOTHING = torch.zeros(0)
