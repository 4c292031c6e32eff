"""The alignment report: the cuts against the beats that were measured on the sound, each figure beside chance.

Chance is computed on the measured grid itself: the share of the audio's time that lies within the tolerance of a grid
point. Music that never saw the picture hits that share of the cuts; a denser grid pays for its hits with more chance.

A mark (`hit`, `drop`) that the plan meets and no place of the measured grid does is held against the strokes that are
heard around it, see `strokes`; its chance counts all of those, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.result import AlignmentReport, AlignmentTotals, CutAlignment, TempoCost
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.budget import plan_excursion, plan_ten_second_change
from vem_core.rhythm.emphasis import accented_share
from vem_core.rhythm.planner_hits import MET
from vem_core.rhythm.strokes import Stretch, Surroundings, strokes_around
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

Instants = NDArray[np.int64]

UNHEARD_S = 2.0
"""No beat was heard at a cut that all of them are farther from: that is said, and no error."""

TOLERANCES_S = (Fraction(70, 1000), Fraction(100, 1000))

_MARKS = (Wish.HIT, Wish.DROP)


@dataclass(frozen=True)
class HitPoint:
    """A cut, or an event inside a shot, that music may hit."""

    index: int  # into the sheet's cuts, or events
    event: bool
    record_frames: int
    marked: bool  # by the editor, as one that has to be met


def hit_points_of(sheet: CutSheet) -> Iterator[HitPoint]:
    """Every cut, whatever the editor wished of it, then every event that is not to be ignored."""
    for index, cut in enumerate(sheet.cuts):
        yield HitPoint(index, False, cut.record_frames, cut.wish in _MARKS)
    for index, event in enumerate(sheet.events):
        if event.wish is not Wish.IGNORE:
            yield HitPoint(index, True, event.record_frames, event.wish in _MARKS)


def measure_alignment(
    sheet: CutSheet,
    tracked: TrackedBeats,
    tracker: BeatTracker,
    *,
    corrected_ms: float = 0.0,
    offset_samples: int = 0,
    tolerance_ms: float | None = None,
    plan: ScorePlan | None = None,
    sixteenths: bool = False,
    stretch: Stretch | None = None,
) -> AlignmentReport:
    """The report of the tracked beats against the sheet's cuts. The audio begins with the sheet's first frame.

    The beats are held against the cuts moved by `offset_samples`, where they were wanted early or late. With
    `tolerance_ms` the totals also give the shares within that. What lies in a silence of the sheet is listed and not
    counted, and chance is that of the time with music. With `sixteenths` those between the beats count, too; `plan` is
    that of the music, whose cost then stands beside the hits. With `stretch`, the music itself, the marks that the plan
    meets are also measured by their own attacks; the plan says which, never when.
    """
    beats = np.array(tracked.beats_samples, np.int64)
    downbeats = np.array(tracked.downbeats_samples, np.int64)
    eighths = np.union1d(beats, _outside(sheet, beats, off_beats(beats)))
    grid = np.union1d(eighths, _outside_both(sheet, beats)) if sixteenths else None
    frame_s = 1 / sheet.rate
    duration_samples = sample_of_frame(sheet.duration_frames, sheet.rate)
    cuts, around = [], []
    for target in hit_points_of(sheet):
        if sheet.is_silent_at(target.record_frames):
            cuts.append(_silent(target, sheet.rate, offset_samples))
            continue
        cut = _align(target, sheet.rate, beats, downbeats, eighths, grid, offset_samples)
        if stretch is not None and target.marked and plan is not None and _promises(plan, target):
            around.append(strokes_around(stretch, cut.target_samples, duration_samples))
            cut = _by_its_stroke(cut, around[-1], sheet.rate)
        cuts.append(cut)
    counted = [cut for cut in cuts if cut.landing is not Landing.SILENT]
    silent = sample_of_frame(sum(silence.duration_frames for silence in sheet.silences), sheet.rate)
    clock = _Clock(sheet, frame_s, duration_samples, silent, tolerance_ms)
    return AlignmentReport(
        tracker=tracker.tracker_id,
        tracker_licence_note=tracker.licence_note,
        beats_samples=tracked.beats_samples,
        downbeats_samples=tracked.downbeats_samples,
        measured_bpm=float(60 * SAMPLE_RATE_HZ / np.median(np.diff(beats))) if len(beats) > 1 else None,
        cuts=tuple(cuts),
        beats_only=_totals([cut.error_ms for cut in counted], beats, clock),
        with_off_beats=_totals([_or_stroke(cut, cut.off_beat_error_ms) for cut in counted], eighths, clock, around),
        corrected_ms=corrected_ms,
        with_sixteenths=None
        if grid is None
        else _totals([_or_stroke(cut, cut.sixteenth_error_ms) for cut in counted], grid, clock, around),
        cost=None if plan is None else cost_of(plan),
    )


def cost_of(plan: ScorePlan) -> TempoCost:
    """What the hits of a plan cost."""
    return TempoCost(plan.bend, plan_excursion(plan), plan_ten_second_change(plan), accented_share(plan.hits))


def off_beats(beats_samples: Instants) -> Instants:
    """The eighth between each two beats."""
    return (beats_samples[:-1] + beats_samples[1:]) // 2


def _outside_both(sheet: CutSheet, beats: Instants) -> Instants:
    """The first and third quarters of each two beats, without those in a silence."""
    first, third = ((beats[:-1] * (4 - part) + beats[1:] * part) // 4 for part in (1, 3))
    return np.union1d(_outside(sheet, beats, first), _outside(sheet, beats, third))


def _outside(sheet: CutSheet, beats: Instants, between: Instants) -> Instants:
    """The instants between each two beats, without those between which there is a silence."""
    kept = np.ones(len(between), bool)
    for silence in sheet.silences:
        after = int(np.searchsorted(beats, sample_of_frame(silence.end_excl_frames, sheet.rate) - 1))
        if 0 < after < len(beats) and beats[after - 1] <= sample_of_frame(silence.start_frames, sheet.rate):
            kept[after - 1] = False
    return between[kept]


def chance_level(
    grid_samples: Instants, tolerance_s: Fraction, duration_samples: int, silent_samples: int = 0
) -> float:
    """The share of [0, duration) that lies within the tolerance of a grid point, 0..1.

    `silent_samples` of the duration, in which no grid point lies, are left out of account.
    """
    reach = np.full(len(grid_samples), float(tolerance_s * SAMPLE_RATE_HZ))
    return _share_covered(grid_samples, reach, duration_samples, silent_samples)


def _share_covered(
    instants_samples: Instants, reach_samples: NDArray[np.float64], duration_samples: int, silent_samples: int
) -> float:
    """The share of [0, duration) that lies within its own reach of an instant, 0..1."""
    if duration_samples <= silent_samples or not len(instants_samples):
        return 0.0
    starts = np.clip(instants_samples - reach_samples, 0, duration_samples)
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], np.clip(instants_samples + reach_samples, 0, duration_samples)[order]
    covered_before = np.concatenate([[0.0], np.maximum.accumulate(ends)[:-1]])
    covered = float(np.maximum(ends - np.maximum(starts, covered_before), 0).sum())
    return min(1.0, covered / (duration_samples - silent_samples))


def _align(
    target: HitPoint,
    rate: Fraction,
    beats: Instants,
    downbeats: Instants,
    eighths: Instants,
    grid: Instants | None,
    offset_samples: int,
) -> CutAlignment:
    instant = sample_of_frame(target.record_frames, rate) + offset_samples
    beat = _nearest(beats, instant)
    if beat is None or abs(beat - instant) > UNHEARD_S * SAMPLE_RATE_HZ:
        return CutAlignment(
            target.index, target.event, instant, None, None, None, None, Landing.MISS, False, False, False
        )
    error = beat - instant
    nearest_eighth = _nearest(eighths, instant)
    assert nearest_eighth is not None  # they hold the beats
    nearest_on_grid = None if grid is None else _nearest(grid, instant)
    one_frame, ms_70, ms_100 = (within(error, tolerance_s) for tolerance_s in (1 / rate, *TOLERANCES_S))
    return CutAlignment(
        index=target.index,
        event=target.event,
        target_samples=instant,
        beat_samples=beat,
        error_ms=_milliseconds(error),
        error_frames=float(error * rate / SAMPLE_RATE_HZ),
        off_beat_error_ms=_milliseconds(nearest_eighth - instant),
        landing=_landing(instant, 1 / rate, beats, downbeats, nearest_eighth, nearest_on_grid),
        hit_1_frame=one_frame,
        hit_70_ms=ms_70,
        hit_100_ms=ms_100,
        sixteenth_error_ms=None if nearest_on_grid is None else _milliseconds(nearest_on_grid - instant),
    )


def _silent(target: HitPoint, rate: Fraction, offset_samples: int) -> CutAlignment:
    instant = sample_of_frame(target.record_frames, rate) + offset_samples
    return CutAlignment(
        target.index, target.event, instant, None, None, None, None, Landing.SILENT, False, False, False
    )


def within(error_samples: int, tolerance_s: Fraction) -> bool:
    """Whether an error is at most the tolerance. Exact."""
    return abs(error_samples) <= tolerance_s * SAMPLE_RATE_HZ


def _landing(
    instant: int,
    frame_s: Fraction,
    beats: Instants,
    downbeats: Instants,
    nearest_eighth: int,
    nearest_on_grid: int | None,
) -> Landing:
    """Where in the bar the instant meets the music, at one frame; the strongest place that it meets."""
    downbeat, beat = _nearest(downbeats, instant), _nearest(beats, instant)
    if downbeat is not None and within(downbeat - instant, frame_s):
        return Landing.DOWNBEAT
    if beat is not None and within(beat - instant, frame_s):
        return Landing.BEAT
    if within(nearest_eighth - instant, frame_s):
        return Landing.OFF_BEAT
    if nearest_on_grid is not None and within(nearest_on_grid - instant, frame_s):
        return Landing.PUSH
    place = int(np.searchsorted(beats, instant))
    if 0 < place < len(beats):
        start, interval = int(beats[place - 1]), int(beats[place] - beats[place - 1])
        shares = (Fraction(1, 4), Fraction(3, 4), Fraction(1, 3), Fraction(2, 3))
        if any(within(round(start + interval * share) - instant, frame_s) for share in shares):
            return Landing.SUBDIVISION
    return Landing.MISS


@dataclass(frozen=True)
class _Clock:
    """The time that totals are taken over, and how near is near."""

    sheet: CutSheet
    frame_s: Fraction
    duration_samples: int
    silent_samples: int
    tolerance_ms: float | None

    def chance(self, grid: Instants, tolerance_s: Fraction, around: Sequence[Surroundings], count: int) -> float:
        """The mean over all cuts of what chance gives: for marks by what is around, for others by the whole grid."""
        anywhere = chance_level(grid, tolerance_s, self.duration_samples, self.silent_samples)
        # At a mark without beats around the grid alone would seem harder to meet than it is.
        of_marks = sum(max(anywhere, self._chance_of_mark(grid, tolerance_s, heard)) for heard in around)
        return (of_marks + (count - len(around)) * anywhere) / count if count else anywhere

    def _chance_of_mark(self, grid: Instants, tolerance_s: Fraction, heard: Surroundings) -> float:
        """The share of the time around a mark that lies near the grid, or near enough to a stroke to count."""
        stroke_reach = float(min(tolerance_s, self.frame_s) * SAMPLE_RATE_HZ)
        instants = np.concatenate([grid, heard.strokes_samples])
        reach = np.concatenate(
            [np.full(len(grid), float(tolerance_s * SAMPLE_RATE_HZ)), np.full(len(heard.strokes_samples), stroke_reach)]
        )
        length = heard.end_excl_samples - heard.start_samples
        silent = sum(
            max(
                0,
                min(heard.end_excl_samples, sample_of_frame(silence.end_excl_frames, self.sheet.rate))
                - max(heard.start_samples, sample_of_frame(silence.start_frames, self.sheet.rate)),
            )
            for silence in self.sheet.silences
        )
        return _share_covered(instants - heard.start_samples, reach, length, silent)


def _promises(plan: ScorePlan, target: HitPoint) -> bool:
    """Whether the plan claims to meet it."""
    return any((hit.event, hit.index) == (target.event, target.index) and hit.landing in MET for hit in plan.hits)


def _by_its_stroke(cut: CutAlignment, around: Surroundings, rate: Fraction) -> CutAlignment:
    """A mark that no place of the grid meets, measured by the nearest stroke where that is within one frame."""
    stroke = _nearest(around.strokes_samples, cut.target_samples)
    if cut.landing in MET or stroke is None or not within(stroke - cut.target_samples, 1 / rate):
        return cut
    error_ms = _milliseconds(stroke - cut.target_samples)
    return dataclasses.replace(cut, landing=Landing.STROKE, stroke_error_ms=error_ms)


def _or_stroke(cut: CutAlignment, error_ms: float | None) -> float | None:
    return error_ms if cut.stroke_error_ms is None else cut.stroke_error_ms


def _totals(
    errors_ms: list[float | None], grid: Instants, clock: _Clock, around: Sequence[Surroundings] = ()
) -> AlignmentTotals:
    known = np.array([error for error in errors_ms if error is not None])
    samples = np.round(known * SAMPLE_RATE_HZ / 1000).astype(np.int64)

    def share(tolerance_s: Fraction) -> float:
        return sum(within(int(error), tolerance_s) for error in samples) / max(1, len(errors_ms))

    def chance(tolerance_s: Fraction) -> float:
        return clock.chance(grid, tolerance_s, around, len(errors_ms))

    wanted_s = None if clock.tolerance_ms is None else Fraction(clock.tolerance_ms).limit_denominator(1_000_000) / 1000
    return AlignmentTotals(
        hit_rate_1_frame=share(clock.frame_s),
        hit_rate_70_ms=share(TOLERANCES_S[0]),
        hit_rate_100_ms=share(TOLERANCES_S[1]),
        chance_1_frame=chance(clock.frame_s),
        chance_70_ms=chance(TOLERANCES_S[0]),
        chance_100_ms=chance(TOLERANCES_S[1]),
        median_abs_error_ms=float(np.median(np.abs(known))) if len(known) else None,
        median_signed_error_ms=float(np.median(known)) if len(known) else None,
        count=len(errors_ms),
        hit_rate_tolerance=None if wanted_s is None else share(wanted_s),
        chance_tolerance=None if wanted_s is None else chance(wanted_s),
    )


def nearest(among: Instants, instants: Instants) -> NDArray[np.intp]:
    """For each instant the index of the nearest of `among` (increasing, not empty); of two equally near, the later."""
    after = np.clip(np.searchsorted(among, instants), 1, max(1, len(among) - 1))
    before = after - 1
    if len(among) == 1:
        return np.zeros(len(instants), np.intp)
    return np.where(instants - among[before] < among[after] - instants, before, after)


def _nearest(among: Instants, instant: int) -> int | None:
    return int(among[nearest(among, np.array([instant]))[0]]) if len(among) else None


def _milliseconds(samples: int) -> float:
    return samples * 1000 / SAMPLE_RATE_HZ
