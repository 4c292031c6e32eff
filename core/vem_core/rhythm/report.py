"""The alignment report: the cuts against the beats that were measured on the sound, each figure beside chance.

Chance is computed on the measured grid itself: the share of the audio's time that lies within the tolerance of a grid
point. Music that never saw the picture hits that share of the cuts; a denser grid pays for its hits with more chance.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats

Instants = NDArray[np.int64]

UNHEARD_S = 2.0
"""No beat was heard at a cut that all of them are farther from: that is said, and no error."""

TOLERANCES_S = (Fraction(70, 1000), Fraction(100, 1000))


@dataclass(frozen=True)
class HitPoint:
    """A cut, or an event inside a shot, that music may hit."""

    index: int  # into the sheet's cuts, or events
    event: bool
    record_frames: int


def hit_points_of(sheet: CutSheet) -> Iterator[HitPoint]:
    """Every cut, whatever the editor wished of it, then every event that is not to be ignored."""
    for index, cut in enumerate(sheet.cuts):
        yield HitPoint(index, False, cut.record_frames)
    for index, event in enumerate(sheet.events):
        if event.wish is not Wish.IGNORE:
            yield HitPoint(index, True, event.record_frames)


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
) -> AlignmentReport:
    """The report of the tracked beats against the sheet's cuts. The audio begins with the sheet's first frame.

    The beats are held against the cuts moved by `offset_samples`, where they were wanted early or late. With
    `tolerance_ms` the totals also give the shares within that. What lies in a silence of the sheet is listed and not
    counted, and chance is that of the time with music. With `sixteenths` those between the beats count, too; `plan` is
    that of the music, whose cost then stands beside the hits.
    """
    beats = np.array(tracked.beats_samples, np.int64)
    downbeats = np.array(tracked.downbeats_samples, np.int64)
    eighths = np.union1d(beats, _outside(sheet, beats, off_beats(beats)))
    grid = np.union1d(eighths, _outside_both(sheet, beats)) if sixteenths else None
    frame_s = 1 / sheet.rate
    cuts = tuple(
        _silent(target, sheet.rate, offset_samples)
        if sheet.is_silent_at(target.record_frames)
        else _align(target, sheet.rate, beats, downbeats, eighths, grid, offset_samples)
        for target in hit_points_of(sheet)
    )
    counted = [cut for cut in cuts if cut.landing is not Landing.SILENT]
    duration_samples = sample_of_frame(sheet.duration_frames, sheet.rate)
    silent = sample_of_frame(sum(silence.duration_frames for silence in sheet.silences), sheet.rate)
    return AlignmentReport(
        tracker=tracker.tracker_id,
        tracker_licence_note=tracker.licence_note,
        beats_samples=tracked.beats_samples,
        downbeats_samples=tracked.downbeats_samples,
        measured_bpm=float(60 * SAMPLE_RATE_HZ / np.median(np.diff(beats))) if len(beats) > 1 else None,
        cuts=cuts,
        beats_only=_totals([cut.error_ms for cut in counted], beats, frame_s, duration_samples, silent, tolerance_ms),
        with_off_beats=_totals(
            [cut.off_beat_error_ms for cut in counted], eighths, frame_s, duration_samples, silent, tolerance_ms
        ),
        corrected_ms=corrected_ms,
        with_sixteenths=None
        if grid is None
        else _totals(
            [cut.sixteenth_error_ms for cut in counted], grid, frame_s, duration_samples, silent, tolerance_ms
        ),
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
    if duration_samples <= silent_samples or not len(grid_samples):
        return 0.0
    reach = float(tolerance_s * SAMPLE_RATE_HZ)
    starts = np.clip(grid_samples - reach, 0, duration_samples)
    ends = np.clip(grid_samples + reach, 0, duration_samples)
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


def _totals(
    errors_ms: list[float | None],
    grid: Instants,
    frame_s: Fraction,
    duration_samples: int,
    silent_samples: int,
    tolerance_ms: float | None,
) -> AlignmentTotals:
    known = np.array([error for error in errors_ms if error is not None])
    samples = np.round(known * SAMPLE_RATE_HZ / 1000).astype(np.int64)

    def share(tolerance_s: Fraction) -> float:
        return sum(within(int(error), tolerance_s) for error in samples) / max(1, len(errors_ms))

    wanted_s = None if tolerance_ms is None else Fraction(tolerance_ms).limit_denominator(1_000_000) / 1000
    return AlignmentTotals(
        hit_rate_1_frame=share(frame_s),
        hit_rate_70_ms=share(TOLERANCES_S[0]),
        hit_rate_100_ms=share(TOLERANCES_S[1]),
        chance_1_frame=chance_level(grid, frame_s, duration_samples, silent_samples),
        chance_70_ms=chance_level(grid, TOLERANCES_S[0], duration_samples, silent_samples),
        chance_100_ms=chance_level(grid, TOLERANCES_S[1], duration_samples, silent_samples),
        median_abs_error_ms=float(np.median(np.abs(known))) if len(known) else None,
        median_signed_error_ms=float(np.median(known)) if len(known) else None,
        count=len(errors_ms),
        hit_rate_tolerance=None if wanted_s is None else share(wanted_s),
        chance_tolerance=None if wanted_s is None else chance_level(grid, wanted_s, duration_samples, silent_samples),
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
