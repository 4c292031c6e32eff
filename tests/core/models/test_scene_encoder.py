"""Eq. 6: cues as tokens, against the paper's own lists; what is hidden, what is unknown, what belongs to which shot."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from vem_core.models.scene_attention import gather_attention
from vem_core.models.scene_encoder import TOKENS_PER_SHOT, ContinuousTime, SceneCues, SceneEncoder
from vem_core.models.scenes import scene_index

WIDTH, TEXT, VISUAL, SHOTS, OVERALL = 16, 12, 5, 3, 2
NO, YES = torch.tensor([False]), torch.tensor([True])
START_LATENTS = [0, 60, 100]
START = torch.tensor(START_LATENTS) / 25


def encoder() -> SceneEncoder:
    torch.manual_seed(0)
    return SceneEncoder(WIDTH, TEXT, VISUAL, OVERALL).eval()


def cues() -> SceneCues:
    torch.manual_seed(1)
    known = torch.tensor([[True, False, True]])
    duration = torch.tensor([[2.4, 1.6, 1.0]])
    overall, words, pictures = (torch.randn(1, count, width) for count, width in ((2, TEXT), (3, TEXT), (3, VISUAL)))
    return SceneCues(overall, words, pictures, known, START[None], duration)


def slow_time(embed: ContinuousTime, seconds: float) -> Tensor:
    """The continuous-time MLP, one number at a time."""
    level = math.log(1 + seconds)
    angles = [level * 2**octave * 0.5 for octave in range(len(embed.frequency))]
    return embed.mlp(torch.tensor([level, *map(math.sin, angles), *map(math.cos, angles)]))


def slow_shot(encode: SceneEncoder, told: SceneCues, shot: int) -> list[Tensor]:
    """f_t^C | f_t^T | f_t^story_i | f_v^story_i | f_s^story_i | f_d^story_i, each token on its own."""
    picture = encode.visual(told.shot_visual[0, shot]) if told.visual_known[0, shot] else encode.null_visual
    own = [
        encode.text(told.shot_text[0, shot]),
        picture,
        slow_time(encode.time, float(told.start_s[0, shot])),
        slow_time(encode.time, float(told.duration_s[0, shot])),
    ]
    overall = [encode.text(told.overall_text[0, index]) + encode.overall_role[index] for index in range(OVERALL)]
    return [encode.norm(token) for token in (*overall, *(t + r for t, r in zip(own, encode.shot_role, strict=True)))]


def test_equation_six() -> None:
    encode, told = encoder(), cues()
    tokens = encode(told, NO, NO)
    assert tokens.shots.shape == (1, SHOTS, TOKENS_PER_SHOT, WIDTH)
    for shot in range(SHOTS):
        paper = torch.stack(slow_shot(encode, told, shot))
        ours = torch.cat([tokens.overall[0], tokens.shots[0, shot]])
        torch.testing.assert_close(ours, paper)


def test_global_cues_that_stand_once_are_heard_as_those_repeated_for_every_shot() -> None:
    """Eqs. 6 to 8 with the additive mask: F_att repeats the global cues in each f_att^i; ours holds them once."""
    encode, told, latents = encoder(), cues(), 125
    tokens = encode(told, NO, NO)
    index = scene_index(np.array(START_LATENTS, float), np.zeros(SHOTS), latents)
    queries = torch.randn(1, 1, latents, WIDTH)
    overall = tokens.overall[:, None]
    heads = tokens.shots[:, :, :, None]
    ours = gather_attention(queries, (overall, overall), (heads, heads), index)[0, 0]
    repeated = [torch.stack(slow_shot(encode, told, shot)) for shot in range(SHOTS)]
    for latent in range(latents):
        shot = max(number for number in range(SHOTS) if START_LATENTS[number] <= latent)
        mask = torch.cat([torch.full((6,), 0.0 if number == shot else -math.inf) for number in range(SHOTS)])
        keys = torch.cat(repeated)
        expected = (keys @ queries[0, 0, latent] / math.sqrt(WIDTH) + mask).softmax(0) @ keys
        torch.testing.assert_close(ours[latent], expected)


def test_what_is_hidden_says_nothing_but_its_times() -> None:
    encode, told = encoder(), cues()
    other = told._replace(
        overall_text=told.overall_text + 1, shot_text=told.shot_text + 1, shot_visual=told.shot_visual + 1
    )
    hidden, hidden_other = encode(told, YES, YES), encode(other, YES, YES)
    assert torch.equal(hidden.overall, hidden_other.overall)
    assert torch.equal(hidden.shots, hidden_other.shots)
    later = encode(told._replace(start_s=told.start_s + 1), YES, YES)
    assert torch.equal(later.shots[:, :, :2], hidden.shots[:, :, :2])
    assert not torch.equal(later.shots[:, :, 2], hidden.shots[:, :, 2])


def test_a_shot_s_cues_reach_its_own_tokens_only() -> None:
    encode, told = encoder(), cues()
    words = told.shot_text.clone()
    words[:, 2] += 1
    plain, changed = encode(told, NO, NO), encode(told._replace(shot_text=words), NO, NO)
    moved = (plain.shots != changed.shots).any(-1)[0]
    assert moved.nonzero().tolist() == [[2, 0]]
    assert torch.equal(plain.overall, changed.overall)
