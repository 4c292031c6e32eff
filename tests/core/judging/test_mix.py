from __future__ import annotations

import numpy as np
import pytest

from vem_core.contract.errors import AudioError
from vem_core.judging.mix import mix_figures

RATE_HZ = 48_000
SECONDS = 30  # the range of shorter ones is not steady


def coloured_noise(db_per_octave_of_density: float, seed: int = 0) -> np.ndarray:
    """Mono noise whose power density falls so many dB an octave; pink noise: -3.01."""
    count = RATE_HZ * SECONDS
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hertz = np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20)
    shaped = np.fft.irfft(spectrum * hertz ** (db_per_octave_of_density / 6.0206), count)
    return 0.1 * shaped / shaped.std()


@pytest.mark.parametrize(("density", "tilt"), [(-3.01, 0.0), (0.0, 3.01), (-6.02, -3.01)])
def test_tilt_is_of_octaves(density: float, tilt: float) -> None:
    noise = coloured_noise(density)
    assert mix_figures(np.stack([noise, noise]), RATE_HZ).tilt_db_per_octave == pytest.approx(tilt, abs=0.25)


def test_width_is_the_sides_against_the_middle() -> None:
    middle, side = coloured_noise(-3.01, 1), coloured_noise(-3.01, 2)
    for gain, decibels in ((1.0, 0.0), (0.5, -6.02), (0.1, -20.0)):
        figures = mix_figures(np.stack([middle + gain * side, middle - gain * side]), RATE_HZ)
        assert figures.side_db == pytest.approx(decibels, abs=0.3)
        assert figures.side_db_by_band[2] == pytest.approx(decibels, abs=1.0)


def test_low_end_is_what_lies_below_60_hz() -> None:
    time_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
    low, high = np.sin(2 * np.pi * 40 * time_s), np.sin(2 * np.pi * 1000 * time_s)
    mono = 0.3 * (0.1 * low + high)
    assert mix_figures(np.stack([mono, mono]), RATE_HZ).low_end_db == pytest.approx(-20.04, abs=0.2)


def test_what_mono_loses() -> None:
    """A quarter of the power in the sides is a loss of 1.25 dB; sides alone lose nearly everything."""
    middle, side = coloured_noise(-3.01, 1), coloured_noise(-3.01, 2)
    losses = [
        mix_figures(np.stack([middle + gain * side, middle - gain * side]), RATE_HZ).mono_loss_db
        for gain in (0.0, 3**-0.5, 30.0)
    ]
    assert losses == pytest.approx([0.0, 1.25, 29.5], abs=0.6)


def test_a_room_fills_what_lies_between_attacks() -> None:
    """Bursts four times a second: the longer they ring, the less far the level falls."""
    noise, time_s = coloured_noise(-3.01), np.arange(RATE_HZ * SECONDS) / RATE_HZ
    falls = []
    for decay_s in (0.02, 0.06, 0.2):
        mono = noise * np.exp(-(time_s % 0.25) / decay_s)
        falls.append(mix_figures(np.stack([mono, mono]), RATE_HZ).fall_db)
    assert falls == sorted(falls)
    assert falls[2] == pytest.approx(-20 * np.log10(np.e) * 0.8 * 0.25 / 0.2, abs=2.5)


def test_a_piece_that_swells_has_a_range_and_a_steady_one_has_none() -> None:
    steady = coloured_noise(-3.01)
    swelling = steady * 10 ** (np.linspace(-18, 0, len(steady)) / 20)
    ranges = [mix_figures(np.stack([mono, mono]), RATE_HZ).loudness_range_lu for mono in (steady, swelling)]
    assert ranges[0] < 1
    assert ranges[1] > 6


@pytest.mark.parametrize("sound", [np.zeros((2, RATE_HZ * 8)), np.ones((2, RATE_HZ))])
def test_silence_and_snippets_are_not_judged(sound: np.ndarray) -> None:
    with pytest.raises(AudioError, match="four seconds"):
        mix_figures(sound, RATE_HZ)
