"""VemPipeline: conditions in, 48 kHz stereo out. A diffusers pipeline, on disk as its peers are.

    conditions -> noise -> VemTransformer along a FlowMatchEulerDiscreteScheduler -> MusicVAE -> Vocoder -> sound

A folder without a vocoder is a whole pipeline too: Griffin and Lim's iteration finds the phases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from torch import Tensor

from vem_core.contract.errors import ContractError, ModelMissing, WeightsDamaged
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.adapter import TransitionBeatAdapter
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.base import VemModel
from vem_core.models.chunks import each_chunk, plan_chunks
from vem_core.models.conditioning import check_conditions
from vem_core.models.convnext import stack_reach
from vem_core.models.denoising import Held, OnStep, Step
from vem_core.models.dispersion import Dispersion
from vem_core.models.griffin_lim import griffin_lim
from vem_core.models.level_guidance import LevelGuidance
from vem_core.models.sampling import (
    DEFAULT_SETTINGS,
    Conditions,
    GuidedVelocity,
    SamplingSettings,
    sample,
    seeded_noise,
)
from vem_core.models.spectrogram import FRAMES_PER_LATENT, Spectrogram
from vem_core.models.transformer import VemTransformer
from vem_core.models.vae import MusicVAE
from vem_core.models.vocoder import Vocoder
from vem_core.models.weights_file import sha256_of_parts

DECODE_LATENTS = 256
LOOK_AHEAD_LATENTS = 25

_MODULES: dict[str, type[VemModel]] = {
    "transformer": VemTransformer,
    "adapter": TransitionBeatAdapter,
    "vae": MusicVAE,
    "vocoder": Vocoder,
    "aligner": TransitionBeatAligner,
}


@dataclass(frozen=True)
class VemOutput:
    """`audio`: (2, samples) float32. `latents`: (1, C, L), which a later call can keep in part."""

    audio: Tensor
    latents: Tensor


class VemPipeline(DiffusionPipeline):
    """See the module. `weights_sha256` is a hash over all weights files; empty for weights that were never saved.

    `dispersion` has the factors of `Dispersion` that were measured with these weights.
    """

    _optional_components = ["vocoder"]  # noqa: RUF012 - diffusers reads it from the class

    def __init__(
        self,
        transformer: VemTransformer,
        adapter: TransitionBeatAdapter,
        vae: MusicVAE,
        aligner: TransitionBeatAligner,
        scheduler: FlowMatchEulerDiscreteScheduler,
        vocoder: Vocoder | None = None,
        dispersion: Sequence[tuple[float, float]] = (),
    ) -> None:
        super().__init__()
        self.register_modules(
            transformer=transformer, adapter=adapter, vae=vae, aligner=aligner, scheduler=scheduler, vocoder=vocoder
        )
        self.register_to_config(dispersion=[list(each) for each in dispersion])
        self.weights_sha256 = ""

    @property
    def dispersion(self) -> Dispersion:
        """How far the sampler's guesses are stretched."""
        return Dispersion(self.config.dispersion)

    @classmethod
    def from_pretrained(cls, folder: str | Path, **_: object) -> Self:
        """The pipeline in a local folder. Every component is loaded strictly and by its own class only.

        Raises ModelMissing if there is none, WeightsDamaged if a part is not what was saved.
        """
        folder = Path(folder)
        index = _read_index(folder)
        parts: dict[str, Any] = {
            name: module.from_pretrained(folder / name)
            for name, module in _MODULES.items()
            if _class_of(index.get(name)) is not None
        }
        if not (folder / "scheduler" / "scheduler_config.json").is_file():
            raise ModelMissing(f"There is no scheduler in {folder}.", file=str(folder / "scheduler"))
        scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler")
        pipeline = cls(**parts, scheduler=scheduler, dispersion=_dispersion_of(index, folder))
        pipeline.weights_sha256 = sha256_of_parts(folder, parts)
        return pipeline

    def save_pretrained(self, save_directory: str | Path, *, dtype: torch.dtype | None = None, **_: object) -> None:
        """Write `model_index.json` and a folder per component; `dtype` is that of the stored weights."""
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        self.save_config(folder)
        for name in _MODULES:
            if (module := getattr(self, name)) is not None:
                module.save_pretrained(folder / name, dtype=dtype)
        self.scheduler.save_pretrained(folder / "scheduler")

    @torch.inference_mode()
    def __call__(
        self,
        conditions: Conditions,
        *,
        duration_samples: int,
        seed: int,
        settings: SamplingSettings = DEFAULT_SETTINGS,
        held: Held | None = None,
        on_step: OnStep | None = None,
        into: Callable[[int, Tensor], None] | None = None,
    ) -> VemOutput:
        """Sample and decode: exactly `duration_samples` of sound, bit for bit the same on the CPU for one seed.

        With `into` each decoded piece (2, T) is handed over there with the number of its first sample, as soon as it
        is made, and the output's `audio` is empty: memory then does not grow with the sound.

        `on_step` is called after every evaluation of the transformer and every decoded piece; it stops the work by
        raising. Raises ContractError for conditions that do not fit, GenerationError if the numbers run away.
        """
        latents = check_conditions(
            conditions,
            text_width=self.transformer.config.text_width,
            visual_width=self.transformer.config.visual_width,
        )
        if latents != -(-duration_samples // SAMPLES_PER_LATENT):
            raise ContractError(f"{latents} latents are not {duration_samples} samples")
        chunk = min(DECODE_LATENTS, settings.window_latents)
        progress = _Progress(on_step, pieces=-(-latents // chunk))
        made = self.sample(conditions, seed=seed, settings=settings, held=held, on_step=progress.sampled)
        if into is None:
            return VemOutput(self._decode(made, progress, chunk)[:, :duration_samples], made)
        first = 0
        for piece in self._pieces(made, progress, chunk):
            into(first, piece[:, : duration_samples - first])
            first += piece.shape[1]
        return VemOutput(torch.empty(2, 0), made)

    @torch.inference_mode()
    def sample(
        self,
        conditions: Conditions,
        *,
        seed: int,
        settings: SamplingSettings = DEFAULT_SETTINGS,
        held: Held | None = None,
        first_latent: int = 0,
        on_step: OnStep | None = None,
        dispersion: Dispersion | None = None,
    ) -> Tensor:
        """Latents (1, C, L) for conditions of as many, which begin at `first_latent` of their timeline.

        `dispersion` stands in for the model's own.
        Raises GenerationError if the numbers run away, or what `on_step` raises.
        """
        end = first_latent + conditions.shots.shots.shape[1]
        noise = seeded_noise(seed, self.vae.config.latent_channels, end)[..., first_latent:]
        return sample(
            GuidedVelocity(self.transformer, self.adapter, conditions, settings),
            noise.to(self.device),
            self.scheduler,
            settings,
            held,
            on_step,
            self._level_guidance(conditions, settings, held),
            self.dispersion if dispersion is None else dispersion,
        )

    def _level_guidance(
        self, conditions: Conditions, settings: SamplingSettings, held: Held | None
    ) -> LevelGuidance | None:
        if not settings.level_guidance:
            return None
        return LevelGuidance(self.vae, conditions.frames.lead_sheet, None if held is None else held.keep)

    @torch.inference_mode()
    def encode(self, sound: Tensor) -> Tensor:
        """Sound (2, 1920 L) to latents (1, C, L)."""
        spectrogram = Spectrogram().to(self.device)
        return self.vae.encode_latents(spectrogram(sound[None].to(self.device)))

    @torch.inference_mode()
    def decode(self, latents: Tensor, before: Tensor | None = None) -> Tensor:
        """Latents (1, C, L) to sound (2, 1920 L), piece by piece without seams.

        `before` (2, 1920 K) is the sound of the first K latents where that is known; where phases have to be found,
        they go on from it.
        """
        return self._decode(latents, _Progress(None, 0), DECODE_LATENTS, before)

    def _decode(self, latents: Tensor, progress: _Progress, chunk: int, before: Tensor | None = None) -> Tensor:
        audio = torch.empty(2, SAMPLES_PER_LATENT * latents.shape[-1])  # filled in place: it is most of the memory
        first = 0
        for piece in self._pieces(latents, progress, chunk, before):
            audio[:, first : first + piece.shape[-1]] = piece
            first += piece.shape[-1]
        return audio

    def _pieces(
        self, latents: Tensor, progress: _Progress, chunk: int, before: Tensor | None = None
    ) -> Iterator[Tensor]:
        by_phases = self.vocoder is None
        for piece in self._by_phases(latents, chunk, before) if by_phases else self._by_vocoder(latents, chunk):
            yield piece[0]
            progress.decoded(latents)

    def _by_vocoder(self, latents: Tensor, chunk: int) -> Iterator[Tensor]:
        reach = stack_reach(self.vae.config.decoder_blocks) + -(-self.vocoder.reach_frames // FRAMES_PER_LATENT)
        ratio = (1, SAMPLES_PER_LATENT)
        yield from each_chunk(
            lambda part: self.vocoder(self._spectrogram(part)), latents, chunk=chunk, reach=reach, ratio=ratio
        )

    def _by_phases(self, latents: Tensor, chunk: int, before: Tensor | None) -> Iterator[Tensor]:
        """Phases reach far: each piece is made with a look ahead, from which the next one goes on."""
        spectrogram = Spectrogram().to(latents.device)
        reach = stack_reach(self.vae.config.decoder_blocks)
        known = None if before is None else before[None].to(latents.device)
        for piece in plan_chunks(latents.shape[-1], chunk, LOOK_AHEAD_LATENTS):
            first, last_excl = max(0, piece.first - reach), min(piece.read_last_excl + reach, latents.shape[-1])
            coded = self._spectrogram(latents[..., first:last_excl])
            frames = slice(
                (piece.first - first) * FRAMES_PER_LATENT, (piece.read_last_excl - first) * FRAMES_PER_LATENT
            )
            sound = griffin_lim(spectrogram, coded[..., frames], known=known)
            length = (piece.last_excl - piece.first) * SAMPLES_PER_LATENT
            known = sound[..., length:]
            yield sound[..., :length]

    def _spectrogram(self, latents: Tensor) -> Tensor:
        return self.vae.reconstruct(latents * self.vae.latent_std + self.vae.latent_mean)


class _Progress:
    """The sampler's evaluations and the decoder's pieces, counted as one line of steps."""

    def __init__(self, on_step: OnStep | None, pieces: int) -> None:
        self._on_step, self._pieces = on_step, pieces
        self._done, self._total = 0, pieces

    def sampled(self, step: Step) -> None:
        self._done, self._total = step.done, step.total + self._pieces
        if self._on_step is not None:
            self._on_step(replace(step, total=self._total))

    def decoded(self, latents: Tensor) -> None:
        self._done += 1
        if self._on_step is not None:
            self._on_step(Step(self._done, self._total, 0.0, lambda: latents))


def _class_of(entry: object) -> object:
    """The class that an index names for a part: the second of its library and class; None for a part left out."""
    return entry[1] if isinstance(entry, list) and len(entry) == 2 else entry


def _dispersion_of(index: dict[str, Any], folder: Path) -> list[tuple[float, float]]:
    """The factors that an index has, none where it has none. Raises WeightsDamaged for what are none."""
    found = index.get("dispersion", [])
    try:
        factors = [(float(sigma), float(factor)) for sigma, factor in found]
    except (TypeError, ValueError) as error:
        path = folder / VemPipeline.config_name
        raise WeightsDamaged(f"{path} has no factors as `dispersion`.", reason="value", file=str(path)) from error
    return factors


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / VemPipeline.config_name
    if not path.is_file():
        raise ModelMissing(f"There is no model in {folder}.", file=str(path))
    try:
        index = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsDamaged(f"{path} cannot be read.", reason="format", file=str(path)) from error
    if not isinstance(index, dict):
        raise WeightsDamaged(f"{path} is not a list of a model's parts.", reason="format", file=str(path))
    expected = {name: module.__name__ for name, module in _MODULES.items()}
    for name, class_name in expected.items():
        found = _class_of(index.get(name))
        if found != class_name and not (name in VemPipeline._optional_components and found is None):
            raise WeightsDamaged(f"{path} names {found} as its {name}.", reason="class", file=str(path))
    return index
