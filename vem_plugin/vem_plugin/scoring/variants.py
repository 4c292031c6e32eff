"""Several different pieces for one timeline: each a take of the library, none of them placed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.variants import VariantPlan
from vem_plugin.placement.state import PlacedTake

_BRIEF_WORTH = 0.5
"""What a style that suits the brief perfectly is worth, against all cuts met where chance meets none (1)."""


@dataclass(frozen=True)
class Variant:
    """A piece that was made, as a take of the library."""

    plan: VariantPlan  # what it was planned as
    take: PlacedTake
    audio: Path

    @property
    def value(self) -> float:
        """By what variants are ranked: cuts met beyond chance, measured on the sound, and how well its style suits."""
        return self.met_beyond_chance + _BRIEF_WORTH * self.plan.brief

    @property
    def met_beyond_chance(self) -> float:
        """How many of the cuts that chance leaves are met: 0 is chance, 1 all of them; below 0 is worse than chance."""
        totals = self.take.result.report.with_off_beats
        chance = min(totals.chance_1_frame, 0.99)
        return (totals.hit_rate_1_frame - chance) / (1 - chance) if totals.count else 0.0


MakeTake = Callable[[VariantPlan], PlacedTake]
"""Has the music of a plan made and stored. Raises VemError."""


def make_variants(
    plans: Sequence[VariantPlan], library: Path, make: MakeTake, say: Callable[[str], None]
) -> tuple[Variant, ...]:
    """Make all the pieces, and rank them, the best first. What was made before one fails stays in the library."""
    made: list[Variant] = []
    try:
        for number, plan in enumerate(plans, 1):
            say(f"Variant {number} of {len(plans)}: {plan.style} at {plan.home_bpm:.0f} BPM in {plan.key}.")
            take = make(plan)
            made.append(Variant(plan, take, library / take.audio))
    except BaseException:
        if made:
            say(f"{len(made)} of {len(plans)} variants are made: takes {_listed(made)}.")
        raise
    return tuple(sorted(made, key=lambda variant: -variant.value))


def as_json(variant: Variant) -> dict[str, object]:
    """A variant for programs: what it is, what it meets, where it lies."""
    result = variant.take.result
    totals = result.report.with_off_beats
    return {
        "take": variant.take.take,
        "audio": str(variant.audio),
        "style": variant.plan.style,
        "tempo_bpm": variant.plan.home_bpm,
        "key": result.plan.key,
        "seed": result.seed,
        "cuts": totals.count,
        "hit_rate_1_frame": totals.hit_rate_1_frame,
        "chance_1_frame": totals.chance_1_frame,
        "brief": variant.plan.brief,
        "value": round(variant.value, 4),
    }


def _listed(variants: Sequence[Variant]) -> str:
    return ", ".join(str(variant.take.take) for variant in variants)
