"""What anchors keep and cost: beats, cuts and timbre on the one flow model that is trained here, vem-mini.

    python benchmarks/anchors.py [--edits 2] [--styles house ...] [--soundfont FILE] [--ways two] --output anchors.json

vem-mini stands in a backbone's place: its adapter is off, its lead sheet hidden, so that it hears words alone. Each
random edit of 16 s is sketched, coded, and sampled from its anchors in each way of `SETTINGS`, by the sampler that
backbones use. Per way: planned beats heard within 80 ms and their median error; after correction the share of cuts met
within a frame (with off-beats), the error of those met; and two cosines of the outside embedding (musicnn, MSD): to the
sketch, and to what the model makes of the same noise by itself. Results are written after every edit, and edits that
are in the output stay: run it again to go on.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.dont_write_bytecode = True

from fakes.film import film  # noqa: E402
from vem_core.audio.types import Audio  # noqa: E402
from vem_core.backbones.anchors import Anchoring, AnchorPlace, release_of_anchors  # noqa: E402
from vem_core.composer.styles import style_by_id, tempo_range  # noqa: E402
from vem_core.contract.plan import ScorePlan  # noqa: E402
from vem_core.contract.request import Delivery, Device, Direction, ScoreRequest, SoundFont  # noqa: E402
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT  # noqa: E402
from vem_core.generation.sketch import SketchGenerator  # noqa: E402
from vem_core.generation.vem_mini import VemMiniGenerator  # noqa: E402
from vem_core.models.denoising import Held, Level, denoise  # noqa: E402
from vem_core.models.features import without_lead_sheet  # noqa: E402
from vem_core.models.sampling import Conditions, GuidedVelocity, SamplingSettings, seeded_noise  # noqa: E402
from vem_core.models.windows import Window, plan_windows  # noqa: E402
from vem_core.musicnn.tagger import Tagger  # noqa: E402
from vem_core.rhythm.correction import correct_timing, pair_beats  # noqa: E402
from vem_core.rhythm.planner import plan_score  # noqa: E402
from vem_core.rhythm.report import measure_alignment  # noqa: E402
from vem_core.rhythm.tracking.registry import tracker_by_id  # noqa: E402

STYLES = ("cinematic", "house", "acoustic", "rock", "ambient", "lo-fi")
COLOURS = [(220, 60, 30), (12, 16, 40), (245, 245, 248), (60, 160, 60), (90, 90, 200), (30, 30, 30), (10, 120, 90)]
STEPS = 8
SKETCH = "sketch"
LATENT_S = SAMPLES_PER_LATENT / SAMPLE_RATE_HZ


def settings(ways: str) -> Iterator[Anchoring]:
    """The ways of anchoring that are compared."""
    if ways == "two":
        yield from (Anchoring(1.0, 0.2), Anchoring())
        return
    if ways == "few":
        yield from (Anchoring(1.0, release) for release in (0.1, 0.2, 0.5))
        yield from (Anchoring(1.0, 0.2, places) for places in (AnchorPlace.DOWNBEATS, AnchorPlace.CUTS))
        yield Anchoring(0.65, 0.2)
        return
    for start in (1.0, 0.65):
        yield from (Anchoring(start, release) for release in (0.1, 0.2, 0.3, 0.5))
        yield from (Anchoring(start, 0.2, places) for places in (AnchorPlace.DOWNBEATS, AnchorPlace.CUTS))


class Model:
    """vem-mini, told words alone, as a `Guess`."""

    def __init__(self) -> None:
        self.generator = VemMiniGenerator(Device.CPU)
        self.pipeline = self.generator.pipeline

    def conditions(self, request: ScoreRequest, plan: ScorePlan, jpegs: dict[str, bytes]) -> Conditions:
        """The plan's, without lead sheet and notes."""
        self.generator.attachments = jpegs
        told = self.generator.conditions(request, plan, self.generator.parse(request))
        hidden = torch.ones(1, dtype=torch.bool)
        return told._replace(frames=without_lead_sheet(told.frames, hidden))

    @torch.inference_mode()
    def encode(self, sound: Audio) -> torch.Tensor:
        """Sound (2, T) as latents."""
        padded = np.pad(sound, ((0, 0), (0, -sound.shape[1] % SAMPLES_PER_LATENT)))
        return self.pipeline.encode(torch.from_numpy(padded))

    @torch.inference_mode()
    def play(
        self, told: Conditions, clean: torch.Tensor, seed: int, held: Held | None, start: float, samples: int
    ) -> Audio:
        """A sample from the clean latents noised to `start`."""
        drawn = SamplingSettings(steps=STEPS, guidance=2.0, adapter_strength=0.0, level_guidance=False)
        velocity = GuidedVelocity(self.pipeline.transformer, self.pipeline.adapter, told, drawn)

        def guess(latents: torch.Tensor, level: Level, window: Window) -> torch.Tensor:
            return latents - level.noise * velocity(latents, level.time, window)

        sigmas = np.linspace(start, 0, max(2, round(STEPS * start)) + 1)[:-1]
        levels = [Level(1 - sigma, sigma, sigma) for sigma in sigmas.tolist()]
        latents = clean.shape[2]
        windows = plan_windows(latents, drawn.window_latents, drawn.overlap_latents)
        made = denoise(
            guess, levels, seeded_noise(seed, clean.shape[1], latents),
            windows=windows, overlap=drawn.overlap_latents, start=clean, held=held,
        )  # fmt: skip
        return np.clip(self.pipeline.decode(made).numpy()[:, :samples], -1, 1)


class Judge:
    """Beats, cuts and timbre of a sound."""

    def __init__(self) -> None:
        self.tracker, self.tagger = tracker_by_id("auto"), Tagger.load("MSD")

    def voice(self, sound: Audio) -> np.ndarray:
        """The outside embedding's mean."""
        heard = self.tagger.hear(np.asarray(sound, np.float32), SAMPLE_RATE_HZ).embedding.mean(0)
        return heard / np.linalg.norm(heard)

    def figures(self, sound: Audio, plan: ScorePlan, request: ScoreRequest) -> dict[str, float]:
        """Of the sound as it is, and of its cuts after correction."""
        measured, planned = pair_beats(self.tracker.track(sound), plan, 80.0)
        corrected = correct_timing(sound, plan, self.tracker)
        report = measure_alignment(request.sheet, corrected.tracked, self.tracker, plan=plan)
        met = [abs(cut.error_ms) for cut in report.cuts if cut.error_ms is not None and cut.hit_1_frame]
        return {
            "beats heard": len(measured) / len(plan.beats),
            "median beat error ms": float(np.median(np.abs(measured - planned)) / 48)
            if len(measured)
            else float("nan"),
            "cuts met": report.beats_only.hit_rate_1_frame,
            "cuts met with off-beats": report.with_off_beats.hit_rate_1_frame,
            "error of those met ms": float(np.median(met)) if met else float("nan"),
        }


def edit(style: str, number: int) -> tuple[ScoreRequest, dict[str, bytes], ScorePlan]:
    """A random edit of about 16 s, and its plan."""
    rng = np.random.default_rng([number, *style.encode()])
    frames = np.clip(np.round(25 * rng.lognormal(0.75, 0.45, len(COLOURS))), 15, 120).astype(int).tolist()
    request, jpegs = film(COLOURS, shot_frames=frames, direction=Direction(style=style, mood="hopeful"), seed=number)
    plan = plan_score(
        request.sheet, request.direction, request.seed,
        tempo_range_bpm=tempo_range(style), style=style, mood="hopeful", traits=style_by_id(style).rhythm,
    )  # fmt: skip
    return request, jpegs, plan


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures, by edit and way."""
    model, judge = Model(), Judge()
    rows = json.loads(arguments.output.read_text()) if arguments.output.is_file() else []
    done = {(row["style"], row["edit"], name_of(row)) for row in rows}
    font = None
    if arguments.soundfont:
        import hashlib

        font = SoundFont(str(arguments.soundfont), hashlib.sha256(arguments.soundfont.read_bytes()).hexdigest())
    for number in range(arguments.edits):
        for style in arguments.styles:
            ways = [way for way in settings(arguments.ways) if (style, number, name_of(row_of(way))) not in done]
            if not ways:
                continue
            began = time.monotonic()
            request, jpegs, plan = edit(style, number)
            played = dataclasses.replace(request, soundfont=font, delivery=Delivery())
            sketch = SketchGenerator(Device.CPU).generate(played, plan, lambda done, total: None).mix
            told, clean = model.conditions(request, plan, jpegs), model.encode(sketch)
            alone = model.play(told, clean, number, None, 1.0, sketch.shape[1])
            voices = judge.voice(sketch), judge.voice(alone)
            sounds: list[tuple[dict[str, Any], Audio]] = []
            if (style, number, SKETCH) not in done:
                plain = model.play(told, clean, number, None, 0.65, sketch.shape[1])
                sounds += [({"way": SKETCH}, sketch), ({"way": "by itself"}, alone)]
                sounds.append(({"way": "plain", "start": 0.65}, plain))
            for way in ways:
                levels = [Level(1 - share, share, share) for share in (way.start, 0.05)]
                release = release_of_anchors(plan, way, levels, clean.shape[2], LATENT_S)
                sound = model.play(told, clean, number, Held(clean, release), way.start, sketch.shape[1])
                sounds.append((row_of(way), sound))
            for named, sound in sounds:
                voice = judge.voice(sound)
                like = {"like the sketch": float(voice @ voices[0]), "like the model": float(voice @ voices[1])}
                rows.append({"style": style, "edit": number, **named, **judge.figures(sound, plan, request), **like})
            print(f"{style} {number}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
            arguments.output.write_text(json.dumps(rows, indent=1))
    return {"rows": rows}


def row_of(way: Anchoring) -> dict[str, Any]:
    """How a way of anchoring stands in the output."""
    return {"way": "anchored", **dataclasses.asdict(way)}


def name_of(row: dict[str, Any]) -> str:
    """A row's way in words."""
    name = row["way"] if row["way"] != "anchored" else f"{row['places']}, until {row['release']}"
    return f"{name}, from {row['start']}" if "start" in row else name


def render(rows: list[dict[str, Any]]) -> str:
    """Means over edits and styles, by way."""
    ways: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        ways.setdefault(name_of(row), []).append(row)
    figures = [name for name in rows[0] if name not in ("style", "edit", "way", "start", "release", "places")]
    lines = ["| way | " + " | ".join(figures) + " |", "|---" * (1 + len(figures)) + "|"]
    for name, those in ways.items():
        means = (float(np.nanmean([row[figure] for row in those])) for figure in figures)
        lines.append(f"| {name} | " + " | ".join(f"{mean:.2f}" for mean in means) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, or print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=2, help="of each style (default: 2)")
    parser.add_argument("--styles", nargs="+", default=list(STYLES))
    parser.add_argument("--soundfont", type=Path, help="plays the sketch")
    parser.add_argument("--ways", choices=("all", "few", "two"), default="all", help="how many are compared")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--read", action="store_true", help="print the table of an output that is there")
    arguments = parser.parse_args()
    rows = json.loads(arguments.output.read_text()) if arguments.read else run(arguments)["rows"]
    print(render(rows))


if __name__ == "__main__":
    main()
