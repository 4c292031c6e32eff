"""Loudness and true peak of a refitted mix, against those of the whole as it is measured at once."""

from __future__ import annotations

import numpy as np
import pytest

from vem_core.audio.loudness import hops_in, measure_loudness, weighted_powers
from vem_core.audio.mastering import levels_of
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import pcm_of
from vem_core.audio.true_peak import find_true_peak, measure_true_peak
from vem_core.audio.types import Pcm
from vem_core.contract.result import KeptSpan, Levels
from vem_core.refit import levels as refit_levels
from vem_core.refit.levels import levels_after_refit

RATE_HZ = 48_000


@pytest.fixture(autouse=True)
def short_mixes_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refit_levels, "MEASURED_SAMPLES", 0)


def music(seconds: float, seed: int) -> Pcm:
    """Noise that swells by 8 dB, with a click every second."""
    dice = np.random.default_rng(seed)
    samples = round(seconds * RATE_HZ)
    swell = 0.4 + 0.6 * np.sin(np.arange(samples) / RATE_HZ) ** 2
    sound = dice.normal(0, 0.1, (2, samples)) * swell
    sound[:, ::RATE_HZ] += dice.uniform(0.1, 0.3)
    return pcm_of(sound.astype(np.float32))


def levels(sound: Pcm) -> Levels:
    found = levels_of(weighted_powers(sound.T, hops_in(len(sound))), *find_true_peak(sound.T))
    assert found is not None
    return found


def refitted(earlier: Pcm, made: Pcm, at: int, gone: int) -> tuple[Pcm, tuple[KeptSpan, ...]]:
    """`made` in the place of `gone` samples of an earlier take."""
    sound = np.concatenate([earlier[:at], made, earlier[at + gone :]])
    tail = len(earlier) - at - gone
    spans = (KeptSpan(0, at, 0), KeptSpan(len(sound) - tail, len(sound), at + gone))
    return sound, tuple(span for span in spans if span.end_excl_samples > span.start_samples)


@pytest.mark.parametrize(("at", "gone"), [(0, 30_000), (400_003, 96_000), (401_000, 17), (700_000, 260_000)])
def test_levels_are_those_of_the_whole(at: int, gone: int) -> None:
    earlier, made = music(20, 1), music(1.7, 2)
    sound, kept = refitted(earlier, made, at, gone)
    loudness, peak, found = levels_after_refit(PackedSound.of_pcm(sound), kept, levels(earlier))
    assert loudness == pytest.approx(measure_loudness(sound.T), abs=0.03)
    assert peak == pytest.approx(measure_true_peak(sound.T), abs=1e-6)
    assert found is not None
    assert len(found.power_cdb) == len(levels(sound).power_cdb)
    assert abs(found.true_peak_samples - levels(sound).true_peak_samples) <= 32


@pytest.mark.parametrize("loud_before", [True, False])
def test_the_peak_is_found_where_it_now_is(loud_before: bool) -> None:
    earlier, made = music(10, 1), music(1, 2)
    (earlier if loud_before else made)[20_000 if loud_before else 10_000] = 2**30
    sound, kept = refitted(earlier, made, 10_000 if loud_before else 200_000, 48_000)
    _, peak, found = levels_after_refit(PackedSound.of_pcm(sound), kept, levels(earlier))
    assert peak == pytest.approx(measure_true_peak(sound.T), abs=1e-6)
    assert found is not None
    assert abs(found.true_peak_samples - find_true_peak(sound.T)[1]) <= 32


def test_what_stayed_as_a_whole_has_the_loudness_it_had() -> None:
    earlier = music(12, 3)
    whole = (KeptSpan(0, len(earlier), 0),)
    loudness, peak, found = levels_after_refit(PackedSound.of_pcm(earlier), whole, levels(earlier))
    assert found == levels(earlier)
    assert loudness == pytest.approx(measure_loudness(earlier.T), abs=0.001)
    assert peak == measure_true_peak(earlier.T)


def test_without_levels_and_in_silence_all_is_measured() -> None:
    earlier = music(3, 4)
    whole = (KeptSpan(0, len(earlier), 0),)
    assert levels_after_refit(PackedSound.of_pcm(earlier), whole, None)[0] == measure_loudness(earlier.T)
    loudness, peak, found = levels_after_refit(PackedSound.silent(9_000, 2), (), None)
    assert (loudness, peak, found) == (-np.inf, -np.inf, None)
