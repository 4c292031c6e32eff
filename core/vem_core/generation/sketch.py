"""`sketch`: the plan composed and played at once by the in-house synthesiser."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vem_core.audio.types import Hear, Rendering
from vem_core.compute.devices import torch_device
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import StepCallback
from vem_core.contract.request import Device, ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.preview import Preview

_LONG_SAMPLES = 120 * SAMPLE_RATE_HZ  # composing an hour takes 5 s of processor time
_OPENING_SAMPLES = 16 * SAMPLE_RATE_HZ  # what is played meanwhile


class SketchGenerator:
    """Composes the plan and plays it. Exact to the sample, no weights, a second or two for a minute of music.

    Its sound lies on tapes in the folder `scratch`, where one is given.

    A SoundFont in the request plays the acoustic instruments, one that was merely found those that gain by it. On a GPU
    it plays where that is asked for by name. What is complete of a whole piece can be heard in the `preview`.

    Raises ModelMissing for a device that is not there.
    """

    model_id = "sketch"
    model_sha256 = ""
    keeps_time = True

    def __init__(
        self, device: Device = Device.AUTO, scratch: Path | None = None, preview: Preview | None = None
    ) -> None:
        self._scratch, self._preview = scratch, preview
        self._device = "cpu" if device is Device.AUTO else torch_device(device)

    def generate(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> Rendering:
        """The plan as a mix, with stems and MIDI where the request's delivery asks for them.

        Deterministic in the plan and `request.seed`. Raises AudioError for a SoundFont that is missing, unreadable or
        another one, ModelMissing without the package that plays them, GenerationError, or what `on_step` raises.
        """
        if self._preview is not None and plan.duration_samples > _LONG_SAMPLES:
            self._play_opening(request, plan, self._preview, on_step)
        hear = None if self._preview is None else self._preview.hear
        return self._play(request, plan, (0, plan.duration_samples), on_step, hear)

    def _play_opening(self, request: ScoreRequest, plan: ScorePlan, preview: Preview, on_step: StepCallback) -> None:
        """Let the opening be heard before all of a long piece is composed."""
        delivery = dataclasses.replace(request.delivery, stems=False, midi=False)
        alone = dataclasses.replace(request, delivery=delivery)
        self._play(alone, plan, (0, _OPENING_SAMPLES), lambda done, steps: on_step(0, 1), preview.hear)
        on_step(0, 1)

    def generate_span(
        self, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int], on_step: StepCallback
    ) -> Rendering:
        """The samples [start, end) of `generate`, to within rounding; MIDI of the whole plan, at its cost."""
        return self._play(request, plan, span, on_step, None)

    def _play(
        self, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int], on_step: StepCallback, hear: Hear | None
    ) -> Rendering:
        from vem_core.composer.composition import compose
        from vem_core.composer.midi import to_midi
        from vem_core.synth import render
        from vem_core.synth.excerpt import notes_heard_in
        from vem_core.synth.soundfont import ACOUSTIC_PROGRAMS, BETTER_SAMPLED, checked_font

        font = request.soundfont
        whole = request.delivery.midi or span == (0, plan.duration_samples)
        piece = compose(plan, stretch=None if whole else notes_heard_in(span))
        rendering = render(
            piece,
            request.seed,
            device=self._device,
            on_step=on_step,
            stems=request.delivery.stems,
            soundfont=None if font is None else checked_font(font),
            sampled_patches=BETTER_SAMPLED if font is not None and font.automatic else frozenset(ACOUSTIC_PROGRAMS),
            excerpt=span,
            folder=self._scratch,
            hear=hear,
        )
        midi = to_midi(piece, plan) if request.delivery.midi else None
        return Rendering(rendering.mix, rendering.stems, midi, rendering.warnings)
