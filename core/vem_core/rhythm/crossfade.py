"""Fades from one sound to another that keep the level, in the whole or in each octave."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ

_WINDOW_SAMPLES, _HOP_SAMPLES = 2_048, 512
_OCTAVES_HZ = (0, 100, 200, 400, 800, 1_600, 3_200, 6_400, SAMPLE_RATE_HZ // 2 + 1)
_MOST, _LEAST = 4.0, 0.5
"""How far an octave is brought up where two sounds cancel out, and down where they add up. Beyond that what is left of
it is chance."""


def similarity(one: Audio, other: Audio) -> float:
    """Correlation of two sounds, -1..1; 0 where either is silent."""
    power = float(np.vdot(one, one)) * float(np.vdot(other, other))
    return float(np.vdot(one, other)) / power**0.5 if power > 0 else 0.0


def cross_fade(leaving: Audio, entering: Audio) -> Audio:
    """A fade that keeps the level whatever the correlation of the two: between equal gain (1) and equal power (0)."""
    fall, rise = _shares(leaving.shape[1])
    alike = max(0.0, similarity(leaving, entering))
    level = np.sqrt(rise**2 + fall**2 + 2 * rise * fall * alike)
    return ((fall * leaving + rise * entering) / level).astype(np.float32)


def cross_fade_by_octaves(leaving: Audio, entering: Audio) -> Audio:
    """A fade that keeps the level of each octave, instant by instant: a bass that cancels out is brought up alone.

    Two (C, T) sounds, T several times the window of 43 ms. Where one of the two is alone nothing is changed.
    """
    fall, rise = _shares(leaving.shape[1])
    mixed = fall * leaving + rise * entering
    frames = _frames(mixed)
    reach = np.pad(np.stack([fall, rise]), ((0, 0), (_WINDOW_SAMPLES, _WINDOW_SAMPLES)), mode="edge")
    falls, rises = reach[:, _WINDOW_SAMPLES // 2 :: _HOP_SAMPLES][:, : frames.shape[1], None] ** 2
    apart = _octave_powers(_frames(leaving)) * falls + _octave_powers(_frames(entering)) * rises
    wanted = apart / (falls + rises)
    gains = np.clip(np.sqrt((wanted + 1e-12) / (_octave_powers(frames) + 1e-12)), _LEAST, _MOST)
    bins_hz = np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    centres_hz = [0.5 * (low + high) for low, high in itertools.pairwise(_OCTAVES_HZ)]
    by_bin = np.array([np.interp(bins_hz, centres_hz, gain) for gain in gains])
    return (mixed + _overlapped(frames * (by_bin - 1), mixed.shape[1])).astype(np.float32)


def _shares(length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of what leaves and of what enters; their sum is 1."""
    rise = np.sin(0.5 * np.pi * (np.arange(length) + 0.5) / length) ** 2
    return 1 - rise, rise


def _window() -> NDArray[np.float64]:
    """Its square adds up to 1 over the hops: it is laid over a frame twice, before and after."""
    phase = np.arange(_WINDOW_SAMPLES) / _WINDOW_SAMPLES
    return np.asarray(np.sin(np.pi * phase) * np.sqrt(2 * _HOP_SAMPLES / _WINDOW_SAMPLES))


def _frames(sound: Audio | NDArray[np.float64]) -> NDArray[np.complex128]:
    """(C, F, bins), with silence on either side."""
    padded = np.pad(sound, ((0, 0), (_WINDOW_SAMPLES, _WINDOW_SAMPLES)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_SAMPLES, axis=1)[:, ::_HOP_SAMPLES]
    return np.asarray(np.fft.rfft(frames * _window()))


def _octave_powers(frames: NDArray[np.complex128]) -> NDArray[np.float64]:
    """(F, octaves)"""
    bins_hz = np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / SAMPLE_RATE_HZ)
    firsts = np.searchsorted(bins_hz, _OCTAVES_HZ[:-1])
    return np.asarray(np.add.reduceat(np.square(np.abs(frames)).sum(axis=0), firsts, axis=1))


def _overlapped(frames: NDArray[np.complex128], length: int) -> NDArray[np.float64]:
    sound = np.zeros((frames.shape[0], length + 2 * _WINDOW_SAMPLES))
    for number, frame in enumerate(np.moveaxis(np.fft.irfft(frames, _WINDOW_SAMPLES) * _window(), 1, 0)):
        at = number * _HOP_SAMPLES
        sound[:, at : at + _WINDOW_SAMPLES] += frame
    return sound[:, _WINDOW_SAMPLES : _WINDOW_SAMPLES + length]
