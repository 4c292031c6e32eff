"""What a piece is told, and how it is told less, or something else: the interventions of the experiments."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.request import ScoreRequest
from vem_core.corpus.labels import parse_of
from vem_core.evaluation.held_out import HeldOutPiece
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.conditioning import build_conditions
from vem_core.models.features import LeadSheet
from vem_core.models.sampling import Conditions
from vem_core.models.scenes import SceneIndex
from vem_core.parsing.numbers import encode_parse
from vem_core.parsing.strips import cut_strips
from vem_core.parsing.text import TextEncoder

CALM = "very calm, nothing happens, time stands still, the camera does not move"
WILD = "explosive, all-out action, full throttle, whip pan, the climax"
"""Words for one shot that ask for opposite energies, as the corpus's captions put them."""


def told_in_full(piece: HeldOutPiece, aligner: TransitionBeatAligner, encoder: TextEncoder) -> Conditions:
    """All conditions of a piece, as the product makes them; on the aligner's device."""
    labels = piece.labels
    parse = parse_of(labels, 0)
    size = aligner.config.size
    return build_conditions(
        parse,
        encode_parse(parse, encoder),
        labels.plan,
        LeadSheet(labels.chords, labels.density),
        cut_strips(
            ScoreRequest(labels.sheet, thumbnails=labels.thumbnails),
            piece.jpegs,
            aligner.config.strip_frames,
            (size[0], size[1]),
        ),
        aligner,
    )


def told_nothing(told: Conditions) -> Conditions:
    """The floor: no words, no pictures, no beats, no harmony; only how long it is."""
    hidden = without_pictures(without_words(told))
    return hidden._replace(frames=type(told.frames)(*(torch.zeros_like(part) for part in told.frames)))


def without_words(told: Conditions) -> Conditions:
    """Every text as the empty one."""
    scene = told.scene
    return told._replace(
        scene=scene._replace(
            overall_text=torch.zeros_like(scene.overall_text), shot_text=torch.zeros_like(scene.shot_text)
        )
    )


def without_pictures(told: Conditions) -> Conditions:
    """No shot's pictures known. The aligner's features stay: they have an experiment of their own."""
    scene = told.scene
    return told._replace(
        scene=scene._replace(
            shot_visual=torch.zeros_like(scene.shot_visual), visual_known=torch.zeros_like(scene.visual_known)
        )
    )


def without_strips(told: Conditions) -> Conditions:
    """The aligner's features zero."""
    return told._replace(frames=told.frames._replace(aligner=torch.zeros_like(told.frames.aligner)))


def without_lead_sheet(told: Conditions) -> Conditions:
    """Chords, energy, density and form hidden, as training hides them now and then."""
    return told._replace(frames=told.frames._replace(lead_sheet=torch.zeros_like(told.frames.lead_sheet)))


def with_words(told: Conditions, shot: int, vector: np.ndarray) -> Conditions:
    """Other words for one shot."""
    text: Tensor = told.scene.shot_text.clone()
    text[0, shot] = torch.from_numpy(vector).to(text)
    return told._replace(scene=told.scene._replace(shot_text=text))


def without_scene_mask(told: Conditions) -> Conditions:
    """Scene-guided attention off: every latent hears every shot alike."""
    shots, latents = told.scene.start_s.shape[1], told.shots.shots.shape[1]
    device = told.shots.shots.device
    every = torch.arange(shots, device=device).expand(1, latents, shots)
    return told._replace(shots=SceneIndex(every, torch.full(every.shape, -math.log(shots), device=device)))
