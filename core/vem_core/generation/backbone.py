"""A large model from the user's folder, locked to the plan: it starts from the plan's sketch and is held to its beats.

plan -> sketch -> latents -+- anchors at the planned beats -+
parse -> a caption a shot -+--------------------------------+-> sampler -> sound -> how many beats are heard?
                                                                   ^-- held for longer, or begun lower --'
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vem_core.audio.resampling import resample_exactly
from vem_core.audio.types import Audio, Rendering
from vem_core.compute.devices import DEVICE_KINDS, ChosenDevice, choose_device
from vem_core.compute.out_of_memory import memory_watched
from vem_core.contract.errors import GenerationError
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import StepCallback
from vem_core.contract.request import Delivery, Device, ScoreRequest
from vem_core.contract.result import KeptSpan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import MusicAround
from vem_core.generation.means import Means
from vem_core.generation.sketch import SketchGenerator
from vem_core.generation.vem_mini import planned_parse, seed_within
from vem_core.rhythm.correction import pair_beats
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.tracking.registry import tracker_by_id

if TYPE_CHECKING:
    from torch import Tensor

    from vem_core.backbones.anchors import Anchoring
    from vem_core.backbones.base import Backbone
    from vem_core.backbones.layouts import ModelFolder
    from vem_core.models.denoising import Held, Step

HEARD_WITHIN_MS = 80.0
ENOUGH_HEARD = 0.8
"""Of the beats that a tracker hears on the sketch itself: with fewer, the model is held to the sketch more closely."""

ADAPTER_FILE = "vem-adapter.safetensors"
"""In the model's own folder: an adapter that was trained for it (`vem train adapter --backbone`), used if there."""

_SPARE_SAMPLES = 2  # by which another sample rate may overshoot whole latents: no latent for those
_CONTEXT_S = 10.0  # of the music around a stretch, that the model hears
_ROOM = 1.3  # of the largest part's weights: what it works in


@dataclasses.dataclass(frozen=True)
class BackboneSettings:
    """How a backbone is sampled. None: as it is meant to be, and as the anchors were measured best."""

    anchoring: Anchoring | None = None
    steps: int | None = None
    adapter: Path | None = None
    adapter_strength: float = 1.0


class Take(NamedTuple):
    """What one way of anchoring gave, and the share of the planned beats heard on it."""

    sound: Audio
    heard: float


class BackboneGenerator:
    """Music by a backbone. `folder` holds the model (default: where a user is to put it).

    Raises ModelMissing if it is not installed or the device is not there, WeightsDamaged if it is another model.
    """

    keeps_time = False

    def __init__(
        self,
        model_id: str,
        means: Means,
        *,
        folder: Path | None = None,
        settings: BackboneSettings = BackboneSettings(),
    ) -> None:
        from vem_core.backbones.folders import open_model_folder

        if means.device is not Device.AUTO:
            choose_device(means.device)  # a device that is not there is said before a model that is not
        self.model_id, self._means, self._settings = model_id, means, settings
        self._folder: ModelFolder = open_model_folder(model_id, folder)
        self._chosen = choose_device(means.device, _largest_part_bytes(self._folder))
        beside = self._folder.folder / ADAPTER_FILE
        self._adapter = settings.adapter or (beside if beside.is_file() else None)
        self._precision: str | None = None
        self._sha256 = ""

    @property
    def model_sha256(self) -> str:
        """Of all its files, as noted when they were first used. Raises WeightsDamaged where one was changed since."""
        from vem_core.resources.noted_hashes import noted_sha256

        self._sha256 = self._sha256 or noted_sha256(self.model_id, self._folder.folder)
        return self._sha256

    @property
    def steps(self) -> int | None:
        """Of the sampler, where they were asked for; None: the backbone's own."""
        return self._settings.steps

    @property
    def backbone(self) -> Backbone:
        """The model, loaded when it is first needed. Raises ModelMissing, WeightsDamaged, OutOfMemory."""
        key = (self.model_id, self._folder.folder, self._chosen.device, self._precision)
        return self._means.models.get("backbone", key, self._load)

    def generate(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> Rendering:
        """The plan as sound, held to its beats: at most four takes, of which the one with the most beats is given.

        Deterministic in the request's seed on one kind of device. Raises GenerationError, or what `on_step` raises.
        """
        parse = self._parse(request, plan)
        sketch = self._sketch(request, plan, (0, plan.duration_samples))
        score = _Scored(plan, parse, request.seed)
        wanted = ENOUGH_HEARD * self._heard(sketch, plan)
        best, tried = Take(sketch, -1.0), 0
        for anchoring in self._anchorings():
            sound = self._in_range(functools.partial(self._play, score, sketch, anchoring, on_step))
            take, tried = Take(sound, self._heard(sound, plan)), tried + 1
            best = max(best, take, key=lambda each: each.heard)
            if take.heard >= wanted:
                break
        notes = (*parse.warnings, *self._notes(tried, best.heard, wanted))
        return Rendering(best.sound, warnings=notes, device=self._chosen.device)

    def generate_between(
        self,
        request: ScoreRequest,
        plan: ScorePlan,
        stretches: Sequence[tuple[int, int]],
        around: MusicAround,
        on_step: StepCallback,
    ) -> Iterator[Rendering]:
        """Each stretch [start, end) of the plan, anchored on its own sketch, between music that stays as it is."""
        parse = self._parse(request, plan)
        for number, stretch in enumerate(stretches):
            score = _Scored(plan, parse, seed_within(plan, stretch))

            def report(done: int, total: int, before: int = number) -> None:
                on_step(before * total + done, len(stretches) * total)

            made = self._in_range(functools.partial(self._between, request, score, stretch, around, report))
            yield Rendering(made, warnings=parse.warnings, device=self._chosen.device)

    def anchored_latents(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> tuple[Tensor, Audio]:
        """One take in latents (1, C, L, ...) and as sound: what an adapter is trained on."""
        score = _Scored(plan, self._parse(request, plan), request.seed)
        sketch = self._sketch(request, plan, (0, plan.duration_samples))
        with memory_watched():
            latents = self._draw(score, sketch, next(self._anchorings()), on_step)
            return latents, self._decode(latents, sketch.shape[1])

    def _load(self) -> Backbone:
        from vem_core.backbones.models import backbone_by_id
        from vem_core.backbones.parts import Parts

        assert self.model_sha256
        parts = Parts(self._folder, self._chosen, self._precision)
        free = _free_bytes(self._chosen)
        if free is not None:
            parts.fit_into(free)
        with memory_watched():
            return backbone_by_id(self.model_id, parts)

    def _in_range(self, play: Callable[[], Audio]) -> Audio:
        """What `play` gives; where half precision runs out of range, once more in full."""
        try:
            with memory_watched():
                return play()
        except GenerationError as error:
            if type(error) is not GenerationError or self._precision or self._chosen.half == "float32":
                raise
            self._precision = "float32"
        with memory_watched():
            return play()

    def _anchorings(self) -> Iterator[Anchoring]:
        from vem_core.backbones.anchors import Anchoring, ever_stronger

        return ever_stronger(self._settings.anchoring or Anchoring())

    def _parse(self, request: ScoreRequest, plan: ScorePlan) -> Parse:
        from vem_core.parsing.registry import parse_request
        from vem_core.parsing.text import text_encoder

        parse = parse_request(request, self._means.attachments, text_encoder(self._means.models))
        return planned_parse(parse, plan)

    def _sketch(self, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int]) -> Audio:
        """The plan's sketch over [start, end), with the SoundFont that was asked for."""
        alone = dataclasses.replace(request, delivery=Delivery())
        sketcher = SketchGenerator(Device.CPU, self._means.scratch)
        return sketcher.generate_span(alone, plan, span, lambda done, total: None).mix

    def _play(self, score: _Scored, sketch: Audio, anchoring: Anchoring, on_step: StepCallback) -> Audio:
        return self._decode(self._draw(score, sketch, anchoring, on_step), sketch.shape[1])

    def _draw(self, score: _Scored, sketch: Audio, anchoring: Anchoring, on_step: StepCallback) -> Tensor:
        """The latents of the whole, anchored on its sketch."""
        from vem_core.backbones.anchors import release_of_anchors
        from vem_core.models.denoising import Held

        backbone = self.backbone
        clean = self._encode(sketch)
        levels = backbone.levels(anchoring.start, self._settings.steps)
        latents, latent_s = clean.shape[2], backbone.samples_per_latent / backbone.sample_rate_hz
        release = release_of_anchors(score.plan, anchoring, levels, latents, latent_s)
        return self._sample(score, Held(clean, release), None, anchoring, (0, latents), on_step)

    def _between(
        self, request: ScoreRequest, score: _Scored, stretch: tuple[int, int], around: MusicAround, report: StepCallback
    ) -> Audio:
        from vem_core.backbones.anchors import release_of_anchors
        from vem_core.models.denoising import Held

        backbone, plan = self.backbone, score.plan
        latent_s = backbone.samples_per_latent / backbone.sample_rate_hz
        first, last_excl = surroundings(stretch, plan.duration_samples, latent_s, backbone.window_latents)
        start = round(first * latent_s * SAMPLE_RATE_HZ)
        end = min(plan.duration_samples, round(last_excl * latent_s * SAMPLE_RATE_HZ))
        sound, stays = with_kept(self._sketch(request, plan, (start, end)), start, around)
        clean, anchoring = self._encode(sound), next(self._anchorings())
        levels = backbone.levels(anchoring.start, self._settings.steps)
        release = release_of_anchors(plan, anchoring, levels, clean.shape[2], latent_s, first)
        for place in kept_latents(stays, clean.shape[2], latent_s):
            release[place] = 0.0
        held = Held(clean, release)
        made = self._sample(score, held, held, anchoring, (first, first + clean.shape[2]), report)
        return self._decode(made, end - start)[:, stretch[0] - start : stretch[1] - start]

    def _sample(
        self,
        score: _Scored,
        held: Held,
        kept: Held | None,
        anchoring: Anchoring,
        where: tuple[int, int],
        on_step: StepCallback,
    ) -> Tensor:
        """Latents [first, last) of the timeline, (1, C, L, ...)."""
        from vem_core.backbones.rendering import Passage, sample_passage

        def report(step: Step) -> None:
            on_step(step.done, step.total + 1)

        passage = Passage(score.plan, score.parse, score.seed, where, held, kept, anchoring.start)
        return sample_passage(
            self.backbone,
            passage,
            steps=self._settings.steps,
            window_share=self._means.window_share,
            adapter=self._adapter,
            strength=self._settings.adapter_strength,
            on_step=report,
        )

    def _encode(self, sound: Audio) -> Tensor:
        """48 kHz sound (2, T) as the backbone's latents; silence fills the last one."""
        import torch

        backbone = self.backbone
        own = resample_exactly(np.ascontiguousarray(sound.T), SAMPLE_RATE_HZ, backbone.sample_rate_hz).T
        latents = max(1, math.ceil((own.shape[1] - _SPARE_SAMPLES) / backbone.samples_per_latent))
        samples = latents * backbone.samples_per_latent
        padded = np.pad(own[:, :samples], ((0, 0), (0, max(0, samples - own.shape[1]))))
        return backbone.encode(torch.from_numpy(np.ascontiguousarray(padded, np.float32))).float()

    def _decode(self, latents: Tensor, samples: int) -> Audio:
        """Latents as `samples` of 48 kHz stereo."""
        own = self.backbone.decode(latents).float().cpu().numpy()
        own = np.repeat(own, 2, axis=0) if len(own) == 1 else own
        sound = resample_exactly(np.ascontiguousarray(own.T), self.backbone.sample_rate_hz, SAMPLE_RATE_HZ).T
        sound = np.pad(sound[:, :samples], ((0, 0), (0, max(0, samples - sound.shape[1]))))
        return np.ascontiguousarray(np.clip(sound, -1.0, 1.0), np.float32)

    def _heard(self, sound: Audio, plan: ScorePlan) -> float:
        """The share of the planned beats that the tracker hears."""
        tracker: BeatTracker = self._means.models.get("beat tracker", "auto", tracker_by_id)
        measured, _ = pair_beats(tracker.track(sound), plan, HEARD_WITHIN_MS)
        return len(measured) / max(1, len(plan.beats))

    def _notes(self, tried: int, heard: float, wanted: float) -> Iterator[str]:
        if self._chosen.note:
            yield self._chosen.note
        if self._precision:
            yield f"{self.model_id} ran out of range in {self._chosen.half}: this was made in float32, which is slower."
        if heard < wanted:
            yield f"{self.model_id} keeps {heard:.0%} of the planned beats only, in the best of {tried} takes."
        elif tried > 1:
            yield f"{self.model_id} lost the beats at first: take {tried} of it was held more closely to the sketch."


class _Scored(NamedTuple):
    """What is being played."""

    plan: ScorePlan
    parse: Parse
    seed: int


def surroundings(stretch: tuple[int, int], duration: int, latent_s: float, longest: int) -> tuple[int, int]:
    """The latents [first, last) of a stretch, in samples, with music on both sides, as far as one window holds it."""
    latents = math.ceil(duration / SAMPLE_RATE_HZ / latent_s)
    first = int(stretch[0] / SAMPLE_RATE_HZ / latent_s)
    last_excl = min(latents, math.ceil(stretch[1] / SAMPLE_RATE_HZ / latent_s))
    context = min(round(_CONTEXT_S / latent_s), max(0, (longest - (last_excl - first)) // 2))
    return max(0, first - context), min(latents, last_excl + context)


def with_kept(sketch: Audio, start: int, around: MusicAround) -> tuple[Audio, list[tuple[int, int]]]:
    """A sketch from sample `start` of the plan on, with what stays in its place; and where that is, from `start`."""
    sound, places = sketch.copy(), []
    for span in around.spans:
        first, last_excl = _overlap(span, start, sketch.shape[1])
        if first < last_excl:
            at = start + first - span.start_samples + span.earlier_samples
            sound[:, first:last_excl] = around.sound[:, at : at + last_excl - first]
            places.append((first, last_excl))
    return sound, places


def kept_latents(places: Sequence[tuple[int, int]], latents: int, latent_s: float) -> Iterator[slice]:
    """The latents that lie wholly within samples [first, last) of 48 kHz."""
    for first, last_excl in places:
        begin = math.ceil(first / SAMPLE_RATE_HZ / latent_s - 1e-9)
        end = min(latents, math.floor(last_excl / SAMPLE_RATE_HZ / latent_s + 1e-9))
        if begin < end:
            yield slice(begin, end)


def _overlap(span: KeptSpan, start: int, length: int) -> tuple[int, int]:
    return max(0, span.start_samples - start), min(length, span.end_excl_samples - start)


def _largest_part_bytes(folder: ModelFolder) -> int:
    """What a GPU must have free at least, with the networks in half precision."""
    return int(2 * _ROOM * max(folder.numbers(part) for part in folder.parts))


def _free_bytes(chosen: ChosenDevice) -> int | None:
    """Free memory of a GPU; None for the processor, or where it would not say."""
    import torch

    kind = next(kind for kind in DEVICE_KINDS if kind.device.value == chosen.device)
    memory = None if chosen.device == "cpu" else kind.memory(torch)
    return None if memory is None else memory[0]
