"""From evidence to beats: the most probable beat path, and the most probable bars over it.

`decode_beats` is a semi-Markov model. Its hidden state is (time of a beat, interval since the last); between beats the
interval may change a little, as a player's tempo does. Evidence is a log-likelihood ratio a frame, "a beat is here"
against "none is", so that frames without a beat cost nothing and silence at either end stays free of beats. The idea of
a tempo that changes only at beats is that of Krebs, Böck and Widmer (ISMIR 2015); the explicit interval needs no
counting states, which is why a minute decodes in a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.rhythm.tracking.base import Curve


@dataclass(frozen=True)
class BeatPrior:
    """What is believed about tempo before listening."""

    slowest_bpm: float = 50.0
    fastest_bpm: float = 215.0
    likeliest_bpm: float = 112.0
    octaves: float = 0.7  # standard deviation of the tempo around the likeliest
    tempo_weight: float = 0.3  # how much that counts at each beat
    bend: float = 0.03  # standard deviation of the relative change from one interval to the next
    restart: float = 14.0  # cost of losing the beat and finding it again, in nats


@dataclass(frozen=True)
class BarPrior:
    """What is believed about bars before listening."""

    metres: tuple[int, ...] = (4, 3)
    irregular: float = 0.01  # probability that a bar ends early or runs on


def decode_beats(evidence: Curve, rate_hz: float, prior: BeatPrior = BeatPrior()) -> NDArray[np.int64]:
    """The frames of the most probable beats under a log-likelihood ratio per frame, (F,). May be empty."""
    intervals = _intervals(rate_hz, prior)
    if len(evidence) < intervals[0] or not (evidence > 0).any():
        return np.zeros(0, np.int64)
    return _trace(_search(evidence, intervals, rate_hz, prior), intervals)


class _Paths(NamedTuple):
    """What `_search` remembers. A path that is closed at t has a beat there and none after it."""

    closing: NDArray[np.float64]  # (F,) best score of a path closed at t
    closing_interval: NDArray[np.intp]  # (F,) index of the interval that led there
    before: NDArray[
        np.signedinteger[Any]
    ]  # (F, intervals) for a beat at t: the interval before it, given the next; -1: it opens
    resumed_after: NDArray[np.int64]  # (F,) where the beat was lost before an opening at t; -1: nowhere


def _search(evidence: Curve, intervals: NDArray[np.int64], rate_hz: float, prior: BeatPrior) -> _Paths:
    tempo, change = _tempo_score(intervals, rate_hz, prior), _change_score(intervals, prior)
    frames, count = len(evidence), len(intervals)
    before = np.full((frames, count), -1, np.int8 if count <= np.iinfo(np.int8).max else np.int16)
    paths = _Paths(np.full(frames, -np.inf), np.zeros(frames, np.intp), before, np.full(frames, -1))
    ring = int(intervals[-1]) + 1
    ahead = np.full((ring, count), -np.inf)  # best score of a path with a beat at t, by the interval that follows
    every = np.arange(count)
    lost, lost_at = 0.0, -1  # the best path closed so far, far enough back to be resumed
    for t in range(frames):
        here = float(evidence[t])
        arriving = ahead[(t - intervals) % ring, every] + tempo + here
        paths.closing_interval[t] = np.argmax(arriving)
        paths.closing[t] = arriving[paths.closing_interval[t]]
        earlier = t - int(intervals[0])
        if earlier >= 0 and paths.closing[earlier] > lost:
            lost, lost_at = float(paths.closing[earlier]), earlier
        resumes = lost > prior.restart
        paths.resumed_after[t] = lost_at if resumes else -1
        opening = here + (lost - prior.restart if resumes else 0.0)
        onward = arriving[:, None] + change
        chosen = np.argmax(onward, axis=0)
        continued = onward[chosen, every]
        paths.before[t] = np.where(opening > continued, -1, chosen)
        ahead[t % ring] = np.maximum(opening, continued)
    return paths


def _trace(paths: _Paths, intervals: NDArray[np.int64]) -> NDArray[np.int64]:
    t = int(np.argmax(paths.closing))
    if not paths.closing[t] > 0:
        return np.zeros(0, np.int64)
    beats, interval = [t], int(paths.closing_interval[t])
    while True:
        t -= int(intervals[interval])
        beats.append(t)
        interval = int(paths.before[t, interval])
        if interval < 0:
            t = int(paths.resumed_after[t])
            if t < 0:
                return np.array(beats[::-1], np.int64)
            beats.append(t)
            interval = int(paths.closing_interval[t])


def _intervals(rate_hz: float, prior: BeatPrior) -> NDArray[np.int64]:
    shortest = int(np.floor(60 * rate_hz / prior.fastest_bpm))
    longest = int(np.ceil(60 * rate_hz / prior.slowest_bpm))
    return np.arange(shortest, longest + 1)


def _tempo_score(intervals: NDArray[np.int64], rate_hz: float, prior: BeatPrior) -> NDArray[np.float64]:
    octaves = np.log2(60 * rate_hz / intervals / prior.likeliest_bpm)
    return -0.5 * prior.tempo_weight * np.square(octaves / prior.octaves)


def _change_score(intervals: NDArray[np.int64], prior: BeatPrior) -> NDArray[np.float64]:
    """Log-probability of each interval (columns) after each (rows)."""
    relative = np.log(intervals[None, :] / intervals[:, None])
    # Frames are coarse: half a frame either way is no change of tempo.
    slack = 0.5 / np.sqrt(intervals[None, :] * intervals[:, None])
    score = -0.5 * np.square(np.maximum(np.abs(relative) - slack, 0) / prior.bend)
    return np.where(np.abs(relative) > 0.25, -np.inf, score)


def decode_bars(evidence: Curve, prior: BarPrior = BarPrior()) -> NDArray[np.int64]:
    """The indices of the beats that begin a bar, given a log-likelihood ratio per beat, (beats,).

    One metre for the whole piece; a bar may end early or run on now and then.
    """
    if not len(evidence):
        return np.zeros(0, np.int64)
    paths = [_bar_path(evidence, metre, prior) for metre in prior.metres]
    return max(paths, key=lambda path: path[0])[1]


def _bar_path(evidence: Curve, metre: int, prior: BarPrior) -> tuple[float, NDArray[np.int64]]:
    """Score and downbeats of the best path through beat numbers 0 .. metre - 1 (0 begins the bar)."""
    step = np.full((metre, metre), -np.inf)
    for number in range(metre):
        step[number, (number + 1) % metre] = np.log(1 - prior.irregular)
        if number and (number + 1) % metre:
            step[number, 0] = np.log(prior.irregular)
    score = np.zeros(metre)
    score[0] += evidence[0]
    back = np.zeros((len(evidence), metre), np.int8)
    for index in range(1, len(evidence)):
        onward = score[:, None] + step
        back[index] = np.argmax(onward, axis=0)
        score = onward.max(axis=0)
        score[0] += evidence[index]
    number = int(np.argmax(score))
    best, numbers = float(score[number]), []
    for index in range(len(evidence) - 1, -1, -1):
        numbers.append(number)
        number = int(back[index, number])
    return best, np.flatnonzero(np.array(numbers[::-1]) == 0)
