"""The front end and its inverse, against slow readings of the same definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vem_core.models.griffin_lim import bin_amplitudes, default_iterations, frame_stride, griffin_lim
from vem_core.models.spectrogram import (
    HOP_SAMPLES,
    BandLayout,
    Spectrogram,
    band_groups,
    frame_spectra,
    from_log,
    mid_side,
    overlap_add,
    to_log,
)


def sine(hertz: float, seconds: float = 1.0, gain: float = 1.0) -> torch.Tensor:
    instants = torch.arange(round(seconds * 48_000), dtype=torch.float64) / 48_000
    return (gain * torch.sin(2 * math.pi * hertz * instants)).float()


def test_every_band_is_in_one_group_and_its_filter_sums_to_one() -> None:
    layout = BandLayout()
    groups = band_groups(layout)
    covered = [band for group in groups for band in range(group.first, group.first + len(group.filters))]
    assert covered == list(range(len(layout.centres_hz())))
    for group in groups:
        np.testing.assert_allclose(group.filters.sum(1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("hertz", [55.0, 220.0, 440.0, 1500.0, 6000.0])
def test_a_sine_is_loudest_in_the_nearest_band(hertz: float) -> None:
    spectrogram = Spectrogram()
    amplitude = spectrogram.band_amplitudes(sine(hertz))[:, 50]
    centres = spectrogram.layout.centres_hz()
    assert abs(int(amplitude.argmax()) - int(np.abs(centres - hertz).argmin())) <= 1
    assert 0.3 < float(amplitude.max()) < 1.2


def test_a_frame_reads_the_samples_of_its_own_span() -> None:
    click = torch.zeros(1, 2, 100 * HOP_SAMPLES)
    click[:, :, 40 * HOP_SAMPLES + HOP_SAMPLES // 2] = 1.0
    coded = Spectrogram()(click)
    assert int(coded[0, 190].argmax()) == 40  # a band of mid that is read from a short window


def test_spectra_agree_with_a_slow_twin() -> None:
    torch.manual_seed(0)
    audio, window = torch.randn(6 * HOP_SAMPLES), torch.hann_window(1024)
    fast = frame_spectra(audio, window)
    padded = np.concatenate([np.zeros(272), audio.numpy(), np.zeros(272)])
    for frame in range(6):
        piece = padded[frame * HOP_SAMPLES : frame * HOP_SAMPLES + 1024] * window.numpy()
        np.testing.assert_allclose(fast[:, frame].numpy(), np.fft.rfft(piece), atol=1e-3)


def test_overlap_add_undoes_the_spectra() -> None:
    torch.manual_seed(0)
    audio, window = torch.randn(2, 20 * HOP_SAMPLES), torch.hann_window(2048)
    torch.testing.assert_close(overlap_add(frame_spectra(audio, window), window), audio, atol=1e-4, rtol=1e-3)


def test_mid_and_side_are_their_own_inverse() -> None:
    stereo = torch.randn(1, 2, 100)
    torch.testing.assert_close(mid_side(mid_side(stereo)), stereo)


def test_coding_is_undone_above_the_floor() -> None:
    amplitude = torch.tensor([1e-4, 0.01, 1.0, 2.0])
    torch.testing.assert_close(from_log(to_log(amplitude)), amplitude)
    assert float(to_log(torch.tensor(0.0))) == pytest.approx(-1.0)


def test_silence_stays_silent() -> None:
    spectrogram = Spectrogram()
    coded = spectrogram(torch.zeros(1, 2, 30 * HOP_SAMPLES))
    assert float(griffin_lim(spectrogram, coded, iterations=2).abs().max()) < 1e-3


def test_bin_amplitudes_give_the_bands_back() -> None:
    spectrogram = Spectrogram()
    bands = spectrogram.band_amplitudes(sine(440)[None])
    filters = spectrogram.filters_0
    bands = bands[:, : len(filters)].transpose(1, 2)
    bins = bin_amplitudes(filters, bands.square(), iterations=50)
    again = (bins.square() @ filters.T).sqrt()
    assert float(bins.min()) >= 0
    assert float((again - bands).norm() / bands.norm()) < 0.15


def test_griffin_lim_keeps_pitch_and_level() -> None:
    spectrogram = Spectrogram()
    left = sine(440, gain=0.3) + sine(330, gain=0.1)
    stereo = torch.stack([left, 0.5 * left])[None]
    sound = griffin_lim(spectrogram, spectrogram(stereo), iterations=16)
    assert sound.shape == stereo.shape
    for channel, hertz in ((0, 440), (1, 440)):
        spectrum = torch.fft.rfft(sound[0, channel, 4800:-4800]).abs()
        loudest = int(spectrum.argmax()) * 48_000 / (sound.shape[-1] - 9600)
        assert loudest == pytest.approx(hertz, abs=3)
    assert float(sound.square().mean() / stereo.square().mean()) == pytest.approx(1.0, abs=0.5)


def test_long_windows_stand_for_several_frames_and_short_ones_for_each() -> None:
    assert [frame_stride(window) for window in (8192, 4096, 2048, 1024)] == [4, 2, 1, 1]
    assert [default_iterations(window) for window in (8192, 2048, 1024, 100)] == [32, 8, 4, 1]


@pytest.mark.parametrize("frames", [1, 6, 99, 101])
def test_any_number_of_frames_gives_as_much_sound(frames: int) -> None:
    spectrogram = Spectrogram()
    tone = sine(220, seconds=1.5)[: frames * HOP_SAMPLES]
    coded = spectrogram(torch.stack([tone, tone])[None])
    assert griffin_lim(spectrogram, coded).shape == (1, 2, frames * HOP_SAMPLES)
    after = griffin_lim(spectrogram, coded, known=torch.stack([tone, tone])[None, :, : HOP_SAMPLES * min(frames, 2)])
    assert bool(torch.isfinite(after).all())


def test_griffin_lim_repeats_itself() -> None:
    spectrogram = Spectrogram()
    coded = spectrogram(torch.stack([sine(200), sine(900)])[None])
    assert torch.equal(griffin_lim(spectrogram, coded, 4), griffin_lim(spectrogram, coded, 4))


def test_sound_goes_on_from_sound_that_is_known() -> None:
    """Two pieces of a steady tone meet without a click; made apart, their phases have nothing to do with each other."""
    spectrogram = Spectrogram()
    tone = sine(441.3, seconds=2.0)
    coded = spectrogram(torch.stack([tone, tone])[None])
    first = griffin_lim(spectrogram, coded[..., :125])
    known = first[..., 100 * HOP_SAMPLES :]
    second, apart = griffin_lim(spectrogram, coded[..., 100:], known=known), griffin_lim(spectrogram, coded[..., 100:])

    def click(after: torch.Tensor) -> float:
        """Share of the power around the join that lies far above the tone."""
        both = torch.cat([first[0, 0, : 100 * HOP_SAMPLES], after[0, 0]])
        around = both[98 * HOP_SAMPLES : 102 * HOP_SAMPLES]
        power = torch.fft.rfft(around * torch.hann_window(len(around))).abs().square()
        return float(power[80:].sum() / power.sum())  # from 2 kHz

    assert click(second) < 1e-5
    assert click(apart) > 10 * click(second)
    assert torch.equal(second[..., : 12 * HOP_SAMPLES], known[..., : 12 * HOP_SAMPLES])
