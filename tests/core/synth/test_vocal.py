"""Syllables that are chopped and a record that is scratched: they begin at once, fall in pitch, and can be refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.composer.casting import cast_style
from vem_core.composer.styles import style_by_id
from vem_core.contract.plan import Casting
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.patches import PATCHES
from vem_core.synth.tone import Tone, frequency_of
from vem_core.synth.vocal import VOICES, Chop, Scratch, Syllable

SYLLABLES = [(name, place) for name, voice in VOICES.items() for place in range(len(voice.syllables))]
LENGTH = SAMPLE_RATE_HZ // 2


@pytest.mark.parametrize(("name", "syllable"), SYLLABLES)
def test_every_syllable_begins_at_once_wherever_it_lies(name: str, syllable: int) -> None:
    home = PATCHES[name].home_pitch
    for pitch in (home - 7, home, home + 9):
        level = np.abs(said(VOICES[name], pitch, syllable)).max(0)
        assert np.isfinite(level).all()
        assert np.flatnonzero(level > 0.1 * level[:4_800].max())[0] < 0.003 * SAMPLE_RATE_HZ
        assert level[-24:].max() < 0.01 * level.max()


def test_what_is_spoken_falls_in_pitch() -> None:
    voice = Chop((Syllable("a", "a"),), fall_semitones=6.0, decay_s=2.0, breath=0.0)
    early, late = (pitch_hz(said(voice, 48, 0)[0, start : start + 4_800]) for start in (1_200, 19_000))
    assert early == pytest.approx(frequency_of(48) * 2 ** (0.8 / 12), rel=0.07)
    assert 2.5 < 12 * np.log2(early / late) < 8.5


@pytest.mark.parametrize(("vowel", "loud_hz", "soft_hz"), [("a", 1_100, 2_000), ("i", 2_250, 1_100), ("u", 350, 2_000)])
def test_vowels_have_their_formants(vowel: str, loud_hz: float, soft_hz: float) -> None:
    sound = said(Chop((Syllable(vowel, vowel),), fall_semitones=0.0, breath=0.0), 45, 0)[0, 6_000:18_000]
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    loud, soft = (power[np.abs(frequency - hertz) < 150].sum() for hertz in (loud_hz, soft_hz))
    assert loud > 10 * soft


def test_several_people_stand_side_by_side() -> None:
    alone, three = (said(Chop((Syllable("a", "a"),), people=people, breath=0.0), 48, 0) for people in (1, 3))
    assert np.array_equal(alone[0], alone[1])
    assert np.abs(three[0] - three[1]).max() > 0.1 * np.abs(three).max()


@pytest.mark.parametrize("scratch", [Scratch(0.27), Scratch(0.52, strokes=1.0, cuts=4)])
def test_a_scratch_lasts_as_long_as_it_says_and_each_is_another(scratch: Scratch) -> None:
    one, other = (scratch.render(SAMPLE_RATE_HZ, ("kit", 29, 0, take), 1.0, "cpu").numpy() for take in (0, 1))
    assert one.shape == (2, round(scratch.length_s * SAMPLE_RATE_HZ))
    assert np.isfinite(one).all()
    assert 0.2 < np.abs(one).max() < 8
    assert np.abs(one[:, -24:]).max() < 0.02 * np.abs(one).max()
    assert not np.allclose(one, other)


@pytest.mark.parametrize("style", ["hip-hop", "house", "trap"])
def test_without_voices_nobody_speaks(style: str) -> None:
    def speakers(casting: Casting) -> list[str]:
        parts = cast_style(style_by_id(style), casting).parts
        return [part.name for part in parts if part.speaks]

    assert speakers(Casting())
    assert not speakers(Casting(without=("voices",)))


def said(voice: Chop, pitch: int, syllable: int) -> Audio:
    sound: Audio = voice(Tone(pitch, LENGTH, variation=syllable)).numpy()
    return sound


def pitch_hz(sound: NDArray[np.float32]) -> float:
    """By the autocorrelation, between 70 and 300 Hz."""
    spectrum = np.fft.rfft(sound * np.hanning(len(sound)), 2 * len(sound))
    alike = np.fft.irfft(np.abs(spectrum) ** 2)
    shortest, longest = SAMPLE_RATE_HZ // 300, SAMPLE_RATE_HZ // 70
    return float(SAMPLE_RATE_HZ / (shortest + np.argmax(alike[shortest:longest])))
