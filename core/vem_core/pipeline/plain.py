"""One piece of music for the whole request: planned, played, and brought onto its beats."""

from __future__ import annotations

from vem_core.audio.types import Rendering
from vem_core.compute.out_of_memory import return_unused_memory
from vem_core.contract.plan import ScorePlan
from vem_core.contract.progress import Stage
from vem_core.generation.played_piece import PlayedPiece
from vem_core.pipeline.job import Work
from vem_core.pipeline.planning import plan_piece
from vem_core.rhythm.correction import correct_timing
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.rhythm.warping import warp_rendering

_MAKING = "Making the music"


def play_plainly(work: Work, plan: ScorePlan | None = None) -> PlayedPiece:
    """Plan one piece (unless its plan is there), have it played, and bring it onto its beats.

    Raises DirectionError, GenerationError, or what `on_progress` raises.
    """
    work.on_progress(Stage.PLAN, 0, 1, "Placing the beats")
    plan = plan or plan_piece(work)

    work.on_progress(Stage.GENERATE, 0, 1, _MAKING)
    rendering = work.generator.generate(
        work.request, plan, lambda done, steps: work.on_progress(Stage.GENERATE, done, steps, _MAKING)
    )

    return_unused_memory()  # what a model worked in would stand beside what the tracker works in

    work.on_progress(Stage.MEASURE, 0, 1, "Measuring the beats on the sound")
    rendering, tracked, corrected_ms = _on_the_beat(rendering, plan, work)
    return PlayedPiece(plan, rendering, tracked, corrected_ms, rendering.device, rendering.warnings)


def _on_the_beat(rendering: Rendering, plan: ScorePlan, work: Work) -> tuple[Rendering, TrackedBeats, float]:
    """The rendering on the plan's beats, the beats as measured in the end, and the largest shift in ms."""
    if work.generator.keeps_time:
        return rendering, work.tracker.track(rendering.mix), 0.0
    corrected = correct_timing(rendering.mix, plan, work.tracker)
    if corrected.warp is not None:
        rendering = warp_rendering(rendering, corrected.warp)
    return rendering, corrected.tracked, corrected.largest_shift_ms
