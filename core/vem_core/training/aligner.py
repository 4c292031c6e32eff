"""`vem train aligner`: which cuts does music hit? On strips of frames with the paper's target, f_v AND f_m.

After training the probabilities are calibrated on pieces that were kept back, and judged on pieces with other seeds.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.evaluation.probabilities import ProbabilityFigures, fit_scaling, judge_probabilities
from vem_core.models.aligner import TransitionBeatAligner, aligner_loss
from vem_core.training.example_shards import STRIPS, ExampleShard, read_examples
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.music_corpus import STRIP_FRAMES, STRIP_SIZE
from vem_core.training.music_stage import MusicStage, stage_command
from vem_core.training.packed_latents import resized
from vem_core.training.rotation import Held, Rotation, ShardLoad, Share

SCHEDULE = Schedule(2_000, 1e-3)
KEPT_BACK = 10
"""Every tenth piece is kept back to calibrate on."""

JUDGED_AT_ONCE = 64

Odds = NDArray[np.float64]
Hits = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledStrips:
    """Strips of frames around cuts, and whether each cut coincides with a beat."""

    strips: Tensor  # (N, 3, T, H, W) uint8
    hits: Tensor  # (N,) bool


class CutCounts(NamedTuple):
    """How many cuts with a strip there are, and on how many of them is a beat."""

    cuts: int
    on_beat: int


@dataclass(frozen=True)
class AlignerTraining:
    """How the aligner is trained."""

    schedule: Schedule = SCHEDULE
    strips: int = 16  # a batch
    seed: int = 0


def train_aligner(
    aligner: TransitionBeatAligner,
    held: Held[LabelledStrips],
    counts: CutCounts,
    training: AlignerTraining,
    books: Bookkeeping,
) -> None:
    """Train in place; `counts` are of the whole corpus. Raises InputError unless both kinds of cut are there."""
    found = counts.on_beat
    if not 0 < found < counts.cuts:
        raise InputError(f"{found} of {counts.cuts} cuts coincide with a beat: there is nothing to tell apart.")
    positive_weight = (counts.cuts - found) / found

    def loss_of_batch(batch: int) -> Tensor:
        cuts = held.at(batch // books.team.count)
        random = np.random.default_rng((training.seed, 5, batch))
        chosen = torch.from_numpy(random.integers(len(cuts.hits), size=training.strips)).to(cuts.hits.device)
        seen = resized(cuts.strips[chosen], aligner)
        mirrored = torch.from_numpy(random.random(len(seen)) < 0.5).to(seen.device)[:, None, None, None, None]
        seen = torch.where(mirrored, seen.flip(4), seen)  # left and right say nothing about beats
        return aligner_loss(aligner(seen).logits, cuts.hits[chosen], positive_weight)

    books.train(aligner, loss_of_batch, training.schedule)


def count_cuts(shards: Sequence[ExampleShard]) -> CutCounts:
    """The cuts of some shards. Raises InputError if none has pictures."""
    examples = [example for shard in shards for example in shard.examples]
    counts = CutCounts(sum(each.strips for each in examples), sum(each.on_beat for each in examples))
    if not counts.cuts:
        raise InputError("No piece of the corpus has pictures around its cuts.")
    return counts


def hold_strips(shards: Sequence[ExampleShard], share: Share, device: torch.device) -> Held[LabelledStrips]:
    """The strips of some shards. Raises InputError if they have none."""
    strip_bytes = 3 * STRIP_FRAMES * STRIP_SIZE[0] * STRIP_SIZE[1]
    counts = [sum(example.strips for example in shard.examples) for shard in shards]
    loads = [ShardLoad(strip_bytes * strips, strips) for strips in counts]
    return Held(Rotation(loads, share), lambda chosen: _gather([shards[number] for number in chosen]), device)


def _gather(shards: Sequence[ExampleShard]) -> LabelledStrips:
    count = sum(example.strips for shard in shards for example in shard.examples)
    strips = torch.empty(count, 3, STRIP_FRAMES, *STRIP_SIZE, dtype=torch.uint8)
    hits = torch.empty(count, dtype=torch.bool)
    place = 0
    for part in strips_of(shards):
        inside = slice(place, place + len(part.hits))
        strips[inside], hits[inside] = part.strips, part.hits
        place += len(part.hits)
    return LabelledStrips(strips, hits)


def strips_of(shards: Sequence[ExampleShard]) -> Iterator[LabelledStrips]:
    """The strips of each example that has some, one after the other."""
    for shard in shards:
        for example in read_examples(shard, (STRIPS,)):
            if len(example.on_beat):
                yield LabelledStrips(example.strips, example.on_beat)


def strip_logits(aligner: TransitionBeatAligner, strips: Tensor) -> Odds:
    """(N,) log odds of strips, in evaluation mode."""
    device = next(aligner.parameters()).device
    with torch.inference_mode():
        parts = [
            aligner(resized(part, aligner).to(device)).logits.float().cpu() for part in strips.split(JUDGED_AT_ONCE)
        ]
    return torch.cat(parts).double().numpy()


def logits_and_hits(aligner: TransitionBeatAligner, parts: Iterable[LabelledStrips]) -> tuple[Odds, Hits]:
    """What the aligner says of cuts, and what is true of them; the strips themselves are forgotten at once."""
    said, true = [np.zeros(0)], [np.zeros(0, np.bool_)]
    for part in parts:
        said.append(strip_logits(aligner, part.strips))
        true.append(part.hits.numpy())
    return np.concatenate(said), np.concatenate(true)


def calibrate(aligner: TransitionBeatAligner, parts: Iterable[LabelledStrips]) -> None:
    """Scale and shift the aligner's log odds so that its probabilities come true on these cuts."""
    slope, shift = fit_scaling(*logits_and_hits(aligner, parts))
    with torch.no_grad():
        aligner.to_logit.weight.mul_(slope)
        aligner.to_logit.bias.mul_(slope).add_(shift)


def judge_aligner(aligner: TransitionBeatAligner, parts: Iterable[LabelledStrips]) -> ProbabilityFigures:
    """AUC and calibration on these cuts."""
    logits, hits = logits_and_hits(aligner, parts)
    return judge_probabilities(1 / (1 + np.exp(-logits)), hits)


def run_aligner(stage: MusicStage) -> ProbabilityFigures | None:
    """`vem train aligner`: its figures on the held-out pieces, which also go to FOLDER/aligner-figures.json."""
    cuda = stage.team.device.type == "cuda"
    training = AlignerTraining(stage.schedule, strips=stage.clips or (128 if cuda else 16), seed=stage.seed)
    aligner, books = stage.pipeline.aligner.to(stage.team.device), stage.books()
    learnt, kept_back = keep_back(stage.shards)
    counts = count_cuts(learnt)
    with hold_strips(learnt, books.share(training.strips, training.seed), stage.team.device) as held:
        train_aligner(aligner, held, counts, training, books)
    figures = _judge_trained(aligner, kept_back, stage) if stage.team.leads else None
    stage.save("aligner", aligner)
    return figures


def keep_back(shards: Sequence[ExampleShard]) -> tuple[list[ExampleShard], list[ExampleShard]]:
    """Nine pieces of ten to learn from, every tenth to calibrate on."""
    keys = [example.key for shard in shards for example in shard.examples]
    kept = set(keys[KEPT_BACK - 1 :: KEPT_BACK])
    learnt = set(keys) - kept
    return [shard.of(learnt) for shard in shards], [shard.of(kept) for shard in shards]


def _judge_trained(
    aligner: TransitionBeatAligner, kept_back: Sequence[ExampleShard], stage: MusicStage
) -> ProbabilityFigures | None:
    """Calibrate, judge on what is held out, and say so."""
    if any(shard.examples for shard in kept_back):
        count_cuts(kept_back)
        calibrate(aligner, strips_of(kept_back))
    if not stage.held_out:
        return None
    count_cuts(stage.held_out)
    figures = judge_aligner(aligner, strips_of(stage.held_out))
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
