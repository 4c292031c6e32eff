"""Encoding a corpus through the frozen VAE and aligner, shard by shard, each once: here, by processes, by a cluster.

FOLDER/HASH/                 the hash is that of both models' weights
FOLDER/HASH/vae, aligner     the models, for workers elsewhere
FOLDER/HASH/NAME.tar, .json  shards of LATENTS and TOLD
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import torch

from vem_core.compute.devices import one_thread
from vem_core.contract.tasks import Workers, run_tasks
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.base import shipped_sha256
from vem_core.models.vae import MusicVAE
from vem_core.training.example_shards import (
    CODED,
    LATENTS,
    STRIPS,
    TOLD,
    ExampleFacts,
    ExampleShard,
    finished,
    packed_tensors,
    read_parts,
    unpacked,
    write_parts,
)
from vem_core.training.packed_latents import strip_features
from vem_core.training.team import ALONE, Team

EncodedExample = tuple[ExampleFacts, Mapping[str, bytes]]

LEAVES = (
    "paths of shards and of the models beside their latents; FOLDER must be in the same place there, "
    "and what comes back are latents"
)
"""What a cluster gets to see, and what it must have in place."""


class ShardTask(NamedTuple):
    """A shard to be encoded by whoever has the folder with it."""

    shard: ExampleShard
    models: Path  # a folder with `vae` and, where there is one, `aligner`


def encode_shards(
    shards: Sequence[ExampleShard],
    vae: MusicVAE,
    aligner: TransitionBeatAligner | None,
    folder: Path,
    team: Team = ALONE,
    say: Callable[[str], None] = lambda text: None,
    workers: Workers = Workers(),
) -> list[ExampleShard]:
    """The shards through the frozen VAE, their strips through the frozen aligner, as shards of LATENTS and TOLD.

    Each is encoded once, by one process of the team or one of its workers; on a cluster by whom Ray chooses, for the
    whole team. What stands in `folder` under the hash of both models' weights is kept. Processors compute on one thread
    each, so that the bytes do not depend on who encodes; a GPU encodes alone unless a cluster is given. Without an
    aligner its features are zero, which is what a timeline without pictures gives.
    Raises CorpusDamaged, OutputError, and what `run_tasks` raises.
    """
    under = folder / shipped_sha256({"vae": vae, "aligner": aligner})[:16]
    kept = [(shard, under / shard.path.name) for shard in shards]
    own = kept[team.rank :: team.count]
    if workers.ray_address:
        own = kept if team.leads else []
    missing = [each for each in own if _encoded(*each) is None]
    for done, ((shard, path), parts) in enumerate(
        zip(missing, _encode_all([shard for shard, _ in missing], vae, aligner, under, workers), strict=True), 1
    ):
        write_parts(path, parts, shard.record.made_from)
        if done % 10 == 0 or done == len(missing):
            say(f"encoded {done} of {len(missing)} shards")
    team.wait()
    found = [_encoded(*each) for each in kept]
    assert all(shard is not None for shard in found), "every process encoded its share, or failed"
    return [shard for shard in found if shard is not None]


def encode_shard(task: ShardTask) -> list[EncodedExample]:
    """The examples of a shard, encoded on one thread of a processor. Raises CorpusDamaged, ModelMissing."""
    vae, aligner = _models_in(task.models)
    return list(_encode(task.shard, vae, aligner))


def _encode_all(
    shards: Sequence[ExampleShard],
    vae: MusicVAE,
    aligner: TransitionBeatAligner | None,
    under: Path,
    workers: Workers,
) -> Iterator[Sequence[EncodedExample] | Iterator[EncodedExample]]:
    """Each shard's examples, in the shards' order."""
    few = workers.processes == 1 or len(shards) < 2
    if not shards or ((few or next(vae.parameters()).device.type != "cpu") and not workers.ray_address):
        return (_encode(shard, vae, aligner) for shard in shards)
    vae.save_pretrained(under / "vae")
    if aligner is not None:
        aligner.save_pretrained(under / "aligner")
    # a worker's own folder is another one
    tasks = [ShardTask(shard.at(shard.path.resolve()), under.resolve()) for shard in shards]
    return run_tasks(encode_shard, tasks, workers)


@lru_cache(maxsize=1)
def _models_in(folder: Path) -> tuple[MusicVAE, TransitionBeatAligner | None]:
    vae = MusicVAE.from_pretrained(folder / "vae")
    aligner = TransitionBeatAligner.from_pretrained(folder / "aligner") if (folder / "aligner").is_dir() else None
    return vae, aligner


def _encoded(shard: ExampleShard, path: Path) -> ExampleShard | None:
    return finished(path, [example.key for example in shard.examples], shard.record.made_from)


def _encode(shard: ExampleShard, vae: MusicVAE, aligner: TransitionBeatAligner | None) -> Iterator[EncodedExample]:
    device = next(vae.parameters()).device
    for facts, parts in zip(shard.examples, read_parts(shard, (CODED, STRIPS, TOLD)), strict=True):
        example = unpacked(parts)
        with torch.inference_mode(), one_thread():
            latents = vae.encode_latents(example.coded[None].float().to(device))[0].cpu()
            features = strip_features(example, aligner, latents.shape[-1])
        yield facts, {LATENTS: packed_tensors({"latents": latents, "aligner": features}), TOLD: parts[TOLD]}
