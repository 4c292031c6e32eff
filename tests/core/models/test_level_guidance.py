"""Loudness that follows the plan, on the bundled VAE: gain is one direction, and guesses come to the wanted level."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pytest
import scipy.signal
import torch
from torch import Tensor

from vem_core.audio.loudness import weighted
from vem_core.generation.vem_mini import bundled_weights
from vem_core.models.features import LEAD_SHEET_CHANNELS
from vem_core.models.level_guidance import ENERGY_DB, LevelGuidance, band_weights, gain_direction
from vem_core.models.spectrogram import Spectrogram, from_log
from vem_core.models.vae import MusicVAE

LATENTS = 300
LOUD = slice(100, 200)


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


@lru_cache(maxsize=1)
def vae() -> MusicVAE:
    return MusicVAE.from_pretrained(bundled_weights() / "vae").eval()


@lru_cache(maxsize=1)
def music() -> Tensor:
    """Latents of noise that swells and ebbs under a chord, (1, C, L)."""
    torch.manual_seed(0)
    samples = torch.arange(LATENTS * 1920) / 48_000
    chord = sum(torch.sin(2 * torch.pi * pitch * samples) for pitch in (220.0, 277.2, 329.6))
    sound = (0.05 * chord + 0.02 * torch.randn(len(samples))) * (1 + 0.5 * torch.sin(2 * torch.pi * 0.2 * samples))
    return vae().encode_latents(Spectrogram()(sound.expand(1, 2, -1)))


def lead_sheet(*, told: bool = True, last_hit: int = LATENTS) -> Tensor:
    """Quiet, loud from latent 100 to 200, quiet again; (1, P, L)."""
    rows = torch.zeros(1, len(LEAD_SHEET_CHANNELS), LATENTS)
    rows[0, LEAD_SHEET_CHANNELS.index("energy")] = 0.3
    rows[0, LEAD_SHEET_CHANNELS.index("energy"), LOUD] = 0.7
    rows[0, LEAD_SHEET_CHANNELS.index("after the last hit"), last_hit:] = 1.0
    rows[0, LEAD_SHEET_CHANNELS.index("told")] = float(told)
    return rows


def middle(curve: Tensor) -> float:
    """The level in the middle of the loud part over that of the quiet ones."""
    return float(curve[130:170].mean() - (curve[20:70].mean() + curve[230:280].mean()) / 2)


@pytest.mark.parametrize("gain_db", [-6.0, 3.0, 6.0])
def test_gain_is_one_direction_in_the_latents(gain_db: float) -> None:
    guidance = LevelGuidance(vae(), lead_sheet())
    change = guidance.loudness_db(music() + gain_db * gain_direction(vae())) - guidance.loudness_db(music())
    assert change.mean() == pytest.approx(gain_db, rel=0.15)
    assert change.std() < 0.15 * abs(gain_db)


@pytest.mark.parametrize("band_hz", [(110, 110), (1000, 1000), (8000, 8000), (60, 500), (1000, 4000), (6000, 12_000)])
def test_the_loudness_read_off_bands_is_that_of_the_sound(band_hz: tuple[float, float]) -> None:
    """A tone, or noise in a band, whichever window it is read with; against the filtered sound's power."""
    low, high = band_hz
    time_s = np.arange(4 * 48_000) / 48_000
    if low == high:
        mono = 0.1 * np.sin(2 * np.pi * low * time_s)
    else:
        noise = np.random.default_rng(0).standard_normal(len(time_s))
        mono = 0.1 * scipy.signal.sosfilt(scipy.signal.butter(4, band_hz, "bandpass", fs=48_000, output="sos"), noise)
    stereo = np.stack([mono, mono]).astype(np.float32)
    bands = from_log(Spectrogram()(torch.from_numpy(stereo)[None]))[0, :, 50:-50].square()
    read_db = 10 * float((band_weights() @ bands).mean().log10())
    heard_db = 10 * np.log10(np.square(weighted(stereo)).sum(axis=0)[24_000:-24_000].mean())
    assert read_db - heard_db == pytest.approx(3.0, abs=0.4)  # a band's power is its tones' amplitude squared


def test_a_few_guesses_come_to_the_level_of_the_plan() -> None:
    guidance, guess = LevelGuidance(vae(), lead_sheet()), music()
    assert abs(middle(guidance.loudness_db(guess))) < 3
    for _ in range(4):
        guess = guidance(guess)
    assert middle(guidance.loudness_db(guess)) == pytest.approx(0.4 * ENERGY_DB, abs=0.5)
    assert guidance.loudness_db(guess).mean() == pytest.approx(float(guidance.loudness_db(music()).mean()), abs=1.0)


def test_what_stands_is_left_and_gives_the_level() -> None:
    keep = torch.zeros(LATENTS, dtype=torch.bool)
    keep[:100] = True
    guidance, guess = LevelGuidance(vae(), lead_sheet(), keep), music() + 4.0 * gain_direction(vae())
    guess[..., :100] = music()[..., :100]
    for _ in range(4):
        guess = guidance(guess)
    assert torch.equal(guess[..., :100], music()[..., :100])
    stands, new = guidance.loudness_db(music())[:80].mean(), guidance.loudness_db(guess)[220:].mean()
    assert float(new - stands) == pytest.approx(0.0, abs=0.7)


def test_without_a_lead_sheet_nothing_is_steered() -> None:
    assert torch.equal(LevelGuidance(vae(), lead_sheet(told=False))(music()), music())


def test_after_the_last_hit_the_music_rings_as_it_likes() -> None:
    guided = LevelGuidance(vae(), lead_sheet(last_hit=200))(music()) - music()
    steps = (guided / gain_direction(vae())).mean(dim=1)[0]
    torch.testing.assert_close(steps[200:], steps[199].expand(100), atol=1e-3, rtol=1e-3)
    assert steps[:200].std() > 0.1
