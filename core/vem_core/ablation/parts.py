"""What each part of the model earns: an arm with it less the arm without it, on the same pieces and the same noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vem_core.ablation.arms import arm_by_id
from vem_core.judging.bootstrap import difference_interval, mean_interval
from vem_core.judging.distances import Interval
from vem_core.judging.judgement import Judgement
from vem_core.judging.measures import Better, Measure, measure_by_id
from vem_core.judging.tables import cell, to_markdown

Losses = Mapping[str, Sequence[float]]
"""By the arm's id: the loss of each held-out piece."""


@dataclass(frozen=True)
class Part:
    """A part, and the arms that differ in nothing else."""

    name: str
    with_it: str
    without_it: str


PARTS = (
    Part("words, pictures, times (HVP, SG)", "hvp-sg", "unconditional"),
    Part("scene mask (SG)", "hvp-sg", "hvp"),
    Part("transition beats (TB), alone", "tb", "unconditional"),
    Part("transition beats (TB), beside HVP and SG", "hvp-sg-tb", "hvp-sg"),
    Part("plan (lead sheet)", "ours", "hvp-sg-tb"),
    Part("mask added, not multiplied", "ours", "product-mask"),
    Part("aligner", "ours", "aligner-off"),
    Part("pictures", "ours", "picture-off"),
)

SHOWN = ("fad_mtt", "kld", "biou", "tbiou", "gain_beats_1_frame", "gain_sixteenths_10_ms", "event_gain", "brief_obeyed")


def page_of(judgement: Judgement | None, losses: Losses, facts: str) -> str:
    """Table 4 as a page: what each part earns, each arm's loss, and the whole judgement where music was played."""
    others = "no music was played."
    if judgement is not None:
        others = f"the other columns are of the music that was sampled of {judgement.of_films} of them."
    parts = [
        "# Table 4: the model with parts taken away",
        facts + "\nSame first weights, batches and noise in every arm.",
        "## What each part earns",
        "With the part less without it, on the same pieces. *Better* and *worse* stand where the 95 % interval over\n"
        f"pieces excludes zero. The loss is the flow's on the real latents of {_count(losses)} held-out pieces, at\n"
        f"five levels of noise; {others}",
        parts_table(judgement, losses),
        "## Each arm",
        losses_table(losses),
    ]
    if judgement is not None:
        head, _, rest = to_markdown(judgement).partition("\n\n")
        parts.append(f"{head[2:]}: {rest}".rstrip())
    return "\n\n".join(parts) + "\n"


def parts_table(judgement: Judgement | None, losses: Losses) -> str:
    """The parts of which both arms are known, against the loss and the measures that tell them apart."""
    measures = [] if judgement is None else [measure_by_id(each) for each in SHOWN]
    arrows = {Better.HIGHER: " ↑", Better.LOWER: " ↓", Better.NEITHER: ""}
    head = " | ".join(["loss ↓", *(f"{measure.name}{arrows[measure.better]}" for measure in measures)])
    lines = [f"| part | {head} |", "|---" * (len(measures) + 2) + "|"]
    for part in PARTS:
        if {part.with_it, part.without_it} <= losses.keys():
            lost = difference_interval(losses[part.with_it], losses[part.without_it])
            cells = [_cell(lost, Better.LOWER, 4)]
            if judgement is not None:
                cells += [_earned(judgement, part, measure) for measure in measures]
            lines.append(f"| {part.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def losses_table(losses: Losses) -> str:
    """Every arm's loss."""
    lines = ["| arm | loss ↓ |", "|---|---|"]
    lines += [f"| {arm_by_id(arm).name} | {cell(mean_interval(each), 4)} |" for arm, each in losses.items()]
    return "\n".join(lines)


def difference(judgement: Judgement, part: Part, measure: Measure) -> Interval | None:
    """The measure of the arm with the part less that of the arm without; None where it was not measured of both."""
    with_it, without_it = arm_by_id(part.with_it).name, arm_by_id(part.without_it).name
    for pair in judgement.pairs:
        found = pair.differences.get(measure.id)
        if (pair.one, pair.other) == (with_it, without_it):
            return found
        if (pair.one, pair.other) == (without_it, with_it):
            return None if found is None else Interval(-found.value, -found.high, -found.low)
    return None


def _count(losses: Losses) -> int:
    return len(next(iter(losses.values()), ()))


def _earned(judgement: Judgement, part: Part, measure: Measure) -> str:
    return _cell(difference(judgement, part, measure), measure.better, measure.digits)


def _cell(interval: Interval | None, better: Better, digits: int) -> str:
    """A difference; with a word where its interval excludes zero."""
    if interval is None or not math.isfinite(interval.value):
        return "-"
    text = f"{interval.value:+.{digits}f} [{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"
    if interval.low <= 0 <= interval.high:
        return text
    return f"**{'better' if (interval.value > 0) == (better is Better.HIGHER) else 'worse'}** {text}"
