"""How many cuts the planned beats meet, against chance and against brute force, and what planning costs.

    python benchmarks/planner.py [--edits 200] [--json] [--plot scaling.png] [--only edits|scaling]

Edits are random: 24 cuts, shot lengths lognormal (sigma 0.55), seeds 0 to 199, 80 to 160 BPM, all cuts weighing the
same and all counted. The counts are taken from the plan's beats alone, not from what the plan says of its hits.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import time
import tracemalloc
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.plan import Bend, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame, snap_rate
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_steady import EIGHTH_REWARD
from vem_core.rhythm.tempo_map import change_per_beat

TEMPO_RANGE_BPM = (80.0, 160.0)
CUTS = 24
TEN_MS = 0.010
SCALING_CUTS = (125, 250, 500, 1000, 2000, 3500, 5000)
SCALING_MEDIAN_S = 1.857  # with 5,000 cuts: three hours


@dataclass(frozen=True)
class Setting:
    rate: str
    median_s: float


SETTINGS = (
    Setting("24", 2.2),
    Setting("23.976", 2.2),
    Setting("25", 2.2),
    Setting("29.97", 2.2),
    Setting("60", 2.2),
    Setting("24", 0.8),
    Setting("24", 5.0),
)


@dataclass(frozen=True)
class Shares:
    """Shares of cuts met, and of what chance meets on the same grid at the plan's mean tempo."""

    beats_10_ms: float
    eighths_10_ms: float
    beats_1_frame: float
    eighths_1_frame: float
    chance_beats_10_ms: float
    chance_eighths_10_ms: float
    chance_beats_1_frame: float
    chance_eighths_1_frame: float


@dataclass(frozen=True)
class Row:
    rate: str
    median_s: float
    grid: str  # a degree of bending, or the brute-force search
    shares: Shares
    mean_bpm: float
    largest_change: float  # from beat to beat, over all edits
    mean_change: float  # over all beats of all edits
    largest_mean_change: float  # of one edit


def random_edit(seed: int, rate: Fraction, median_s: float, cuts: int = CUTS) -> CutSheet:
    """An edit of `cuts` + 1 shots with lognormal lengths of at least a frame."""
    lengths_s = np.random.default_rng(seed).lognormal(math.log(median_s), 0.55, cuts + 1)
    lengths = np.maximum(1, np.rint(lengths_s * float(rate))).astype(int).tolist()
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    shots = tuple(Shot(start, length) for start, length in zip(starts[:-1], lengths, strict=True))
    return CutSheet(f"edit {seed}", rate, 0, starts[-1], shots, tuple(Cut(start) for start in starts[1:-1]))


def planned(sheet: CutSheet, bend: Bend) -> ScorePlan:
    return plan_score(
        sheet,
        Direction(bend=bend),
        seed=0,
        tempo_range_bpm=TEMPO_RANGE_BPM,
        style="",
        mood="",
        weights=[1.0] * len(sheet.cuts),
    )


def cut_errors_s(beats_s: NDArray[np.float64], cuts_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each cut how far the nearest beat and the nearest beat or eighth are: (2, cuts)."""
    eighths_s = np.sort(np.concatenate([beats_s, (beats_s[1:] + beats_s[:-1]) / 2]))
    return np.stack([np.abs(grid[:, None] - cuts_s).min(axis=0) for grid in (beats_s, eighths_s)])


def shares_of(errors_s: NDArray[np.float64], frame_s: float, bpm: float) -> Shares:
    # A rounded sample more than a frame is a frame.
    tolerances = (TEN_MS, frame_s + 1 / SAMPLE_RATE_HZ)
    met = [float((errors_s[row] <= tolerance).mean()) for tolerance in tolerances for row in (0, 1)]
    chance = [min(1.0, 2 * tolerance * bpm * (row + 1) / 60) for tolerance in tolerances for row in (0, 1)]
    return Shares(*met, *chance)


def bent_row(setting: Setting, bend: Bend, edits: int) -> Row:
    rate = snap_rate(setting.rate)
    errors, bpms, changes = [], [], []
    for seed in range(edits):
        sheet = random_edit(seed, rate, setting.median_s)
        plan = planned(sheet, bend)
        beats = np.array([beat.samples for beat in plan.beats])
        cuts = np.array([sample_of_frame(cut.record_frames, rate) for cut in sheet.cuts])
        errors.append(cut_errors_s(beats / SAMPLE_RATE_HZ, cuts / SAMPLE_RATE_HZ))
        bpms.append(60 * SAMPLE_RATE_HZ * (len(beats) - 1) / (beats[-1] - beats[0]))
        changes.append(change_per_beat(beats.tolist()))
    bpm = float(np.mean(bpms))
    return Row(
        setting.rate,
        setting.median_s,
        str(bend),
        shares_of(np.concatenate(errors, axis=1), float(1 / rate), bpm),
        bpm,
        max(float(change.max()) for change in changes),
        float(np.concatenate(changes).mean()),
        max(float(change.mean()) for change in changes),
    )


def brute_force_row(setting: Setting, edits: int) -> Row:
    """The best constant grid of every tempo in steps of 0.1 BPM and every phase in steps of 4 ms.

    Best is the same for it as for the planner: one frame of tolerance, an eighth worth the same part of a beat.
    """
    rate = snap_rate(setting.rate)
    frame_s = float(1 / rate)
    errors, bpms = [], []
    for seed in range(edits):
        sheet = random_edit(seed, rate, setting.median_s)
        cuts_s = np.array([cut.record_frames for cut in sheet.cuts]) * frame_s
        best = (-1.0, 0.0, 0.0)
        for bpm in np.arange(TEMPO_RANGE_BPM[0], TEMPO_RANGE_BPM[1] + 0.05, 0.1):
            period_s = 60 / bpm
            phases_s = np.arange(0, period_s, 0.004)
            behind = (cuts_s - phases_s[:, None]) % (period_s / 2)
            off = np.minimum(behind, period_s / 2 - behind) <= frame_s
            behind = (cuts_s - phases_s[:, None]) % period_s
            on = np.minimum(behind, period_s - behind) <= frame_s
            rewards = on.sum(axis=1) + EIGHTH_REWARD * (off & ~on).sum(axis=1)
            winner = int(np.argmax(rewards))
            best = max(best, (float(rewards[winner]), bpm, float(phases_s[winner])))
        period_s = 60 / best[1]
        beats_s = best[2] + period_s * np.arange(-1, math.ceil(cuts_s[-1] / period_s) + 2)
        errors.append(cut_errors_s(beats_s, cuts_s))
        bpms.append(best[1])
    bpm = float(np.mean(bpms))
    shares = shares_of(np.concatenate(errors, axis=1), frame_s, bpm)
    return Row(setting.rate, setting.median_s, "brute force", shares, bpm, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Cost:
    cuts: int
    hours: float
    seconds: float  # of processor time, which on one idle core is the time that passes
    peak_mb: float  # of what planning allocates


def scaling(bend: Bend = Bend.NATURAL) -> list[Cost]:
    planned(random_edit(0, Fraction(24), 2.2), bend)  # imports and tables, once a process
    costs = []
    for cuts in SCALING_CUTS:
        sheet = random_edit(cuts, Fraction(24), SCALING_MEDIAN_S, cuts)
        gc.collect()
        began = time.process_time()
        planned(sheet, bend)
        seconds = time.process_time() - began
        tracemalloc.start()
        planned(sheet, bend)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        costs.append(Cost(cuts, sheet.duration_frames / 24 / 3600, seconds, peak / 1e6))
    return costs


def plot(costs: list[Cost], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), constrained_layout=True)
    cuts = [cost.cuts for cost in costs]
    for axis, values, label in (
        (axes[0], [cost.seconds for cost in costs], "processor seconds"),
        (axes[1], [cost.peak_mb for cost in costs], "MB at the peak"),
    ):
        slope = float(np.dot(cuts, values) / np.dot(cuts, cuts))
        axis.plot(cuts, values, "o-", label="measured")
        axis.plot([0, cuts[-1]], [0, slope * cuts[-1]], ":", label="through zero")
        axis.set(xlabel="cuts", ylabel=label, ylim=(0, None))
        axis.legend()
    figure.suptitle("Planning a timeline, natural bend, one core")
    figure.savefig(path, dpi=110)


def print_rows(rows: list[Row]) -> None:
    print("share of cuts met (chance on the same grid)")
    print(
        f"{'fps':>7} {'shot':>5} {'grid':<12} {'beats 10 ms':>14} {'+eighths':>14} {'beats 1 fr':>14} {'+eighths':>14}"
        f" {'BPM':>5} {'change mean':>12} {'max':>6}"
    )
    for row in rows:
        s = row.shares
        pairs = [
            (s.beats_10_ms, s.chance_beats_10_ms),
            (s.eighths_10_ms, s.chance_eighths_10_ms),
            (s.beats_1_frame, s.chance_beats_1_frame),
            (s.eighths_1_frame, s.chance_eighths_1_frame),
        ]
        cells = " ".join(f"{met:7.3f} ({chance:.2f})" for met, chance in pairs)
        print(
            f"{row.rate:>7} {row.median_s:5.1f} {row.grid:<12} {cells} {row.mean_bpm:5.0f}"
            f" {row.mean_change:11.2%} {row.largest_change:6.2%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=200, help="random edits in each setting")
    parser.add_argument("--settings", type=int, default=len(SETTINGS), help="how many settings, the standard one first")
    parser.add_argument("--only", choices=("edits", "scaling"), help="one of the two parts")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--plot", type=Path, help="write the scaling series as a PNG")
    options = parser.parse_args()
    rows: list[Row] = []
    costs: list[Cost] = []
    if options.only != "scaling":
        for setting in SETTINGS[: options.settings]:
            rows.append(brute_force_row(setting, options.edits))
            rows += [bent_row(setting, bend, options.edits) for bend in Bend]
    if options.only != "edits":
        costs = scaling()
    if options.plot:
        plot(costs, options.plot)
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "scaling": [asdict(cost) for cost in costs]}))
        return
    if rows:
        print_rows(rows)
    for cost in costs:
        print(f"{cost.cuts:5} cuts, {cost.hours:.2f} h: {cost.seconds:5.2f} s, {cost.peak_mb:6.1f} MB")


if __name__ == "__main__":
    main()
