"""Filters over a sound in pieces: the same whatever the pieces, and no memory that decays into slow numbers."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from vem_core.audio.k_weighting import k_weighting
from vem_core.audio.loudness import PowerMeter
from vem_core.audio.sections import Sections

NOISE = (0.1 * np.random.default_rng(7).standard_normal((2, 96_000))).astype(np.float32)


@pytest.mark.parametrize("size", [1, 480, 48_000, 96_000])
def test_pieces_are_filtered_as_the_whole(size: int) -> None:
    sound = NOISE[:, : min(96_000, 200 * size)]
    filtered = Sections(k_weighting(), 2)
    starts = range(0, sound.shape[1], size)
    made = np.concatenate([filtered.apply(sound[:, at : at + size].astype(np.float64)) for at in starts], axis=1)
    assert np.array_equal(made, scipy.signal.sosfilt(k_weighting(), sound.astype(np.float64), axis=-1))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_what_ended_is_forgotten(kind: type[np.float32] | type[np.float64]) -> None:
    filtered = Sections(k_weighting().astype(kind), 2)
    filtered.apply(NOISE.astype(kind))
    silence = np.zeros_like(NOISE, kind)
    for _ in range(2):
        last = filtered.apply(silence)
    tiny = np.finfo(kind).tiny
    assert not np.any((np.abs(last) > 0) & (np.abs(last) < tiny))
    assert not last.any()
    again = filtered.apply(NOISE.astype(kind))
    assert np.array_equal(again, Sections(k_weighting().astype(kind), 2).apply(NOISE.astype(kind)))


def test_silence_between_two_sounds_has_no_power_and_changes_neither() -> None:
    meter = PowerMeter(2)
    powers = np.concatenate([meter.hear(piece) for piece in (NOISE, np.zeros_like(NOISE), NOISE)])
    alone = PowerMeter(2).hear(NOISE)
    assert np.array_equal(powers[:20], alone)
    assert np.array_equal(powers[40:], alone)
    assert powers[20] > 0  # the filters ring on
    assert not powers[25:40].any()
