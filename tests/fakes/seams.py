"""What a joint does to the sound, in figures that can be compared with those of any bar line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from vem_core.audio.types import Pcm
from vem_core.contract.time import SAMPLE_RATE_HZ

LEVEL_SAMPLES = SAMPLE_RATE_HZ // 20
FRAME_SAMPLES = 1_024


class Seam(NamedTuple):
    """The sound at one instant."""

    level_step_db: float  # 50 ms after against 50 ms before
    flux: float  # how far the spectrum moves there, in nepers of the magnitudes of 1,024 samples, mean over the bins
    click: float  # the largest second difference within a millisecond, against the RMS of 50 ms around


def seam_at(sound: Pcm, at_samples: int) -> Seam | None:
    """The seam at an instant; None too near to an end, or where there is next to no sound."""
    reach = LEVEL_SAMPLES + FRAME_SAMPLES
    if not reach <= at_samples <= len(sound) - reach:
        return None
    mono = sound[at_samples - reach : at_samples + reach].astype(np.float64).mean(1) / 2**31
    before, after = mono[reach - LEVEL_SAMPLES : reach], mono[reach : reach + LEVEL_SAMPLES]
    levels = [float(np.sqrt(np.mean(part**2))) for part in (before, after)]
    if min(levels) < 10 ** (-70 / 20):
        return None
    window = np.hanning(FRAME_SAMPLES)
    spectra = [
        np.log(np.abs(np.fft.rfft(part * window)) + 1e-4)
        for part in (mono[reach - FRAME_SAMPLES : reach], mono[reach : reach + FRAME_SAMPLES])
    ]
    near = mono[reach - 48 : reach + 48]
    loud = float(np.sqrt(np.mean(mono[reach - LEVEL_SAMPLES : reach + LEVEL_SAMPLES] ** 2)))
    return Seam(
        20 * float(np.log10(levels[1] / levels[0])),
        float(np.mean(np.maximum(spectra[1] - spectra[0], 0))),
        float(np.abs(np.diff(near, 2)).max()) / loud,
    )


def seams_at(sound: Pcm, instants: Sequence[int]) -> Iterator[Seam]:
    """The seams at several instants, without those of which there is none."""
    return (seam for at in instants if (seam := seam_at(sound, at)) is not None)


def beyond_range(joints: Sequence[Seam], bar_lines: Sequence[Seam], measure: str) -> int:
    """How many joints lie outside of what bar lines without one span, in one measure."""
    values = [getattr(seam, measure) for seam in bar_lines] or [0.0]
    return sum(not min(values) <= getattr(seam, measure) <= max(values) for seam in joints)
