"""What is heard on a temp track: tempo, key, energy, style."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest

from fakes.random_edits import sheet_of
from vem_core.audio.types import Audio
from vem_core.composer.composition import compose
from vem_core.composer.styles import list_styles, style_by_id, tempo_range
from vem_core.contract.codec import dumps, loads
from vem_core.contract.request import Direction
from vem_core.contract.temp_track import TempTrack
from vem_core.rhythm.planner import plan_score
from vem_core.rhythm.tracking import tracker_by_id
from vem_core.synth import render
from vem_core.temp_track.listening import key_of, listen, shot_energies
from vem_core.temp_track.listening import tempo_range as heard_range
from vem_core.temp_track.styles import STYLE_TRAITS, nearest_styles, traits_of

SECOND = 48_000


def music(style: str, key: str, seed: int, energies: tuple[float, ...] = (0.5,) * 4) -> tuple[Audio, float]:
    """Twenty-four seconds by `sketch` on an edit of four shots, and their tempo in BPM."""
    sheet = sheet_of(24 * 24, [144, 288, 432])
    low, high = tempo_range(style_by_id(style))
    plan = plan_score(sheet, Direction(shot_energies=energies), seed, tempo_range_bpm=(low, high), style=style,
                      mood=style_by_id(style).mood, key=key)  # fmt: skip
    beats = np.diff([beat.samples for beat in plan.beats])
    return render(compose(plan), seed).mix, float(60 * SECOND / np.median(beats))


@pytest.fixture(scope="module")
def house() -> tuple[Audio, float]:
    return music("house", "F# minor", 77, (0.2, 0.4, 0.9, 0.6))


def test_tempo_key_and_energy_of_house_are_heard(house: tuple[Audio, float]) -> None:
    sound, bpm = house
    sheet = sheet_of(24 * 24, [144, 288, 432])
    heard = listen(sound, sheet, tracker_by_id("auto"))
    assert heard.tempo_bpm is not None
    assert heard.tempo_bpm[0] <= bpm <= heard.tempo_bpm[1]
    assert heard.key is not None
    first, _, loudest, _ = heard.shot_energies
    assert first is not None
    assert loudest is not None
    assert loudest > first + 0.2
    assert "house" in heard.styles[:4]
    assert loads(TempTrack, dumps(heard)) == heard


def test_what_is_heard_fills_only_the_choices_that_are_left(house: tuple[Audio, float]) -> None:
    heard = TempTrack((118.0, 122.0), "A minor", 0.1, (0.2, None, 0.8), ("house", "techno"))
    assert Direction().following(heard) == Direction(
        tempo_bpm=(118.0, 122.0), key="A minor", style="house", shot_energies=(0.2, None, 0.8), temp_track=heard
    )
    chosen = Direction(tempo_bpm=(90, 95), style="ambient", energy=0.3)
    assert chosen.following(heard) == dataclasses.replace(chosen, key="A minor", temp_track=heard)


def test_keys_of_plain_chords() -> None:
    seconds = np.arange(8 * SECOND) / SECOND

    def cadence(roots: list[int], thirds: list[int]) -> Audio:
        sound = np.zeros(len(seconds))
        for index, (root, third) in enumerate(zip(roots, thirds, strict=True)):
            now = (seconds >= 2 * index) & (seconds < 2 * index + 2)
            for pitch in (root - 12, root, root + third, root + 7):
                sound[now] += np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * seconds[now])
        return np.stack([sound, sound]).astype(np.float32) * 0.1

    assert key_of(cadence([60, 65, 67, 60], [4, 4, 4, 4]))[0] == "C major"
    assert key_of(cadence([57, 62, 64, 57], [3, 3, 4, 3]))[0] == "A minor"
    assert key_of(np.zeros((2, SECOND), np.float32)) == (None, 0.0)


def test_silence_says_nothing() -> None:
    sheet = sheet_of(240, [120])
    heard = listen(np.zeros((2, 10 * SECOND), np.float32), sheet, tracker_by_id("auto"))
    assert heard == TempTrack(None, None, 0.0, (None, None), ())
    house = Direction(style="house")
    assert house.following(heard) == dataclasses.replace(house, shot_energies=(None, None), temp_track=heard)


def test_music_of_one_level_is_not_spread_over_all_energies() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 10 * SECOND)).astype(np.float32) * 0.1
    energies = shot_energies(noise, sheet_of(240, [60, 120, 180]))
    assert all(energy is not None and 0.45 < energy < 0.6 for energy in energies)


def test_few_beats_tell_no_tempo() -> None:
    assert heard_range(np.arange(4) * 24_000) is None
    assert heard_range(np.arange(12) * 24_000) == (112.8, 127.2)


def test_every_style_has_its_traits() -> None:
    assert set(STYLE_TRAITS) == {style.id for style in list_styles()}
    assert nearest_styles(STYLE_TRAITS["techno"], None)[0] == "techno"


@pytest.mark.slow
def test_styles_are_recognised_on_other_seeds() -> None:
    """The style is among the three nearest for at least four in five of the styles."""
    among_three, first = [], []
    for style in list_styles():
        sound, bpm = music(style.id, "D minor", 41)
        guesses = nearest_styles(traits_of(sound), bpm)
        among_three.append(style.id in guesses[:3])
        first.append(guesses[0] == style.id)
    sys.stdout.write(f"nearest {np.mean(first):.2f}, among the three nearest {np.mean(among_three):.2f}\n")
    assert np.mean(among_three) >= 0.8
