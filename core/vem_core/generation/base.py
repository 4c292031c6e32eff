"""The interface that every model of music implements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from vem_core.audio.types import Audio, Rendering
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import StepCallback
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import KeptSpan


class Generator(Protocol):
    """A model of music: a plan in, sound out."""

    model_id: str
    keeps_time: bool  # plays every note of the plan to the sample, so that a measured error is the tracker's own

    @property
    def model_sha256(self) -> str:
        """Of the weights; empty where there are none."""
        ...

    def generate(self, request: ScoreRequest, plan: ScorePlan, on_step: StepCallback) -> Rendering:
        """Render the plan. Deterministic in `request.seed` on one kind of device.

        Raises GenerationError, or what `on_step` raises.
        """
        ...


@runtime_checkable
class SpanGenerator(Generator, Protocol):
    """A model that can play a stretch of a plan at the cost of that stretch, in the sound of what stands around it."""

    def generate_span(
        self, request: ScoreRequest, plan: ScorePlan, span: tuple[int, int], on_step: StepCallback
    ) -> Rendering:
        """The samples [start, end) of what `generate` would give, to within rounding; MIDI of the whole plan.

        Raises GenerationError, or what `on_step` raises.
        """
        ...


@dataclass(frozen=True)
class MusicAround:
    """The music that stays where a stretch is regenerated: what of an earlier take's sound stands where."""

    sound: Audio  # (2, samples of the earlier take), at the level that the model played it at
    spans: tuple[KeptSpan, ...]


@runtime_checkable
class InpaintingGenerator(Generator, Protocol):
    """A model that hears the music on both sides of a stretch while it regenerates the stretch."""

    def generate_between(
        self,
        request: ScoreRequest,
        plan: ScorePlan,
        stretches: Sequence[tuple[int, int]],
        around: MusicAround,
        on_step: StepCallback,
    ) -> Iterator[Rendering]:
        """Each stretch, samples [start, end) of the plan, in turn; it may begin a little within music that stays.

        Raises GenerationError, or what `on_step` raises.
        """
        ...
