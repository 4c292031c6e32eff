"""Music made in the midst of music: the stretch anew, with what stands on both sides as context.

    sound that stays -> Spectrogram -> MusicVAE -> held latents --+
    conditions of the stretch and its surroundings ---------------+-> sampler -> decoder -> the stretch

Only the windows around the stretch are looked at, so that it costs what it lasts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from vem_core.contract.result import KeptSpan
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.convnext import stack_reach
from vem_core.models.denoising import Held, OnStep
from vem_core.models.pipeline import LOOK_AHEAD_LATENTS, VemPipeline
from vem_core.models.sampling import Conditions, SamplingSettings
from vem_core.models.spectrogram import BandLayout
from vem_core.models.windows import Window

LEAST_CONTEXT_LATENTS = 50
"""Two seconds: how much of what stands on either side the model hears at least, where there is so much."""

_WINDOW_REACH_LATENTS = math.ceil(max(window for _, window in BandLayout().windows) / 2 / SAMPLES_PER_LATENT)


@torch.inference_mode()
def inpaint(
    pipeline: VemPipeline,
    conditions: Conditions,
    stretch: tuple[int, int],
    sound: Tensor,
    spans: Sequence[KeptSpan],
    *,
    seed: int,
    settings: SamplingSettings,
    on_step: OnStep | None = None,
) -> Tensor:
    """Samples [start, end) of a timeline, (2, end - start), between those that stay: `spans` of the earlier `sound`.

    `conditions` are of the whole timeline. What of the stretch stays comes out much as it is, not bit for bit. Raises
    GenerationError if the numbers run away, or what `on_step` raises.
    """
    start, end = stretch
    window = surroundings(stretch, conditions.shots.shots.shape[1], settings)
    held = held_latents(pipeline, window, sound, spans)
    made = pipeline.sample(
        Conditions(conditions.scene, conditions.shots.window(*window), conditions.frames.window(*window)),
        seed=seed,
        settings=settings,
        held=held,
        first_latent=window.first,
        on_step=on_step,
    )
    reach = LOOK_AHEAD_LATENTS + stack_reach(pipeline.vae.config.decoder_blocks)
    first = max(window.first, start // SAMPLES_PER_LATENT - reach)
    last_excl = min(window.last_excl, -(-end // SAMPLES_PER_LATENT) + reach)
    decoded = pipeline.decode(
        made[..., first - window.first : last_excl - window.first], _sound_before(first, start, sound, spans)
    )
    return decoded[:, start - first * SAMPLES_PER_LATENT :][:, : end - start]


def surroundings(stretch: tuple[int, int], latents: int, settings: SamplingSettings) -> Window:
    """The latents of a stretch, in samples, with as many on both sides as one window holds, two seconds at least."""
    first, last_excl = stretch[0] // SAMPLES_PER_LATENT, -(-stretch[1] // SAMPLES_PER_LATENT)
    context = max(LEAST_CONTEXT_LATENTS, (settings.window_latents - (last_excl - first)) // 2)
    return Window(max(0, first - context), min(latents, last_excl + context))


def held_latents(pipeline: VemPipeline, window: Window, sound: Tensor, spans: Sequence[KeptSpan]) -> Held:
    """The latents of a window that lie within music that stays, coded from the earlier `sound` (2, T) as it was."""
    latents = torch.zeros(1, pipeline.vae.config.latent_channels, window.length, device=pipeline.device)
    keep = torch.zeros(window.length, dtype=torch.bool)
    for span in spans:
        first = max(window.first, -(-span.start_samples // SAMPLES_PER_LATENT))
        last_excl = min(window.last_excl, span.end_excl_samples // SAMPLES_PER_LATENT)
        if first < last_excl:
            inside = slice(first - window.first, last_excl - window.first)
            at = first * SAMPLES_PER_LATENT - span.start_samples + span.earlier_samples
            latents[..., inside] = _encoded(pipeline, sound, at, last_excl - first)
            keep[inside] = True
    return Held.where(keep, latents)


def _encoded(pipeline: VemPipeline, sound: Tensor, at_samples: int, count: int) -> Tensor:
    """`count` latents of a sound from a sample on, in the midst of what stands around them there."""
    reach = _WINDOW_REACH_LATENTS + stack_reach(pipeline.vae.config.encoder_blocks)
    begin = at_samples - reach * SAMPLES_PER_LATENT
    end = at_samples + (count + reach) * SAMPLES_PER_LATENT
    there = sound[:, max(0, begin) : end]
    padded = F.pad(there, (max(0, -begin), end - max(0, begin) - there.shape[1]))
    return pipeline.encode(padded)[..., reach : reach + count]


def _sound_before(first_latent: int, start_samples: int, sound: Tensor, spans: Sequence[KeptSpan]) -> Tensor | None:
    """The sound from a latent on to the end of the music that stays and that the stretch begins in or after."""
    begin = first_latent * SAMPLES_PER_LATENT
    for span in spans:
        if span.start_samples <= begin and span.start_samples < start_samples <= span.end_excl_samples:
            length = (span.end_excl_samples - begin) // SAMPLES_PER_LATENT * SAMPLES_PER_LATENT
            at = begin - span.start_samples + span.earlier_samples
            return sound[:, at : at + length] if length > 0 else None
    return None
