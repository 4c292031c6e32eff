"""Do the planned hits stand in the sound, and do they sound like music? Edits planned, composed, played and measured.

    python benchmarks/rendered_hits.py [--edits 13] [--first 0] [--cuts 36] [--trackers recurrent madmom]
                                       [--styles house] [--save JSON] [--join JSON ...] [--write-docs]

The edits have lognormal shots; styles take turns, each in its own tempo range and bend, played without correction. By
tracker: the share of cuts within one frame as planned and as measured, on beats, with off-beats and with sixteenths,
each beside chance on the measured grid, and the median error of those met. By onset strength, which knows nothing of
beats: the share of the met cuts with an attack within a frame that is at least half as strong as the median beat's. And
what the hits cost: accents, accents and passing cuts that exceed the four beats around them by 3 dB, cuts after a hole
of 10 dB, and how many of the 35 strongest onsets stand on cuts. Beside each stands what beats that meet no cut have.
A long run may be cut up: `--first` and `--edits` say which edits, `--save` keeps what was measured, `--join` adds it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from planner import write_docs
from tracking import available, planned_beats

from vem_core.audio.features import HOP_SAMPLES, attack_at, spectrogram
from vem_core.audio.types import Audio
from vem_core.composer.composition import compose
from vem_core.composer.style import Style
from vem_core.composer.styles import list_styles, style_by_id, tempo_range
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.plan import Emphasis, ScorePlan
from vem_core.contract.request import Direction
from vem_core.contract.result import AlignmentReport
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.emphasis import accented_share
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.planner_hits import MET
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking.base import BeatTracker
from vem_core.synth import render
from vem_core.training.beat_corpus import random_edit

STRONGEST = 35
_BEFORE_SAMPLES = (6_000, 480)  # where a hole before a cut would be
_AFTER_SAMPLES = 3_840  # what is counted as an attack's level


@dataclass(frozen=True)
class Musicality:
    """What the sound makes of the cuts of one edit. Shares are of met cuts before the last hit."""

    style: str
    met: float  # of all cuts, as planned
    strong: float  # with an attack of half a beat's within a frame
    strong_elsewhere: float  # of the beats that meet no cut
    accented: float  # of all cuts
    accents_3_db: float
    passing_3_db: float
    elsewhere_3_db: float
    holes: float
    holes_elsewhere: float
    strongest_on_cuts: float


def musicality(style: str, sheet: CutSheet, plan: ScorePlan, audio: Audio) -> Musicality:
    last = plan.beats[plan.final_beat].samples
    hits = [hit for hit in plan.hits if hit.landing in MET and hit.target_samples < last]
    at = np.array([hit.target_samples + hit.error_samples for hit in hits])
    accent = np.array([hit.emphasis is not Emphasis.PASSING for hit in hits])
    beats = np.array([beat.samples for beat in plan.beats if beat.samples < last])
    heard = spectrogram(audio)
    usual = float(np.median(attack_at(heard, beats)))
    above = np.array([_above_neighbours_db(audio, samples, beats) for samples in at])
    apart = np.array([beat for beat in beats if np.abs(at - beat).min() > _AFTER_SAMPLES])
    return Musicality(
        style,
        sum(hit.landing in MET for hit in plan.hits) / len(plan.hits),
        float((attack_at(heard, at) >= usual / 2).mean()),
        float((attack_at(heard, apart) >= usual / 2).mean()),
        accented_share(plan.hits),
        float((above[accent] >= 3).mean()) if accent.any() else 0.0,
        float((above[~accent] >= 3).mean()) if (~accent).any() else 0.0,
        float(np.mean([_above_neighbours_db(audio, samples, beats) >= 3 for samples in apart])),
        float(np.mean([_hole_db(audio, samples) > 10 for samples in at])),
        float(np.mean([_hole_db(audio, samples) > 10 for samples in apart])),
        _strongest_on_cuts(heard.onsets, sheet),
    )


def _level_db(audio: Audio, begin: int, end: int) -> float:
    part = audio[:, max(0, begin) : max(1, end)]
    return float(10 * np.log10(np.mean(part.astype(np.float64) ** 2) + 1e-12))


def _above_neighbours_db(audio: Audio, samples: int, beats: NDArray[np.int64]) -> float:
    order = beats[np.argsort(np.abs(beats - samples))]
    around = [beat for beat in order if abs(beat - samples) > _AFTER_SAMPLES][:4]
    return _level_db(audio, samples - 480, samples + _AFTER_SAMPLES) - float(
        np.median([_level_db(audio, beat - 480, beat + _AFTER_SAMPLES) for beat in around])
    )


def _hole_db(audio: Audio, samples: int) -> float:
    """How far the last tenth of a second before an instant lies below the last second."""
    before, until = _BEFORE_SAMPLES
    return _level_db(audio, samples - SAMPLE_RATE_HZ, samples) - _level_db(audio, samples - before, samples - until)


def _strongest_on_cuts(onsets: NDArray[np.float64], sheet: CutSheet) -> float:
    around = np.lib.stride_tricks.sliding_window_view(np.pad(onsets, 5), 11).max(axis=1)
    peaks = np.flatnonzero((onsets == around) & (onsets > 0))
    strongest = peaks[np.argsort(-onsets[peaks])[:STRONGEST]] * HOP_SAMPLES
    cuts = np.array([sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts])
    return float((np.abs(strongest[:, None] - cuts).min(axis=1) <= SAMPLE_RATE_HZ / float(sheet.rate)).mean())


_MEASURES = [field.name for field in fields(Musicality) if field.name != "style"]


class Tally:
    """Counts over all cuts of all edits that one tracker heard: on beats, with off-beats, with sixteenths."""

    def __init__(self) -> None:
        self.cuts = 0
        self.planned, self.measured, self.chance = np.zeros(3), np.zeros(3), np.zeros(3)
        self.errors_ms: list[float] = []  # of the cuts that the plan meets and the sound meets

    def add(self, planned: AlignmentReport, measured: AlignmentReport) -> None:
        count = measured.beats_only.count
        self.cuts += count
        for totals, report in ((self.planned, planned), (self.measured, measured)):
            totals += count * np.array([each.hit_rate_1_frame for each in _three(report)])
        self.chance += count * np.array([each.chance_1_frame for each in _three(measured)])
        frame_ms = 1000 / 24
        for plan, sound in zip(planned.cuts, measured.cuts, strict=True):
            errors = [report.sixteenth_error_ms for report in (plan, sound)]
            met = [abs(error) for error in errors if error is not None]
            if len(met) == 2 and max(met) <= frame_ms:
                self.errors_ms.append(met[1])

    def join(self, other: dict[str, Any]) -> None:
        """Add what `saved` returned of another."""
        self.cuts += other["cuts"]
        self.planned += other["planned"]
        self.measured += other["measured"]
        self.chance += other["chance"]
        self.errors_ms += other["errors_ms"]

    def saved(self) -> dict[str, Any]:
        counts = {"planned": self.planned, "measured": self.measured, "chance": self.chance}
        return {"cuts": self.cuts, **{name: list(each) for name, each in counts.items()}, "errors_ms": self.errors_ms}

    def row(self, name: str) -> str:
        counts = (self.planned, self.measured, self.chance)
        shares = [" / ".join(f"{share:.1%}" for share in each / max(1, self.cuts)) for each in counts]
        error = f"{np.median(self.errors_ms):.2f} ms" if self.errors_ms else "-"
        return f"| {name} | {' | '.join(shares)} | {error} | {self.cuts} |"


def _three(report: AlignmentReport) -> list:  # type: ignore[type-arg]
    return [report.beats_only, report.with_off_beats, report.with_sixteenths or report.with_off_beats]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=13)
    parser.add_argument("--first", type=int, default=0, help="number of the first edit")
    parser.add_argument("--cuts", type=int, default=36)
    parser.add_argument("--styles", nargs="+", default=[style.id for style in list_styles()])
    parser.add_argument("--trackers", nargs="*", default=["recurrent", "madmom"])
    parser.add_argument("--weights", type=Path, help="weights of the recurrent tracker that are not released yet")
    parser.add_argument("--save", type=Path, metavar="JSON", help="keep what was measured")
    parser.add_argument("--join", type=Path, nargs="+", default=[], metavar="JSON", help="add what was kept")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/engineers/rhythm.md")
    arguments = parser.parse_args()

    tallies: dict[str, Tally] = defaultdict(Tally)
    rows: list[Musicality] = []
    for path in arguments.join:
        kept = json.loads(path.read_text(encoding="utf-8"))
        rows += [Musicality(**row) for row in kept["edits"]]
        for name, counts in kept["trackers"].items():
            tallies[name].join(counts)
    trackers = list(available(arguments.trackers, arguments.weights)) if arguments.trackers else []
    for seed in range(arguments.first, arguments.first + arguments.edits):
        measure(
            style_by_id(arguments.styles[seed % len(arguments.styles)]), seed, arguments.cuts, trackers, tallies, rows
        )
        sys.stderr.write(f"\r{seed + 1 - arguments.first} of {arguments.edits} edits ")
    sys.stderr.write("\n")
    if arguments.save:
        kept = {"trackers": {name: tally.saved() for name, tally in tallies.items()}, "edits": list(map(asdict, rows))}
        arguments.save.write_text(json.dumps(kept), encoding="utf-8")
    tables = {"music": musicality_table(rows)} | ({"heard": tracker_table(tallies)} if tallies else {})
    for name, table in tables.items():
        if arguments.write_docs:
            write_docs(name, table)
        print(f"{table}\n")


def measure(
    style: Style, seed: int, cuts: int, trackers: list[BeatTracker], tallies: dict[str, Tally], rows: list[Musicality]
) -> None:
    """One edit planned, composed, played and measured."""
    sheet = random_edit(seed, cuts)
    plan = plan_score(
        sheet,
        Direction(),
        seed,
        tempo_range_bpm=tempo_range(style),
        style=style.id,
        mood=style.mood,
        traits=style.rhythm,
    )
    audio = render(compose(plan), seed, stems=False).mix
    rows.append(musicality(style.id, sheet, plan, audio))
    for tracker in trackers:
        planned, measured = (
            measure_alignment(sheet, tracked, tracker, sixteenths=True)
            for tracked in (planned_beats(plan), tracker.track(audio))
        )
        tallies[tracker.tracker_id].add(planned, measured)


def tracker_table(tallies: dict[str, Tally]) -> str:
    lines = [
        "| measured by | planned | measured | chance | median error of those met | cuts |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(tally.row(name) for name, tally in tallies.items())])


def musicality_table(rows: list[Musicality]) -> str:
    """A line a style: means over its edits, the most of what should be little in square brackets."""
    lines = [
        "| style | edits | met | strong onset (other beats) | accented | heard as accents "
        "| accents over 3 dB | passing over 3 dB (other beats) | holes (other beats) [most] "
        f"| {STRONGEST} strongest on cuts [most] |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    by_style: defaultdict[str, list[Musicality]] = defaultdict(list)
    for row in rows:
        by_style[row.style].append(row)
    for style, edits in sorted(by_style.items()):
        mean = {name: float(np.mean([getattr(row, name) for row in edits])) for name in _MEASURES}
        most = {name: max(getattr(row, name) for row in edits) for name in ("holes", "strongest_on_cuts")}
        lines.append(
            f"| {style} | {len(edits)} | {mean['met']:.2f} | {mean['strong']:.2f} ({mean['strong_elsewhere']:.2f}) "
            f"| {mean['accented']:.2f} | {np.mean([_over_3_db(row) for row in edits]):.2f} "
            f"| {mean['accents_3_db']:.2f} | {mean['passing_3_db']:.2f} ({mean['elsewhere_3_db']:.2f}) "
            f"| {mean['holes']:.2f} ({mean['holes_elsewhere']:.2f}) [{most['holes']:.2f}] "
            f"| {mean['strongest_on_cuts']:.2f} [{most['strongest_on_cuts']:.2f}] |"
        )
    return "\n".join(lines)


def _over_3_db(row: Musicality) -> float:
    """The share of all cuts that are heard as accents: they are met, and exceed the beats around by 3 dB."""
    passing = max(0.0, row.met - row.accented)
    return row.accented * row.accents_3_db + passing * row.passing_3_db


if __name__ == "__main__":
    main()
