"""Correction: where the sound is off its plan, it is warped onto it; then it is measured again.

Only beats that were heard take part, and only those that are off by more than can be forgiven move. A correction that
does not bring the beats nearer to the plan is thrown away: the tracker may have been wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vem_core.audio.types import Audio
from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.report import Instants, nearest
from vem_core.rhythm.tracking.base import BeatTracker, TrackedBeats
from vem_core.rhythm.warping import TimeWarp, anchored_warp, limit_slope, warp_audio


@dataclass(frozen=True)
class CorrectionLimits:
    """What is worth correcting, and how far it may go."""

    forgiven_ms: float = 12.0  # an error below is left: the attack of a soft instrument is no sharper
    largest_shift_ms: float = 80.0  # a beat farther off is another beat
    largest_stretch: float = 0.05  # of local speed; more is heard as a wobble
    fewest_heard: float = 0.5  # share of the planned beats; with fewer, the tracker and the plan disagree on the pulse


class CorrectedAudio(NamedTuple):
    """What became of the sound. `warp` is None where nothing was moved; stems want the same warp as their mix."""

    audio: Audio
    largest_shift_ms: float
    tracked: TrackedBeats
    warp: TimeWarp | None


def correct_timing(
    audio: Audio, plan: ScorePlan, tracker: BeatTracker, limits: CorrectionLimits = CorrectionLimits()
) -> CorrectedAudio:
    """The (C, T) sound with its beats brought onto the plan's, as long as before, and its beats as measured at the end.

    Where no beat is off, the very same array comes back.
    """
    tracked = tracker.track(audio)
    warp = timing_warp(tracked, plan, audio.shape[1], limits)
    if warp.is_identity:
        return CorrectedAudio(audio, 0.0, tracked, None)
    corrected = warp_audio(audio, warp)
    tracked_again = tracker.track(corrected)
    if _mean_error(tracked_again, plan, limits) >= _mean_error(tracked, plan, limits):
        return CorrectedAudio(audio, 0.0, tracked, None)
    return CorrectedAudio(corrected, warp.largest_shift_samples * 1000 / SAMPLE_RATE_HZ, tracked_again, warp)


def correct_stretch(
    sound: Audio,
    stretch: tuple[int, int],
    plan: ScorePlan,
    tracker: BeatTracker,
    limits: CorrectionLimits = CorrectionLimits(),
) -> TimeWarp | None:
    """What brings samples [start, end) of a (C, T) sound onto the beats of `plan`, which is the stretch's own.

    The tracker hears the whole sound. None where no beat is off, or where moving them would not help.
    """
    start, end = stretch
    tracked = _of_stretch(tracker.track(sound), stretch)
    warp = timing_warp(tracked, plan, end - start, limits)
    if warp.is_identity:
        return None
    corrected = sound.copy()
    corrected[:, start:end] = warp_audio(np.ascontiguousarray(sound[:, start:end]), warp)
    again = _of_stretch(tracker.track(corrected), stretch)
    return warp if _mean_error(again, plan, limits) < _mean_error(tracked, plan, limits) else None


def _of_stretch(tracked: TrackedBeats, stretch: tuple[int, int]) -> TrackedBeats:
    start, end = stretch
    beats, downbeats = (
        tuple(beat - start for beat in found if start <= beat < end)
        for found in (tracked.beats_samples, tracked.downbeats_samples)
    )
    return TrackedBeats(beats, downbeats)


def timing_warp(
    tracked: TrackedBeats, plan: ScorePlan, length_samples: int, limits: CorrectionLimits = CorrectionLimits()
) -> TimeWarp:
    """The warp that takes the measured beats towards the planned ones, within the limits."""
    still = TimeWarp((0, length_samples), (0, length_samples))
    measured, planned = pair_beats(tracked, plan, limits.largest_shift_ms)
    if not len(measured) or len(measured) < limits.fewest_heard * len(plan.beats):
        return still
    wanted = (planned - measured).astype(np.float64)
    wanted[np.abs(wanted) <= limits.forgiven_ms * SAMPLE_RATE_HZ / 1000] = 0
    if not wanted.any():
        return still
    # The ends of the sound stay where they are. The slope is reckoned on the target's clock, which may run faster.
    instants = np.array([0, *measured, length_samples])
    slope = limits.largest_stretch / (1 + limits.largest_stretch)
    shifts = limit_slope(instants, np.array([0.0, *wanted, 0.0]), slope)[1:-1]
    ends = slope * np.minimum(measured, length_samples - measured)
    shifts = np.clip(shifts, -ends, ends)
    return anchored_warp(measured, measured + np.round(shifts).astype(np.int64), length_samples, length_samples)


def pair_beats(tracked: TrackedBeats, plan: ScorePlan, reach_ms: float) -> tuple[Instants, Instants]:
    """The measured and the planned beats that are each other's nearest and at most `reach_ms` apart."""
    measured = np.array(tracked.beats_samples, np.int64)
    planned = np.array([beat.samples for beat in plan.beats], np.int64)
    if not len(measured) or not len(planned):
        return measured[:0], planned[:0]
    partner = nearest(planned, measured)
    mutual = nearest(measured, planned)[partner] == np.arange(len(measured))
    close = np.abs(planned[partner] - measured) <= reach_ms * SAMPLE_RATE_HZ / 1000
    kept = mutual & close
    return measured[kept], planned[partner[kept]]


def _mean_error(tracked: TrackedBeats, plan: ScorePlan, limits: CorrectionLimits) -> float:
    """Mean distance of the planned beats to the measured, in samples; one that was not heard counts as the limit."""
    reach = limits.largest_shift_ms * SAMPLE_RATE_HZ / 1000
    measured, planned = pair_beats(tracked, plan, limits.largest_shift_ms)
    missing = len(plan.beats) - len(planned)
    return float(np.abs(measured - planned).sum() + missing * reach) / max(1, len(plan.beats))
