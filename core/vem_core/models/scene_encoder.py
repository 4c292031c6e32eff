"""Cues as tokens: eq. 6 of the paper, f_att^i = f_t^C | f_t^T | f_t^story_i | f_v^story_i | f_s^story_i | f_d^story_i.

The paper repeats the global cues for every shot. Here they stand once, beside four tokens a shot: the description, the
visual content, the start and the duration. What a latent can attend to is the same.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vem_core.models.scene_attention import SceneTokens

TOKENS_PER_SHOT = 4


class SceneCues(NamedTuple):
    """The parse of a timeline as numbers. Times are seconds from the first sample of the score."""

    overall_text: Tensor  # (B, G, E): sentence embeddings of the global caption, the tags and the style
    shot_text: Tensor  # (B, N, E): of each shot's description
    shot_visual: Tensor  # (B, N, V): visual features
    visual_known: Tensor  # (B, N) bool: False where no picture was to be had
    start_s: Tensor  # (B, N)
    duration_s: Tensor  # (B, N)


def without_overall_words(cues: SceneCues, hidden: Tensor) -> SceneCues:
    """Cues whose caption, tags and style are the empty text where `hidden` (B,) is: shots must say what is meant."""
    return cues._replace(overall_text=cues.overall_text.masked_fill(hidden[:, None, None], 0.0))


def without_shot_words(cues: SceneCues, hidden: Tensor) -> SceneCues:
    """Cues whose shots are described by the empty text where `hidden` (B,) is: pictures must say what is seen."""
    return cues._replace(shot_text=cues.shot_text.masked_fill(hidden[:, None, None], 0.0))


class ContinuousTime(nn.Module):
    """The paper's continuous-time MLP: seconds, not positions in a list, to an embedding.

    Seconds enter as log(1 + s) and its sines and cosines, so that 0.1 s matters at the beginning and three hours are
    still in range.
    """

    frequency: Tensor

    def __init__(self, width: int, frequencies: int = 8) -> None:
        super().__init__()
        self.register_buffer("frequency", 2.0 ** torch.arange(frequencies) * 0.5, persistent=False)
        self.mlp = nn.Sequential(nn.Linear(2 * frequencies + 1, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, seconds: Tensor) -> Tensor:
        """(...) seconds, not negative, to (..., D)."""
        level = torch.log1p(seconds)[..., None]
        angle = level * self.frequency
        return self.mlp(torch.cat([level, angle.sin(), angle.cos()], dim=-1))


class SceneEncoder(nn.Module):
    """Turns cues into tokens of the transformer's width; learnt nulls stand in for what is missing or dropped."""

    def __init__(self, width: int, text_width: int, visual_width: int, overall_tokens: int) -> None:
        super().__init__()
        self.text = nn.Sequential(nn.LayerNorm(text_width), nn.Linear(text_width, width))
        self.visual = nn.Sequential(nn.Linear(visual_width, width), nn.SiLU(), nn.Linear(width, width))
        self.time = ContinuousTime(width)  # one for starts and durations, as in the paper; their roles differ
        self.overall_role = nn.Parameter(torch.randn(overall_tokens, width) * 0.02)
        self.shot_role = nn.Parameter(torch.randn(TOKENS_PER_SHOT, width) * 0.02)
        self.null_overall = nn.Parameter(torch.randn(overall_tokens, width) * 0.02)
        self.null_text = nn.Parameter(torch.randn(width) * 0.02)
        self.null_visual = nn.Parameter(torch.randn(width) * 0.02)
        self.norm = nn.LayerNorm(width)

    def forward(self, cues: SceneCues, drop_overall: Tensor, drop_shots: Tensor) -> SceneTokens:
        """`drop_overall`, `drop_shots`: (B,) bool, True hides the global or the shots' words and pictures.

        Starts and durations are never hidden: they describe the edit, not its content.
        """
        hidden = drop_shots[:, None, None]
        overall = torch.where(drop_overall[:, None, None], self.null_overall, self.text(cues.overall_text))
        text = torch.where(hidden, self.null_text, self.text(cues.shot_text))
        visual = torch.where(hidden | ~cues.visual_known[..., None], self.null_visual, self.visual(cues.shot_visual))
        shots = torch.stack([text, visual, self.time(cues.start_s), self.time(cues.duration_s)], dim=2)
        return SceneTokens(self.norm(overall + self.overall_role), self.norm(shots + self.shot_role))
