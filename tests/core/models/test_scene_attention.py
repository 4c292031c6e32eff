"""SG-CAtt: equations 6 to 8 against slow twins, the leak of the printed form, and what a shot may and may not touch."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.contract.errors import ContractError
from vem_core.models.scene_attention import (
    SceneGuidedCrossAttention,
    SceneTokens,
    dense_attention,
    gather_attention,
    product_attention,
)
from vem_core.models.scenes import SceneIndex, scene_index, shot_shares


def edit(starts: list[float], latents: int, dissolves: list[float] | None = None) -> SceneIndex:
    return scene_index(np.array(starts), np.array(dissolves or [0.0] * len(starts)), latents)


def presence(instant: float, shot: int, starts: list[float], dissolves: list[float]) -> float:
    """How much of the picture a shot is at an instant: the slow twin of the ramps."""
    arrived = 1.0
    if shot > 0:
        half = dissolves[shot] / 2
        arrived = float(np.interp(instant, [starts[shot] - half, starts[shot] + half + 1e-9], [0, 1]))
    left = 0.0
    if shot + 1 < len(starts):
        half = dissolves[shot + 1] / 2
        left = float(np.interp(instant, [starts[shot + 1] - half, starts[shot + 1] + half + 1e-9], [0, 1]))
    return arrived - left


def test_cuts_on_cell_edges_give_the_papers_mask() -> None:
    """Eq. 7: sMask is 1 where s_i <= x < s_i + d_i."""
    starts, latents = [0, 3, 10], 16
    shares = shot_shares(edit([float(start) for start in starts], latents), 3)[0]
    for x in range(latents):
        for shot, (start, end) in enumerate(zip(starts, [*starts[1:], latents], strict=True)):
            assert float(shares[x, shot]) == (1.0 if start <= x < end else 0.0)


@pytest.mark.parametrize(
    ("starts", "dissolves"),
    [
        ([0.0, 4.3, 9.9], [0.0, 0.0, 0.0]),
        ([0.0, 5.0, 12.0], [0.0, 4.0, 3.0]),
        ([0.0, 6.2, 6.5, 12.0], [0.0, 0.0, 0.0, 1.0]),
    ],
)
def test_shares_are_the_mean_presence(starts: list[float], dissolves: list[float]) -> None:
    latents = 16
    shares = shot_shares(edit(starts, latents, dissolves), len(starts))[0]
    for latent in range(latents):
        instants = latent + (np.arange(2000) + 0.5) / 2000
        for shot in range(len(starts)):
            expected = np.mean([presence(instant, shot, starts, dissolves) for instant in instants])
            assert float(shares[latent, shot]) == pytest.approx(expected, abs=1e-3)


@given(
    st.lists(st.floats(0.02, 40), min_size=0, max_size=30),
    st.lists(st.floats(0, 20), min_size=31, max_size=31),
    st.integers(1, 200),
)
@settings(max_examples=100, deadline=None)
def test_shares_of_every_latent_sum_to_one(lengths: list[float], dissolves: list[float], latents: int) -> None:
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    index = scene_index(starts, np.array(dissolves[: len(starts)]), latents)
    shares = index.log_share.exp()
    torch.testing.assert_close(shares.sum(-1), torch.ones(1, latents), atol=1e-4, rtol=0)
    assert not torch.isnan(index.log_share).any()
    assert 0 <= int(index.shots.min()) <= int(index.shots.max()) < len(starts)


def test_a_shot_shorter_than_a_latent_is_heard() -> None:
    shares = shot_shares(edit([0.0, 5.2, 5.5], 10), 3)
    assert float(shares[0, 5, 1]) == pytest.approx(0.3, abs=1e-5)


def test_five_hundred_shots_need_no_table() -> None:
    starts = np.concatenate([[0.0], np.cumsum(np.random.default_rng(0).uniform(2, 60, 499))])
    index = scene_index(starts, np.zeros(500), int(starts[-1]) + 25)
    assert index.shots.shape[-1] <= 3
    assert int(index.shots.max()) == 499


@pytest.mark.parametrize(
    ("starts", "latents"), [([], 10), ([1.0, 2.0], 10), ([0.0, 5.0, 4.0], 10), ([0.0, math.nan], 10), ([0.0], 0)]
)
def test_an_impossible_edit_is_refused(starts: list[float], latents: int) -> None:
    with pytest.raises(ContractError):
        edit(starts, latents)


def random_heads(latents: int, shots: int, per_shot: int, overall: int = 0, seed: int = 0) -> tuple:  # type: ignore[type-arg]
    random = torch.Generator().manual_seed(seed)
    queries = torch.randn(1, 1, latents, 64, generator=random)
    keys = [torch.randn(1, 1, overall, 64, generator=random), torch.randn(1, shots, per_shot, 1, 64, generator=random)]
    values = [torch.randn_like(key) for key in keys]
    return queries, (keys[0], values[0]), (keys[1], values[1])


def mass_on_other_shots(attend, shots: int) -> float:  # type: ignore[no-untyped-def]
    """Attention that goes to other shots' tokens, by giving those tokens, in turn, the value 1."""
    latents = 64 * shots
    index = edit([64.0 * shot for shot in range(shots)], latents)
    queries, overall, (keys, _) = random_heads(latents, shots, 6)
    shares = shot_shares(index, shots)[0]
    foreign = 0.0
    for shot in range(shots):
        values = torch.zeros_like(keys)
        values[:, shot] = 1.0
        seen = attend(queries, overall, (keys, values), index)[0, 0, :, 0]
        foreign += float((seen * (1 - shares[:, shot])).sum())
    return foreign / latents


@pytest.mark.parametrize(("shots", "leak"), [(2, 0.41), (4, 0.66), (8, 0.82), (16, 0.90)])
def test_the_printed_form_leaks_and_ours_does_not(shots: int, leak: float) -> None:
    assert mass_on_other_shots(product_attention, shots) == pytest.approx(leak, abs=0.02)
    assert mass_on_other_shots(gather_attention, shots) == 0.0
    assert mass_on_other_shots(dense_attention, shots) == 0.0


@pytest.mark.parametrize("attend", [gather_attention, dense_attention])
def test_both_ways_agree_with_the_equation(attend: Callable[..., torch.Tensor]) -> None:
    """Eq. 8 with an additive mask, the whole T x S table written out."""
    starts, dissolves, latents = [0.0, 4.3, 8.0, 11.5], [0.0, 0.0, 3.0, 0.0], 16
    index = edit(starts, latents, dissolves)
    queries, overall, shots = random_heads(latents, 4, 3, overall=2)
    mask = shot_shares(index, 4)[0].log()
    out = torch.zeros(latents, 64)
    for latent in range(latents):
        keys = torch.cat([overall[0][0, 0], shots[0][0, :, :, 0].reshape(12, 64)])
        values = torch.cat([overall[1][0, 0], shots[1][0, :, :, 0].reshape(12, 64)])
        added = torch.cat([torch.zeros(2), mask[latent].repeat_interleave(3)])
        weights = (keys @ queries[0, 0, latent] / math.sqrt(64) + added).softmax(0)
        out[latent] = weights @ values
    torch.testing.assert_close(attend(queries, overall, shots, index)[0, 0], out)


def test_the_product_form_agrees_with_its_equation() -> None:
    index = edit([0.0, 4.0], 8)
    queries, overall, shots = random_heads(8, 2, 3)
    keys, values = (part[0, :, :, 0].reshape(6, 64) for part in shots)
    mask = shot_shares(index, 2)[0].repeat_interleave(3, dim=1)
    expected = (mask * (queries[0, 0] @ keys.T) / math.sqrt(64)).softmax(-1) @ values
    torch.testing.assert_close(product_attention(queries, overall, shots, index)[0, 0], expected)


@pytest.mark.parametrize("mask_form", ["additive", "product"])
def test_a_change_in_one_shot_reaches_its_own_latents_only(mask_form: str) -> None:
    torch.manual_seed(0)
    attention = SceneGuidedCrossAttention(32, 4, mask_form)
    index = edit([0.0, 6.0, 12.5], 20)
    latents = torch.randn(1, 20, 32)
    tokens = SceneTokens(torch.randn(1, 2, 32), torch.randn(1, 3, 4, 32))
    changed = SceneTokens(tokens.overall, tokens.shots.clone())
    changed.shots[:, 1] += 1.0
    moved = (attention(latents, tokens, index) != attention(latents, changed, index)).any(-1)[0]
    own = torch.zeros(20, dtype=torch.bool)
    own[6:13] = True
    assert bool(moved[own].all())
    assert bool(moved[~own].any()) == (mask_form == "product")


def test_a_window_needs_only_its_own_shots() -> None:
    torch.manual_seed(0)
    attention = SceneGuidedCrossAttention(32, 4)
    index = edit([0.0, 6.0, 12.5, 30.0], 40)
    latents = torch.randn(1, 40, 32)
    tokens = SceneTokens(torch.randn(1, 2, 32), torch.randn(1, 4, 4, 32))
    whole = attention(latents, tokens, index)[:, 8:20]
    local_tokens, local_index = tokens.window(index.window(8, 20))
    assert local_tokens.shots.shape[1] == 2
    torch.testing.assert_close(attention(latents[:, 8:20], local_tokens, local_index), whole)
