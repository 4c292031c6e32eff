"""Re-scores in the ways of ordinary work: what is kept of what whole bars allow, cell by cell.

    python benchmarks/recut.py --matrix [--rows "speech,two cues"] [--columns trim,move] [--json]

A row is how the second version of the cut reaches us, a column what was done to it. Every cell goes through the file
host and the session, as `vem score` does, with a core in this process: the first version is scored once a row, the
second is saved as an editor saves it, and scored. Kept samples are compared before the level curve. What whole bars
allow are all bars within unchanged picture; what is kept of other bars does not count. Of those bars an ending that has
another place takes the ones from its final hit on: the second share leaves them out.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio

from fakes.ear import Ear, session_with
from vem_core.audio.files import read_pcm
from vem_core.contract.cut_sheet import CutSheet, Span
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.plan import Ending, ScorePlan
from vem_core.contract.progress import JobState, Progress
from vem_core.contract.recut import EarlierTake, FrameRange
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import UNDUCKED, KeptSpan, ScoreResult
from vem_core.contract.sheet_diff import diff_sheets
from vem_core.contract.time import sample_of_frame
from vem_core.contract.wishes import Wishes
from vem_core.cues.handles import with_handles
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.pipeline.outlook import outlook_of
from vem_core.pipeline.parts import followed_parts, is_plain
from vem_core.refit.bars import EarlierBars
from vem_core.refit.picture import unchanged_picture
from vem_core.rhythm.tempo_map import TempoMap
from vem_plugin.hosts.file import FileHost
from vem_plugin.placement.writing import write_timeline
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import Outcome
from vem_plugin.sound.speech import SpeechReading

RATE = Fraction(24)
Shot = tuple[int, int, int]
"""Which medium, its first frame, how many frames."""

Samples = tuple[int, int]
"""[start, end) of a take."""

FIRST: tuple[Shot, ...] = tuple(
    (medium, 100, frames) for medium, frames in enumerate((52, 38, 61, 44, 57, 35, 66, 41, 49))
)


def _trim(shots: list[Shot]) -> None:
    medium, start, frames = shots[5]
    shots[5] = (medium, start, frames - 9)


def _delete(shots: list[Shot]) -> None:
    del shots[4]


def _insert(shots: list[Shot]) -> None:
    shots.insert(5, (50, 100, 47))


def _swap(shots: list[Shot]) -> None:
    shots[4], shots[5] = shots[5], shots[4]


def _move(shots: list[Shot]) -> None:
    shots.insert(7, shots.pop(3))


COLUMNS: dict[str, Callable[[list[Shot]], None]] = {
    "trim": _trim,
    "delete": _delete,
    "insert": _insert,
    "swap": _swap,
    "move": _move,
}


@dataclass(frozen=True)
class Row:
    """How a score is asked for, and how the second version of its cut comes back."""

    wishes: Wishes = Wishes()
    markers: tuple[tuple[int, str, int], ...] = ()  # shot, text, length in frames
    speech: tuple[Span, ...] = ()
    span: tuple[int, int] | None = None
    saved: str = "same name"
    ending: str = ".otio"
    stem_lanes: bool = False


ROWS: dict[str, Row] = {
    "same name": Row(),
    "new name": Row(saved="new name"),
    "new folder": Row(saved="new folder"),
    "metadata stripped": Row(saved="stripped"),
    "lane renamed": Row(saved="renamed"),
    "stems": Row(Wishes(stems=True), saved="renamed", stem_lanes=True),
    "speech": Row(speech=(Span(20, 60),), saved="new name"),
    "music out": Row(markers=((2, "music out", 40),)),
    "two cues": Row(markers=((4, "cue: tense", 1),)),
    "handles": Row(Wishes(handle_before_frames=24, handle_after_frames=12), saved="stripped"),
    "range": Row(span=(52, 350), saved="stripped"),
    "FCP7 XML": Row(saved="renamed", ending=".xml"),
    "FCPXML": Row(saved="renamed", ending=".fcpxml"),
    "EDL": Row(ending=".edl"),
}


class OwnCore:
    """A core in this process."""

    def score(
        self,
        request: ScoreRequest,
        attachments: Mapping[str, bytes],
        folder: Path,
        on_progress: Callable[[Progress], None],
        job: str | None = None,
    ) -> ScoreResult:
        """Score a request, as a core does."""

        def tell(stage: object, done: int, steps: int, message: str) -> None:
            on_progress(Progress("own", JobState.RUNNING, message=message))

        return score_timeline(Job(request, attachments, folder, tell))


class SpokenHost(FileHost):
    """A timeline on whose lanes somebody speaks, without a file of it."""

    spoken: tuple[Span, ...] = ()

    def read_speech(self) -> SpeechReading:
        return SpeechReading(self.spoken)


def matrix(rows: Sequence[str], columns: Sequence[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """The cells by row and column."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        firsts: dict[Row, tuple[Path, Outcome]] = {}
        for name in rows:
            row, found[name] = ROWS[name], {}
            as_scored = dataclasses.replace(row, saved="")
            if as_scored not in firsts:
                first = Path(folder, f"first{len(firsts)}")
                first.mkdir()
                path = _written(first / f"cut{row.ending}", FIRST, row)
                firsts[as_scored] = first, _scored(path, row)[0]
            for column in columns:
                work = Path(folder, f"{name} {column}")
                found[name][column] = _filled(row, column, work, *firsts[as_scored])
                sys.stderr.write(f"{name}, {column}: {found[name][column]}\n")
    return found


def summary(cells: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The mean and the worst of all cells."""
    flat = [cell for row in cells.values() for cell in row.values()]
    shares, beside = ([cell[name] for cell in flat] for name in ("kept of possible", "kept beside the ending"))
    return {
        "cells": len(flat),
        "kept of what whole bars allow, mean": round(float(np.mean(shares)), 3),
        "kept of what whole bars allow, worst": round(min(shares), 3),
        "the same beside endings made anew, mean": round(float(np.mean(beside)), 3),
        "the same beside endings made anew, worst": round(min(beside), 3),
        "identical": sum(cell["identical"] for cell in flat),
        "followed, or announced": sum(cell["announced"] for cell in flat),
        "cuts met": sum(cell["met"] for cell in flat),
        "cuts that a new plan meets": sum(cell["met from scratch"] for cell in flat),
        "cuts": sum(cell["cuts"] for cell in flat),
        "cells with a breath": sum(cell["breaths"] > 0 for cell in flat),
    }


def table(cells: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """The cells as a table for a page."""
    columns = list(next(iter(cells.values())))
    lines = [f"| | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for name, row in cells.items():
        lines.append(f"| {name} | {' | '.join(_entry(row[column]) for column in columns)} |")
    total = [f"{what}: {figure}" for what, figure in summary(cells).items()]
    return "\n".join([*lines, "", *(f"- {line}" for line in total)])


def _entry(cell: Mapping[str, Any]) -> str:
    """Kept of what whole bars allow (the same beside an ending made anew, if that differs), cuts met of cuts."""
    beside = f" ({cell['kept beside the ending']:.2f})" * (cell["kept beside the ending"] != cell["kept of possible"])
    faults = "".join(f", not {name}" for name in ("identical", "announced") if not cell[name])
    return f"{cell['kept of possible']:.2f}{beside}, {cell['met']}/{cell['cuts']} [{cell['met from scratch']}]{faults}"


def _filled(row: Row, column: str, work: Path, first: Path, before: Outcome) -> dict[str, Any]:
    """One cell: the first version's folder as it is, the second version in it, scored."""
    shots = list(FIRST)
    COLUMNS[column](shots)
    shutil.copytree(first, work)
    after, ear = _scored(_saved(row, shots, work, before), row, again=True)
    return _cell(before, after, work, ear)


def _scored(path: Path, row: Row, *, again: bool = False) -> tuple[Outcome, Ear]:
    host = SpokenHost(path)
    host.spoken = row.speech
    session, ear = session_with(host, OwnCore())
    wishes = row.wishes if again else Wishes(style="house", model="sketch", room_depth_db=8.0).over(row.wishes)
    order = Order(wishes, None if row.span is None else FrameRange(*row.span), stem_lanes=row.stem_lanes)
    return session.run(order), ear


def _written(path: Path, shots: Sequence[Shot], row: Row) -> Path:
    write_timeline(_timeline(shots, row), path)
    return path


def _timeline(shots: Sequence[Shot], row: Row) -> otio.schema.Timeline:
    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for medium, start, frames in shots:
        reference = otio.schema.ExternalReference(f"/media/shot{medium}.mov", _range(0, 400))
        clip = otio.schema.Clip(f"shot{medium}", reference, _range(start, frames))
        for shot, text, length in row.markers:
            if shot == medium:
                clip.markers.append(otio.schema.Marker(text, _range(start, length)))
        track.append(clip)
    timeline = otio.schema.Timeline("cut", global_start_time=_time(86_400))
    timeline.tracks.append(track)
    return timeline


def _saved(row: Row, shots: Sequence[Shot], folder: Path, before: Outcome) -> Path:
    """The second version as it comes back."""
    timeline = _timeline(shots, row)
    if row.saved == "same name":
        path = folder / f"cut{row.ending}"
        write_timeline(timeline, path)
        return path
    scored = otio.adapters.read_from_file(str(folder / "cut.vem" / "cut.scored.otio"))
    for number, lane in enumerate(scored.audio_tracks(), 1):
        timeline.tracks.append(_lane(row, lane, number, folder))
    path = folder / f"second{row.ending}"
    if row.saved == "new folder":
        (folder / "elsewhere").mkdir()
        (folder / "cut.vem").rename(folder / "elsewhere" / "cut.vem")
        path = folder / "elsewhere" / path.name
    write_timeline(timeline, path, before.placement.audio.name)
    return path


def _lane(row: Row, lane: otio.schema.Track, number: int, folder: Path) -> otio.schema.Track:
    copied = lane.deepcopy()
    if row.saved in ("new name", "new folder"):
        return copied
    copied.metadata.clear()
    copied.name = f"A{number}" if row.saved == "renamed" else copied.name
    for item in copied:
        item.metadata.clear()
        if isinstance(item, otio.schema.Clip):
            del item.markers[:]
            reference = item.media_reference
            name = Path(reference.target_url).relative_to(Path(reference.target_url).parents[_depth(reference)])
            fresh = otio.schema.ExternalReference(str(folder / name), reference.available_range)
            item.media_reference = fresh
    return copied


def _depth(reference: otio.schema.ExternalReference) -> int:
    """How many folders up the project lies: a stem's file lies one deeper than the mix."""
    return 2 if Path(reference.target_url).parent.name.endswith("-stems") else 1


def _cell(before: Outcome, after: Outcome, folder: Path, ear: Ear) -> dict[str, Any]:
    refit = after.result.refit
    kept = refit.kept if refit else ()
    old, new = (_master(outcome, outcome.placement.audio) for outcome in (before, after))
    identical = all(
        np.array_equal(
            new[span.start_samples : span.end_excl_samples],
            old[span.earlier_samples :][: span.end_excl_samples - span.start_samples],
        )
        for span in kept
    )
    request = after.request
    possible, beside_ending = _possible(request) if request.recut else ([], [])
    samples = sum(span.end_excl_samples - span.start_samples for span in kept)
    outlook = _outlook(request, folder)
    return {
        "kept": round(samples / len(new), 3),
        "kept of possible": kept_share(kept, possible),
        "kept beside the ending": kept_share(kept, beside_ending),
        "breaths": max(0, _breaths(after) - _breaths(before)),  # a silence between two pieces looks like one
        "identical": identical,
        "announced": bool(kept) or any("new piece" in said or "Regenerates everything" in said for said in ear.said),
        "cuts": sum(piece.cuts for piece in outlook.pieces),
        "met": sum(piece.cuts_met for piece in outlook.pieces),
        "met from scratch": sum(piece.cuts_met_from_scratch for piece in outlook.pieces),
    }


def _breaths(outcome: Outcome) -> int:
    return len(TempoMap.of_plan(outcome.result.plan).breaths)


def kept_share(kept: Sequence[KeptSpan], possible: Sequence[Samples]) -> float:
    """The share of some bars of the take before that is kept."""
    length = sum(end - start for start, end in possible)
    return round(kept_samples(kept, possible, RATE) / length, 3) if length else 0.0


def kept_samples(kept: Sequence[KeptSpan], possible: Sequence[Samples], rate: Fraction) -> int:
    """How much of some bars of the take before is kept; a bar line may lie a frame beside its cut."""
    slack = sample_of_frame(1, rate)
    inside = sum(
        max(0, min(_earlier_end(span), end + slack) - max(span.earlier_samples, start - slack))
        for span in kept
        for start, end in _joined(possible)
    )
    return min(inside, sum(end - start for start, end in possible))


def _earlier_end(span: KeptSpan) -> int:
    return span.earlier_samples + span.end_excl_samples - span.start_samples


def _joined(spans: Sequence[Samples]) -> list[Samples]:
    """Spans in order, neighbours as one."""
    found: list[Samples] = []
    for start, end in sorted(spans):
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, end))
    return found


def _outlook(request: ScoreRequest, folder: Path) -> RecutOutlook:
    return outlook_of(Job(request, {}, folder, lambda *progress: None))


def _master(outcome: Outcome, mix: Path) -> Any:
    if outcome.result.file(f"{UNDUCKED}mix") is not None:
        mix = mix.with_name(f"{mix.stem}-unducked") / "mix.wav"
    return read_pcm(mix)


def _possible(request: ScoreRequest) -> tuple[list[Samples], list[Samples]]:
    """All bars within unchanged picture, in samples of the take before; and those without endings that move."""
    if is_plain(request):
        assert request.recut is not None
        return _possible_of(request.recut.earlier, request)
    whole: list[Samples] = []
    beside: list[Samples] = []
    for part in followed_parts(request, with_handles(request)):
        if part.earlier is not None:
            found = _possible_of(part.earlier.take, part.request)
            for spans, bars in zip((whole, beside), found, strict=True):
                spans += [(start + part.earlier.start_samples, end + part.earlier.start_samples) for start, end in bars]
    return whole, beside


def possible_bars(plan: ScorePlan, old: CutSheet, new: CutSheet) -> dict[int, Samples]:
    """All bars that lie within unchanged picture, to the sample."""
    bars = EarlierBars(plan)
    spans = [(bars.start_samples(bar), bars.end_samples(bar)) for bar in range(len(bars))]
    found: dict[int, Samples] = {}
    for run in unchanged_picture(old, new, diff_sheets(old, new)):
        begin, end = (sample_of_frame(at, old.rate) for at in (run.earlier_frames, run.earlier_end_excl_frames))
        found |= {bar: span for bar, span in enumerate(spans) if begin <= span[0] and span[1] <= end}
    return found


def _possible_of(earlier: EarlierTake, request: ScoreRequest) -> tuple[list[Samples], list[Samples]]:
    found = possible_bars(earlier.plan, earlier.sheet, request.sheet)
    ending, last = _first_of_ending(earlier.plan), earlier.plan.bar_count - 1
    to_last = _last_run_shows(earlier, request.sheet)
    stays = to_last and found.keys() >= set(range(ending, last + 1))
    return list(found.values()), [span for bar, span in found.items() if stays or bar < ending]


def _last_run_shows(earlier: EarlierTake, sheet: CutSheet) -> bool:
    """Whether the piece ends with the picture that it ended with."""
    runs = unchanged_picture(earlier.sheet, sheet, diff_sheets(earlier.sheet, sheet))
    ends = (sheet.duration_frames, earlier.sheet.duration_frames)
    return bool(runs) and (runs[-1].end_excl_frames, runs[-1].earlier_end_excl_frames) == ends


def _first_of_ending(plan: ScorePlan) -> int:
    """The bar from which on a piece ends: that of its final hit, or the last."""
    if plan.ending in (Ending.RING_OUT, Ending.LAST_FRAME):
        return plan.beats[plan.final_beat].bar
    return plan.bar_count - 1


def _time(frames: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(RATE))


def _range(start: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start), _time(frames))
