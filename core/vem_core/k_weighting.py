"""The K-weighting of ITU-R BS.1770-4: what loudness hears of a sound."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ


@functools.cache
def k_weighting() -> NDArray[np.float64]:
    """Its two filters as second-order sections for `scipy.signal`, as pyloudnorm designs them: (2, 6)."""
    import pyloudnorm

    filters = pyloudnorm.Meter(SAMPLE_RATE_HZ)._filters.values()
    return np.array([np.concatenate([one.b * one.passband_gain, one.a]) for one in filters])
