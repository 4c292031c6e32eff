"""What is left of the music in mono, and where bass management or a 5.1 programme's downmix adds its sides.

Stereo music stands in the left and right of a 5.1 programme. Played in mono, or through a subwoofer that gets both
sides below 120 Hz, what is of opposite phase in them goes. Uncorrelated sides lose nothing: they add up by power.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.loudness import weighted
from vem_core.audio.true_peak import measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.result import DownmixReport
from vem_core.contract.time import SAMPLE_RATE_HZ

MOST_MONO_LOSS_DB = 3.0
MOST_BASS_LOSS_DB = 2.0
BASS_BELOW_HZ = 120.0
HIGHEST_MONO_PEAK_DBTP = 3.0
"""Two equal sides, each 3 dB down, add 3 dB; a mono downmix above this would be more than that."""

_BASS_THERE_DB = -40.0  # against the whole


def check_downmix(mix: Audio) -> DownmixReport:
    """The downmix report of a stereo mix (2, T)."""
    whole = weighted(mix)
    loss_db = _loss_db(whole)
    low = scipy.signal.sosfilt(_bass_filter(), mix.astype(np.float64), axis=-1)
    bass_db = _power_db(low) - _power_db(mix.astype(np.float64))
    bass_loss_db = _loss_db(low) if math.isfinite(bass_db) and bass_db > _BASS_THERE_DB else None
    mono = (mix.sum(0, keepdims=True) * np.float32(math.sqrt(0.5))).astype(np.float32)
    peak = measure_true_peak(mono)
    return DownmixReport(
        mono_loss_db=loss_db,
        bass_loss_db=bass_loss_db,
        mono_true_peak_dbtp=peak if math.isfinite(peak) else None,
        safe=(loss_db or 0.0) <= MOST_MONO_LOSS_DB and (bass_loss_db or 0.0) <= MOST_BASS_LOSS_DB,
    )


def downmix_warnings(report: DownmixReport) -> tuple[str, ...]:
    """What an editor should know, in words."""
    warnings = []
    if report.mono_loss_db is not None and report.mono_loss_db > MOST_MONO_LOSS_DB:
        warnings.append(f"In mono the music loses {report.mono_loss_db:.1f} dB: its sides cancel each other.")
    if report.bass_loss_db is not None and report.bass_loss_db > MOST_BASS_LOSS_DB:
        warnings.append(
            f"Below {BASS_BELOW_HZ:.0f} Hz the music loses {report.bass_loss_db:.1f} dB through one subwoofer."
        )
    return tuple(warnings)


def _loss_db(sides: NDArray[np.float64]) -> float | None:
    """How much less power the sum of two sides has than their powers together: 0 for uncorrelated or equal ones.

    Equal sides gain 3 dB and are counted as no loss.
    """
    together = float(np.mean(sides**2, axis=1).sum())
    added = float(np.mean(sides.sum(0) ** 2))
    if together < 1e-12:
        return None
    return max(0.0, 10 * math.log10(together / max(added, 1e-12)))


def _power_db(sides: NDArray[np.float64]) -> float:
    power = float(np.mean(sides**2))
    return 10 * math.log10(power) if power > 0 else -math.inf


@functools.cache
def _bass_filter() -> NDArray[np.float64]:
    return np.asarray(scipy.signal.butter(4, BASS_BELOW_HZ, "low", fs=SAMPLE_RATE_HZ, output="sos"))
