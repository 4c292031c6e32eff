"""The latents of pieces, packed one after the other, as the diffusion stages learn from them.

They are encoded once, shard by shard (`encoding`), and held on the device that trains (`hold_latents`). Clips are
drawn by indexing alone, so that a batch of hundreds costs no more time than one of ten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.models.adapter import spread_over_latents
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.conditioning import STRIPS_AT_ONCE
from vem_core.models.features import FrameCues
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex
from vem_core.models.score import SCORE_CHANNELS
from vem_core.training.example_shards import (
    LATENTS,
    TOLD,
    ExampleShard,
    MusicExample,
    read_parts,
    unpacked,
)
from vem_core.training.rotation import Held, Rotation, ShardLoad, Share

Integers = NDArray[np.int64]


class LatentExample(NamedTuple):
    """A piece as the diffusion stages see it: scaled latents, the aligner's features, and what was said about it."""

    latents: Tensor  # (C, L)
    aligner: Tensor  # (A, L)
    conditioning: MusicExample  # without sound, spectrogram and strips


@dataclass(frozen=True)
class PackedLatents:
    """N latents of all pieces, S shots, R pieces. Rows of shots and pieces count from the array's beginning."""

    frames: Tensor  # (N, C + lead sheet + rhythm + aligner + score)
    widths: tuple[int, int, int, int, int]  # of the parts of `frames`
    shots: Tensor  # (N, M) rows of shots
    log_share: Tensor  # (N, M)
    overall_text: Tensor  # (R, W, 3, E)
    shot_text: Tensor  # (S, W, E)
    shot_visual: Tensor  # (S, V)
    visual_known: Tensor  # (S,)
    start_s: Tensor  # (S,)
    duration_s: Tensor  # (S,)
    piece: Integers  # (N,) row of the piece
    first_shot: Integers  # (N,) rows of the first and last shot that is heard
    last_shot: Integers
    begins: Integers  # latents at which a clip may begin

    @property
    def device(self) -> torch.device:
        """Where the latents lie."""
        return self.frames.device


class Draw(NamedTuple):
    """Which clips a batch has: B of them. Numpy, from a generator seeded by the batch's number."""

    begins: Integers  # (B,) latents of the array
    wordings: Integers  # (B,)
    later_s: NDArray[np.float32]  # (B,) how much later the clip is said to be
    seen: NDArray[np.bool_]  # (B,) False: the shots have no pictures


def read_latents(shard: ExampleShard) -> Iterator[LatentExample]:
    """The examples of a shard that `encode_shards` wrote. Raises CorpusDamaged."""
    for parts in read_parts(shard, (LATENTS, TOLD)):
        encoded = load(parts[LATENTS])
        yield LatentExample(encoded["latents"], encoded["aligner"], unpacked({TOLD: parts[TOLD]}))


def hold_latents(
    shards: Sequence[ExampleShard], clip_latents: int, share: Share, device: torch.device
) -> Held[PackedLatents]:
    """The pieces of some encoded shards that last at least a clip. Raises InputError if none does."""
    long = [shard.of({each.key for each in shard.examples if each.latents >= clip_latents}) for shard in shards]
    if not any(shard.examples for shard in long):
        raise InputError(f"No piece of the corpus lasts the {clip_latents} latents of a clip.")
    loads = [  # while they are packed they lie there twice
        ShardLoad(2 * shard.record.bytes, sum(example.latents // clip_latents for example in shard.examples))
        for shard in long
    ]

    def load_packed(chosen: Sequence[int]) -> PackedLatents:
        return pack_latents([each for number in chosen for each in read_latents(long[number])], clip_latents)

    return Held(Rotation(loads, share), load_packed, device)


def strip_features(kept: MusicExample, aligner: TransitionBeatAligner | None, latents: int) -> Tensor:
    """(A, latents): what `aligner_features` gives for a timeline, for the strips of an example."""
    if aligner is None or not len(kept.strips):
        width = 1 if aligner is None else aligner.config.feature_width
        return torch.zeros(width, latents)
    device = next(aligner.parameters()).device
    rows = []
    for part in resized(kept.strips, aligner).split(STRIPS_AT_ONCE):
        seen = aligner(part.to(device))
        rows.append((seen.features * seen.logits.sigmoid()[:, None]).float().cpu())
    return spread_over_latents(torch.cat(rows), kept.strip_at, latents)


def resized(strips: Tensor, aligner: TransitionBeatAligner) -> Tensor:
    """(K, 3, T, H, W) uint8 strips as the aligner takes them: float 0..1 at its size."""
    size = tuple(aligner.config.size)
    frames = strips.float() / 255.0
    if tuple(frames.shape[-2:]) == size:
        return frames
    return F.interpolate(frames, size=(frames.shape[2], *size), mode="area")


def pack_latents(examples: Sequence[LatentExample], clip_latents: int) -> PackedLatents:
    """Pieces that are as long as a clip in one array."""
    slots = max(example.conditioning.shots.shape[1] for example in examples)
    frames, shots, shares, pieces, begins = [], [], [], [], []
    latents_before = shots_before = 0
    for row, (latents, aligner, conditioning) in enumerate(examples):
        length = latents.shape[1]
        told = (conditioning.lead_sheet, conditioning.rhythm, aligner, _whole_score(conditioning))
        frames.append(torch.cat([latents, *told]).T)  # (L, P)
        shots.append(F.pad(conditioning.shots, (0, slots - conditioning.shots.shape[1])) + shots_before)
        shares.append(F.pad(conditioning.log_share, (0, slots - conditioning.log_share.shape[1]), value=-torch.inf))
        pieces.append(np.full(length, row))
        begins.append(latents_before + np.arange(length - clip_latents + 1))
        latents_before += length
        shots_before += len(conditioning.start_s)
    first = examples[0]
    lead_sheet, rhythm = first.conditioning.lead_sheet, first.conditioning.rhythm
    heard = torch.cat(shares) > -torch.inf
    rows = torch.cat(shots)
    tables = [example.conditioning for example in examples]
    return PackedLatents(
        frames=torch.cat(frames),
        widths=(len(first.latents), len(lead_sheet), len(rhythm), len(first.aligner), len(SCORE_CHANNELS)),
        shots=rows,
        log_share=torch.cat(shares),
        overall_text=torch.stack([conditioning.overall_text for conditioning in tables]),
        shot_text=torch.cat([conditioning.shot_text.transpose(0, 1) for conditioning in tables]),
        shot_visual=torch.cat([conditioning.shot_visual for conditioning in tables]),
        visual_known=torch.cat([conditioning.visual_known for conditioning in tables]),
        start_s=torch.cat([conditioning.start_s for conditioning in tables]),
        duration_s=torch.cat([conditioning.duration_s for conditioning in tables]),
        piece=np.concatenate(pieces),
        first_shot=torch.where(heard, rows, shots_before).amin(1).numpy(),
        last_shot=torch.where(heard, rows, 0).amax(1).numpy(),
        begins=np.concatenate(begins),
    )


def _whole_score(conditioning: MusicExample) -> Tensor:
    """(len(SCORE_CHANNELS), L), zero in channels that were not there when the example was made."""
    told = conditioning.score.reshape(-1, conditioning.lead_sheet.shape[1]).float()
    return F.pad(told, (0, 0, 0, len(SCORE_CHANNELS) - len(told)))


def sent_to(device: torch.device, array: NDArray[Any]) -> Tensor:
    """An array on the device that trains; a GPU takes it while it works on what was asked before."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def cut_clips(packed: PackedLatents, draw: Draw, clip_latents: int) -> tuple[Tensor, Conditions]:
    """Latents (B, C, L) of the drawn clips and their conditions, with only the shots that are heard in them."""
    ends = draw.begins + clip_latents - 1
    low, high = packed.first_shot[draw.begins], packed.last_shot[ends]
    most = int((high - low).max()) + 1
    rows = np.minimum(low[:, None] + np.arange(most), high[:, None])  # a clip with fewer repeats its last: unheard

    def there(array: NDArray[np.generic]) -> Tensor:
        return sent_to(packed.device, array)

    at = there(draw.begins)[:, None] + torch.arange(clip_latents, device=packed.device)  # (B, L)
    table, wording, piece = there(rows), there(draw.wordings), there(packed.piece[draw.begins])
    latents, *told = packed.frames[at].transpose(1, 2).split(packed.widths, dim=1)
    scene = SceneCues(
        overall_text=packed.overall_text[piece, wording].float(),
        shot_text=packed.shot_text[table, wording[:, None]].float(),
        shot_visual=packed.shot_visual[table],
        visual_known=packed.visual_known[table] & there(draw.seen)[:, None],
        start_s=packed.start_s[table] + there(draw.later_s)[:, None],
        duration_s=packed.duration_s[table],
    )
    heard = (packed.shots[at] - there(low)[:, None, None]).clamp_min(0)
    index = SceneIndex(torch.minimum(heard, there(high - low)[:, None, None]), packed.log_share[at])
    return latents, Conditions(scene, index, FrameCues(*told))
