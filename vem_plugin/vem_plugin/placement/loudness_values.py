"""The loudness values of a Broadcast Wave file, of what the core measured: no sound is read again for them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from vem_core.contract.result import AudioFile, Levels
from vem_plugin.placement.broadcast_extension import LoudnessValues

_OFFSET_LU = -0.691  # ITU-R BS.1770
_MOMENTARY_HOPS, _SHORT_TERM_HOPS = 4, 30  # of 100 ms
_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -20.0  # EBU Tech 3342
_FEWEST_WINDOWS = 10
"""A loudness range of less is that of a moment."""


def loudness_values(file: AudioFile, levels: Levels | None) -> LoudnessValues:
    """What is known of a file's loudness; `levels` are those of a mix."""
    plain = LoudnessValues(integrated_lufs=file.loudness_lufs, true_peak_dbtp=file.true_peak_dbtp)
    if levels is None:
        return plain
    powers = [10 ** (power / 1000) for power in levels.power_cdb]
    short_term = _window_means(powers, _SHORT_TERM_HOPS)
    return LoudnessValues(
        integrated_lufs=plain.integrated_lufs,
        range_lu=_range_lu(short_term),
        true_peak_dbtp=plain.true_peak_dbtp,
        momentary_lufs=_loudest_lufs(_window_means(powers, _MOMENTARY_HOPS)),
        short_term_lufs=_loudest_lufs(short_term),
    )


def _window_means(powers: Sequence[float], hops: int) -> list[float]:
    """The mean power of every window of so many hops, 100 ms apart."""
    sums = [0.0, *itertools.accumulate(powers)]
    # The last sums begin no whole window and have no partner: hence not strict.
    return [max(0.0, later - earlier) / hops for earlier, later in zip(sums, sums[hops:], strict=False)]


def _loudest_lufs(means: Sequence[float]) -> float | None:
    loudest = max(means, default=0.0)
    return _lufs(loudest) if loudest > 0 else None


def _range_lu(means: Sequence[float]) -> float | None:
    """From the 10th to the 95th percentile of the gated short-term loudness (EBU Tech 3342)."""
    heard = [mean for mean in means if mean > 0 and _lufs(mean) >= _GATE_LUFS]
    if len(means) < _FEWEST_WINDOWS or not heard:
        return None
    gate = _lufs(sum(heard) / len(heard)) + _RELATIVE_GATE_LU
    gated = sorted(loudness for loudness in map(_lufs, heard) if loudness >= gate)
    low, high = (gated[round((len(gated) - 1) * share)] for share in (0.10, 0.95))
    return high - low


def _lufs(power: float) -> float:
    return _OFFSET_LU + 10 * math.log10(power)
