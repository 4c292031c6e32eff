"""Strokes: attacks that stand out of what is around them, heard by a detector that knows nothing of beats.

A beat tracker hears no beat where there is no pulse: in a quiet ending, at a chord after a hole. A mark that the plan
meets there is measured by its own attack. What counts as a stroke is the same everywhere in the seconds around a mark,
so that chance can be counted: it is the share of that time which lies as near to a stroke.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.rhythm.tracking.onsets import (
    HOP_SAMPLES,
    WINDOW_SAMPLES,
    band_spectrogram,
    mono,
    refine_onsets,
    spectral_flux,
)

Stretch = Callable[[int, int], Audio]
"""Samples [start, end) of music, (channels, end - start): of long music only what is needed lies in memory."""

AROUND_SAMPLES = 4 * SAMPLE_RATE_HZ
"""How far on each side the music is heard that a stroke stands out of."""

STROKE_SHARE = 0.5
"""Of the rise of the strongest attack around: the least that a stroke has."""

FAINTEST_RISE = 0.25
"""Mean rise of the bands, in nepers: what sounds on, and noise, rise by less everywhere."""

_MARGIN_SAMPLES = SAMPLE_RATE_HZ // 10  # heard beside the window, so that its edges are no attacks
_APART_FRAMES = 5  # 50 ms: of what rises nearer together the strongest is the attack


@dataclass(frozen=True)
class Surroundings:
    """Samples [start, end) around an instant, and the strokes in them, increasing."""

    start_samples: int
    end_excl_samples: int
    strokes_samples: NDArray[np.int64]


def strokes_around(stretch: Stretch, instant_samples: int, length_samples: int) -> Surroundings:
    """The strokes within four seconds of an instant of music that is `length_samples` long; not in its last 20 ms."""
    start = max(0, instant_samples - AROUND_SAMPLES)
    end = min(length_samples, instant_samples + AROUND_SAMPLES)
    begin = max(0, start - _MARGIN_SAMPLES)
    signal = mono(np.ascontiguousarray(stretch(begin, min(length_samples, end + _MARGIN_SAMPLES))))
    rise = spectral_flux(band_spectrogram(signal)).mean(axis=1)
    frames = np.arange(len(rise)) * HOP_SAMPLES + begin
    cut_off = length_samples - WINDOW_SAMPLES // 2  # from here on the silence after the music is heard as a click
    rise[(frames < start) | (frames >= min(end, cut_off))] = 0
    padded = np.pad(rise, _APART_FRAMES)
    highest = sliding_window_view(padded, 2 * _APART_FRAMES + 1).max(axis=1)
    least = max(FAINTEST_RISE, STROKE_SHARE * float(rise.max(initial=0)))
    attacks = np.flatnonzero((rise == highest) & (rise >= least)) * HOP_SAMPLES
    # One by one: each has its own steepest instant, whatever the others are like.
    strokes = [int(refine_onsets(signal, attacks[place : place + 1])[0]) + begin for place in range(len(attacks))]
    return Surroundings(start, end, np.unique(np.array(strokes, np.int64)))
