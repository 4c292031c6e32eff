"""`vem train aligner`: which cuts does music hit? On strips of frames with the paper's target, f_v AND f_m."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.models.aligner import TransitionBeatAligner, aligner_loss
from vem_core.training.loop import Report, Schedule, train

SCHEDULE = Schedule(2_000, 1e-3)


@dataclass(frozen=True)
class AlignerTraining:
    """How the aligner is trained."""

    schedule: Schedule = SCHEDULE
    strips: int = 16  # a step
    seed: int = 0


def train_aligner(
    aligner: TransitionBeatAligner,
    strips: Tensor,
    hits: Tensor,
    training: AlignerTraining,
    state: Path | None,
    report: Report,
) -> None:
    """Train in place. `strips`: (N, 3, T, H, W) uint8. `hits`: (N,) 1 where the cut coincides with a beat.

    Raises InputError unless both kinds of cut are there.
    """
    found = int(hits.sum())
    if not 0 < found < len(hits):
        raise InputError(f"{found} of {len(hits)} cuts coincide with a beat: there is nothing to tell apart.")
    positive_weight = (len(hits) - found) / found

    def loss_of_step(step: int) -> Tensor:
        random = np.random.default_rng((training.seed, 5, step))
        chosen = torch.from_numpy(random.integers(len(hits), size=training.strips))
        seen = strips[chosen].float() / 255.0
        mirrored = torch.from_numpy(random.random(len(seen)) < 0.5)[:, None, None, None, None]
        seen = torch.where(mirrored, seen.flip(4), seen)  # left and right say nothing about beats
        return aligner_loss(aligner(seen).logits, hits[chosen], positive_weight)

    train(aligner, loss_of_step, training.schedule, state, report)
