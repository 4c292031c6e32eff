"""Precision and room: half-precision weights on the CPU, norms in float32, parts in turns; whose words count."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from fakes.tiny_backbones import open_tiny
from vem_core.backbones.folders import open_model_folder
from vem_core.backbones.parts import Parts, widen_by_layers, widen_norms
from vem_core.backbones.words import EVERYBODY, TokenSet, Words, join_sets, said_in, share_bias, shares_for
from vem_core.compute.devices import ChosenDevice
from vem_core.contract.errors import OutOfMemory


def test_half_precision_weights_compute_in_float32_layer_by_layer() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 4)).to(torch.bfloat16).requires_grad_(False)
    wide = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 4)).requires_grad_(False)
    wide.load_state_dict({name: tensor.float() for name, tensor in network.state_dict().items()})
    widen_by_layers(network)
    given = torch.randn(3, 8)
    for _ in range(2):
        assert torch.equal(network(given), wide(given))
        assert network[0].weight.dtype is torch.bfloat16
        assert torch.equal(network[0].weight.float(), wide[0].weight)


def test_a_layer_that_fails_is_narrow_again() -> None:
    network = nn.Sequential(nn.Linear(8, 8)).to(torch.bfloat16)
    widen_by_layers(network)
    with pytest.raises(RuntimeError):
        network(torch.zeros(3, 5))
    assert network[0].weight.dtype is torch.bfloat16


def test_norms_stay_wide_in_a_network_of_float16() -> None:
    network = nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8)).half()
    widen_norms(network)
    assert network[1].weight.dtype is torch.float32
    assert network[0].weight.dtype is torch.float16


def test_parts_take_turns_where_they_do_not_fit_together(folders: dict[str, Path]) -> None:
    folder = open_model_folder("ace-step-1.5", folders["ace-step-1.5"])
    sizes = [4 * folder.numbers(part) for part in folder.parts]
    parts = Parts(folder, ChosenDevice("cpu"))
    parts.fit_into(10 * sum(sizes))
    assert not parts.offloads
    parts.fit_into(int(1.4 * max(sizes)))
    assert parts.offloads
    with pytest.raises(OutOfMemory, match="MiB on the GPU at least"):
        parts.fit_into(max(sizes) // 2)


def test_a_backbone_whose_parts_take_turns_sounds_the_same(folders: dict[str, Path]) -> None:
    sound = torch.randn(2, 1920 * 20, generator=torch.Generator().manual_seed(0))
    usual, taking_turns = (open_tiny(folders["ace-step-1.5"], "ace-step-1.5") for _ in range(2))
    taking_turns.parts.offloads = True
    assert torch.equal(usual.encode(sound), taking_turns.encode(sound))


def test_a_latent_hears_its_own_shot_and_what_all_hear() -> None:
    shares = torch.tensor([[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]])
    bias = share_bias(shares, torch.tensor([EVERYBODY, 0, 1]), before=1)
    assert bias.shape == (4, 3)
    assert torch.equal(bias[:, 0], torch.zeros(4))
    assert bias[1].tolist() == [0.0, 0.0, -torch.inf]
    torch.testing.assert_close(bias[2].exp(), torch.tensor([1.0, 0.25, 0.75]))
    torch.testing.assert_close(bias[0].exp(), torch.tensor([1.0, 1.25 / 3, 1.75 / 3]))


def test_shares_at_a_networks_own_rate_are_means_and_still_sum_to_one() -> None:
    shares = torch.rand(7, 3)
    shares = shares / shares.sum(-1, keepdim=True)
    wide = shares_for(shares, 4)  # two latents a token, the last one padded
    torch.testing.assert_close(wide.sum(-1), torch.ones(4))
    torch.testing.assert_close(wide[0], shares[:2].mean(0))
    torch.testing.assert_close(wide[3], shares[6])


def test_words_that_no_latent_hears_are_left_out() -> None:
    sets = join_sets(
        [said_in(EVERYBODY, torch.ones(1, 2, 4)), *(said_in(shot, torch.ones(1, 3, 4)) for shot in range(3))]
    )
    words = Words({"text": sets})
    heard = words.heard_by(torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]])).sets["text"]
    assert heard.tokens.shape == (1, 8, 4)
    assert heard.shots.tolist() == [EVERYBODY] * 2 + [1] * 3 + [2] * 3
    masked = TokenSet(torch.ones(1, 2, 4), torch.tensor([0, 1]), torch.tensor([[1, 0]]))
    assert masked.heard_by(torch.tensor([[0.0, 1.0]])).mask.tolist() == [[0]]  # type: ignore[union-attr]
