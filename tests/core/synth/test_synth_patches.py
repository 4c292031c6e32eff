"""What every patch must be: in tune, on time, clean at its ends, and as loud as the others."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vem_core.audio.loudness import measure_loudness
from vem_core.composer.piece import Channel
from vem_core.contract.errors import ContractError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import calibration, phrases, render
from vem_core.synth.patch import Length
from vem_core.synth.patches import PATCHES, patch_by_id
from vem_core.synth.struck import Struck
from vem_core.synth.tone import Tone

REQUIRED = (
    "kit.acoustic kit.electronic kit.house kit.trap kit.lofi kit.cinematic kit.brush kit.rock kit.funk "
    "bass.sub bass.finger bass.pick bass.saw bass.808 bass.fm bass.upright bass.contrabass "
    "keys.piano keys.felt keys.electric keys.organ pad.warm pad.glass pad.choir pad.dark "
    "strings.ensemble strings.spiccato strings.pizzicato strings.solo brass.ensemble brass.braam "
    "pluck.synth pluck.guitar pluck.muted pluck.harp guitar.strum guitar.drive "
    "mallet.marimba mallet.bell mallet.kalimba lead.saw lead.square lead.sine lead.flute stab.chord "
    "fx.riser fx.downer fx.impact fx.reverse fx.subdrop fx.shimmer fx.noise"
)

HELD = [name for name, patch in PATCHES.items() if patch.length is Length.HELD]
PITCHED = [name for name, patch in PATCHES.items() if patch.pitched]
SHARP = [name for name, patch in PATCHES.items() if not patch.soft]
KITS = [name for name, patch in PATCHES.items() if patch.percussion]
MAIN_KEYS = (36, 38, 39, 42, 45, 46, 49)
ALL_KEYS = (*range(35, 58), 59, 69, 70, 75, 76, 77, 80, 81, 82)
DRUMS = [(name, key) for name in KITS for key in (ALL_KEYS if name in ("kit.acoustic", "kit.house") else MAIN_KEYS)]

START_S = 0.25
START = round(START_S * SAMPLE_RATE_HZ)


def test_every_patch_that_the_composer_may_name_is_there() -> None:
    assert set(REQUIRED.split()) <= set(PATCHES)


def test_an_unknown_patch_is_named_in_the_error() -> None:
    with pytest.raises(ContractError, match="tuba"):
        patch_by_id("bass.tuba")


@pytest.mark.parametrize("name", PATCHES)
def test_a_phrase_is_finite_unclipped_without_dc_and_as_loud_as_all_others(name: str) -> None:
    audio = render(phrases.phrase(PATCHES[name]), 0, stems=False).mix
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() < 1.0
    assert np.abs(audio.mean(axis=1)).max() < 2e-3
    assert measure_loudness(audio) == pytest.approx(calibration.target_lufs(PATCHES[name]), abs=1.5)


@pytest.mark.parametrize("name", SHARP)
def test_the_attack_is_at_the_notes_first_sample(name: str, make: Any) -> None:
    patch = PATCHES[name]
    audio = render(make.solo(name, (START_S, 0.5, patch.home_pitch, 0.8), length_s=1.0), 0, stems=False).mix
    level = np.abs(audio).max(0)
    assert not level[:START].any()
    first = np.flatnonzero(level > 0.1 * level[START : START + 4_800].max())[0]
    assert first - START < 0.002 * SAMPLE_RATE_HZ


@pytest.mark.parametrize(("name", "key"), DRUMS)
def test_every_drum_sounds_at_once_and_falls_silent(name: str, key: int) -> None:
    body = PATCHES[name].voice(Tone(key, 6 * SAMPLE_RATE_HZ)).numpy()
    level = np.abs(body).max(0)
    assert np.isfinite(level).all()
    assert 0.02 < level.max() * 10 ** (PATCHES[name].level_db / 20) * 4 < 4
    assert level[-240:].max() < 0.01 * level.max()
    slow = 0.02 if key in (39, 82, 69) else 0.004  # a shaker swings, a brush sweeps
    assert np.flatnonzero(level > 0.1 * level.max())[0] < slow * SAMPLE_RATE_HZ


@pytest.mark.parametrize("name", HELD)
def test_a_released_note_falls_silent_without_a_click(name: str, make: Any) -> None:
    patch = PATCHES[name]
    held_s = 1.0
    audio = render(make.solo(name, (0, held_s, patch.home_pitch, 0.8), length_s=held_s + patch.release_s + 0.5), 0).mix
    end = round(held_s * SAMPLE_RATE_HZ)
    silent = end + round(patch.release_s * SAMPLE_RATE_HZ) + 1
    assert not audio[:, silent:].any()
    steps = np.abs(np.diff(audio)).max(0)
    before = steps[end - 2_400 : end - 48].max()
    assert steps[end - 48 :].max() <= 1.25 * before + 1e-5


@pytest.mark.parametrize("name", PITCHED)
@pytest.mark.parametrize("octave", [-12, 0, 12])
def test_pitched_patches_are_in_tune(name: str, octave: int, make: Any) -> None:
    patch = PATCHES[name]
    pitch = patch.home_pitch + octave
    audio = render(make.solo(name, (0, 2.5, pitch, 0.8), length_s=2.6), 0, stems=False).mix
    expected_hz = 440 * 2 ** ((pitch - 69) / 12)
    cents = 1200 * math.log2(_peak_near(audio[:, 2_400:120_000].mean(0), expected_hz) / expected_hz)
    assert abs(cents) < 7


def _peak_near(signal: NDArray[np.float32], expected_hz: float) -> float:
    """The strongest frequency within 70 cents, interpolated between the bins of a windowed, padded FFT."""
    size = 1 << 20
    spectrum = np.abs(np.fft.rfft(signal * np.blackman(len(signal)), size))
    bin_hz = SAMPLE_RATE_HZ / size
    low, high = (round(expected_hz * 2 ** (cents / 1200) / bin_hz) for cents in (-70, 70))
    window = spectrum[low:high] ** 2
    strong = window > 0.25 * window.max()  # the centre of what may be several detuned voices
    return float(np.sum((low + np.flatnonzero(strong)) * window[strong]) / window[strong].sum() * bin_hz)


@pytest.mark.parametrize("name", HELD)
def test_notes_far_from_home_and_extreme_are_finite(name: str, make: Any) -> None:
    events = [(0.3 * index, 0.25, pitch, velocity) for index, (pitch, velocity) in enumerate(
        [(0, 1.0), (24, 0.01), (96, 1.0), (127, 0.5)]
    )]  # fmt: skip
    audio = render(make.solo(name, *events, length_s=1.5), 0, stems=False).mix
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() < 4.0


@pytest.mark.parametrize("name", ["bass.saw", "keys.piano", "strings.ensemble", "keys.electric", "kit.rock"])
def test_a_harder_note_is_louder_and_brighter(name: str, make: Any) -> None:
    pitch = 38 if name == "kit.rock" else PATCHES[name].home_pitch
    soft, hard = (
        render(make.solo(name, (0, 0.8, pitch, velocity), length_s=1.0), 0, stems=False).mix
        for velocity in (0.35, 0.95)
    )
    assert measure_loudness(hard) > measure_loudness(soft) + 4
    assert _centroid_hz(hard) > 1.05 * _centroid_hz(soft)


@pytest.mark.parametrize("name", ["pad.warm", "bass.saw", "pluck.synth", "lead.saw", "brass.ensemble"])
def test_brightness_opens_the_filter(name: str, make: Any) -> None:
    pitch = PATCHES[name].home_pitch
    dull, bright = (
        render(_with_brightness(make.solo(name, (0, 1.5, pitch, 0.8)), value), 0, stems=False).mix
        for value in (0.1, 0.9)
    )
    assert _centroid_hz(bright) > 1.2 * _centroid_hz(dull)


def test_notes_that_open_a_sound_as_far_share_its_body(make: Any) -> None:
    pitch = PATCHES["lead.saw"].home_pitch
    soft, hard = (
        render(make.solo("lead.saw", (0, 0.5, pitch, velocity), length_s=0.7), 0, stems=False).mix
        for velocity in (0.85, 0.95)
    )
    louder = (0.95 / 0.85) ** PATCHES["lead.saw"].velocity_power
    np.testing.assert_allclose(hard, louder * soft, atol=1e-5)


@pytest.mark.parametrize("name", ["pad.warm", "strings.ensemble", "brass.ensemble", "pad.glass"])
def test_a_section_loses_as_much_in_mono_at_every_pitch(name: str, make: Any) -> None:
    lost_db = []
    for pitch in range(PATCHES[name].home_pitch - 6, PATCHES[name].home_pitch + 6):
        audio = render(make.solo(name, (0, 2.5, pitch, 0.8), length_s=2.5), 0, stems=False).mix
        lost_db.append(10 * np.log10(np.mean(audio.mean(0) ** 2) / np.mean(audio**2)))
    assert np.std(lost_db) < 0.5
    assert min(lost_db) > -4  # two sides that know nothing of each other lose 3


def test_channel_cuts_remove_what_they_should(make: Any) -> None:
    for name in ("keys.piano", "bass.fm", "kit.acoustic"):
        pitch = 36
        full = render(make.solo(name, (0, 0.5, pitch, 0.8)), 0).mix
        thin = render(make.solo(name, (0, 0.5, pitch, 0.8), channel=Channel(width=1.0, low_cut_hz=500)), 0).mix
        dull = render(make.solo(name, (0, 0.5, pitch, 0.8), channel=Channel(width=1.0, high_cut_hz=300)), 0).mix
        assert _band_power(thin, 20, 120) < 0.01 * _band_power(full, 20, 120)
        assert _band_power(dull, 2_000, 20_000) < 0.01 * _band_power(full, 2_000, 20_000)


def _with_brightness(piece: Any, value: float) -> Any:
    return dataclasses.replace(piece, brightness=((0, value),))


def _centroid_hz(audio: NDArray[np.float32]) -> float:
    power = np.abs(np.fft.rfft(audio.mean(0))) ** 2
    return float(np.sum(np.fft.rfftfreq(audio.shape[1], 1 / SAMPLE_RATE_HZ) * power) / power.sum())


def test_players_of_a_section_pluck_one_after_the_other_and_the_first_at_once() -> None:
    voice = PATCHES["strings.pizzicato"].voice
    assert isinstance(voice, Struck)
    bare = dataclasses.replace(voice, knocks=())
    tone = Tone(60, SAMPLE_RATE_HZ)
    scattered, together = (
        np.square(dataclasses.replace(bare, scatter_s=scatter_s)(tone).numpy()).sum(0)
        for scatter_s in (voice.scatter_s, 0.0)
    )
    begun = round(0.004 * SAMPLE_RATE_HZ)
    assert 0 < scattered[:begun].sum() < 0.7 * together[:begun].sum()
    assert scattered[begun:].sum() / scattered.sum() > together[begun:].sum() / together.sum()


def _band_power(audio: NDArray[np.float32], low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(audio.mean(0))) ** 2
    frequency = np.fft.rfftfreq(audio.shape[1], 1 / SAMPLE_RATE_HZ)
    return float(power[(frequency >= low_hz) & (frequency < high_hz)].sum())
