"""What a piece is conditioned on, and how on less, or on something else: the interventions of the experiments."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.request import ScoreRequest
from vem_core.corpus.labels import parse_of
from vem_core.evaluation.held_out import HeldOutPiece
from vem_core.models import features
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.conditioning import build_conditions
from vem_core.models.sampling import Conditions
from vem_core.models.scenes import SceneIndex
from vem_core.parsing.numbers import encode_parse
from vem_core.parsing.strips import cut_strips
from vem_core.parsing.text import TextEncoder

CALM = "very calm, nothing happens, time stands still, the camera does not move"
WILD = "explosive, all-out action, full throttle, whip pan, the climax"
"""Words for one shot that ask for opposite energies, as the corpus's captions put them."""


def fully_conditioned(piece: HeldOutPiece, aligner: TransitionBeatAligner, encoder: TextEncoder) -> Conditions:
    """All conditions of a piece, as the product makes them; on the aligner's device."""
    labels = piece.labels
    parse = parse_of(labels, 0)
    size = aligner.config.size
    return build_conditions(
        parse,
        encode_parse(parse, encoder),
        labels.plan,
        piece.lead_sheet,
        cut_strips(
            ScoreRequest(labels.sheet, thumbnails=labels.thumbnails),
            piece.jpegs,
            aligner.config.strip_frames,
            (size[0], size[1]),
        ),
        aligner,
    )


def unconditioned(conditions: Conditions) -> Conditions:
    """The floor: no words, no pictures, no beats, no harmony; only how long it is."""
    hidden = without_pictures(without_words(conditions))
    return hidden._replace(frames=type(conditions.frames)(*(torch.zeros_like(part) for part in conditions.frames)))


def without_words(conditions: Conditions) -> Conditions:
    """Every text as the empty one."""
    scene = conditions.scene
    return conditions._replace(
        scene=scene._replace(
            overall_text=torch.zeros_like(scene.overall_text), shot_text=torch.zeros_like(scene.shot_text)
        )
    )


def without_pictures(conditions: Conditions) -> Conditions:
    """No shot's pictures known. The aligner's features stay: they have an experiment of their own."""
    scene = conditions.scene
    return conditions._replace(
        scene=scene._replace(
            shot_visual=torch.zeros_like(scene.shot_visual), visual_known=torch.zeros_like(scene.visual_known)
        )
    )


def without_strips(conditions: Conditions) -> Conditions:
    """The aligner's features zero."""
    return conditions._replace(frames=conditions.frames._replace(aligner=torch.zeros_like(conditions.frames.aligner)))


def without_rhythm(conditions: Conditions) -> Conditions:
    """Beats, cuts and hits hidden, as training hides them now and then: the aligner alone knows where they meet."""
    return conditions._replace(frames=conditions.frames._replace(rhythm=torch.zeros_like(conditions.frames.rhythm)))


def without_lead_sheet(conditions: Conditions) -> Conditions:
    """Chords, energy, density, form and notes hidden, as training hides them now and then."""
    hidden = torch.ones(len(conditions.frames.lead_sheet), dtype=torch.bool, device=conditions.frames.score.device)
    return conditions._replace(frames=features.without_lead_sheet(conditions.frames, hidden))


def without_score(conditions: Conditions) -> Conditions:
    """The composer's notes hidden; chords, energy, density and form stay."""
    return conditions._replace(frames=conditions.frames._replace(score=torch.zeros_like(conditions.frames.score)))


def with_words(conditions: Conditions, shot: int, vector: np.ndarray) -> Conditions:
    """Other words for one shot."""
    text: Tensor = conditions.scene.shot_text.clone()
    text[0, shot] = torch.from_numpy(vector).to(text)
    return conditions._replace(scene=conditions.scene._replace(shot_text=text))


def without_scene_mask(conditions: Conditions) -> Conditions:
    """Scene-guided attention off: every latent hears every shot alike."""
    shots, latents = conditions.scene.start_s.shape[1], conditions.shots.shots.shape[1]
    device = conditions.shots.shots.device
    every = torch.arange(shots, device=device).expand(1, latents, shots)
    return conditions._replace(shots=SceneIndex(every, torch.full(every.shape, -math.log(shots), device=device)))
