"""`vem train aligner`: which cuts does music hit? On strips of frames with the paper's target, f_v AND f_m.

After training the probabilities are calibrated on pieces that were kept back, and judged on pieces with other seeds.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.evaluation.probabilities import ProbabilityFigures, fit_scaling, judge_probabilities
from vem_core.models.aligner import TransitionBeatAligner, aligner_loss
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_corpus import kept_example
from vem_core.training.music_stage import MusicStage, stage_command
from vem_core.training.packed_latents import resized

SCHEDULE = Schedule(2_000, 1e-3)
KEPT_BACK = 10
"""Every tenth piece is kept back to calibrate on."""

JUDGED_AT_ONCE = 64


class LabelledStrips(NamedTuple):
    """Strips of frames around cuts, and whether each cut coincides with a beat."""

    strips: Tensor  # (N, 3, T, H, W) uint8
    hits: Tensor  # (N,) bool


@dataclass(frozen=True)
class AlignerTraining:
    """How the aligner is trained."""

    schedule: Schedule = SCHEDULE
    strips: int = 16  # a batch
    seed: int = 0


def train_aligner(
    aligner: TransitionBeatAligner, cuts: LabelledStrips, training: AlignerTraining, books: Bookkeeping
) -> None:
    """Train in place. Raises InputError unless both kinds of cut are there."""
    found = int(cuts.hits.sum())
    if not 0 < found < len(cuts.hits):
        raise InputError(f"{found} of {len(cuts.hits)} cuts coincide with a beat: there is nothing to tell apart.")
    positive_weight = (len(cuts.hits) - found) / found
    device = books.team.device
    strips, hits = cuts.strips.to(device), cuts.hits.to(device)

    def loss_of_batch(batch: int) -> Tensor:
        random = np.random.default_rng((training.seed, 5, batch))
        chosen = torch.from_numpy(random.integers(len(hits), size=training.strips)).to(device)
        seen = resized(strips[chosen], aligner)
        mirrored = torch.from_numpy(random.random(len(seen)) < 0.5).to(device)[:, None, None, None, None]
        seen = torch.where(mirrored, seen.flip(4), seen)  # left and right say nothing about beats
        return aligner_loss(aligner(seen).logits, hits[chosen], positive_weight)

    books.train(aligner, loss_of_batch, training.schedule)


def gather_strips(paths: Sequence[Path]) -> LabelledStrips:
    """The strips of some pieces. Raises InputError if they have none."""
    kept = [kept_example(path, without=("sound", "coded")) for path in paths]
    if not any(len(example.strips) for example in kept):
        raise InputError("No piece of the corpus has pictures around its cuts.")
    return LabelledStrips(
        torch.cat([example.strips for example in kept]), torch.cat([example.on_beat for example in kept])
    )


def strip_logits(aligner: TransitionBeatAligner, strips: Tensor) -> np.ndarray:
    """(N,) log odds of strips, in evaluation mode."""
    device = next(aligner.parameters()).device
    with torch.inference_mode():
        parts = [
            aligner(resized(part, aligner).to(device)).logits.float().cpu() for part in strips.split(JUDGED_AT_ONCE)
        ]
    return torch.cat(parts).double().numpy()


def calibrate(aligner: TransitionBeatAligner, cuts: LabelledStrips) -> None:
    """Scale and shift the aligner's log odds so that its probabilities come true on these cuts."""
    slope, shift = fit_scaling(strip_logits(aligner, cuts.strips), cuts.hits.numpy())
    with torch.no_grad():
        aligner.to_logit.weight.mul_(slope)
        aligner.to_logit.bias.mul_(slope).add_(shift)


def judge_aligner(aligner: TransitionBeatAligner, cuts: LabelledStrips) -> ProbabilityFigures:
    """AUC and calibration on these cuts."""
    return judge_probabilities(1 / (1 + np.exp(-strip_logits(aligner, cuts.strips))), cuts.hits.numpy())


def run_aligner(stage: MusicStage) -> ProbabilityFigures | None:
    """`vem train aligner`: its figures on the held-out pieces, which also go to FOLDER/aligner-figures.json."""
    cuda = stage.team.device.type == "cuda"
    training = AlignerTraining(stage.schedule, strips=stage.clips or (128 if cuda else 16), seed=stage.seed)
    aligner = stage.pipeline.aligner.to(stage.team.device)
    kept_back = stage.paths[KEPT_BACK - 1 :: KEPT_BACK]
    learnt = [path for path in stage.paths if path not in set(kept_back)]
    train_aligner(aligner, gather_strips(learnt), training, stage.books())
    if kept_back:
        calibrate(aligner, gather_strips(kept_back))
    figures = judge_aligner(aligner, gather_strips(stage.held_out)) if stage.held_out else None
    stage.save("aligner", aligner)
    if figures is not None and stage.team.leads:
        text = json.dumps(dataclasses.asdict(figures), indent=2) + "\n"
        (stage.folder / "aligner-figures.json").write_text(text, encoding="utf-8")
        stage.say(describe(figures))
    return figures


def describe(figures: ProbabilityFigures) -> str:
    """The figures as lines for a person."""
    lines = [
        f"aligner on {figures.count} held-out cuts, {figures.share_true:.0%} of them on a beat: AUC {figures.auc:.3f}, "
        f"calibration error {figures.calibration_error:.3f}, Brier score {figures.brier:.3f}",
        "  said  came true  cuts",
        *(f"  {bin_.said:.2f}  {bin_.came_true:9.2f}  {bin_.count:4}" for bin_ in figures.bins),
    ]
    return "\n".join(lines)


COMMAND: Command = stage_command("aligner", "train the transition-beat aligner", SCHEDULE, run_aligner)
