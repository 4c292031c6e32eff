"""Joints between two kept stretches of a score that come to stand beside each other, where 350 ms alone are new.

    python benchmarks/recut_joints.py [--takes 11] [--recuts 33] [--seed 0] [--styles house,jazz] [--json]

Takes in as many styles are re-cut along their own bar lines: shots from one bar line to another are taken out or moved.
Where bars then go straight on, the joint is heard as others are: on the bar line, 65 and 200 ms before it, and where
the fade begins, 350 ms before it. It is compared with all bar lines that have no joint, of the takes and of the
refitted plans played whole, and with all beats without one in the same piece.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recut import _played_whole, _quiet, rescored, sourced_edit

from fakes.recuts import recut_along_bars
from fakes.seams import Seam, beyond_range, seam_at, seams_at
from vem_core.audio.files import read_pcm
from vem_core.audio.types import Pcm
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import KeptSpan, ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.refit.splice import carried_spans

STYLES = (
    "house", "trailer", "ambient", "rock", "lo-fi", "documentary", "jazz", "funk", "cinematic", "techno", "acoustic",
)  # fmt: skip
BEFORE_MS = (0, 65, 200, 350)


@dataclass
class Piece:
    """What is heard of one style."""

    style: str
    joints: dict[int, list[tuple[str, Seam]]] = field(default_factory=lambda: {ms: [] for ms in BEFORE_MS})
    lines: dict[int, list[Seam]] = field(default_factory=lambda: {ms: [] for ms in BEFORE_MS})
    beats: dict[int, list[Seam]] = field(default_factory=lambda: {ms: [] for ms in BEFORE_MS})

    def add_untouched(self, pcm: Pcm, plan: ScorePlan) -> None:
        for ms in BEFORE_MS:
            self.lines[ms] += seams_at(pcm, [_before(beat.samples, ms) for beat in plan.beats if beat.number == 1])
            self.beats[ms] += seams_at(pcm, [_before(beat.samples, ms) for beat in plan.beats])

    def add_joint(self, pcm: Pcm, at_samples: int, name: str) -> None:
        for ms in BEFORE_MS:
            seam = seam_at(pcm, _before(at_samples, ms))
            if seam is not None:
                self.joints[ms].append((f"{self.style} {name} at {at_samples / SAMPLE_RATE_HZ:.1f} s", seam))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--takes", type=int, default=len(STYLES))
    parser.add_argument("--recuts", type=int, default=33, help="of all takes together")
    parser.add_argument("--seed", type=int, default=0, help="of the films and of the music")
    parser.add_argument("--styles", type=lambda text: text.split(","), default=STYLES)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    styles = list(arguments.styles)[: arguments.takes]
    pieces = []
    for number, style in enumerate(styles):
        pieces.append(heard(style, 1_000 * arguments.seed + number, arguments.recuts // len(styles)))
        sys.stderr.write(f"{style}: {len(pieces[-1].joints[0])} joints\n")
    figures = summary(pieces)
    rows = [f"  {name:<45} {value}" for name, value in figures.items()]
    sys.stdout.write(json.dumps(figures) + "\n" if arguments.json else "\n".join(rows) + "\n")


def heard(style: str, seed: int, recuts: int) -> Piece:
    """One take and its re-cuts."""
    old = sourced_edit(4_000 + seed, median_s=2.2, cuts=18)
    request = ScoreRequest(old, Direction(style=style), model="sketch", seed=seed)
    piece = Piece(style)
    with tempfile.TemporaryDirectory() as folder:
        result = score_timeline(Job(request, {}, Path(folder), _quiet))
        mix = Path(folder) / "mix.wav"
        piece.add_untouched(read_pcm(mix), result.plan)
        frames = [float(beat.samples * old.rate / SAMPLE_RATE_HZ) for beat in result.plan.beats if beat.number == 1]
        for place in range(recuts):
            new = recut_along_bars(old, frames, 100 * seed + place)
            if new is None:
                break
            again, after, _ = rescored(request, result, mix, new)
            straight = list(straight_on(again))
            for at_samples in straight:
                piece.add_joint(after, at_samples, f"re-cut {place}")
            if straight:
                piece.add_untouched(_played_whole(request, new, again.plan, result), again.plan)
    return piece


def straight_on(result: ScoreResult) -> Iterator[int]:
    """The bar lines on which kept sound goes straight on after other kept sound."""
    spans: Sequence[KeptSpan] = result.refit.kept if result.refit else ()
    yield from (span.end_excl_samples for span, _ in carried_spans(spans).values())


def summary(pieces: Sequence[Piece]) -> dict[str, Any]:
    """How many joints lie beyond what there is without one, in which measure, and where."""
    joints = sum(len(piece.joints[0]) for piece in pieces)
    lines = sum(len(piece.lines[0]) for piece in pieces)
    figures: dict[str, Any] = {
        "joints": joints,
        "bar lines without one": lines,
        "beyond their range by chance": round(2 * joints / (lines + 1), 2),
        "beyond their own piece's by chance": round(
            sum(2 * len(piece.joints[0]) / (len(piece.beats[0]) + 1) for piece in pieces), 2
        ),
    }
    for ms in BEFORE_MS:
        all_lines = [seam for piece in pieces for seam in piece.lines[ms]]
        for measure in Seam._fields:
            found = [
                f"{name}: {getattr(seam, measure):.2f}"
                for piece in pieces
                for name, seam in piece.joints[ms]
                if beyond_range([seam], all_lines, measure)
            ]
            own = sum(
                beyond_range([seam for _, seam in piece.joints[ms]], piece.beats[ms], measure) for piece in pieces
            )
            figures[f"{ms} ms before, {measure}"] = f"{len(found)}, of their own piece {own}" + "".join(
                f"; {one}" for one in found
            )
    return figures


def _before(samples: int, milliseconds: int) -> int:
    return samples - milliseconds * SAMPLE_RATE_HZ // 1000


if __name__ == "__main__":
    main()
