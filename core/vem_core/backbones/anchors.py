"""Anchors: at the planned beats a backbone keeps the sketch's latents for most of the way, so that beats stay.

Noising a sketch and letting a large model go on from there loses the beats where the model may change much. Held at the
latents of the beats, along the line from their own starting noise, they stay, and everything between them is the
model's; below a release the anchors are let go of, and the model makes one sound of it.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.models.denoising import Level

_ATTACK_S = 0.08  # of a beat: what is held there
FREE = 1.0
"""The release of a latent that nothing holds."""


class AnchorPlace(enum.StrEnum):
    """Which instants are anchored."""

    BEATS = "beats"
    DOWNBEATS = "downbeats"
    CUTS = "cuts"


@dataclass(frozen=True)
class Anchoring:
    """How a backbone is held to the sketch. Levels are shares of noise, 0..1.

    `start`: where it begins, 1 is pure noise. `release`: below it anchors are let go of. `last_free`: at the last step
    they are in any case, so that the model has a say in every latent; few steps end far above a release. The defaults
    are what kept beats and cuts as the sketch has them (docs/engineers/backbones.md).
    """

    start: float = 0.65
    release: float = 0.1
    places: AnchorPlace = AnchorPlace.BEATS
    last_free: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.start <= 1 or not 0 <= self.release <= 1:
            raise ContractError("start and release lie between 0 and 1")


_STRONGER = ((0.5, 0.1), (0.35, 0.1), (0.2, 0.05))
"""Start and release. Beginning lower is what brings beats back, and holding anchors to the end keeps them
(docs/engineers/backbones.md)."""


def ever_stronger(first: Anchoring) -> Iterator[Anchoring]:
    """The anchorings to try: the first, then begun lower and held for longer, at most three more."""
    yield first
    for start, release in _STRONGER:
        stronger = Anchoring(min(first.start, start), min(first.release, release), first.places)
        if stronger != first:
            yield stronger


def instants_of(plan: ScorePlan, places: AnchorPlace) -> tuple[int, ...]:
    """What is anchored, in samples of the 48 kHz clock."""
    if places is AnchorPlace.DOWNBEATS:
        return tuple(beat.samples for beat in plan.beats if beat.number == 1)
    if places is AnchorPlace.CUTS:
        met = {Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.PUSH}
        return tuple(hit.target_samples for hit in plan.hits if hit.landing in met)
    return tuple(beat.samples for beat in plan.beats)


def release_of_anchors(
    plan: ScorePlan, anchoring: Anchoring, levels: Sequence[Level], latents: int, latent_s: float, first: int = 0
) -> Tensor:
    """(L,): the release of each latent from `first` on; FREE where nothing is anchored.

    As many latents from an instant on are held as its attack lasts, one at least.
    """
    release = torch.full((latents,), FREE)
    until = max(anchoring.release, levels[-1].share) if anchoring.last_free else anchoring.release
    for instant, number in itertools.product(
        instants_of(plan, anchoring.places), range(max(1, round(_ATTACK_S / latent_s)))
    ):
        place = int(instant / SAMPLE_RATE_HZ / latent_s) + number - first
        if 0 <= place < latents:
            release[place] = until
    return release
