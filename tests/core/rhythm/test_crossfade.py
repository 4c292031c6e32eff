"""Fades that keep the level, whatever two sounds have to do with each other."""

from __future__ import annotations

import numpy as np
import pytest

from vem_core.audio.types import Audio
from vem_core.rhythm.crossfade import cross_fade, cross_fade_by_octaves

LENGTH, RATE_HZ = 14_400, 48_000


def noise(seed: int) -> Audio:
    return np.random.default_rng(seed).normal(0, 0.1, (2, LENGTH)).astype(np.float32)


def bass(phase: float) -> Audio:
    wave = 0.3 * np.sin(2 * np.pi * 55 * np.arange(LENGTH) / RATE_HZ + phase)
    return np.stack([wave, wave]).astype(np.float32)


def levels_db(sound: Audio) -> list[float]:
    """Of each 50 ms."""
    powers = np.square(sound.astype(np.float64)).reshape(2, 6, -1).mean(axis=(0, 2))
    return list(10 * np.log10(powers))


@pytest.mark.parametrize("fade", [cross_fade, cross_fade_by_octaves])
@pytest.mark.parametrize("other", [0, 1])
def test_level_is_even_where_two_sounds_are_one_and_where_they_have_nothing_in_common(fade, other: int) -> None:
    levels = levels_db(fade(noise(0), noise(other)))
    assert max(levels) - min(levels) < 0.4


def test_a_bass_that_would_cancel_out_is_brought_up_alone() -> None:
    one, other = bass(0.0) + 0.2 * noise(1), bass(0.8 * np.pi) + 0.2 * noise(2)
    plain, even = cross_fade(one, other), cross_fade_by_octaves(one, other)
    assert min(levels_db(plain)) < max(levels_db(plain)) - 4
    assert min(levels_db(even)) > max(levels_db(even)) - 1.5
    above = [np.abs(np.fft.rfft(sound[0, 4_800:9_600] * np.hanning(4_800)))[100:] for sound in (one, even)]
    assert abs(20 * np.log10(np.sqrt((above[1] ** 2).mean() / (above[0] ** 2).mean()))) < 1.0


def test_one_sound_fades_into_itself_unchanged() -> None:
    assert np.abs(cross_fade_by_octaves(noise(3), noise(3)) - noise(3)).max() < 1e-6


@pytest.mark.parametrize("length", [1, 700, 3_000])
def test_short_fades_are_as_long_as_asked(length: int) -> None:
    faded = cross_fade_by_octaves(noise(4)[:, :length], noise(5)[:, :length])
    assert faded.shape == (2, length)
    assert np.isfinite(faded).all()
