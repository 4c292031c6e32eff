"""How many cuts the planned beats meet in every style, what that costs, and what planning costs.

    python benchmarks/planner.py [--edits 60] [--only styles|curve|seeds|scaling] [--json] [--write-docs]
                                 [--styles house ...] [--join JSON ...]
                                 [--curves PNG]

Edits are random: 24 cuts, shot lengths lognormal (sigma 0.55), 24 frames a second, all cuts weighing the same and all
counted, each style in its own tempo range. Counts, excursions and changes are taken from the plan's beats and homes,
not from what the plan says of its hits. `--write-docs` puts the tables into docs/engineers/rhythm.md. `--curves` draws
one edit's tempo in every style, beside it that of `--bend free`, which is how every piece was planned at first.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import math
import time
import tracemalloc
from collections import defaultdict
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vem_core.composer.composition import compose
from vem_core.composer.piece import Piece
from vem_core.composer.style import Style
from vem_core.composer.styles import list_styles, style_by_id, tempo_range
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.plan import Bend, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.budget import homes_of, plan_excursion, plan_ten_second_change
from vem_core.rhythm.options import tempo_options
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET

CUTS = 24
TEN_MS = 0.010
MEDIANS_S = (0.8, 2.2, 5.0)
SEEDS = 6
SAME_HIT_S = 0.02
CURVE_STYLES = ("house", "cinematic")
SCALING_CUTS = (125, 500, 2000, 5000)
SCALING_MEDIAN_S = 1.857  # with 5,000 cuts: three hours
DOCS = Path(__file__).resolve().parents[1] / "docs" / "engineers" / "rhythm.md"


@dataclass(frozen=True)
class StyleRow:
    """Shares of cuts met on beats, with eighths, with sixteenths, each beside chance on that grid; and the cost."""

    style: str
    bend: str
    median_s: float
    ten_ms: tuple[float, float, float]
    one_frame: tuple[float, float, float]
    chance_ten_ms: tuple[float, float, float]
    chance_one_frame: tuple[float, float, float]
    largest_excursion: float
    largest_ten_second_change: float
    homes: float  # of a piece, in the mean


def random_edit(seed: int, rate: Fraction, median_s: float, cuts: int = CUTS) -> CutSheet:
    """An edit of `cuts` + 1 shots with lognormal lengths of at least a frame."""
    lengths_s = np.random.default_rng(seed).lognormal(math.log(median_s), 0.55, cuts + 1)
    lengths = np.maximum(1, np.rint(lengths_s * float(rate))).astype(int).tolist()
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    shots = tuple(Shot(start, length) for start, length in zip(starts[:-1], lengths, strict=True))
    return CutSheet(f"edit {seed}", rate, 0, starts[-1], shots, tuple(Cut(start) for start in starts[1:-1]))


def planned(sheet: CutSheet, style: Style, seed: int = 0, bend: Bend | None = None) -> ScorePlan:
    return plan_score(
        sheet,
        Direction(bend=bend),
        seed,
        tempo_range_bpm=tempo_range(style),
        style=style.id,
        mood=style.mood,
        weights=[1.0] * len(sheet.cuts),
        traits=style.rhythm,
    )


def grids_s(plan: ScorePlan) -> list[NDArray[np.float64]]:
    """Beats, those and the eighths, those and the sixteenths, in seconds."""
    beats = np.array([beat.samples for beat in plan.beats]) / SAMPLE_RATE_HZ
    eighths = np.sort(np.concatenate([beats, (beats[1:] + beats[:-1]) / 2]))
    return [beats, eighths, np.sort(np.concatenate([eighths, (eighths[1:] + eighths[:-1]) / 2]))]


def cuts_s(sheet: CutSheet) -> NDArray[np.float64]:
    return np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts]) / SAMPLE_RATE_HZ


def style_row(style: Style, median_s: float, edits: int) -> StyleRow:
    rate = Fraction(24)
    # A rounded sample more than a frame is a frame.
    tolerances = (TEN_MS, float(1 / rate) + 1 / SAMPLE_RATE_HZ)
    met, chance = np.zeros((2, 3)), np.zeros((2, 3))
    excursions, changes, homes = [], [], []
    for seed in range(edits):
        sheet = random_edit(seed, rate, median_s)
        plan = planned(sheet, style)
        targets = cuts_s(sheet)
        for column, grid in enumerate(grids_s(plan)):
            errors = np.abs(grid[:, None] - targets).min(axis=0)
            spacing = float(np.mean(np.diff(grid)))
            for row, tolerance in enumerate(tolerances):
                met[row, column] += (errors <= tolerance).mean()
                chance[row, column] += min(1.0, 2 * tolerance / spacing)
        excursions.append(plan_excursion(plan))
        changes.append(plan_ten_second_change(plan))
        homes.append(len(homes_of(plan)))
    shares, chances = (np.round(values / edits, 4).tolist() for values in (met, chance))
    return StyleRow(
        style.id,
        style.tempo.bend.value,
        median_s,
        tuple(shares[0]),
        tuple(shares[1]),
        tuple(chances[0]),
        tuple(chances[1]),
        max(excursions),
        max(changes),
        float(np.mean(homes)),
    )


@dataclass(frozen=True)
class CurveRow:
    style: str
    bend: str
    excursion: float  # the largest of any edit
    ten_second_change: float
    met_ten_ms: float
    met_one_frame: float
    chance: float


def curve_rows(edits: int) -> list[CurveRow]:
    """Cuts met against excursion, as `vem plan` shows it for one timeline, over many."""
    rows = []
    for style in map(style_by_id, CURVE_STYLES):
        sheets = [random_edit(seed, Fraction(24), 2.2) for seed in range(edits)]
        curves = [
            tempo_options(sheet, Direction(), 0, tempo_range(style), style.rhythm, [1.0] * CUTS).options
            for sheet in sheets
        ]
        for options in zip(*curves, strict=True):
            counted = sum(option.counted for option in options)
            rows.append(
                CurveRow(
                    style.id,
                    options[0].bend.value,
                    max(option.excursion for option in options),
                    max(option.ten_second_change for option in options),
                    sum(option.met_10_ms for option in options) / counted,
                    sum(option.met for option in options) / counted,
                    float(np.mean([option.chance for option in options])),
                )
            )
    return rows


@dataclass(frozen=True)
class SeedRow:
    """Six seeds of one edit, the mean over edits."""

    style: str
    maps: float  # of tempo that differ
    fewest_maps: int
    widest_gap: float  # of cuts met, between the best and the worst seed of one edit
    fewest_chord_sequences: int  # that differ, as numerals
    most_drums_shared: float  # of the drum hits of one seed, at the same instant in another, in the mean over pairs


def seed_rows(styles: list[Style], edits: int) -> list[SeedRow]:
    rows = []
    for style in styles:
        maps, gaps, chords, shared = [], [], [], []
        for number in range(edits):
            sheet = random_edit(number, Fraction(24), 2.2, 36)
            plans = [planned(sheet, style, seed) for seed in range(SEEDS)]
            different: list[ScorePlan] = []
            for plan in plans:
                if all(differ(plan, other) for other in different):
                    different.append(plan)
            met = [sum(hit.landing in MET for hit in plan.hits) / len(plan.hits) for plan in plans]
            maps.append(len(different))
            gaps.append(max(met) - min(met))
            pieces = [compose(plan) for plan in plans]
            chords.append(len({tuple(chord.numeral for chord in piece.chords) for piece in pieces}))
            shared.append(float(np.mean([_drums_shared(a, b) for a, b in itertools.permutations(pieces, 2)])))
        rows.append(SeedRow(style.id, float(np.mean(maps)), min(maps), max(gaps), min(chords), max(shared)))
    return rows


def _drums_shared(piece: Piece, other: Piece) -> float:
    """The share of a piece's drum hits that the other one has, too: the same drum within `SAME_HIT_S`."""
    ones, others = (
        [note for part in played.parts if part.name == "drums" for note in part.notes] for played in (piece, other)
    )
    by_pitch: defaultdict[int, list[int]] = defaultdict(list)
    for note in others:
        by_pitch[note.pitch].append(note.start_samples)
    if not ones:
        return 0.0
    reach = SAME_HIT_S * SAMPLE_RATE_HZ
    return float(
        np.mean(
            [
                bool(by_pitch[note.pitch])
                and np.abs(np.array(by_pitch[note.pitch]) - note.start_samples).min() <= reach
                for note in ones
            ]
        )
    )


def differ(plan: ScorePlan, other: ScorePlan) -> bool:
    """Whether homes are 3 BPM apart, or a quarter of the bar lines more than a beat away from the other's."""
    if abs(_home_bpm(plan) - _home_bpm(other)) >= 3:
        return True
    lines, others = (np.array([b.samples for b in of_plan.beats if b.number == 1]) for of_plan in (plan, other))
    beat = float(np.median(np.diff([b.samples for b in plan.beats])))
    return float((np.abs(lines[:, None] - others).min(axis=1) > beat).mean()) > 0.25


def _home_bpm(plan: ScorePlan) -> float:
    return float(np.mean([60 * SAMPLE_RATE_HZ / period for _, period in homes_of(plan)]))


@dataclass(frozen=True)
class Cost:
    cuts: int
    hours: float
    seconds: float  # of processor time, which on one idle core is the time that passes
    peak_mb: float  # of what planning allocates


def scaling() -> list[Cost]:
    style = style_by_id("house")
    planned(random_edit(0, Fraction(24), 2.2), style)  # imports and tables, once a process
    costs = []
    for cuts in SCALING_CUTS:
        sheet = random_edit(cuts, Fraction(24), SCALING_MEDIAN_S, cuts)
        gc.collect()
        began = time.process_time()
        planned(sheet, style)
        seconds = time.process_time() - began
        tracemalloc.start()
        planned(sheet, style)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        costs.append(Cost(cuts, sheet.duration_frames / 24 / 3600, seconds, peak / 1e6))
    return costs


def tempo_curve(sheet: CutSheet, style: Style, bend: Bend | None = None) -> tuple[NDArray[np.float64], ...]:
    """Where the beats of a plan fall, in s, and the tempo from each to the next, in BPM."""
    beats_s = np.array([beat.samples for beat in planned(sheet, style, bend=bend).beats]) / SAMPLE_RATE_HZ
    return beats_s[:-1], 60 / np.diff(beats_s)


def draw_curves(path: Path) -> None:
    """Draw the tempo of one edit of 90 s in every style."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sheet, styles = random_edit(3, Fraction(24), 2.2, 36), list_styles()
    rows = math.ceil(len(styles) / 4)
    figure, axes = pyplot.subplots(rows, 4, figsize=(13, 2.1 * rows), constrained_layout=True, sharex=True)
    for axis in axes.flat[len(styles) :]:
        axis.set_visible(False)
    for axis, style in zip(axes.flat[: len(styles)], styles, strict=True):
        low, high = tempo_range(style)
        axis.axhspan(low, high, color="0.93")
        axis.plot(*tempo_curve(sheet, style, Bend.FREE), color="0.6", linewidth=0.8, label="free")
        axis.plot(*tempo_curve(sheet, style), color="C0", linewidth=1.4, label="by itself")
        axis.set_title(f"{style.id} ({low:.0f}-{high:.0f})", fontsize=9)
        axis.tick_params(labelsize=8)
    axes.flat[0].legend(fontsize=8)
    figure.supxlabel("seconds")
    figure.supylabel("beats a minute")
    figure.savefig(path, dpi=100)


def style_table(rows: list[StyleRow]) -> str:
    lines = [
        "| style | bend | median shot | 10 ms: beats / eighths / sixteenths (chance) | 1 frame: the same (chance) "
        "| excursion | change in 10 s | homes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        pairs = [
            f"{' / '.join(f'{share:.2f}' for share in met)} ({' / '.join(f'{share:.2f}' for share in chance)})"
            for met, chance in ((row.ten_ms, row.chance_ten_ms), (row.one_frame, row.chance_one_frame))
        ]
        lines.append(
            f"| {row.style} | {row.bend} | {row.median_s:.1f} s | {pairs[0]} | {pairs[1]} "
            f"| {row.largest_excursion:.2%} | {row.largest_ten_second_change:.2%} | {row.homes:.1f} |"
        )
    return "\n".join(lines)


def curve_table(rows: list[CurveRow]) -> str:
    lines = [
        "| style | bend | largest excursion | largest change in 10 s | met within 10 ms | within 1 frame (chance) |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.style} | {row.bend} | {row.excursion:.1%} | {row.ten_second_change:.1%} | {row.met_ten_ms:.2f} "
        f"| {row.met_one_frame:.2f} ({row.chance:.2f}) |"
        for row in rows
    ]
    return "\n".join(lines)


def seed_table(rows: list[SeedRow]) -> str:
    lines = [
        "| style | tempo maps of six seeds | fewest | widest gap in cuts met | chord sequences | drum hits shared |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.style} | {row.maps:.1f} | {row.fewest_maps} | {row.widest_gap:.1%} | {row.fewest_chord_sequences} "
        f"| {row.most_drums_shared:.2f} |"
        for row in rows
    ]
    return "\n".join(lines)


def cost_table(costs: list[Cost]) -> str:
    lines = ["| cuts | hours | processor seconds | MB at the peak |", "|---|---|---|---|"]
    lines += [f"| {c.cuts} | {c.hours:.2f} | {c.seconds:.2f} | {c.peak_mb:.0f} |" for c in costs]
    return "\n".join(lines)


def joined(printed: list[dict[str, list[dict[str, Any]]]]) -> dict[str, list[Any]]:
    """Rows of several runs, in the order of their styles."""
    kinds = {"styles": StyleRow, "curve": CurveRow, "seeds": SeedRow, "scaling": Cost}
    found: dict[str, list[Any]] = {}
    for tables in printed:
        for name, rows in tables.items():
            found.setdefault(name, []).extend(kinds[name](**row) for row in rows)
    return {name: sorted(rows, key=lambda row: getattr(row, "style", "")) for name, rows in found.items()}


def write_docs(name: str, table: str, page: Path = DOCS) -> None:
    """Put a table between its two marks in docs/engineers/rhythm.md, or another page."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
    head, rest = text.split(begin, 1)
    tail = rest.split(end, 1)[1]
    page.write_text(head + begin + table + end + tail, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=60, help="random edits in each row (seeds: a fifth of them)")
    parser.add_argument("--only", choices=("styles", "curve", "seeds", "scaling"), help="one of the parts")
    parser.add_argument("--styles", nargs="+", default=[style.id for style in list_styles()])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--join", type=Path, nargs="+", metavar="JSON", help="tables of what was printed as --json before"
    )
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/engineers/rhythm.md")
    parser.add_argument("--curves", type=Path, metavar="PNG", help="draw the tempo of one edit in every style")
    options = parser.parse_args()
    if options.curves:
        draw_curves(options.curves)
        return
    styles = [style_by_id(name) for name in options.styles]
    parts = {
        "styles": lambda: [style_row(style, m, options.edits) for style in styles for m in MEDIANS_S],
        "curve": lambda: curve_rows(options.edits),
        "seeds": lambda: seed_rows(styles, max(1, options.edits // 5)),
        "scaling": scaling,
    }
    tables = {"styles": style_table, "curve": curve_table, "seeds": seed_table, "scaling": cost_table}
    if options.join:
        found = joined([json.loads(path.read_text(encoding="utf-8")) for path in options.join])
    else:
        found = {name: part() for name, part in parts.items() if options.only in (None, name)}
    for name, rows in found.items():
        table = tables[name](rows)  # type: ignore[operator]
        if options.write_docs:
            write_docs(name, table)
        if not options.json:
            print(f"{table}\n")
    if options.json:
        print(json.dumps({name: [asdict(row) for row in rows] for name, rows in found.items()}))


if __name__ == "__main__":
    main()
