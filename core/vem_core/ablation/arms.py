"""The arms of the ablation: what each may know, and in which form.

The first five are the rows of the paper's table 4; none of them sees our lead sheet (chords, energy, form). Their
transition beats (TB) are our adapter, which also sees the plan's beats: in the paper the aligner alone must find them.
The others are ours: everything, and everything without one part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from vem_core.contract.errors import InputError
from vem_core.evaluation.variants import without_lead_sheet, without_pictures, without_strips, without_words
from vem_core.models.sampling import Conditions
from vem_core.models.scenes import SceneIndex


@dataclass(frozen=True)
class Arm:
    """One row of the table."""

    id: str  # also a folder's name
    name: str
    hides: tuple[Callable[[Conditions], Conditions], ...] = ()
    adapter: bool = True
    mask_form: str = "additive"
    guidance: bool = True  # nothing to be guided towards where no words are known

    def alter(self, conditions: Conditions) -> Conditions:
        """What this arm is conditioned on, of all there is; in training and in sampling alike."""
        for hide in self.hides:
            conditions = hide(conditions)
        return conditions


def without_times(conditions: Conditions) -> Conditions:
    """Where shots begin and how long they last, as zero."""
    scene = conditions.scene
    return conditions._replace(
        scene=scene._replace(start_s=torch.zeros_like(scene.start_s), duration_s=torch.zeros_like(scene.duration_s))
    )


def without_scene_mask(conditions: Conditions) -> Conditions:
    """Plain cross-attention: every latent hears every shot alike."""
    shots, (clips, latents) = conditions.scene.start_s.shape[1], conditions.shots.shots.shape[:2]
    every = torch.arange(shots, device=conditions.shots.shots.device).expand(clips, latents, shots)
    share = torch.full(every.shape, -math.log(shots), device=every.device)
    return conditions._replace(shots=SceneIndex(every, share))


_NO_HVP = (without_words, without_pictures, without_times)  # hierarchical video parsing
_NO_PLAN = (without_lead_sheet,)

ARMS = (
    Arm("unconditional", "unconditional", (*_NO_HVP, *_NO_PLAN), adapter=False, guidance=False),
    Arm("tb", "TB", (*_NO_HVP, *_NO_PLAN), guidance=False),
    Arm("hvp-sg", "HVP, SG", _NO_PLAN, adapter=False),
    Arm("hvp", "HVP, plain cross-attention", (*_NO_PLAN, without_scene_mask), adapter=False),
    Arm("hvp-sg-tb", "HVP, SG, TB (ours, plan off)", _NO_PLAN),
    Arm("ours", "ours, everything"),
    Arm("product-mask", "ours, product mask", mask_form="product"),
    Arm("aligner-off", "ours, aligner off", (without_strips,)),
    Arm("picture-off", "ours, picture off", (without_pictures,)),
)


def arm_by_id(arm_id: str) -> Arm:
    """The arm of that id. Raises InputError if there is none."""
    found = next((arm for arm in ARMS if arm.id == arm_id), None)
    if found is None:
        raise InputError(f"There is no arm {arm_id!r}.", hint=f"Choose of {', '.join(arm.id for arm in ARMS)}.")
    return found
