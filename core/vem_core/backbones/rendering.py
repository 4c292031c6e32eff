"""A passage of a plan by a backbone: its words and shots, its noise, what is held, sampled window by window."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from vem_core.backbones.adapter import BackboneAdapter, Steering, plan_features
from vem_core.backbones.base import Backbone
from vem_core.backbones.guessing import BackboneGuess
from vem_core.backbones.prompts import prompts_of
from vem_core.contract.parse import Parse
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.models.denoising import Held, OnStep, denoise
from vem_core.models.sampling import seeded_noise
from vem_core.models.scenes import scene_index, shot_shares
from vem_core.models.windows import plan_windows


@dataclass(frozen=True)
class Passage:
    """Latents `where` = [first, last) of a plan's timeline, on the backbone's own clock.

    `held`: the latents to start from, and which are held how long. `kept`: the same, where the network may hear of
    music that stays; None: it hears that there is none. `start`: the share of noise to begin at.
    """

    plan: ScorePlan
    parse: Parse
    seed: int
    where: tuple[int, int]
    held: Held
    kept: Held | None = None
    start: float = 1.0


def sample_passage(
    backbone: Backbone,
    passage: Passage,
    *,
    steps: int | None = None,
    window_share: float = 1.0,
    adapter: Path | None = None,
    strength: float = 1.0,
    on_step: OnStep | None = None,
) -> Tensor:
    """Latents (1, C, L, ...) of a passage. Raises GenerationError if numbers run away, or what `on_step` raises."""
    first, last_excl = passage.where
    device, latents = backbone.parts.device, last_excl - first
    words = backbone.words(prompts_of(passage.parse, passage.plan))
    shares = shares_of_shots(backbone, passage.parse)[first:last_excl]
    noise = noise_for(backbone, passage.seed, last_excl)[:, :, first:].to(device)
    held = Held(passage.held.latents.to(device), passage.held.release.to(device))
    kept = None if passage.kept is None else Held(passage.kept.latents.to(device), passage.kept.release.to(device))
    fresh = functools.partial(_fresh_noise, backbone, passage.seed, passage.where) if backbone.renoises else None
    window, overlap = (round(size * window_share) for size in (backbone.window_latents, backbone.overlap_latents))
    with backbone.parts.use(backbone.network) as network:
        steering = None
        if adapter is not None and strength:
            features = features_of(backbone, passage.plan)[..., first:last_excl].to(device)
            steering = Steering(BackboneAdapter.load(adapter).to(device), features, strength)
        guess = BackboneGuess(backbone, network, words, shares, backbone.context(latents, kept), steering)
        return denoise(
            guess,
            backbone.levels(passage.start, steps),
            noise,
            windows=plan_windows(latents, window, overlap),
            overlap=overlap,
            start=held.latents,
            held=held,
            fresh=fresh,
            end=backbone.end,
            on_step=on_step,
        )


def noise_for(backbone: Backbone, seed: int, latents: int) -> Tensor:
    """(1, C, L, ...) noise from a CPU generator: of a latent by seed and position alone."""
    noise = seeded_noise(seed, math.prod(backbone.latent_shape), latents)
    return noise.unflatten(1, backbone.latent_shape).movedim(-1, 2).contiguous()


def shares_of_shots(backbone: Backbone, parse: Parse) -> Tensor:
    """(L, N): how much of each latent each shot is; dissolves cross-fade."""
    latent_s = backbone.samples_per_latent / backbone.sample_rate_hz
    starts = np.array([shot.start_samples for shot in parse.storyboard]) / SAMPLE_RATE_HZ / latent_s
    ours_s = SAMPLES_PER_LATENT / SAMPLE_RATE_HZ  # of the parse's own latents
    dissolves = np.array([0.0, *(cue.extent_latents for cue in parse.transitions)]) * ours_s / latent_s
    latents = math.ceil(parse.duration_samples / SAMPLE_RATE_HZ / latent_s)
    return shot_shares(scene_index(starts, dissolves, latents), len(starts))[0]


def features_of(backbone: Backbone, plan: ScorePlan) -> Tensor:
    """(1, P, L): what the adapter hears of a plan."""
    latent_s = backbone.samples_per_latent / backbone.sample_rate_hz
    beats = [beat.samples / SAMPLE_RATE_HZ for beat in plan.beats]
    downbeats = [beat.samples / SAMPLE_RATE_HZ for beat in plan.beats if beat.number == 1]
    met = {Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT, Landing.PUSH}
    hits = [hit.target_samples / SAMPLE_RATE_HZ for hit in plan.hits if hit.landing in met]
    latents = math.ceil(plan.duration_samples / SAMPLE_RATE_HZ / latent_s)
    return plan_features(beats, downbeats, hits, latents, latent_s)


def _fresh_noise(backbone: Backbone, seed: int, where: tuple[int, int], step: int) -> Tensor:
    own = int(np.random.SeedSequence([seed, step + 1]).generate_state(1, np.uint32)[0])
    return noise_for(backbone, own, where[1])[:, :, where[0] :].to(backbone.parts.device)
