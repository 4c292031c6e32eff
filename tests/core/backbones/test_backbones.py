"""What every backbone must do, whichever it is: deterministic, cancelled in a step, locked, its words kept apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fakes.tiny_backbones import click_track, open_tiny
from vem_core.backbones import stable_audio
from vem_core.backbones.adapter import BackboneAdapter, Steering, plan_features
from vem_core.backbones.base import Backbone, Prompts
from vem_core.backbones.guessing import BackboneGuess
from vem_core.backbones.rendering import noise_for
from vem_core.contract.errors import Cancelled
from vem_core.models.denoising import Held, Level, Step, denoise
from vem_core.models.windows import Window

SECONDS = 12.0
PIANO, DRUMS, STRINGS = "sad piano rain", "epic drums city", "calm warm strings night"


def coded(backbone: Backbone) -> Tensor:
    """The click track's latents."""
    latents = int(SECONDS * backbone.sample_rate_hz / backbone.samples_per_latent)
    return backbone.encode(click_track(backbone.sample_rate_hz, latents * backbone.samples_per_latent))


def halves(latents: int, dissolve: float = 0.0) -> Tensor:
    """(L, 2): the first half is one shot's, the second another's."""
    places = (torch.arange(latents) + 0.5) / latents
    second = ((places - 0.5) / dissolve + 0.5).clamp(0, 1) if dissolve else (places > 0.5).float()
    return torch.stack([1 - second, second], dim=-1)


def some_level(backbone: Backbone) -> Level:
    return backbone.levels(steps=8)[2]


def guessed(backbone: Backbone, captions: tuple[str, ...], shares: Tensor, **options: Any) -> Tensor:
    """One guess from noise."""
    latents = shares.shape[0]
    words = backbone.words(Prompts(captions, SECONDS, bpm=96))
    with torch.no_grad(), backbone.parts.use(backbone.network) as network:
        guess = BackboneGuess(backbone, network, words, shares, backbone.context(latents, None), **options)
        return guess(noise_for(backbone, 1, latents), some_level(backbone), Window(0, latents))


def sampled(backbone: Backbone, clean: Tensor, held: Held | None, on_step: Any = None, start: float = 0.7) -> Tensor:
    latents = clean.shape[2]
    words = backbone.words(Prompts((PIANO,), SECONDS))
    noise = noise_for(backbone, 5, latents)
    fresh = (lambda number: noise_for(backbone, 100 + number, latents)) if backbone.renoises else None
    with backbone.parts.use(backbone.network) as network:
        guess = BackboneGuess(backbone, network, words, torch.ones(latents, 1), backbone.context(latents, held))
        levels = backbone.levels(start, steps=8)
        return denoise(
            guess, levels, noise, start=clean, held=held, fresh=fresh, end=backbone.end, on_step=on_step
        )  # fmt: skip


def test_encoding_and_decoding_keep_the_length(backbone: Backbone) -> None:
    clean = coded(backbone)
    assert clean.shape[:2] == (1, backbone.latent_shape[0])
    assert torch.equal(clean, coded(backbone))
    assert backbone.decode(clean).shape[1] == clean.shape[2] * backbone.samples_per_latent


def test_the_same_seed_gives_the_same_bits_and_less_noise_stays_nearer(backbone: Backbone) -> None:
    clean = coded(backbone)
    near, far = sampled(backbone, clean, None, start=0.2), sampled(backbone, clean, None, start=0.9)
    assert torch.equal(far, sampled(backbone, clean, None, start=0.9))
    assert (near - clean).norm() < (far - clean).norm()


def test_what_is_kept_stays_bit_for_bit_and_the_rest_is_new(backbone: Backbone) -> None:
    clean = coded(backbone)
    latents = clean.shape[2]
    release = torch.zeros(latents)
    release[latents // 3 : latents // 2] = 1.0
    made = sampled(backbone, clean, Held(clean, release), start=1.0)
    assert torch.equal(made[:, :, release == 0], clean[:, :, release == 0])
    assert not torch.allclose(made[:, :, release == 1], clean[:, :, release == 1])


def test_an_anchor_is_held_and_then_let_go_of(backbone: Backbone) -> None:
    clean = coded(backbone)
    latents, levels = clean.shape[2], backbone.levels(1.0, steps=8)
    release = torch.ones(latents)
    release[10:12] = levels[-1].share
    made = sampled(backbone, clean, Held(clean, release), start=1.0)
    free = sampled(backbone, clean, None, start=1.0)
    nearer = (made - clean)[:, :, 10:12].norm(), (free - clean)[:, :, 10:12].norm()
    assert nearer[0] < nearer[1]
    assert not torch.equal(made[:, :, 10:12], clean[:, :, 10:12])


def test_it_is_cancelled_within_a_step(backbone: Backbone) -> None:
    steps: list[int] = []

    def cancel(step: Step) -> None:
        steps.append(step.done)
        if step.done == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        sampled(backbone, coded(backbone), None, cancel)
    assert steps == [1, 2]


def test_the_same_words_in_two_shots_are_one_shot(backbone: Backbone) -> None:
    latents = coded(backbone).shape[2]
    one = guessed(backbone, (PIANO,), torch.ones(latents, 1))
    two = guessed(backbone, (PIANO, PIANO), halves(latents, dissolve=0.2))
    torch.testing.assert_close(two / one.abs().max(), one / one.abs().max(), atol=1e-5, rtol=0)


def test_words_of_another_shot_change_nothing_in_the_first_attention_to_words(backbone: Backbone) -> None:
    latents = coded(backbone).shape[2]
    with backbone.parts.use(backbone.network) as network:
        crossed = [
            module
            for name, module in network.named_modules()
            if name.endswith("cross_attn") or (name.endswith("attn2") and module.is_cross_attention)
        ]
    heard: list[Tensor] = []
    handle = crossed[0].register_forward_hook(lambda module, given, out: heard.append(out))
    for captions in ((PIANO, DRUMS), (PIANO, STRINGS)):
        before = len(heard)
        guessed(backbone, captions, halves(latents))
        del heard[before + 1 :]  # of guidance's other half
    handle.remove()
    change = (heard[0] - heard[1]).abs().amax(-1)[0]
    middle = backbone.leading_tokens + (len(change) - backbone.leading_tokens) // 2
    assert float(change[backbone.leading_tokens : middle - 1].max()) == 0
    assert float(change[middle + 1 :].max()) > 0


def test_a_fresh_adapter_and_strength_nought_change_no_bit(backbone: Backbone) -> None:
    latents = coded(backbone).shape[2]
    ones = torch.ones(latents, 1)
    features = plan_features([0.5, 1.0, 1.5], [0.5], [1.0], latents, SECONDS / latents)
    with backbone.parts.use(backbone.network) as network:
        adapter = BackboneAdapter.fresh(backbone, network, hidden=8)
    plain = guessed(backbone, (PIANO,), ones)
    assert torch.equal(plain, guessed(backbone, (PIANO,), ones, steering=Steering(adapter, features)))
    for layer in adapter.out:
        torch.nn.init.normal_(layer.weight, std=0.1)
    assert torch.equal(plain, guessed(backbone, (PIANO,), ones, steering=Steering(adapter, features, 0.0)))
    steered = guessed(backbone, (PIANO,), ones, steering=Steering(adapter, features))
    assert not torch.allclose(plain, steered)


def test_stable_audio_codes_in_pieces_as_it_would_the_whole(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_tiny(folders["stable-audio-3"], "stable-audio-3")
    whole = coded(model)
    sound = model.decode(whole)
    monkeypatch.setattr(stable_audio, "_PIECE_LATENTS", 40)
    torch.testing.assert_close(coded(model), whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(model.decode(whole), sound, atol=1e-5, rtol=1e-4)
