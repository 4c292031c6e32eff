"""`vem-mini`: our own checkpoint. Parses the timeline, writes its lead sheet, and lets VemPipeline play it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vem_core.audio.tape import let_go, silent
from vem_core.audio.types import Audio, Rendering
from vem_core.composer.styles import list_styles
from vem_core.compute.devices import choose_device
from vem_core.compute.model_store import ModelStore
from vem_core.compute.out_of_memory import memory_watched
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import StepCallback
from vem_core.contract.request import Device, ScoreRequest
from vem_core.generation.base import MusicAround
from vem_core.parsing.base import Parser
from vem_core.parsing.text import TextEncoder, text_encoder

if TYPE_CHECKING:
    from torch import Tensor

    from vem_core.models.denoising import OnStep, Step
    from vem_core.models.pipeline import VemPipeline
    from vem_core.models.sampling import Conditions, SamplingSettings


NEEDED_BYTES = 1536 * 1024 * 1024
"""Free memory of a GPU below which `auto` passes it over: weights and the largest windows, with room to spare."""


def _levels_not_set(plan: ScorePlan) -> tuple[str, ...]:
    """What is said where one player was to be softer or louder: the model plays all of them as one sound."""
    players = ", ".join(name.replace("-", " ") for name, _ in plan.casting.levels)
    return (f"vem-mini plays all as one sound: the level of {players} cannot be set.",) if players else ()


class VemMiniGenerator:
    """Music by VeM's own model.

    `attachments` holds the request's thumbnails by SHA-256; without them the model hears the words and the cuts only.
    `folder` is a pipeline's folder; by default the bundled weights, each file checked against the registry. What is
    loaded stays in `models`. `window_share` says how long windows may be, against the checkpoint's own. Sound
    lies on tapes in the folder `scratch`, where one is given.

    Raises ModelMissing if the weights are not installed, WeightsDamaged if they are not what was registered.
    """

    model_id = "vem-mini"
    keeps_time = False

    def __init__(
        self,
        device: Device = Device.AUTO,
        *,
        attachments: Mapping[str, bytes] | None = None,
        folder: Path | None = None,
        parser: Parser | None = None,
        encoder: TextEncoder | None = None,
        settings: SamplingSettings | None = None,
        models: ModelStore | None = None,
        window_share: float = 1.0,
        scratch: Path | None = None,
    ) -> None:
        self._folder, self._chosen = folder or bundled_weights(), choose_device(device, NEEDED_BYTES)
        self._models = models or ModelStore()
        self.attachments = {} if attachments is None else attachments
        self._encoder = encoder or text_encoder(self._models)
        self._window_share, self._scratch = window_share, scratch
        self._parser = parser
        self._settings = settings

    @property
    def pipeline(self) -> VemPipeline:
        """The weights, loaded when they are first needed: after the parser has let go of its own."""
        key = (self._folder, self._chosen.device)
        return self._models.get("vem-mini", key, lambda: load_pipeline(*key))

    @property
    def model_sha256(self) -> str:
        """Of all the pipeline's weights; they are not loaded for it."""
        from vem_core.models.weights_file import WEIGHTS_FILE, sha256_of_parts

        return sha256_of_parts(self._folder, [path.parent.name for path in self._folder.glob(f"*/{WEIGHTS_FILE}")])

    def generate(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> Rendering:
        """The plan as sound, exactly `plan.duration_samples` long. Deterministic in `request.seed` on one kind of
        device.

        Raises GenerationError, or what `on_step` raises.
        """
        return self.render(request, plan, self.parse(request), on_step)

    def parse(self, request: ScoreRequest) -> Parse:
        """What the model is conditioned on: the request's own parse, or else the parser's."""
        from vem_core.parsing.registry import parse_request

        if self._parser is not None and request.parse is None:
            return self._parser.parse(request, self.attachments)
        return parse_request(request, self.attachments, self._encoder)

    def render(self, request: ScoreRequest, plan: ScorePlan, parse: Parse, on_step: StepCallback) -> Rendering:
        """`generate` for a parse that may have been edited."""
        settings = with_shorter_windows(self._settings or default_settings(), self._window_share)
        conditions = self.conditions(request, plan, parse)

        def report(step: Step) -> None:
            on_step(step.done, step.total)

        sound = self._play(conditions, plan, request.seed, settings, report)
        notes = (self._chosen.note,) if self._chosen.note else ()
        notes = (*notes, *_levels_not_set(plan))
        return Rendering(sound, warnings=parse.warnings + notes, device=self.pipeline.device.type)

    def generate_between(
        self,
        request: ScoreRequest,
        plan: ScorePlan,
        stretches: Sequence[tuple[int, int]],
        around: MusicAround,
        on_step: StepCallback,
    ) -> Iterator[Rendering]:
        """Each stretch [start, end) of the plan regenerated, by inpainting between the music that stays."""
        import torch

        from vem_core.models.inpainting import inpaint

        settings = with_shorter_windows(self._settings or default_settings(), self._window_share)
        parse = self.parse(request)
        conditions = self.conditions(request, plan, parse)
        sound = torch.from_numpy(around.sound)
        for number, stretch in enumerate(stretches):

            def report(step: Step, done: int = number) -> None:
                on_step(done * step.total + step.done, len(stretches) * step.total)

            with memory_watched():
                made = inpaint(
                    self.pipeline,
                    conditions,
                    stretch,
                    sound,
                    around.spans,
                    seed=seed_within(plan, stretch),
                    settings=settings,
                    on_step=report,
                )
            yield Rendering(_within_range(made.numpy()), warnings=parse.warnings, device=self.pipeline.device.type)

    def conditions(self, request: ScoreRequest, plan: ScorePlan, parse: Parse) -> Conditions:
        """All that steers the model: words, pictures, cuts, beats, harmony, energy."""
        from vem_core.composer.composition import compose
        from vem_core.models.conditioning import build_conditions
        from vem_core.models.features import lead_sheet_of
        from vem_core.parsing.numbers import encode_parse
        from vem_core.parsing.strips import cut_strips

        aligner = self.pipeline.aligner
        size = aligner.config.size
        return build_conditions(
            parse,
            encode_parse(planned_parse(parse, plan), self._encoder),
            plan,
            lead_sheet_of(compose(plan)),
            cut_strips(request, self.attachments, aligner.config.strip_frames, (size[0], size[1])),
            aligner,
        )

    def _play(
        self, conditions: Conditions, plan: ScorePlan, seed: int, settings: SamplingSettings, report: OnStep
    ) -> Audio:
        """Sample and decode. Raises OutOfMemory, which the out-of-memory fallback answers."""
        sound = silent(plan.duration_samples, folder=self._scratch)

        def put(first: int, piece: Tensor) -> None:
            sound[:, first : first + piece.shape[1]] = _within_range(piece.cpu().numpy())
            let_go(sound)

        with memory_watched():
            self.pipeline(
                conditions,
                duration_samples=plan.duration_samples,
                seed=seed,
                settings=settings,
                on_step=report,
                into=put,
            )
        return sound


def _within_range(sound: Audio) -> Audio:
    return np.clip(sound, -1.0, 1.0, out=sound)


def seed_within(plan: ScorePlan, stretch: tuple[int, int]) -> int:
    """The seed of a stretch [start, end) in samples: the one that the editor asked for there, or else the plan's."""
    bars = {beat.bar for beat in plan.beats if stretch[0] <= beat.samples < stretch[1]}
    seeds = (
        section.part.seed
        for section in plan.sections
        if section.part is not None and not bars.isdisjoint(range(section.first_bar, section.first_bar + section.bars))
    )
    return next((seed for seed in seeds if seed != plan.seed), plan.seed)


def with_shorter_windows(settings: SamplingSettings, share: float) -> SamplingSettings:
    """The settings with windows, and overlaps, of that share of their length."""
    if share == 1:
        return settings
    window, overlap = (round(size * share) for size in (settings.window_latents, settings.overlap_latents))
    return dataclasses.replace(settings, window_latents=window, overlap_latents=overlap)


def planned_parse(parse: Parse, plan: ScorePlan) -> Parse:
    """The parse with the brief's style and mood, and without the tags that stood for other ones."""
    overall = parse.overall
    told = {overall.style, overall.emotion}
    if overall.style != plan.style:
        told |= {word for style in list_styles() if style.id == overall.style for word in style.words}
    own = (tag for tag in overall.tags if tag not in told)
    tags = tuple(dict.fromkeys(tag for tag in (plan.style, plan.mood, *own) if tag))
    return parse.with_overall(dataclasses.replace(parse.overall, style=plan.style, emotion=plan.mood, tags=tags))


def default_settings() -> SamplingSettings:
    """Those the checkpoint's card was measured with."""
    from vem_core.models.sampling import DEFAULT_SETTINGS

    return DEFAULT_SETTINGS


def bundled_weights() -> Path:
    """The folder of the bundled checkpoint, checked. Raises ModelMissing, WeightsDamaged."""
    from vem_core.resources.registry import read_registry, verified_folder

    return verified_folder(read_registry().entry(VemMiniGenerator.model_id))


def load_pipeline(folder: Path, device: str) -> VemPipeline:
    """The pipeline in a folder, on a torch device. Raises ModelMissing, WeightsDamaged."""
    from vem_core.models.pipeline import VemPipeline

    return VemPipeline.from_pretrained(folder).to(device)
