"""From noise to latents: rectified flow along a diffusers schedule, window by window, with guidance and inpainting.

The flow is solved by a two-step method, on noise levels that are denser where the music is decided (`shift`), and is
pulled towards words and pictures only in the middle of the way. `docs/records/training-log.md` has what was measured.
One callback after every evaluation carries progress, preview and cancel (it stops the work by raising).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor

from vem_core.compute.devices import mixes_precision
from vem_core.contract.errors import ContractError
from vem_core.models.adapter import ScaleShift, TransitionBeatAdapter
from vem_core.models.denoising import AdamsBashforth, Held, Level, OnStep, denoise
from vem_core.models.dispersion import AS_GUESSED, Dispersion
from vem_core.models.features import FrameCues
from vem_core.models.scene_attention import SceneTokens
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import SceneIndex
from vem_core.models.transformer import VemTransformer
from vem_core.models.windows import Window, plan_windows

NOISE_BLOCK_LATENTS = 64


class Conditions(NamedTuple):
    """All that steers one timeline (B = 1)."""

    scene: SceneCues
    shots: SceneIndex  # which shots each latent hears
    frames: FrameCues


@dataclass(frozen=True)
class SamplingSettings:
    """How latents are drawn.

    `guidance` pulls towards all words and pictures, 1 is none. `shot_guidance`, where given, splits the pull:
    `guidance` for the global cues, `shot_guidance` (one number, or one a shot) for the shots' own; it costs half as
    much again. Both hold where the noise level lies in `guided_sigmas` only (Kynkäänniemi et al. 2024): elsewhere one
    evaluation with everything does, which costs a half or a third and leaves beats and chords alone. `shift` gives
    high noise levels more of the steps: a level s becomes shift s / (1 + (shift - 1) s); 1 spaces them evenly.
    """

    steps: int = 4
    shift: float = 2.0
    guidance: float = 2.0
    guided_sigmas: tuple[float, float] = (0.2, 0.8)
    shot_guidance: float | tuple[float, ...] | None = None
    adapter_strength: float = 1.0
    level_guidance: bool = True  # loudness follows the plan's energy (see the module of that name)
    window_latents: int = 256
    overlap_latents: int = 64

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ContractError("sampling takes at least one step")
        if not self.shift > 0:
            raise ContractError("the shift of the noise levels must be above zero")
        if not 0 <= self.guided_sigmas[0] <= self.guided_sigmas[1] <= 1:
            raise ContractError("guidance holds from a lower to a higher noise level, both from 0 to 1")
        if not 0 <= self.adapter_strength <= 1:
            raise ContractError("the adapter's strength lies between 0 and 1")
        if not 0 <= self.overlap_latents < self.window_latents:
            raise ContractError("windows must be longer than they overlap")

    def guides_at(self, sigma: float) -> bool:
        """Whether guidance holds at a noise level."""
        return self.guided_sigmas[0] <= sigma <= self.guided_sigmas[1]


DEFAULT_SETTINGS = SamplingSettings()


Velocity = Callable[[Tensor, float, Window], Tensor]
"""(noised latents (1, C, W), sigma, window) to the velocity (1, C, W)."""
Improve = Callable[[Tensor], Tensor]
"""A guess of the music (1, C, L) to a better one."""


def seeded_noise(seed: int, channels: int, latents: int) -> Tensor:
    """(1, C, L) standard normal noise from a CPU generator.

    The noise of a latent depends on the seed and its position alone, not on how long the timeline is.
    """
    generator = torch.Generator("cpu")
    blocks = []
    for block in range(-(-latents // NOISE_BLOCK_LATENTS)):
        key = np.random.SeedSequence([seed, block]).generate_state(1, np.uint64)[0]
        generator.manual_seed(int(key >> np.uint64(1)))
        blocks.append(torch.randn(NOISE_BLOCK_LATENTS, channels, generator=generator))
    return torch.cat(blocks)[:latents].T[None].contiguous()


def sample(
    velocity: Velocity,
    noise: Tensor,
    scheduler: FlowMatchEulerDiscreteScheduler,
    settings: SamplingSettings,
    held: Held | None = None,
    on_step: OnStep | None = None,
    improve: Improve | None = None,
    dispersion: Dispersion = AS_GUESSED,
) -> Tensor:
    """Latents (1, C, L) at the end of the flow that starts from `noise`.

    Windows in which everything is held to the end are not computed at all, and what is held so comes back bit for bit.
    `dispersion` stretches each window's guess; `improve` is asked at every step, and the flow goes towards its answer.
    Raises GenerationError if the model's numbers are not finite, or what `on_step` raises.
    """
    *levels, last = [Level(1 - sigma, sigma, sigma) for sigma in noise_levels(scheduler, settings)]

    def guess(part: Tensor, level: Level, window: Window) -> Tensor:
        return dispersion(part - level.time * velocity(part, level.time, window), level.time)

    return denoise(
        guess,
        levels,
        noise,
        windows=plan_windows(noise.shape[-1], settings.window_latents, settings.overlap_latents),
        overlap=settings.overlap_latents,
        held=held,
        end=last,
        on_step=on_step,
        improve=None if improve is None else lambda guess, level: improve(guess),
        extrapolate=AdamsBashforth(),
    )


def noise_levels(scheduler: FlowMatchEulerDiscreteScheduler, settings: SamplingSettings) -> list[float]:
    """The noise levels from 1 to 0, one more than there are steps.

    diffusers' own levels end at .001: the last evaluation would be spent where there is nothing left to do.
    """
    scheduler = FlowMatchEulerDiscreteScheduler.from_config(scheduler.config)
    scheduler.set_shift(settings.shift)
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / settings.steps, settings.steps).tolist())
    return [float(sigma) for sigma in scheduler.sigmas]


class GuidedVelocity:
    """The transformer as a `Velocity`: conditions cut to the window, adapter, classifier-free guidance.

    Words and pictures are what guidance weighs; rhythm and harmony are in every evaluation alike.
    """

    def __init__(
        self,
        transformer: VemTransformer,
        adapter: TransitionBeatAdapter | None,
        conditions: Conditions,
        settings: SamplingSettings,
    ) -> None:
        self.transformer, self.adapter = transformer, adapter
        self.conditions, self.settings = conditions, settings
        self.pulls = guidance_pulls(settings, conditions.shots, conditions.scene.start_s.shape[1])
        # (hide the global cues, hide the shots'), from the least conditioned to the most.
        nothing, overall, everything = (True, True), (False, True), (False, False)
        levels = {0: [everything], 1: [nothing, everything], 2: [nothing, overall, everything]}[len(self.pulls)]
        self.levels = [_encode(transformer, conditions.scene, *hidden) for hidden in levels]

    def __call__(self, latents: Tensor, sigma: float, window: Window) -> Tensor:
        """(1, C, W) to (1, C, W)."""
        guided = self.settings.guides_at(sigma)
        pulls, levels = (self.pulls, self.levels) if guided else ([], self.levels[-1:])
        frames = self.conditions.frames.window(window.first, window.last_excl)
        index = self.conditions.shots.window(window.first, window.last_excl)
        local = [tokens.window(index) for tokens in levels]
        tokens = SceneTokens(*(torch.cat(parts) for parts in zip(*(tokens for tokens, _ in local), strict=True)))
        with torch.autocast(latents.device.type, torch.bfloat16, enabled=mixes_precision(latents.device.type)):
            made = self._evaluate(latents, sigma, frames, tokens, local[0][1]).float()
        towards = made[:1]
        for number, pull in enumerate(pulls):
            here = pull[window.first : window.last_excl].to(made)
            towards = towards + here * (made[number + 1] - made[number])
        return towards

    def _evaluate(
        self, latents: Tensor, sigma: float, frames: FrameCues, tokens: SceneTokens, index: SceneIndex
    ) -> Tensor:
        """(variants, C, W): the velocity as each variant of the tokens (variants, ...) has it."""
        variants = len(tokens.overall)
        return self.transformer(
            _repeat(latents, variants),
            latents.new_full((variants,), sigma),
            _repeat(frames.lead_sheet, variants),
            tokens,
            SceneIndex(*(_repeat(part, variants) for part in index)),
            self._steer(frames),
            self.settings.adapter_strength,
            _repeat(frames.score, variants),
        )

    def _steer(self, frames: FrameCues) -> Sequence[ScaleShift] | None:
        if self.adapter is None or self.settings.adapter_strength == 0:
            return None
        return self.adapter(frames.stacked())


def guidance_pulls(settings: SamplingSettings, index: SceneIndex, shots: int) -> list[Tensor]:
    """How far to go from each evaluation to the next better conditioned one, (L,) each; none without guidance.

    A latent that several shots share takes the mean of their pulls by share.
    """
    latents = index.shots.shape[1]
    if settings.shot_guidance is None:
        return [] if settings.guidance == 1 else [torch.full((latents,), float(settings.guidance))]
    wanted = settings.shot_guidance
    per_shot = torch.tensor([float(wanted)] * shots if isinstance(wanted, int | float) else wanted)
    if len(per_shot) != shots:
        raise ContractError(f"guidance must be one number or one for each of the {shots} shots")
    pull = (per_shot[index.shots[0].cpu()] * index.log_share[0].cpu().exp()).sum(-1)
    return [torch.full((latents,), float(settings.guidance)), pull]


def _encode(transformer: VemTransformer, scene: SceneCues, drop_overall: bool, drop_shots: bool) -> SceneTokens:
    device = scene.start_s.device
    flags = (torch.tensor([flag], device=device) for flag in (drop_overall, drop_shots))
    return transformer.encode_scene(scene, *flags)


def _repeat(part: Tensor, times: int) -> Tensor:
    return part.expand(times, *part.shape[1:])
