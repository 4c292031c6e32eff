"""From a request to a score: the ladder that every job climbs."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from vem_core import audio_files
from vem_core.composer import styles
from vem_core.contract.codec import content_hash
from vem_core.contract.errors import DirectionError
from vem_core.contract.progress import Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio, Rendering
from vem_core.generation.registry import generator_by_id
from vem_core.rhythm.correction import correct_timing
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking import tracker_by_id
from vem_core.rhythm.weights import weigh_cuts
from vem_core.synth.mastering import master, measure_loudness, measure_true_peak

OnProgress = Callable[[Stage, int, int, str], None]
"""Called with (stage, steps done, steps in all, message) between steps of work. Raises Cancelled to stop there."""


def score_timeline(
    request: ScoreRequest, jpegs: Mapping[str, bytes], folder: Path, on_progress: OnProgress
) -> ScoreResult:
    """Score a timeline: plan its beats, generate the music, measure it, and write the files into `folder`.

    `jpegs` holds the thumbnails' bytes by SHA-256. The same request gives the same files, byte for byte, on one kind
    of device. Raises InputError, GenerationError, OutputError, or what `on_progress` raises.
    """
    on_progress(Stage.PARSE, 0, 1, "Looking at the shots")
    generator = generator_by_id(request.model, request.device)
    style = _resolve_style(request)
    weights = weigh_cuts(request.sheet, request.thumbnails, jpegs)

    on_progress(Stage.PLAN, 0, 1, "Placing the beats")
    plan = plan_score(
        request.sheet,
        request.direction,
        request.seed,
        tempo_range_bpm=styles.tempo_range(style),
        style=style,
        mood=request.direction.mood or styles.default_mood(style),
        weights=weights,
    )

    rendering = generator.generate(
        request, plan, lambda done, steps: on_progress(Stage.GENERATE, done, steps, "Making the music")
    )

    on_progress(Stage.MEASURE, 0, 1, "Measuring the beats on the sound")
    tracker = tracker_by_id("auto")
    corrected = correct_timing(rendering.mix, plan, tracker)
    rendering = _follow_correction(rendering, corrected.audio)
    report = measure_alignment(request.sheet, corrected.tracked, tracker, corrected_ms=corrected.largest_shift_ms)

    on_progress(Stage.MASTER, 0, 1, "Setting the loudness")
    files = _write_files(request, rendering, folder)
    return ScoreResult(
        request_sha256=content_hash(request),
        model=generator.model_id,
        model_sha256=generator.model_sha256,
        device="cpu",
        seed=request.seed,
        tool_version=importlib.metadata.version("vem-score"),
        files=files,
        plan=plan,
        report=report,
        warnings=rendering.warnings,
    )
