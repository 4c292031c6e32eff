"""The one sampler gives what each pipeline's own call gives, whatever the libraries become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fakes.tiny_backbones import open_tiny, quiet, tiny_pipeline
from vem_core.backbones.base import Backbone, Prompts
from vem_core.backbones.guessing import BackboneGuess
from vem_core.models.denoising import denoise

SECONDS = 12.0


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def ours(backbone: Backbone, noise: Tensor, captions: tuple[str, ...], steps: int, rng: torch.Generator) -> Tensor:
    words = backbone.words(Prompts(captions, SECONDS, bpm=96))
    latents = noise.shape[2]
    shares = torch.zeros(latents, len(captions))
    for shot, places in enumerate(torch.arange(latents).tensor_split(len(captions))):
        shares[places, shot] = 1.0
    with backbone.parts.use(backbone.network) as network:
        guess = BackboneGuess(backbone, network, words, shares, backbone.context(latents, None))
        fresh = (lambda number: torch.randn(noise.shape, generator=rng)) if backbone.renoises else None
        return denoise(guess, backbone.levels(steps=steps), noise, fresh=fresh, end=backbone.end)


_PAIRS = [
    ("ace-step-1.5", True),
    ("ace-step-1.5", False),
    ("stable-audio-3", True),
    ("stable-audio-3", False),
    pytest.param(("audioldm2", True), marks=pytest.mark.slow),
]


@pytest.fixture(params=_PAIRS, ids=str)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Any, Backbone]:
    """A pipeline, and the same model as our backbone."""
    model, distilled = request.param
    pipeline = tiny_pipeline(model, distilled=distilled)
    pipeline.set_progress_bar_config(disable=True)
    with quiet():
        pipeline.save_pretrained(tmp_path)
    return pipeline, open_tiny(tmp_path, model)


def theirs(pipeline: Any, backbone: Backbone, steps: int) -> Tensor:
    called: dict[str, Any] = {"generator": generator(), "output_type": "latent", "num_inference_steps": steps}
    if backbone.model_id == "ace-step-1.5":
        called |= {"lyrics": "[Instrumental]", "audio_duration": SECONDS, "bpm": 96, "timesignature": "4"}
        called |= {"guidance_scale": backbone.guidance, "shift": 3.0 if backbone.guidance == 1 else 1.0}
        made: Tensor = pipeline("sad piano", **called).audios
        return made.transpose(1, 2)
    if backbone.model_id == "stable-audio-3":
        return pipeline("sad piano", duration=SECONDS, guidance_scale=backbone.guidance, **called).audios  # type: ignore[no-any-return]
    return pipeline("sad piano", audio_length_in_s=SECONDS, guidance_scale=backbone.guidance, **called).audios  # type: ignore[no-any-return]


def test_the_sampler_gives_what_the_pipeline_gives(pair: tuple[Any, Backbone]) -> None:
    pipeline, backbone = pair
    expected = theirs(pipeline, backbone, steps=8)
    backbone.window_latents = expected.shape[2]
    rng = generator()
    if backbone.model_id == "ace-step-1.5":
        noise = torch.randn(1, expected.shape[2], 8, generator=rng).transpose(1, 2)
    else:
        noise = torch.randn(expected.shape, generator=rng)
    for captions in (("sad piano",), ("sad piano", "sad piano")):
        rng = generator()
        torch.randn(noise.shape, generator=rng)
        made = ours(backbone, noise, captions, 8, rng)
        # DDIM divides by a small number where there is much noise.
        tolerance = 1e-3 if backbone.model_id == "audioldm2" else 1e-5
        torch.testing.assert_close(made / expected.abs().max(), expected / expected.abs().max(), atol=tolerance, rtol=0)
