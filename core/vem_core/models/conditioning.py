"""From a parse and a plan to everything that steers the model."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.errors import ContractError
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.adapter import spread_over_latents
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.features import (
    FrameCues,
    LeadSheet,
    Transition,
    latent_count,
    lead_sheet_features,
    rhythm_features,
)
from vem_core.models.sampling import Conditions
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex, scene_index
from vem_core.models.score import score_features
from vem_core.parsing.numbers import ParseArrays
from vem_core.parsing.strips import CutStrips

STRIPS_AT_ONCE = 16


def build_conditions(
    parse: Parse,
    arrays: ParseArrays,
    plan: ScorePlan,
    lead_sheet: LeadSheet,
    strips: CutStrips,
    aligner: TransitionBeatAligner,
) -> Conditions:
    """The conditions of one timeline (B = 1), on the aligner's device.

    Raises ContractError if parse and plan are not of one timeline.
    """
    shots = len(parse.storyboard)
    if parse.duration_samples != plan.duration_samples or shots != len(plan.shot_energies):
        raise ContractError(
            f"the parse is of {shots} shots and {parse.duration_samples} samples, "
            f"the plan of {len(plan.shot_energies)} and {plan.duration_samples}"
        )
    index = parse_index(parse)
    transitions = [Transition(cue.position_latents, cue.extent_latents) for cue in parse.transitions]
    frames = FrameCues(
        lead_sheet_features(plan, lead_sheet, index),
        rhythm_features(plan, transitions),
        aligner_features(aligner, strips, transitions, latent_count(plan.duration_samples)),
        score_features(lead_sheet.parts, latent_count(plan.duration_samples)),
    )
    conditions = Conditions(scene_cues(arrays), index, frames)
    return on_device(conditions, next(aligner.parameters()).device)


def parse_index(parse: Parse) -> SceneIndex:
    """Which shots each latent hears."""
    starts = np.array([shot.start_samples for shot in parse.storyboard]) / SAMPLES_PER_LATENT
    dissolves = np.array([0.0, *(cue.extent_latents for cue in parse.transitions)])
    return scene_index(starts, dissolves, latent_count(parse.duration_samples))


def scene_cues(arrays: ParseArrays) -> SceneCues:
    """The arrays as a batch of one."""
    return SceneCues(*(torch.from_numpy(np.ascontiguousarray(part))[None] for part in arrays))


def aligner_features(
    aligner: TransitionBeatAligner, strips: CutStrips, transitions: list[Transition], latents: int
) -> Tensor:
    """(1, A, latents): each cut's features around its instant, by how likely it is to be a beat."""
    width = aligner.config.feature_width
    if len(strips.cuts) == 0:
        return torch.zeros(1, width, latents)
    device = next(aligner.parameters()).device
    rows = []
    with torch.inference_mode():
        for part in torch.from_numpy(strips.frames).split(STRIPS_AT_ONCE):
            seen = aligner(part.to(device))
            rows.append((seen.features * seen.logits.sigmoid()[:, None]).cpu())
    positions = torch.tensor([transitions[cut].position_latents for cut in strips.cuts])
    return spread_over_latents(torch.cat(rows), positions, latents)[None]


def on_device(conditions: Conditions, device: torch.device) -> Conditions:
    """The same conditions on a device."""
    return Conditions(
        SceneCues(*(tensor.to(device) for tensor in conditions.scene)),
        SceneIndex(*(tensor.to(device) for tensor in conditions.shots)),
        FrameCues(*(tensor.to(device) for tensor in conditions.frames)),
    )


def check_conditions(conditions: Conditions, *, text_width: int, visual_width: int) -> int:
    """The number of latents that the conditions describe. Raises ContractError for shapes or numbers that cannot be."""
    scene, index, frames = conditions
    shots, latents = scene.start_s.shape[-1], index.shots.shape[1]
    expected = {
        "text of the shots": (scene.shot_text, (1, shots, text_width)),
        "visual features": (scene.shot_visual, (1, shots, visual_width)),
        "durations": (scene.duration_s, (1, shots)),
        "lead sheet": (frames.lead_sheet, (1, frames.lead_sheet.shape[1], latents)),
        "rhythm": (frames.rhythm, (1, frames.rhythm.shape[1], latents)),
        "aligner's features": (frames.aligner, (1, frames.aligner.shape[1], latents)),
        "score": (frames.score, (1, frames.score.shape[1], latents)),
    }
    for name, (tensor, shape) in expected.items():
        if tuple(tensor.shape) != shape:
            raise ContractError(f"the {name} should have the shape {shape}, not {tuple(tensor.shape)}")
        if not bool(torch.isfinite(tensor).all()):
            raise ContractError(f"the {name} have values that are not numbers")
    if shots == 0 or int(index.shots.max()) >= shots:
        raise ContractError(f"a latent hears a shot that does not exist; there are {shots}")
    return latents
