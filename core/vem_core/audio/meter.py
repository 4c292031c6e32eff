"""Loudness and true peak together, of a sound that comes piece by piece: on its way to a file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.loudness import PowerMeter, hops_in, loudness_of
from vem_core.audio.true_peak import PeakMeter
from vem_core.audio.types import Audio


class HeardLevel(NamedTuple):
    """How loud a sound was."""

    loudness_lufs: float  # integrated; minus infinity for silence
    true_peak_dbtp: float  # minus infinity for silence
    true_peak_samples: int  # the first sample of the block of 32 that has it
    powers: NDArray[np.float64]  # K-weighted, of each 100 ms


class LevelMeter:
    """What `measure_loudness` and `measure_true_peak` find on the whole of a sound."""

    def __init__(self, channels: int, samples: int) -> None:
        self._samples = samples
        self._power, self._peak = PowerMeter(channels), PeakMeter(channels)
        self._powers = [np.zeros(0)]

    def hear(self, audio: Audio) -> None:
        """The next of the sound, (C, T)."""
        self._powers.append(self._power.hear(audio))
        self._peak.hear(audio)

    def end(self) -> HeardLevel:
        """The level of what was heard."""
        heard = np.concatenate([*self._powers, self._power.end()])
        powers = np.zeros(hops_in(self._samples))
        powers[: len(heard)] = heard[: len(powers)]
        return HeardLevel(loudness_of(powers, self._samples), *self._peak.end(), powers)
