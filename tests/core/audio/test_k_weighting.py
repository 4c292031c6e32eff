"""The K-weighting against a library that was written by others."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.audio.chroma import PITCH_CLASSES, pitch_class_of
from vem_core.audio.loudness import measure_loudness
from vem_core.contract.time import SAMPLE_RATE_HZ


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), pole=st.floats(0.0, 0.99))
def test_loudness_is_what_pyloudnorm_measures_whatever_the_colour_of_the_noise(seed: int, pole: float) -> None:
    import scipy.signal

    white = np.random.default_rng(seed).standard_normal((2, 3 * SAMPLE_RATE_HZ)) * 0.1
    noise = scipy.signal.lfilter([1 - pole], [1, -pole], white).astype(np.float32)
    theirs = pyloudnorm.Meter(SAMPLE_RATE_HZ).integrated_loudness(noise.T.astype(np.float64))
    assert measure_loudness(noise) == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize(("hertz", "name"), [(261.63, "C"), (440.0, "A"), (55.0, "A"), (466.2, "Bb"), (3729.3, "Bb")])
def test_a_frequency_has_the_pitch_class_that_musicians_give_it(hertz: float, name: str) -> None:
    assert PITCH_CLASSES[int(pitch_class_of(np.array([hertz]))[0])] == name
