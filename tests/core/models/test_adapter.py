"""Eq. 10 against a slow twin, and that the adapter can be turned off."""

from __future__ import annotations

import pytest
import torch

from vem_core.models.adapter import ScaleShift, TransitionBeatAdapter, scale_and_shift, spread_over_latents


def test_equation_ten() -> None:
    torch.manual_seed(0)
    latents, gamma, beta = torch.randn(2, 5, 3), torch.randn(2, 5, 3), torch.randn(2, 5, 3)
    got = scale_and_shift(latents, ScaleShift(gamma, beta), 1.0)
    for b in range(2):
        for i in range(5):
            for d in range(3):
                z = latents[b, i, d]
                assert float(got[b, i, d]) == pytest.approx(float(z + gamma[b, i, d] * z + beta[b, i, d]), abs=1e-6)


def test_strength_zero_changes_nothing_at_all() -> None:
    torch.manual_seed(0)
    latents, by = torch.randn(2, 5, 3), ScaleShift(torch.randn(2, 5, 3), torch.randn(2, 5, 3))
    assert torch.equal(scale_and_shift(latents, by, 0.0), latents)


def test_a_fresh_adapter_changes_nothing() -> None:
    torch.manual_seed(0)
    adapter = TransitionBeatAdapter(features=7, hidden=8, width=16, depth=3)
    by = adapter(torch.randn(2, 7, 20))
    assert len(by) == 3
    assert by[0].scale.shape == (2, 20, 16)
    assert all(not scale.any() and not shift.any() for scale, shift in by)


def test_a_fresh_adapter_can_learn() -> None:
    adapter = TransitionBeatAdapter(features=7, hidden=8, width=16, depth=1)
    latents = torch.randn(1, 20, 16)
    scale_and_shift(latents, adapter(torch.randn(1, 7, 20))[0], 1.0).square().sum().backward()
    assert float(adapter.out.weight.grad.abs().sum()) > 0


def test_features_fade_around_their_instant() -> None:
    spread = spread_over_latents(torch.tensor([[1.0], [2.0]]), torch.tensor([3.5, 15.5]), latents=20, reach=4.0)
    assert spread.shape == (1, 20)
    torch.testing.assert_close(spread[0, :8], torch.tensor([0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0]))
    assert float(spread[0, 15]) == pytest.approx(2.0)
    assert float(spread[0, 19]) == pytest.approx(0.0)


def test_features_of_no_cut_are_silence() -> None:
    assert not spread_over_latents(torch.zeros(0, 3), torch.zeros(0), latents=5).any()
