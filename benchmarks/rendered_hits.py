"""Do the planned hits stand in the sound? Random edits, planned, composed, played, and measured by beat trackers.

    python benchmarks/rendered_hits.py [--edits 30] [--trackers recurrent madmom] [--weights FILE] [--json]

The edits are the first of benchmarks/planner.py (24 cuts, lognormal shots), planned with `sketch`'s own tempo range of
six styles in turn, and played without correction. For each tracker: the share of cuts within one frame as planned and
as measured, on beats and with off-beats, each beside chance on the measured grid, and the median absolute error of
the cuts that are met.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tracking import available, planned_beats

from vem_core.composer.composition import compose
from vem_core.composer.styles import tempo_range
from vem_core.contract.plan import Bend
from vem_core.contract.request import Direction
from vem_core.contract.result import AlignmentReport
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.report import measure_alignment
from vem_core.synth import render
from vem_core.training.beat_corpus import random_edit

STYLES = ("cinematic", "corporate", "documentary", "house", "rock", "synthwave")
CUTS = 24


@dataclass
class Tally:
    """Counts over all cuts of all edits that one tracker heard."""

    cuts: int = 0
    planned: np.ndarray = field(default_factory=lambda: np.zeros(2))  # on beats, with off-beats
    measured: np.ndarray = field(default_factory=lambda: np.zeros(2))
    chance: np.ndarray = field(default_factory=lambda: np.zeros(2))
    errors_ms: list[float] = field(default_factory=list)  # of the cuts that the plan hits and the sound meets
    missed: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by style: planned less measured

    def add(self, style: str, planned: AlignmentReport, measured: AlignmentReport) -> None:
        count = measured.beats_only.count
        rates = [(one.beats_only.hit_rate_1_frame, one.with_off_beats.hit_rate_1_frame) for one in (planned, measured)]
        self.cuts += count
        self.planned += np.round(np.array(rates[0]) * count)
        self.measured += np.round(np.array(rates[1]) * count)
        self.chance += count * np.array([measured.beats_only.chance_1_frame, measured.with_off_beats.chance_1_frame])
        self.missed[style] += round((rates[0][1] - rates[1][1]) * count)
        frame_ms = 1000 / 24
        for plan, sound in zip(planned.cuts, measured.cuts, strict=True):
            met = [abs(one.off_beat_error_ms) for one in (plan, sound) if one.off_beat_error_ms is not None]
            if len(met) == 2 and max(met) <= frame_ms:
                self.errors_ms.append(met[1])

    def summary(self) -> dict[str, object]:
        def shares(counts: np.ndarray) -> list[float]:
            return [round(float(count) / self.cuts, 4) for count in counts]

        return {
            "cuts": self.cuts,
            "planned": shares(self.planned),
            "measured": shares(self.measured),
            "chance": shares(self.chance),
            "median_abs_error_ms": round(float(np.median(self.errors_ms)), 3) if self.errors_ms else None,
            "missed_by_style": dict(self.missed),
        }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--trackers", nargs="+", default=["recurrent", "spectral", "madmom"])
    parser.add_argument("--weights", type=Path, help="weights of the recurrent tracker that are not released yet")
    parser.add_argument("--bend", type=Bend, choices=list(Bend), default=Bend.NATURAL)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    tallies: dict[str, Tally] = defaultdict(Tally)
    trackers = list(available(arguments.trackers, arguments.weights))
    for seed in range(arguments.edits):
        style = STYLES[seed % len(STYLES)]
        sheet = random_edit(seed, CUTS)
        plan = plan_score(
            sheet, Direction(bend=arguments.bend), seed, tempo_range_bpm=tempo_range(style), style=style, mood=""
        )
        audio = render(compose(plan), seed, stems=False).mix
        for tracker in trackers:
            as_planned = measure_alignment(sheet, planned_beats(plan), tracker)
            tallies[tracker.tracker_id].add(style, as_planned, measure_alignment(sheet, tracker.track(audio), tracker))
        sys.stderr.write(f"\r{seed + 1} of {arguments.edits} edits ")
    sys.stderr.write("\n")
    summary = {name: tally.summary() for name, tally in tallies.items()}
    print(json.dumps(summary) if arguments.json else as_text(summary))
    return 0


def as_text(summary: dict[str, dict[str, object]]) -> str:
    lines = [
        "cuts within one frame, on beats and with off-beats: planned, measured (chance); median error of those met"
    ]
    for name, row in summary.items():
        pairs = [" / ".join(f"{share:.1%}" for share in row[key]) for key in ("planned", "measured", "chance")]  # type: ignore[attr-defined]
        lines.append(
            f"  {name:10} {pairs[0]}   {pairs[1]} ({pairs[2]})   {row['median_abs_error_ms']} ms   {row['cuts']} cuts"
        )
        lines.append(f"             missed by style: {row['missed_by_style']}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
