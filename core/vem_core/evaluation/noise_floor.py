"""How much lies between the notes that should not: how quiet each band gets, and how far latents spread.

`contrast_over_noise_db` knows no real sound, and stretching the latents about their mean pleases it; a floor that is
compared with the real one's band by band, beside the spread itself, sees through that.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from scipy.signal import stft
from torch import Tensor

from vem_core.audio.types import Audio
from vem_core.contract.time import SAMPLE_RATE_HZ

Floats = NDArray[np.float64]

QUIET_SHARE = 0.1
"""Of the time, in which a band is quieter than its floor."""

_WINDOW, _HOP = 2048, 960
_CENTRES_HZ = 1000.0 * 2.0 ** (np.arange(-13, 13) / 3)  # thirds of octaves, 50 Hz to 16 kHz
_SILENCE_DB = -70.0  # of a band, against the whole sound's mean power: nobody hears what lies below


def floor_excess_db(made: Audio, real: Audio) -> Floats:
    """How far each third of an octave's floor lies above the real one's, (bands,) dB, at equal total power.

    The floor is the 10th percentile of the band's level over the frames of a 2,048-point spectrum.
    """
    return quiet_floor_db(made) - quiet_floor_db(real)


def quiet_floor_db(sound: Audio) -> Floats:
    """Each band's 10th percentile, (bands,) dB against the sound's mean power; at least -70."""
    _, _, spectra = stft(sound.astype(np.float64), SAMPLE_RATE_HZ, nperseg=_WINDOW, noverlap=_WINDOW - _HOP)
    power = np.square(np.abs(spectra)).sum(axis=0)  # both channels: (bins, frames)
    total = max(float(power.sum(axis=0).mean()), 1e-20)
    levels = 10 * np.log10(_bands() @ power / total + 1e-12)
    return np.asarray(np.maximum(np.quantile(levels, QUIET_SHARE, axis=1), _SILENCE_DB))


def latent_spread(latents: Tensor) -> float:
    """Root mean square deviation of latents (1, C, L) from their channels' means: near 1 over a whole corpus.

    A sampler that hedges between what might sound spreads less than music does, and a mean of sounds is noise.
    """
    return float(latents.float().var(dim=-1, correction=0).mean().sqrt())


@functools.cache
def _bands() -> Floats:
    """Which share of each bin a third of an octave has, (bands, bins): narrow ones take part of a bin."""
    edges_hz = np.append(_CENTRES_HZ * 2 ** (-1 / 6), _CENTRES_HZ[-1] * 2 ** (1 / 6))
    width_hz = SAMPLE_RATE_HZ / _WINDOW
    low_hz = (np.arange(_WINDOW // 2 + 1) - 0.5) * width_hz
    upper, lower = np.minimum(edges_hz[1:, None], low_hz + width_hz), np.maximum(edges_hz[:-1, None], low_hz)
    return np.asarray(np.maximum(0.0, upper - lower) / width_hz)
