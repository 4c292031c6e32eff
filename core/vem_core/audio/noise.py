"""What is wrong with a recording, measured as such: its noise floor, clipped peaks, mains hum. Never its dynamics.

Audio is (channels, T) at 48 kHz.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ

Floats = NDArray[np.float64]

LEAST_S = 3.0
"""Shorter sound says too little of its noise."""

MOST_DB = 90.0
"""A floor that lies deeper counts as this."""

_WINDOW, _HOP = 8_192, 4_096
_BLOCK_FRAMES = 256
_EDGES_HZ = 200 * 2 ** (np.arange(4, 19) / 3)  # thirds of octaves from 504 Hz to 12.8 kHz: lossy codecs cut above
_LOWEST_HZ, _HEARD_HZ = 40.0, 16_000.0  # to here the floor goes on: downward as it slopes, upward level
_BETWEEN = 0.2  # of a band's bins lie below this: what is between partials
_QUIET = 0.05  # of the frames lie below this: what is between the notes
_SILENT_POWER = 1e-9  # -90 dBFS: digital silence, in which no noise was recorded
_FULL_SCALE, _AT_PEAK = 0.999, 0.9995
_LEAST_PEAK = 0.1  # a sound softer than this was not clipped at its peak, or nobody will hear that it was
_RUN = 3
_HUM_WINDOW = 131_072
_HUM_TOP_HZ = 400.0
_MULTIPLES, _LEAST_LINES = 6, 2
_LINE_DB = 15.0
_MOMENT = 9_600
_LEAST_MOMENTS = 12
_LEAST_COHERENT = 0.7
_STEADY = 0.1  # of the windows: what is there nine times in ten


class Noise(NamedTuple):
    """The faults of a recording."""

    snr_db: float  # programme over its broadband floor
    clipped_share: float  # of the samples, in flat tops
    hum_hz: int  # the mains frequency that hums, 0 for none
    hum_db: float  # of the hum against the programme; -MOST_DB for none


def measure_noise(audio: Audio) -> Noise:
    """All three. Silence, and sound shorter than `LEAST_S`, has none."""
    if audio.shape[1] < LEAST_S * SAMPLE_RATE_HZ or not np.any(audio):
        return Noise(MOST_DB, 0.0, 0, -MOST_DB)
    hum_hz, hum_db = mains_hum(audio)
    return Noise(round(snr_db(audio), 2), round(clipped_share(audio), 6), hum_hz, round(hum_db, 2))


def snr_db(audio: Audio) -> float:
    """How far the programme stands above its stationary broadband noise, dB, at most `MOST_DB`.

    After minimum statistics (Martin, "Noise power spectral density estimation based on optimal smoothing and minimum
    statistics", IEEE Trans. Speech Audio Process. 9(5), 2001): noise is what is left in a band when nothing plays, so
    its power is read at a low quantile of the frames; and, since in music something always plays, at a low quantile of
    the bins of a third of an octave, which lies between the partials. Both lie below the mean of the noise by a bias
    that is known (ibid., section IV); here it is that of white noise through the same steps. How loud the music is, how
    much its level changes and how hard it is limited do not enter.
    """
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    bands = _bands()
    below = (hertz >= _LOWEST_HZ) & (hertz < _EDGES_HZ[0])
    floor = programme = 0.0
    for channel in audio:
        levels, sums = _band_floors(channel, bands)
        heard = sums > _SILENT_POWER
        if heard.any():
            density = np.quantile(levels[:, heard], _QUIET, axis=1) / _quiet_noise()  # (bands,) of one bin
            bins = np.array([band.sum() for band in bands], float)
            bins[0] += float(np.sum((hertz[below] / _EDGES_HZ[0]) ** -_slope(density)))
            bins[-1] += np.sum((hertz >= _EDGES_HZ[-1]) & (hertz < _HEARD_HZ))
            floor += float(density @ bins)
            programme += float(sums[heard].mean())
    if floor <= 0:
        return MOST_DB
    return min(MOST_DB, 10 * math.log10(max(programme - floor, 1e-9 * programme) / floor))


@functools.cache
def _bands() -> list[NDArray[np.bool_]]:
    hertz = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE_HZ)
    return [(hertz >= low) & (hertz < high) for low, high in itertools.pairwise(_EDGES_HZ)]


@functools.cache
def _quiet_noise() -> Floats:
    """What the low quantiles of white noise are against its mean, in each band."""
    noise = np.random.default_rng(0).standard_normal(20 * SAMPLE_RATE_HZ).astype(np.float32)
    levels, sums = _band_floors(noise, _bands())
    return np.asarray(np.quantile(levels, _QUIET, axis=1) / (sums.mean() / (_WINDOW // 2 + 1)))


def _slope(density: Floats) -> float:
    """How steeply noise of these bands falls: its power goes with the frequency to minus this, 0 white to 1 pink."""
    centres = np.log(_EDGES_HZ[:-1] * _EDGES_HZ[1:]) / 2
    known = density > 0
    if known.sum() < 2:
        return 0.0
    return float(np.clip(-np.polyfit(centres[known], np.log(density[known]), 1)[0], 0, 1))


def _band_floors(channel: NDArray[np.float32], bands: list[NDArray[np.bool_]]) -> tuple[Floats, Floats]:
    """For each band and frame a low quantile of the bins' power (bands, F), and each frame's power (F,)."""
    window = np.hanning(_WINDOW)
    window *= math.sqrt(2 / (_WINDOW * np.square(window).sum()))  # the powers of a frame's bins add up to its own
    frames = np.lib.stride_tricks.sliding_window_view(channel, _WINDOW)[::_HOP]
    floors, sums = [], []
    for first in range(0, len(frames), _BLOCK_FRAMES):
        power = np.square(np.abs(np.fft.rfft(frames[first : first + _BLOCK_FRAMES] * window)))
        floors.append(np.stack([np.quantile(power[:, band], _BETWEEN, axis=1) for band in bands]))
        sums.append(power.sum(axis=1))
    return np.concatenate(floors, axis=1), np.concatenate(sums)


def clipped_share(audio: Audio) -> float:
    """The share of the samples that lie in flat tops: three or more in a row at full scale, or at the sound's own peak.

    Runs at the ceiling are how a clipped recording is told from a loud one (the definition of Esquef and others, and of
    every "clip detect" since the CD): a limiter touches its ceiling, it does not stay there. A lossy codec bends flat
    tops to both sides of full scale, so that half of them count; those of a file whose level was lowered before it was
    encoded are not found.
    """
    found = 0
    for channel in audio:
        size = np.abs(channel)
        top = float(size.max(initial=0.0))
        if top < _LEAST_PEAK:
            continue
        flat = (size >= _FULL_SCALE) | (size >= _AT_PEAK * top)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.view(np.int8), [0]])))
        lengths = edges[1::2] - edges[::2]
        found += int(lengths[lengths >= _RUN].sum())
    return found / audio.size


def mains_hum(audio: Audio) -> tuple[int, float]:
    """The mains frequency whose hum is in the sound, 50 or 60 Hz, and its level against the programme in dB; 0 if none.

    Hum is a line at the mains frequency and lines at its multiples that never stop (compare Brandt and Bitzer,
    "Automatic detection of hum in audio signals", J. Audio Eng. Soc. 62(9), 2014). They are looked for in two ways,
    since music covers them in two: between notes that sound on, in a low quantile of long spectra; and between beats,
    in the quietest moments, by their phase. Two of the first six lines make a hum. The notes of music at 440 Hz lie
    1 Hz and more beside these places, and grids are held to 0.2 Hz.
    """
    mono = audio.mean(axis=0, dtype=np.float64)
    if len(mono) < 2 * _HUM_WINDOW:
        return 0, -MOST_DB
    steady, moments = _steady_spectrum(mono), _quiet_moments(mono)
    programme = float(np.square(mono).mean())
    best = (0, -MOST_DB)
    for mains in (50, 60):
        places = [mains * multiple for multiple in range(1, _MULTIPLES + 1)]
        for lines in ([_line_power(steady, hertz) for hertz in places], _coherent_lines(mono, moments, mains)):
            power = sum(lines) / 2  # of sines of these squared amplitudes
            if np.count_nonzero(lines) >= _LEAST_LINES and power > 0:
                level = 10 * math.log10(power / max(programme, 1e-12))
                best = max(best, (mains, level), key=lambda found: found[1])
    return best


def _steady_spectrum(mono: Floats) -> Floats:
    """What is there nine times in ten: squared amplitudes of windows of 2.7 s up to 400 Hz, at their low quantile."""
    window = np.hanning(_HUM_WINDOW)
    window *= 2 / window.sum()
    frames = np.lib.stride_tricks.sliding_window_view(mono, _HUM_WINDOW)[:: _HUM_WINDOW // 2]
    kept = int(_HUM_TOP_HZ * _HUM_WINDOW / SAMPLE_RATE_HZ)
    return np.asarray(
        np.quantile([np.square(np.abs(np.fft.rfft(frame * window)[:kept])) for frame in frames], _STEADY, axis=0)
    )


def _quiet_moments(mono: Floats) -> NDArray[np.int64]:
    """Where the quietest third of the moments of 0.2 s begin that anything sounds in."""
    starts = np.arange(0, len(mono) - _MOMENT, _MOMENT // 4)
    total = np.concatenate([[0.0], np.cumsum(np.square(mono))])
    power = (total[starts + _MOMENT] - total[starts]) / _MOMENT
    heard = power > _SILENT_POWER
    if not heard.any():
        return starts[:0]
    return np.asarray(starts[heard & (power <= np.quantile(power[heard], 1 / 3))])


def _coherent_lines(mono: Floats, moments: NDArray[np.int64], mains: int) -> list[float]:
    """The squared amplitudes of the mains' lines whose phase runs on from moment to moment, 0 for the others.

    A line is as strong in the mean over the moments, phases and all, as in the mean of their powers; what merely sounds
    there has another phase each time.
    """
    if len(moments) < _LEAST_MOMENTS:
        return [0.0] * _MULTIPLES
    window = np.hanning(_MOMENT)
    window *= 2 / window.sum()
    instants = np.arange(_MOMENT) / SAMPLE_RATE_HZ
    frames = np.stack([mono[start : start + _MOMENT] for start in moments]) * window
    begins = moments / SAMPLE_RATE_HZ
    lines = []
    for multiple in range(1, _MULTIPLES + 1):
        heard = frames @ np.exp(-2j * np.pi * mains * multiple * instants)
        places = mains * multiple + multiple * np.arange(-0.2, 0.201, 0.02)
        turned = np.abs(np.exp(-2j * np.pi * places[:, None] * begins) @ heard) / len(moments)
        strongest = float(np.square(turned).max())
        share = strongest / max(float(np.square(np.abs(heard)).mean()), 1e-15)
        lines.append(strongest if share >= _LEAST_COHERENT else 0.0)
    return lines


def _line_power(steady: Floats, hertz: float) -> float:
    """The squared amplitude of a line, 0 where none stands out of what is around."""
    bin_hz = SAMPLE_RATE_HZ / _HUM_WINDOW
    reach, around = max(1, round(0.3 / bin_hz)), round(8 / bin_hz)
    middle = round(hertz / bin_hz)
    near = steady[middle - reach : middle + reach + 1]
    beside = np.concatenate(
        [steady[middle - around : middle - 3 * reach], steady[middle + 3 * reach + 1 : middle + around]]
    )
    # A line stands on its place: what rises towards a neighbour's flank is a note beside it.
    shoulders = max(float(steady[middle - 3 * reach]), float(steady[middle + 3 * reach]))
    top = float(near.max())
    clear = top > 10 ** (_LINE_DB / 10) * float(np.quantile(beside, 0.75)) and top > 10 * shoulders
    return top if clear else 0.0
