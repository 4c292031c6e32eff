"""What is left of the music in mono, and where bass management or a 5.1 programme's downmix adds its sides.

Stereo music stands in the left and right of a 5.1 programme. Played in mono, or through a subwoofer that gets both
sides below 120 Hz, what is of opposite phase in them goes. Uncorrelated sides lose nothing: they add up by power.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from vem_core.audio.k_weighting import k_weighting
from vem_core.audio.sections import Sections
from vem_core.audio.true_peak import PeakMeter
from vem_core.audio.types import Audio
from vem_core.contract.result import DownmixReport
from vem_core.contract.time import SAMPLE_RATE_HZ

MOST_MONO_LOSS_DB = 3.0
MOST_BASS_LOSS_DB = 2.0
BASS_BELOW_HZ = 120.0
HIGHEST_MONO_PEAK_DBTP = 3.0
"""Two equal sides, each 3 dB down, add 3 dB; a mono downmix above this would be more than that."""

_BASS_THERE_DB = -40.0  # against the whole


def check_downmix(mix: Iterable[Audio]) -> DownmixReport:
    """The downmix report of a stereo mix that comes in blocks (2, T)."""
    whole, low, plain = _Sides(), _Sides(), _Sides()
    weighting, bass = Sections(k_weighting(), 2), Sections(_bass_filter(), 2)
    mono = PeakMeter(1)
    for block in mix:
        sound = block.astype(np.float64)
        whole.hear(weighting.apply(sound))
        low.hear(bass.apply(sound))
        plain.hear(sound)
        mono.hear((block.sum(0, keepdims=True) * np.float32(math.sqrt(0.5))).astype(np.float32))
    loss_db = whole.loss_db
    bass_db = low.power_db - plain.power_db
    bass_loss_db = low.loss_db if math.isfinite(bass_db) and bass_db > _BASS_THERE_DB else None
    peak = mono.end()[0]
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


class _Sides:
    """The powers of two sides, and of their sum, of a sound that comes in blocks."""

    def __init__(self) -> None:
        self._samples = 0
        self._each, self._added = np.zeros(2), 0.0

    def hear(self, sides: NDArray[np.float64]) -> None:
        self._samples += sides.shape[1]
        self._each += np.sum(sides**2, axis=1)
        self._added += float(np.sum(sides.sum(0) ** 2))

    @property
    def loss_db(self) -> float | None:
        """How much less power the sum of two sides has than their powers together: 0 for uncorrelated or equal ones.

        Equal sides gain 3 dB and are counted as no loss.
        """
        together = float(self._each.sum()) / max(1, self._samples)
        if together < 1e-12:
            return None
        return max(0.0, 10 * math.log10(together / max(self._added / self._samples, 1e-12)))

    @property
    def power_db(self) -> float:
        """The mean power of the two sides."""
        power = float(self._each.sum()) / max(1, 2 * self._samples)
        return 10 * math.log10(power) if power > 0 else -math.inf


@functools.cache
def _bass_filter() -> NDArray[np.float64]:
    return np.asarray(scipy.signal.butter(4, BASS_BELOW_HZ, "low", fs=SAMPLE_RATE_HZ, output="sos"))
