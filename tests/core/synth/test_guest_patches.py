"""Patches of guests beside the same General MIDI program of a sampled SoundFont, where there is one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import guests
from vem_core.synth.patches import PATCHES
from vem_core.synth.soundfont import ACOUSTIC_PROGRAMS, SoundFontVoice
from vem_core.synth.tone import Tone

NAMES = (*guests.STRINGS, *guests.MALLETS, *guests.WINDS)
RINGING = (*guests.STRINGS, *guests.MALLETS)
FONT = Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3")
STAND_INS = ("pluck.ukulele", "pluck.mandolin")  # a guitar's samples, a third and a fifth too low
MOST_OCTAVES, MOST_TIMES = 0.75, 2.5
"""By how much the centre of the spectrum and the time to a tenth may differ from the samples', whose recordings
differ as much from pitch to pitch."""

needs_font = pytest.mark.skipif(
    importlib.util.find_spec("tinysoundfont") is None or not FONT.is_file(), reason="no SoundFont to compare with"
)


def held(name: str, pitch: int) -> NDArray[np.float32]:
    """Two seconds of a note, (2, T)."""
    return PATCHES[name].voice(Tone(pitch, 2 * SAMPLE_RATE_HZ)).numpy()


def sampled(name: str, pitch: int) -> NDArray[np.float32]:
    voice = SoundFontVoice(FONT, ACOUSTIC_PROGRAMS[name], percussion=False, sharp=True)
    return voice(Tone(pitch, 2 * SAMPLE_RATE_HZ)).numpy()


def centroid_hz(sound: NDArray[np.float32]) -> float:
    """Of the first 0.4 s, by energy."""
    heard = sound.mean(axis=0)[: round(0.4 * SAMPLE_RATE_HZ)]
    power = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) ** 2
    return float(np.sum(power * np.fft.rfftfreq(len(heard), 1 / SAMPLE_RATE_HZ)) / np.sum(power))


def falls_in_s(sound: NDArray[np.float32]) -> float:
    """How long after its peak a note has fallen by 20 dB, in steps of 20 ms."""
    blocks = sound.mean(axis=0)
    blocks = blocks[: len(blocks) // 960 * 960].reshape(-1, 960)
    level = np.sqrt(np.square(blocks).mean(axis=1))
    peak = int(level.argmax())
    below = np.flatnonzero(level[peak:] < 0.1 * level[peak])
    return float(0.02 * (below[0] if len(below) else len(level) - peak))


@pytest.mark.parametrize("name", NAMES)
def test_a_guest_is_as_loud_in_mono(name: str) -> None:
    sound = held(name, PATCHES[name].home_pitch).astype(float)
    lost_db = 10 * np.log10(np.square(sound).mean() / np.square(sound.mean(axis=0)).mean())
    assert lost_db < 1.5


@pytest.mark.parametrize("name", RINGING)
def test_what_is_struck_dies_and_what_is_blown_does_not(name: str) -> None:
    assert falls_in_s(held(name, PATCHES[name].home_pitch)) < 2.0
    blown = held("wind.recorder", 79)
    assert falls_in_s(blown) > 1.5


@needs_font
@pytest.mark.parametrize("name", [name for name in NAMES if name in ACOUSTIC_PROGRAMS and name not in STAND_INS])
def test_a_guest_is_about_as_bright_as_its_samples(name: str) -> None:
    home = PATCHES[name].home_pitch
    octaves = [
        np.log2(centroid_hz(held(name, pitch)) / centroid_hz(sampled(name, pitch))) for pitch in (home, home + 5)
    ]
    assert abs(np.mean(octaves)) < MOST_OCTAVES


@needs_font
@pytest.mark.parametrize("name", [name for name in RINGING if name in ACOUSTIC_PROGRAMS and name not in STAND_INS])
def test_a_guest_rings_about_as_long_as_its_samples(name: str) -> None:
    home = PATCHES[name].home_pitch
    times = [np.log2(falls_in_s(held(name, pitch)) / falls_in_s(sampled(name, pitch))) for pitch in (home, home + 5)]
    assert abs(np.mean(times)) < np.log2(MOST_TIMES)
