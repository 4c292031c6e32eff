"""What re-scores keep, how they sound at their joints, and what they cost, on random re-cuts of real and random edits.

    python benchmarks/recut.py [--recuts 300] [--takes 30] [--json] [--only plans|sound|long] [--timelines FOLDER]
                               [--cuts 14] [--afresh 12] [--model sketch|vem-mini] [--weights FOLDER]
                               [--matrix [--rows "speech,two cues"] [--columns trim,move] [--join JSON ...]
                                         [--write-docs]]

`plans` refits plans alone, a new piece for every re-cut (with `--cuts`, of edits of so many). `sound` makes takes of
`--cuts` cuts (14: about 40 s), refits each to as many re-cuts (until it is interrupted), compares kept samples bit by
bit, and looks at the joints: beside bar lines without one, which are those of the takes and of each refitted plan
played whole; and 65 and 200 ms earlier, where new sound gives way to kept sound. The first `--afresh` re-cuts are
scored from scratch, too, with the same seed: what is planned and measured there stands beside the refit's. `long` trims
one shot of ten minutes. The edits' shots are lognormal (median 2.2 s, sigma 0.55); a re-cut is one to four trims,
removed, inserted and moved shots, or the whole a frame later. Times are processor times of this process.

`--matrix` prints instead what is kept in the ways of ordinary work, cell by cell (`recut_matrix`).
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the edits and re-cuts that the tests use

from planner import write_docs  # noqa: E402
from recut_matrix import COLUMNS, ROWS, Samples, kept_samples, matrix, possible_bars, summary, table  # noqa: E402

from fakes.recuts import random_recut, rebuilt, sourced_edit, trimmed, with_sources  # noqa: E402
from fakes.seams import Seam, beyond_range, seams_at  # noqa: E402
from vem_core.audio.files import read_pcm  # noqa: E402
from vem_core.audio.mastering import master  # noqa: E402
from vem_core.audio.pcm import pcm_of  # noqa: E402
from vem_core.audio.types import Pcm  # noqa: E402
from vem_core.composer.styles import style_by_id  # noqa: E402
from vem_core.contract.cut_sheet import CutSheet  # noqa: E402
from vem_core.contract.plan import Landing, ScorePlan  # noqa: E402
from vem_core.contract.recut import EarlierSound, EarlierTake, Recut  # noqa: E402
from vem_core.contract.request import Direction, ScoreRequest  # noqa: E402
from vem_core.contract.result import AlignmentReport, AlignmentTotals, Refit, ScoreResult  # noqa: E402
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame  # noqa: E402
from vem_core.generation import vem_mini  # noqa: E402
from vem_core.generation.means import Means  # noqa: E402
from vem_core.generation.registry import generator_by_id, model_ids  # noqa: E402
from vem_core.pipeline.job import Job  # noqa: E402
from vem_core.pipeline.ladder import score_timeline  # noqa: E402
from vem_core.refit.plan import RefittedPlan, refit_plan  # noqa: E402
from vem_core.refit.splice import made_spans  # noqa: E402
from vem_core.rhythm.budget import plan_excursion, plan_ten_second_change  # noqa: E402
from vem_core.rhythm.planner import plan_score  # noqa: E402
from vem_core.rhythm.tempo_map import TempoMap  # noqa: E402
from vem_core.rhythm.weights import weigh_cuts  # noqa: E402

STYLES = ("house", "trailer", "ambient", "rock", "lo-fi", "documentary")
WIDE_BPM = (80.0, 160.0)  # the range that the planner's goals are stated for
DOCS = ROOT / "docs" / "editors" / "recut.md"
BEFORE_MS = (65, 200)  # the end and the middle of where new sound gives way to kept sound
ON_BEAT = (Landing.DOWNBEAT, Landing.BEAT)
MET = (*ON_BEAT, Landing.OFF_BEAT, Landing.PUSH)
_NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)
NO_REPORT = AlignmentReport("none", "", (), (), None, (), _NOTHING, _NOTHING, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recuts", type=int, default=300)
    parser.add_argument("--takes", type=int, default=30)
    parser.add_argument("--cuts", type=int, help="of each edit (14 where it is heard)")
    parser.add_argument("--afresh", type=int, default=12, help="re-cuts that are heard as new pieces, too")
    parser.add_argument("--timelines", type=Path, default=ROOT.parent / "shared" / "timelines")
    parser.add_argument("--only", choices=("plans", "sound", "long"))
    parser.add_argument("--model", choices=model_ids(), default="sketch", help="plays in sound and long")
    parser.add_argument("--weights", type=Path, metavar="FOLDER", help="weights of vem-mini that are not released yet")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--matrix", action="store_true", help="what is kept, row by row and column by column")
    parser.add_argument("--rows", type=lambda text: text.split(","), default=list(ROWS))
    parser.add_argument("--write-docs", action="store_true", help="put the matrix into docs/editors/recut.md")
    parser.add_argument("--join", type=Path, nargs="+", metavar="JSON", help="rows that were printed as --json before")
    parser.add_argument("--columns", type=lambda text: text.split(","), default=list(COLUMNS))
    arguments = parser.parse_args()
    if arguments.matrix:
        if arguments.join:
            kept = [json.loads(path.read_text(encoding="utf-8")) for path in arguments.join]
            cells = {name: rows[name] for name in ROWS for rows in kept if name in rows}
        else:
            cells = matrix(arguments.rows, arguments.columns)
        sys.stdout.write(json.dumps(cells) + "\n" if arguments.json else _table("matrix", summary(cells)))
        if arguments.write_docs:
            write_docs("matrix", table(cells), DOCS)
        return
    parts = {
        "plans": lambda: plans(arguments.recuts, arguments.timelines, arguments.cuts),
        "sound": lambda: sound(
            arguments.takes,
            arguments.recuts // arguments.takes,
            arguments.cuts or 14,
            arguments.model,
            arguments.afresh,
        ),
        "long": lambda: long(arguments.model),
    }
    if arguments.weights is not None:
        vem_mini.bundled_weights = lambda: arguments.weights
    for name, part in parts.items():
        if arguments.only in (None, name):
            figures = part()
            sys.stdout.write(json.dumps({name: figures}) + "\n" if arguments.json else _table(name, figures))
            sys.stdout.flush()


def real_sheets(folder: Path) -> list[CutSheet]:
    """The cut sheets of real timelines that have at least eight cuts; none where the folder is absent."""
    from vem_plugin.timeline.reading import read_timeline_file
    from vem_plugin.timeline.sheet import read_cut_sheet

    sheets = []
    for path in sorted(folder.glob("*.*")):
        try:
            sheet = read_cut_sheet(read_timeline_file(path)).sheet
        except Exception:  # what cannot be read is the business of other measurements
            continue
        if len(sheet.cuts) >= 8:
            sheets.append(with_sources(sheet))
    return sheets


def plans(recuts: int, timelines: Path, cuts: int | None) -> dict[str, object]:
    """Plans refitted to random re-cuts: without `cuts`, a third of them of real timelines where there are any."""
    real = real_sheets(timelines) if cuts is None else []
    rows = []
    for seed in range(recuts):
        old = real[seed // 3 % len(real)] if real and seed % 3 == 0 else _edit(seed, cuts)
        rows.append(_plan_row(old, random_recut(old, seed), seed))
    kept, possible = (sum(row[name] for row in rows) for name in ("kept", "possible"))
    all_cuts = sum(row["cuts"] for row in rows)
    return {
        "recuts": recuts,
        "of real timelines": sum(1 for seed in range(recuts) if real and seed % 3 == 0),
        "kept of what is possible": round(kept / possible, 4),
        "kept of the new timelines": round(kept / sum(row["duration"] for row in rows), 4),
        "re-cuts that keep less than half of what is possible": sum(row["kept"] < row["possible"] / 2 for row in rows),
        "on beats": round(sum(row["beats"] for row in rows) / all_cuts, 4),
        "on beats, planned from scratch": round(sum(row["fresh beats"] for row in rows) / all_cuts, 4),
        "with off-beats": round(sum(row["eighths"] for row in rows) / all_cuts, 4),
        "with off-beats, planned from scratch": round(sum(row["fresh eighths"] for row in rows) / all_cuts, 4),
        **_by_place(rows),
        "with sixteenths": round(sum(row["pushes"] for row in rows) / all_cuts, 4),
        "with sixteenths, planned from scratch": round(sum(row["fresh pushes"] for row in rows) / all_cuts, 4),
        "breaths": sum(row["breaths"] for row in rows),
        "largest excursion": round(max(row["excursion"] for row in rows), 4),
        "largest change in ten seconds": round(max(row["change"] for row in rows), 4),
        "seconds a refit": round(float(np.mean([row["seconds"] for row in rows])), 4),
    }


def _edit(seed: int, cuts: int | None) -> CutSheet:
    return sourced_edit(seed) if cuts is None else sourced_edit(seed, median_s=2.2, cuts=cuts)


def _plan_row(old: CutSheet, new: CutSheet, seed: int) -> dict[str, Any]:
    traits = style_by_id("house").rhythm
    plan, fresh = (
        plan_score(
            sheet,
            Direction(),
            seed,
            tempo_range_bpm=WIDE_BPM,
            style="house",
            mood="",
            key="A minor",
            traits=traits,
        )
        for sheet in (old, new)
    )
    recut = Recut(EarlierTake(1, old, plan, NO_REPORT, "sketch"))
    begun = time.process_time()
    refitted = refit_plan(recut, new, Direction(), WIDE_BPM, weigh_cuts(new), traits)
    seconds = time.process_time() - begun
    chosen = refitted.plan if refitted else fresh
    possible = list(possible_bars(plan, old, new).values())
    return {
        "kept": kept_samples(refitted.kept if refitted else (), possible, old.rate),
        "possible": sum(end - start for start, end in possible),
        "duration": chosen.duration_samples,
        "cuts": len(new.cuts),
        "beats": _met(chosen, ON_BEAT),
        "eighths": _met(chosen, (*ON_BEAT, Landing.OFF_BEAT)),
        "fresh beats": _met(fresh, ON_BEAT),
        "fresh eighths": _met(fresh, (*ON_BEAT, Landing.OFF_BEAT)),
        "places": _places(refitted, fresh, new) if refitted and refitted.kept else Counter(),
        "pushes": _met(chosen, MET),
        "fresh pushes": _met(fresh, MET),
        "breaths": len(TempoMap.of_plan(chosen).breaths),
        "excursion": plan_excursion(chosen),
        "change": plan_ten_second_change(chosen),
        "seconds": seconds,
    }


def _places(refitted: RefittedPlan, fresh: ScorePlan, sheet: CutSheet) -> Counter[str]:
    """Cuts by where they lie in a refit, and how many of each are on beats there and in a plan from scratch."""
    again = {hit.index: hit.landing in ON_BEAT for hit in fresh.hits if not hit.event}
    found: Counter[str] = Counter()
    for hit in (hit for hit in refitted.plan.hits if not hit.event):
        at = sample_of_frame(sheet.cuts[hit.index].record_frames, sheet.rate)
        inside = any(span.start_samples <= at <= span.end_excl_samples for span in refitted.kept)
        where = "in kept bars" if inside else "in new bars"
        found.update(
            {where: 1, f"{where}, on beats": hit.landing in ON_BEAT, f"{where}, planned from scratch": again[hit.index]}
        )
    return found


def _by_place(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The sums of `_places`."""
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row["places"])
    return {f"cuts {where}": number for where, number in sorted(total.items())}


def _met(plan: ScorePlan, landings: tuple[Landing, ...]) -> int:
    return sum(hit.landing in landings for hit in plan.hits if not hit.event)


class Heard:
    """What is heard of re-scores, take by take."""

    def __init__(self) -> None:
        self.durations_s: list[float] = []
        self.identical = 0
        self.shares: list[tuple[int, int]] = []  # samples kept, and those that could have been
        self.hits: list[tuple[float, float]] = []
        self.compared: list[tuple[tuple[float, ...], tuple[float, ...]]] = []  # refit and from scratch, see `_rates`
        self.costs: list[tuple[float, float]] = []  # share regenerated, time against a full score
        names = ("joints", *map(_earlier, BEFORE_MS))
        self.joints: dict[str, list[Seam]] = {name: [] for name in names}
        self.lines: dict[str, list[Seam]] = {name: [] for name in names}

    def add_untouched(self, pcm: Pcm, plan: ScorePlan) -> None:
        lines = [beat.samples for beat in plan.beats if beat.number == 1]
        self.lines["joints"] += seams_at(pcm, lines)
        for before_ms in BEFORE_MS:
            self.lines[_earlier(before_ms)] += seams_at(pcm, [at - _samples(before_ms) for at in lines])

    def add(self, before: Pcm, after: Pcm, refit: Refit, report: AlignmentReport, possible: list[Samples]) -> None:
        self.identical += all(
            np.array_equal(
                after[span.start_samples : span.end_excl_samples],
                before[span.earlier_samples :][: span.end_excl_samples - span.start_samples],
            )
            for span in refit.kept
        )
        length = sum(end - start for start, end in possible)
        self.shares.append((kept_samples(refit.kept, possible, Fraction(24)), length))
        self.hits.append((report.beats_only.hit_rate_1_frame, report.with_off_beats.hit_rate_1_frame))
        made = made_spans(refit.kept, len(after))
        edges = sorted(
            {edge for span in made for edge in (span.start_samples, span.end_excl_samples)} - {0, len(after)}
        )
        self.joints["joints"] += seams_at(after, edges)
        ends = [span.end_excl_samples for span in made if span.end_excl_samples < len(after)]
        for before_ms in BEFORE_MS:
            self.joints[_earlier(before_ms)] += seams_at(after, [at - _samples(before_ms) for at in ends])

    def summary(self) -> dict[str, object]:
        figures: dict[str, object] = {
            "re-cuts": len(self.costs),
            "seconds a timeline, mean": round(float(np.mean(self.durations_s)), 1),
            "re-cuts that kept sound": len(self.shares),
            "all kept samples identical": self.identical,
            "kept of what is possible": round(
                sum(kept for kept, _ in self.shares) / max(1, sum(could for _, could in self.shares)), 4
            ),
        }
        for name, joints in self.joints.items():
            lines = self.lines[name]
            figures[name] = len(joints)
            figures[f"{name}: bar lines without a joint"] = len(lines)
            figures[f"{name}: beyond their range by chance"] = round(2 * len(joints) / (len(lines) + 1), 2)
            for measure in Seam._fields:
                figures[f"{name}: beyond their range, {measure}"] = beyond_range(joints, lines, measure)
        compared = zip(*self.compared, strict=True) if self.compared else ((), ())
        for name, rates in zip(("refitted", "from scratch"), compared, strict=True):
            for what, value in zip(_RATES, np.mean(rates, axis=0), strict=True) if rates else ():
                figures[f"{len(rates)} of them {name}: {what}"] = round(float(value), 4)
        return {
            **figures,
            "measured on beats": round(float(np.mean([beats for beats, _ in self.hits])), 4),
            "measured with off-beats": round(float(np.mean([eighths for _, eighths in self.hits])), 4),
            "share regenerated, mean": round(float(np.mean([changed for changed, _ in self.costs])), 3),
            "time against a full score, mean": round(float(np.mean([cost for _, cost in self.costs])), 3),
            "correlation of time with what changed": round(float(np.corrcoef(np.array(self.costs).T)[0, 1]), 3),
        }


_RATES = ("planned on beats", "planned with off-beats", "measured on beats", "measured with off-beats")


def _rates(result: ScoreResult) -> tuple[float, ...]:
    """The shares of cuts that _RATES names; measured is within one frame."""
    cuts = max(1, sum(not hit.event for hit in result.plan.hits))
    planned = (_met(result.plan, landings) / cuts for landings in (ON_BEAT, (*ON_BEAT, Landing.OFF_BEAT)))
    report = result.report
    return *planned, report.beats_only.hit_rate_1_frame, report.with_off_beats.hit_rate_1_frame


def sound(takes: int, recuts_a_take: int, cuts: int, model: str, afresh: int) -> dict[str, object]:
    """Takes refitted to random re-cuts: kept samples, joints, measured hits, time."""
    heard = Heard()
    try:
        for number in range(takes):
            _hear_take(number, recuts_a_take, cuts, model, heard, afresh)
            sys.stderr.write(f"\r{number + 1} of {takes} takes ")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted")
    sys.stderr.write("\n")
    return heard.summary()


def _hear_take(number: int, recuts: int, cuts: int, model: str, heard: Heard, afresh: int) -> None:
    old = sourced_edit(1_000 + number, median_s=2.2, cuts=cuts)
    request = ScoreRequest(old, Direction(style=STYLES[number % len(STYLES)]), model=model, seed=number)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        result = score_timeline(Job(request, {}, Path(folder), _quiet))
        full_s = time.process_time() - begun
        mix = Path(folder) / "mix.wav"
        before = read_pcm(mix)
        heard.durations_s.append(len(before) / SAMPLE_RATE_HZ)
        heard.add_untouched(before, result.plan)
        for place in range(recuts):
            new = random_recut(old, 100 * number + place)
            again, after, again_s = rescored(request, result, mix, new)
            made = made_spans(again.refit.kept, len(after)) if again.refit else ()
            changed = sum(span.end_excl_samples - span.start_samples for span in made) / len(after)
            heard.costs.append((changed, again_s / full_s))
            if again.refit is None or not again.refit.kept:
                continue
            heard.add(before, after, again.refit, again.report, list(possible_bars(result.plan, old, new).values()))
            heard.add_untouched(_played_whole(request, new, again.plan, result), again.plan)
            if len(heard.compared) < afresh:
                fresh = score_timeline(
                    Job(dataclasses.replace(request, sheet=new), {}, Path(folder) / "afresh", _quiet)
                )
                heard.compared.append((_rates(again), _rates(fresh)))


def _played_whole(request: ScoreRequest, sheet: CutSheet, plan: ScorePlan, take: ScoreResult) -> Pcm:
    """A refitted plan as one piece without a joint, with the take's gain."""
    asked = dataclasses.replace(request, sheet=sheet)
    mix = generator_by_id(request.model, Means(request.device)).generate(asked, plan, _quiet).mix
    file, delivery = take.file("mix"), request.delivery
    gain_db = file.gain_db if file else None
    return pcm_of(master(mix, delivery.loudness_lufs, delivery.true_peak_dbtp, gain_db=gain_db)[0])


def _earlier(before_ms: int) -> str:
    return f"joints, {before_ms} ms earlier"


def _samples(milliseconds: int) -> int:
    return round(milliseconds * SAMPLE_RATE_HZ / 1000)


def rescored(request: ScoreRequest, result: ScoreResult, mix: Path, new: CutSheet) -> tuple[ScoreResult, Pcm, float]:
    """A take refitted to another sheet, its samples, and the seconds it took."""
    data = mix.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    file = result.file("mix")
    earlier = EarlierTake(
        take=1,
        sheet=request.sheet,
        plan=result.plan,
        report=result.report,
        model=result.model,
        gain_db=file.gain_db if file else None,
        levels=file.levels if file else None,
        sounds=(EarlierSound("mix", sha256),),
    )
    with tempfile.TemporaryDirectory() as folder:
        asked = dataclasses.replace(request, sheet=new, recut=Recut(earlier))
        begun = time.process_time()
        again = score_timeline(Job(asked, {sha256: data}, Path(folder), _quiet))
        seconds = time.process_time() - begun
        return again, read_pcm(Path(folder) / "mix.wav"), seconds


def long(model: str) -> dict[str, object]:
    """One shot trimmed in ten minutes, against the score of the ten minutes."""
    old = sourced_edit(1, cuts=249)
    shots = list(old.shots)
    shots[120] = trimmed(shots[120], tail_frames=9)
    request = ScoreRequest(old, Direction(style="house"), model=model)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        result = score_timeline(Job(request, {}, Path(folder), _quiet))
        full_s = time.process_time() - begun
        again, _, again_s = rescored(request, result, Path(folder) / "mix.wav", rebuilt(old, shots))
    return {
        "minutes": round(result.plan.duration_samples / SAMPLE_RATE_HZ / 60, 2),
        "full score, s": round(full_s, 2),
        "re-score, s": round(again_s, 2),
        "re-score against full score": round(again_s / full_s, 4),
        "kept": again.refit.summary if again.refit else "nothing",
    }


def _quiet(*progress: object) -> None:
    return None


def _table(name: str, figures: Mapping[str, object]) -> str:
    return f"{name}\n" + "".join(f"  {what:<55} {value}\n" for what, value in figures.items()) + "\n"


if __name__ == "__main__":
    main()
