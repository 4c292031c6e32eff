"""The transition-beat aligner: its blocks' size, its loss (eq. 9), that it can learn, and the strips it is fed."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch

from fakes.film import film
from vem_core.contract.request import ThumbnailUse
from vem_core.models.aligner import TransitionBeatAligner, aligner_loss
from vem_core.models.aligner_network import Conv2Plus1d
from vem_core.parsing.strips import cut_strips

COLOURS = [(220, 60, 30), (12, 16, 40), (245, 245, 248)]


def small() -> TransitionBeatAligner:
    torch.manual_seed(0)
    return TransitionBeatAligner(size=(16, 16), widths=(4, 8), feature_width=6)


def test_one_logit_and_one_row_of_features_a_cut() -> None:
    out = small()(torch.rand(5, 3, 8, 16, 16))
    assert out.logits.shape == (5,)
    assert out.features.shape == (5, 6)


def test_a_split_convolution_has_as_many_weights_as_the_whole() -> None:
    split = sum(tensor.numel() for name, tensor in Conv2Plus1d(16, 32, 1).named_parameters() if tensor.ndim == 5)
    assert split == pytest.approx(3 * 3 * 3 * 16 * 32, rel=0.05)


def test_equation_nine() -> None:
    logits, hits = torch.tensor([0.3, -1.2, 2.0]), torch.tensor([1, 0, 1])
    expected = 0.0
    for logit, hit in zip(logits.tolist(), hits.tolist(), strict=True):
        chance = 1 / (1 + math.exp(-logit))
        expected -= math.log(chance) if hit else math.log(1 - chance)
    assert float(aligner_loss(logits, hits)) == pytest.approx(expected / 3, rel=1e-5)


def test_the_direction_of_time_matters() -> None:
    strips = torch.rand(2, 3, 8, 16, 16)
    aligner = small().eval()
    with torch.no_grad():
        assert not torch.allclose(aligner(strips).logits, aligner(strips.flip(2)).logits, atol=1e-4)


@pytest.mark.slow
def test_it_learns_to_tell_hard_cuts_from_none() -> None:
    torch.manual_seed(0)
    plain = torch.rand(24, 3, 1, 1, 1).expand(24, 3, 8, 16, 16).clone()
    hits = (torch.arange(24) % 2).float()
    plain[hits.bool(), :, 4:] = 1 - plain[hits.bool(), :, 4:].round()
    aligner = small()
    optimiser = torch.optim.AdamW(aligner.parameters(), lr=1e-2)
    for _ in range(40):
        loss = aligner_loss(aligner(plain).logits, hits)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(((aligner(plain).logits > 0) == hits.bool()).float().mean()) > 0.9


def test_strips_hold_before_and_after() -> None:
    request, jpegs = film(COLOURS)
    strips = cut_strips(request, jpegs, 8, (16, 16))
    assert strips.cuts.tolist() == [0, 1]
    assert strips.frames.shape == (2, 3, 8, 16, 16)
    for cut in range(2):
        before, after = strips.frames[cut, :, :4].mean((1, 2, 3)), strips.frames[cut, :, 4:].mean((1, 2, 3))
        np.testing.assert_allclose(before * 255, COLOURS[cut], atol=4)
        np.testing.assert_allclose(after * 255, COLOURS[cut + 1], atol=4)


def test_a_cut_with_one_side_unseen_has_no_strip() -> None:
    request, jpegs = film(COLOURS)
    kept = tuple(
        thumbnail
        for thumbnail in request.thumbnails
        if not (thumbnail.use is ThumbnailUse.STRIP and thumbnail.shot == 1 and thumbnail.record_frames < 50)
    )
    strips = cut_strips(dataclasses.replace(request, thumbnails=kept), jpegs, 8, (16, 16))
    assert strips.cuts.tolist() == [1]
    assert cut_strips(request, {}, 8, (16, 16)).frames.shape == (0, 3, 8, 16, 16)
