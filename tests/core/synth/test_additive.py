"""The fast banks of partials, filters and noise against slow, plain twins."""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest
import scipy.signal
import torch

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.additive import damped_partials
from vem_core.synth.analog import Vibrato
from vem_core.synth.envelope import Envelope, fade_end, fade_in, interpolate, release_curve
from vem_core.synth.noise import coloured_noise
from vem_core.synth.oscillator import decay, steady_angle
from vem_core.synth.spectrum import Equaliser, fast_length, filter_track, halve_rate
from vem_core.synth.steered import STEERED_BLOCK, control_points, control_times_s, steered_partials
from vem_core.synth.struck import Struck
from vem_core.synth.tone import Tone, chance, on_device, random_source

FREQUENCIES_HZ = np.array([27.5, 440.0, 3_333.3, 15_000.0, 30_000.0])
PHASES = np.array([0.0, 0.4, 2.0, 4.0, 1.0])


@pytest.mark.parametrize("samples", [1, 255, 256, 10_001])
def test_damped_partials_are_the_sum_of_decaying_sines(samples: int) -> None:
    amplitudes = np.array([[1.0, 0.5, 0.3, 0.2, 9.0], [0.2, 0.9, 0.0, 0.4, 9.0]])
    decays_s = np.array([0.5, 0.1, 0.02, 1.0, 1.0])
    time_s = np.arange(samples) / SAMPLE_RATE_HZ
    plain = np.zeros((2, samples))
    for partial in range(4):  # the last lies beyond the Nyquist frequency
        wave = np.sin(2 * np.pi * FREQUENCIES_HZ[partial] * time_s + PHASES[partial])
        plain += amplitudes[:, partial, None] * wave * np.exp(-time_s / decays_s[partial])
    fast = damped_partials(FREQUENCIES_HZ, amplitudes, decays_s, samples, phases=PHASES)
    assert fast.dtype == torch.float32
    np.testing.assert_allclose(fast.numpy(), plain, atol=2e-5)


@pytest.mark.parametrize("samples", [1, STEERED_BLOCK, 5_000, 80_000])
@pytest.mark.parametrize("block", [STEERED_BLOCK, 2 * STEERED_BLOCK])
def test_steered_partials_are_the_sum_of_sines_with_moving_amplitudes(samples: int, block: int) -> None:
    points = control_points(samples, block)
    levels = random_source("levels").uniform(0, 1, (5, points))
    channels = np.array([[1.0, 0.5, 0.3, 0.2, 9.0]])
    time = np.arange(samples)
    plain = np.zeros((1, samples))
    for partial in range(4):
        moving = np.interp(time, np.arange(points) * block, levels[partial])
        wave = np.sin(2 * np.pi * FREQUENCIES_HZ[partial] * time / SAMPLE_RATE_HZ + PHASES[partial])
        plain += channels[:, partial, None] * moving * wave
    fast = steered_partials(FREQUENCIES_HZ, levels, channels, samples, phases=PHASES, block_samples=block)
    np.testing.assert_allclose(fast.numpy(), plain, atol=2e-5)


def test_steered_partials_beside_zero_and_the_nyquist_frequency_are_whole() -> None:
    frequencies_hz = np.array([3.0, 60.0, 23_880.0, 23_950.0])
    levels = np.ones((4, control_points(3_000)), np.float32)
    plain = np.sin(2 * np.pi * frequencies_hz[:, None] * np.arange(3_000) / SAMPLE_RATE_HZ)
    fast = steered_partials(frequencies_hz, levels, np.eye(4), 3_000)
    np.testing.assert_allclose(fast.numpy(), plain, atol=1e-5)


@pytest.mark.parametrize(("decay_s", "block"), [(0.05, STEERED_BLOCK), (0.1, 2 * STEERED_BLOCK)])
def test_what_dies_slowly_may_do_so_by_straight_lines(decay_s: float, block: int) -> None:
    frequencies_hz, decays_s = np.array([500.0, 3_210.0, 9_876.0]), decay_s * np.array([1.0, 2.0, 5.0])
    exact = damped_partials(frequencies_hz, np.ones((1, 3)), decays_s, 48_000, phases=PHASES[:3]).numpy()
    levels = np.exp(np.outer(1 / decays_s, -control_times_s(48_000, block)))
    lines = steered_partials(
        frequencies_hz, levels, np.ones((1, 3)), 48_000, phases=PHASES[:3], block_samples=block
    ).numpy()
    assert np.sqrt(np.mean((lines - exact) ** 2)) < 2e-3 * np.sqrt(np.mean(exact**2))


def test_partials_that_have_died_are_left_out_and_nothing_else() -> None:
    samples, floor = 96_000, 1e-4
    frequencies_hz = 110.0 * np.arange(1, 41)
    amplitudes = np.outer((0.7, 0.3), 1 / np.arange(1, 41))
    decays_s = 0.1 / np.arange(1, 41)
    whole, rest = (
        damped_partials(frequencies_hz, amplitudes, decays_s, samples, floor=least).numpy() for least in (0.0, floor)
    )
    assert np.abs(whole - rest).max() < 40 * floor
    assert whole[:, 65_536:].any()
    assert not rest[:, 65_536:].any()
    levels = np.exp(-np.outer(np.arange(1, 41), np.arange(control_points(samples))) / 60)
    whole, rest = (
        steered_partials(frequencies_hz, levels, np.ones((1, 40)), samples, floor=least).numpy()
        for least in (0.0, floor)
    )
    assert 0 < np.abs(whole - rest).max() < 40 * floor


@pytest.mark.parametrize("equalisers", [(Equaliser(120.0, 8_000.0),), (Equaliser(280.0, 3_800.0), Equaliser(90.0))])
def test_a_track_is_filtered_as_its_bodies_would_be(equalisers: tuple[Equaliser, ...]) -> None:
    track = torch.zeros(2, 100_000)
    track[:, 30_000:70_000] = torch.from_numpy(random_source("track").standard_normal((2, 40_000)).astype(np.float32))
    size = 2**18  # the whole in one transform, with room for what rings on
    response = math.prod(equaliser.response(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ)) for equaliser in equalisers)
    plain = np.fft.irfft(np.fft.rfft(track.numpy(), size) * response, size)[:, :100_000]
    np.testing.assert_allclose(filter_track(track.clone(), *equalisers).numpy(), plain, atol=5e-5)
    one_by_one = functools.reduce(lambda body, equaliser: equaliser.apply(body), equalisers, track)
    np.testing.assert_allclose(one_by_one.numpy(), plain, atol=5e-5)


def test_a_track_at_twice_the_rate_is_filtered_as_one_at_the_rate() -> None:
    tones_hz = np.array([55.0, 440.0, 3_520.0, 14_080.0])[:, None]
    fast, plain = (
        np.sin(2 * np.pi * tones_hz * np.arange(rate * 50_000) / (rate * SAMPLE_RATE_HZ)).sum(0, keepdims=True)
        for rate in (2, 1)
    )
    cabinet = Equaliser(95.0, 4_300.0)
    halved = halve_rate(on_device(fast, "cpu"), cabinet)
    np.testing.assert_allclose(
        halved[:, 4_800:-4_800], filter_track(on_device(plain, "cpu"), cabinet)[:, 4_800:-4_800], atol=2e-4
    )


@pytest.mark.parametrize("samples", [1, 256, 2_000_001])
def test_steady_phases_and_decays_are_those_of_their_formulas(samples: int) -> None:
    time_s = np.arange(samples) / SAMPLE_RATE_HZ
    sine = steady_angle(4_186.01, samples).sin().numpy()
    np.testing.assert_allclose(sine, np.sin(2 * np.pi * 4_186.01 * time_s), atol=5e-6)
    np.testing.assert_allclose(decay(1.3, samples).numpy(), np.exp(-time_s / 1.3), atol=1e-6)


def test_vibrato_reads_between_samples() -> None:
    vibrato = Vibrato(cents=16.0, rate_hz=5.4, onset_s=0.1)
    time = np.arange(60_256)
    body = on_device(np.sin(2 * np.pi * 440 * time / SAMPLE_RATE_HZ)[None], "cpu")
    plain = np.sin(2 * np.pi * 440 * (time[:60_000] + vibrato.shifts(60_000).numpy()) / SAMPLE_RATE_HZ)
    np.testing.assert_allclose(vibrato.apply(body, 60_000)[0].numpy(), plain, atol=2e-4)


def test_a_change_in_a_track_is_heard_in_its_own_block_and_the_next() -> None:
    track = torch.from_numpy(random_source("track").standard_normal((2, 600_000)).astype(np.float32))
    changed = track.clone()
    changed[:, 1_000:2_000] = 0
    plain, other = (filter_track(signal.clone(), Equaliser(100.0, 5_000.0)) for signal in (track, changed))
    assert not torch.equal(plain[:, :5_000], other[:, :5_000])
    assert torch.equal(plain[:, 60_000:], other[:, 60_000:])


def test_a_long_note_keeps_its_phase() -> None:
    samples = 60 * SAMPLE_RATE_HZ
    fast = damped_partials(np.array([4_186.01]), np.ones((1, 1)), np.array([1e6]), samples)[0, -4_800:].numpy()
    plain = np.sin(2 * np.pi * 4_186.01 * np.arange(samples - 4_800, samples) / SAMPLE_RATE_HZ)
    np.testing.assert_allclose(fast, plain, atol=2e-4)


@pytest.mark.parametrize(
    ("low_hz", "high_hz"), [(200.0, 20_000.0), (0.0, 3_000.0), (120.0, 8_000.0), (1_000.0, 1_500.0)]
)
def test_the_equaliser_is_two_butterworth_filters(low_hz: float, high_hz: float) -> None:
    body = random_source("body").standard_normal((2, 4_800)).astype(np.float32)
    plain = body.astype(float)
    if low_hz:
        plain = scipy.signal.sosfilt(scipy.signal.butter(2, low_hz, "high", fs=SAMPLE_RATE_HZ, output="sos"), plain)
    if high_hz < 19_000:
        plain = scipy.signal.sosfilt(scipy.signal.butter(2, high_hz, "low", fs=SAMPLE_RATE_HZ, output="sos"), plain)
    filtered = Equaliser(low_hz, high_hz).apply(torch.from_numpy(body.copy())).numpy()
    np.testing.assert_allclose(filtered, plain, atol=5e-5)


def test_tilt_raises_the_treble_by_what_it_lowers_the_bass() -> None:
    gain_db = 20 * np.log10(Equaliser(tilt_db=6.0).gain(np.array([20.0, 900.0, 18_000.0])))
    np.testing.assert_allclose(gain_db, [-3.0, 0.0, 3.0], atol=0.1)


@pytest.mark.parametrize("samples", [65_536, 400_000])
@pytest.mark.parametrize("band_hz", [(50.0, 200.0), (1_000.0, 4_000.0), (6_000.0, 0.0)])
def test_noise_has_its_loudness_and_its_band(band_hz: tuple[float, float], samples: int) -> None:
    noise = coloured_noise(samples, ("test",), *band_hz).numpy()
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1.0, rel=0.1)
    assert np.mean(noise**4) / np.mean(noise**2) ** 2 == pytest.approx(3.0, rel=0.2)  # normally distributed
    power = np.abs(np.fft.rfft(noise[0])) ** 2
    frequency = np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ)
    inside = (frequency > band_hz[0] / 2) & (frequency < (band_hz[1] or 24_000) * 2)
    assert power[inside].sum() > 0.9 * power.sum()


def test_noise_belongs_to_its_key() -> None:
    first, again, other = (coloured_noise(4_096, (key,), 100, 8_000) for key in ("a", "a", "b"))
    assert torch.equal(first, again)
    assert abs(np.corrcoef(first[0], other[0])[0, 1]) < 0.1
    assert abs(np.corrcoef(first[0], first[1])[0, 1]) < 0.1
    mono = coloured_noise(4_096, ("a",), 100, 8_000, width=0.0)
    assert torch.equal(mono[0], mono[1])


def test_chance_is_uniform_and_stable() -> None:
    values = np.array([chance("key", index) for index in range(2_000)])
    assert 0.47 < values.mean() < 0.53
    assert chance("key", 7) == chance("key", 7)
    assert values.min() >= 0
    assert values.max() < 1


def test_envelopes_begin_at_zero_peak_at_one_and_come_to_rest() -> None:
    envelope = Envelope(attack_s=0.01, decay_s=0.1, sustain=0.5)
    assert envelope.level(np.array([0.0, 0.01, 5.0])) == pytest.approx([0.0, 1.0, 0.5], abs=1e-3)
    release = release_curve(4_800)
    assert release[0] > 0.99
    assert release[-1] == 0
    assert bool((release.diff() <= 0).all())
    assert fade_in(480)[-1] == 1
    assert fade_end(torch.ones(2, 1_000), 0.01)[:, -1].tolist() == [0, 0]


def test_interpolation_passes_through_its_points() -> None:
    points = np.array([0.0, 1.0, 0.5])
    curve = interpolate(points, 4, 8).numpy()
    np.testing.assert_allclose(curve, [0, 0.25, 0.5, 0.75, 1.0, 0.875, 0.75, 0.625])


def test_fast_lengths_are_enough_and_not_wasteful() -> None:
    for samples in (1, 2, 3, 1_000, 65_537, 98_304, 98_305, 300_000):
        assert samples <= fast_length(samples) <= max(4, math.ceil(samples * 1.5))
        assert fast_length(samples) % 2 == 0


def test_a_driven_string_does_not_fold_its_overtones_down() -> None:
    body = Struck(partials=8, drive=7.0, cutoff_hz=8_000, sustain_s=30, name="t")(Tone(100, 48_000)).mean(0).numpy()
    power = np.abs(np.fft.rfft(body * np.blackman(len(body)))) ** 2
    f0 = Tone(100, 1).frequency_hz
    frequency = np.fft.rfftfreq(len(body), 1 / SAMPLE_RATE_HZ)
    harmonic = np.abs(frequency / f0 - np.round(frequency / f0)) * f0 < 30
    assert power[~harmonic & (frequency > 60)].sum() < 1e-3 * power.sum()
