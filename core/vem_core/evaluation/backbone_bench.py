"""`vem bench backbone ID`: the whole ladder on a model that a user has: speed, memory, beats, what words of a shot do.

Edits of the held-out split in four styles are scored one after the other until the time is over. Every figure is
written as soon as it is there, so that a run that is cut short says what it knows.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vem_core.audio.files import write_audio
from vem_core.audio.types import Audio
from vem_core.backbones.latency import ace_step_cost, predicted
from vem_core.backbones.rendering import Passage, sample_passage, shares_of_shots
from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.parse import Parse
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Device, ScoreRequest
from vem_core.corpus.labels import PieceId, parse_of
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.splits import Split
from vem_core.evaluation.held_out import JUDGED_SEED
from vem_core.generation.backbone import BackboneGenerator, BackboneSettings
from vem_core.generation.means import Means
from vem_core.models.denoising import Held
from vem_core.rhythm.correction import correct_timing, pair_beats
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.rhythm.tracking.registry import tracker_by_id

STYLES = ("cinematic", "house", "acoustic", "rock")
_WINDOW_LATENTS = 400  # of 40 ms: edits last 16 s or more
_SAID = ("a lullaby on a music box, very quiet", "a storm, drums and brass, as loud as can be")
RESULT_FILE = "backbone.json"


@dataclass(frozen=True)
class BenchSettings:
    """How much is measured: so many edits of each style, no longer than `minutes`."""

    model: str
    output: Path
    edits: int = 12
    minutes: float = 10.0
    device: Device = Device.AUTO
    sampling: BackboneSettings = field(default_factory=BackboneSettings)


def bench_backbone(settings: BenchSettings, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures; they and the sounds lie in the output folder. Raises ModelMissing, WeightsDamaged, OutputError."""
    began = time.monotonic()
    make_folder(settings.output)
    generator = BackboneGenerator(settings.model, Means(settings.device), settings=settings.sampling)
    result: dict[str, Any] = {"model": settings.model, "sha256": generator.model_sha256, "edits": []}
    backbone = generator.backbone
    result |= {
        "device": str(backbone.parts.device),
        "precision": str(backbone.parts.precision).removeprefix("torch."),
        "offloads": backbone.parts.offloads,
        "loading_s": time.monotonic() - began,
    }
    tracker = tracker_by_id()
    for number, style in itertools.product(range(settings.edits), STYLES):
        if time.monotonic() - began > 60 * settings.minutes and result["edits"]:
            result["ended"] = "the time was over"
            break
        say(f"{style}, edit {number + 1}")
        result["edits"].append(_score(generator, tracker, style, number, settings.output))
        if "words" not in result:
            result["words"] = word_effect(generator, style)
        write_bytes(settings.output / RESULT_FILE, json.dumps(result, indent=1).encode())
    result["means"] = _means(result["edits"])
    write_bytes(settings.output / RESULT_FILE, json.dumps(result, indent=1).encode())
    return result


def _score(generator: BackboneGenerator, tracker: BeatTracker, style: str, number: int, output: Path) -> dict[str, Any]:
    """One edit's figures; the first of each style leaves its sound."""
    request, plan = edit_of(style, number)
    _forget_peak()
    began = time.monotonic()
    made = generator.generate(request, plan, lambda done, total: None)
    elapsed = time.monotonic() - began
    seconds = plan.duration_samples / 48_000
    if number == 0:
        write_audio(output / f"{style}.wav", made.mix)
    return {
        "style": style,
        "edit": number,
        "seconds": seconds,
        "s_per_s": elapsed / seconds,
        "peak_mb": _peak_mb(),
        **_beats(made.mix, plan, request, tracker),
        "warnings": list(made.warnings),
    }


def _beats(sound: Audio, plan: ScorePlan, request: ScoreRequest, tracker: BeatTracker) -> dict[str, float | None]:
    """Beats as the model plays them, and cuts before and after correction."""
    tracked = tracker.track(sound)
    measured, planned = pair_beats(tracked, plan, 80.0)
    before = measure_alignment(request.sheet, tracked, tracker, plan=plan)
    after = measure_alignment(request.sheet, correct_timing(sound, plan, tracker).tracked, tracker, plan=plan)
    return {
        "beats_heard": len(measured) / max(1, len(plan.beats)),
        "median_beat_error_ms": float(np.median(np.abs(measured - planned)) / 48) if len(measured) else None,
        "cuts_before": before.with_off_beats.hit_rate_1_frame,
        "cuts_after": after.with_off_beats.hit_rate_1_frame,
    }


def word_effect(generator: BackboneGenerator, style: str) -> dict[str, float]:
    """What other words for one shot change within it and elsewhere, by the root mean square of the latents."""
    request, plan = edit_of(style, 0)
    assert request.parse is not None
    backbone, parse = generator.backbone, request.parse
    shares = shares_of_shots(backbone, parse)
    shot = int(shares.sum(0).argmax())
    latents = [
        _sampled(generator, parse.with_description(shot, words), plan, request.seed, len(shares)) for words in _SAID
    ]
    change = (latents[0] - latents[1]).square()[0].transpose(0, 1).flatten(1).mean(1).cpu()  # (L,)
    inside = shares[:, shot] > 0.5
    outside = change[~inside].mean().sqrt() if bool((~inside).any()) else change.new_zeros(())
    return {"inside": float(change[inside].mean().sqrt()), "outside": float(outside)}


def _sampled(generator: BackboneGenerator, parse: Parse, plan: ScorePlan, seed: int, latents: int) -> torch.Tensor:
    backbone = generator.backbone
    nothing = Held(torch.zeros(1, backbone.latent_shape[0], latents, *backbone.latent_shape[1:]), torch.ones(latents))
    passage = Passage(plan, parse, seed, (0, latents), nothing)
    return sample_passage(backbone, passage, steps=generator.steps)


def edit_of(style: str, number: int) -> tuple[ScoreRequest, ScorePlan]:
    """A held-out edit in a style, with its plan and what its shots show."""
    labels = make_piece(PieceId(Split.TEST, JUDGED_SEED, number), _WINDOW_LATENTS, (style,)).labels
    return ScoreRequest(labels.sheet, seed=number, parse=parse_of(labels, 0)), labels.plan


def render_bench(result: dict[str, Any]) -> str:
    """The result for a terminal."""
    means, words = result["means"], result.get("words", {})
    lines = [
        f"{result['model']} on {result['device']}, {result['precision']}"
        + (", parts taking turns" if result["offloads"] else ""),
        f"{len(result['edits'])} edits; {means['s_per_s']:.2f} s a second of music, peak {means['peak_mb']:.0f} MB",
        f"beats heard {means['beats_heard']:.0%}; cuts met {means['cuts_before']:.0%}, "
        f"after correction {means['cuts_after']:.0%}",
    ]
    if words:
        lines.append(f"other words for a shot change {words['inside']:.3f} within it, {words['outside']:.3f} elsewhere")
    return "\n".join(lines) + "\n"


def render_predictions() -> str:
    """What ACE-Step 1.5 would take, for machines that are not at hand."""
    lines = [
        "ACE-Step 1.5, 2B turbo, 8 evaluations: seconds for so much music, by counted operations (an estimate)",
        "",
    ]
    for latency in predicted(ace_step_cost, 8, (30.0, 60.0, 180.0)):
        lines.append(f"{latency.machine:<10} {latency.music_s:4.0f} s of music {latency.seconds:8.2f} s")
    return "\n".join(lines) + "\n"


def _means(rows: list[dict[str, Any]]) -> dict[str, float]:
    names = [name for name, value in rows[0].items() if isinstance(value, float) and name != "seconds"]
    return {name: float(np.mean([row[name] for row in rows if row[name] is not None])) for name in names}


def _forget_peak() -> None:
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _peak_mb() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
