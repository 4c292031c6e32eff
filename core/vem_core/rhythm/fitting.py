"""Fitting a given piece of music to the cuts: its own beats, each moved a little, so that cuts are met.

Dynamic programming over the measured beats. The state is how far a beat is moved, on a grid of 2.5 ms; from one beat to
the next the shift may change by a small share of the interval. Beats and the off-beats between them are rewarded for
landing on cuts, bends cost their square. The start may slide by half a beat, as an editor would slip the clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.rhythm.report import hit_points_of
from vem_core.rhythm.tracking.base import TrackedBeats
from vem_core.rhythm.warping import anchored_warp, warp_audio

Instants = NDArray[np.int64]

_GRID_SAMPLES = SAMPLE_RATE_HZ // 400
_EDGE_FADE_SAMPLES = SAMPLE_RATE_HZ // 100


@dataclass(frozen=True)
class FitLimits:
    """How far given music may be bent, and what that costs against what a met cut is worth (1)."""

    largest_stretch: float = 0.04  # of local speed
    largest_shift_s: float = 3.0
    bend_cost: float = 60.0  # times the squared relative change of speed: 4 % for one beat costs a tenth of a cut
    off_beat_worth: float = 0.5
    downbeat_bonus: float = 0.1
    wished_worth: float = 3.0  # of a cut marked hit or drop
    sharpness_ms: float = 8.0  # standard deviation of the reward around a cut


class Fit(NamedTuple):
    """Music fitted to a timeline: its sound, as long as the timeline, and what was done to it."""

    audio: Audio
    start_shift_ms: float  # positive: the music begins later
    largest_stretch: float  # of local speed, relative


def fit_to_cuts(audio: Audio, tracked: TrackedBeats, sheet: CutSheet, limits: FitLimits = FitLimits()) -> Fit:
    """The (C, T) music with its beats moved onto the sheet's cuts, (C, the sheet's length).

    Longer music is cut off, shorter music is followed by silence. Raises AudioError where no beats were heard.
    """
    length = sample_of_frame(sheet.duration_frames, sheet.rate)
    beats = np.array([beat for beat in tracked.beats_samples if beat < length], np.int64)
    if len(beats) < 2:
        raise AudioError("No beat can be heard in this music.", hint="Only music with a pulse can be fitted to cuts.")
    shifts = _best_shifts(beats, np.isin(beats, tracked.downbeats_samples), _Worth(sheet, length, limits), limits)
    slip = int(shifts[0])
    targets = beats + shifts
    inside = targets < length
    sources, targets = beats[inside] + slip, targets[inside]
    source_length = length - int(targets[-1] - sources[-1])
    warp = anchored_warp(sources, targets, source_length, length)
    fitted = warp_audio(_slid(audio, slip, source_length), warp)
    speeds = np.diff(warp.source_samples) / np.diff(warp.target_samples)
    return Fit(fitted, slip * 1000 / SAMPLE_RATE_HZ, float(np.abs(speeds - 1).max()))


class _Worth:
    """What a beat at each instant of the target is worth, on the grid."""

    def __init__(self, sheet: CutSheet, length: int, limits: FitLimits) -> None:
        self.curve = np.zeros(length // _GRID_SAMPLES + 2)
        spread = limits.sharpness_ms * SAMPLE_RATE_HZ / 1000
        for target in hit_points_of(sheet):
            wish = (sheet.events if target.event else sheet.cuts)[target.index].wish
            if wish is Wish.IGNORE:
                continue
            instant = sample_of_frame(target.record_frames, sheet.rate)
            reach = int(4 * spread) // _GRID_SAMPLES
            places = np.arange(instant // _GRID_SAMPLES - reach, instant // _GRID_SAMPLES + reach + 2)
            places = places[(places >= 0) & (places < len(self.curve))]
            weight = 1.0 if wish is Wish.AUTO else limits.wished_worth
            bell = np.exp(-0.5 * np.square((places * _GRID_SAMPLES - instant) / spread))
            self.curve[places] = np.maximum(self.curve[places], weight * bell)

    def __call__(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        places = np.round(instants / _GRID_SAMPLES).astype(np.int64)
        inside = (places >= 0) & (places < len(self.curve))
        return np.where(inside, self.curve[np.clip(places, 0, len(self.curve) - 1)], 0.0)


def _best_shifts(beats: Instants, downbeat: NDArray[np.bool_], worth: _Worth, limits: FitLimits) -> Instants:
    """How far to move each beat, in samples."""
    half_a_beat = int(np.median(np.diff(beats))) // 2
    reachable = half_a_beat + limits.largest_stretch * int(beats[-1] - beats[0])
    states = int(min(limits.largest_shift_s * SAMPLE_RATE_HZ, reachable)) // _GRID_SAMPLES
    shifts = np.arange(-states, states + 1) * _GRID_SAMPLES
    factors = 1 + limits.downbeat_bonus * downbeat
    value = np.where((np.abs(shifts) <= half_a_beat) & (beats[0] + shifts >= 0), 0.0, -np.inf)
    value = value + factors[0] * worth(beats[0] + shifts) - 1e-9 * np.abs(shifts)
    moves_made = []
    for index in range(1, len(beats)):
        interval = int(beats[index] - beats[index - 1])
        most = int(limits.largest_stretch * interval) // _GRID_SAMPLES
        best, best_move = np.full(len(shifts), -np.inf), np.zeros(len(shifts), np.int16)
        middles = (beats[index - 1] + beats[index]) / 2 + shifts
        for move in sorted(range(-most, most + 1), key=abs):
            middle = middles - move * _GRID_SAMPLES / 2
            bend = limits.bend_cost * (move * _GRID_SAMPLES / interval) ** 2
            onward = _moved(value, move) + limits.off_beat_worth * worth(middle) - bend
            better = onward > best
            best[better], best_move[better] = onward[better], move
        value = best + factors[index] * worth(beats[index] + shifts)
        moves_made.append(best_move)
    state = int(np.argmax(value))
    chosen = [state]
    for best_move in reversed(moves_made):
        state -= int(best_move[state])
        chosen.append(state)
    return np.asarray(shifts[np.array(chosen[::-1])], np.int64)


def _moved(value: NDArray[np.float64], move: int) -> NDArray[np.float64]:
    """`value` of the state that `move` leads to each state from."""
    moved = np.full(len(value), -np.inf)
    if move >= 0:
        moved[move:] = value[: len(value) - move]
    else:
        moved[:move] = value[-move:]
    return moved


def _slid(audio: Audio, slip: int, length: int) -> Audio:
    """The sound begun `slip` samples later (or earlier), `length` samples long, without a click at either end."""
    slid = np.pad(audio, ((0, 0), (slip, 0))) if slip >= 0 else audio[:, -slip:].copy()
    rise = np.linspace(0, 1, _EDGE_FADE_SAMPLES, dtype=np.float32)
    if slip < 0:
        slid[:, : len(rise)] *= rise[: slid.shape[1]]
    if slid.shape[1] <= length:
        return np.pad(slid, ((0, 0), (0, length - slid.shape[1])))
    slid = slid[:, :length].copy()
    slid[:, -len(rise) :] *= rise[::-1][-length:]
    return slid
