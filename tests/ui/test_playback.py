"""What is heard: sources mixed at their places, at any speed; blocks that come late are silent, never late."""

from __future__ import annotations

import threading
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from vem_plugin.sound.lanes import AudioLane, SoundClip
from vem_plugin.sound.roles import Role
from vem_ui.playback.film_sound import BLOCK, FilmSound, lanes_reader
from vem_ui.playback.mix import Fader, Mix
from vem_ui.playback.player import Player
from vem_ui.playback.sound import SAMPLE_RATE_HZ, AudioOutput, Render, Samples
from vem_ui.playback.take_sound import TakeSound


class Ramp:
    """A source whose sample is its own number."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def read(self, first_samples: int, count: int) -> Samples:
        ramp = (first_samples + np.arange(count, dtype=np.float32)) * np.float32(self.scale)
        return np.stack([ramp, ramp], axis=1)

    def close(self) -> None:
        pass


class CountingOutput(AudioOutput):
    """A device that hears what it is told to have heard."""

    def __init__(self) -> None:
        super().__init__()
        self.render: Render | None = None
        self.heard = 0

    def start(self, render: Render) -> None:
        self.render, self.heard = render, 0

    def stop(self) -> None:
        self.render = None

    def heard_samples(self) -> int:
        return self.heard

    def close(self) -> None:
        self.render = None

    def hear(self, count: int) -> Samples:
        assert self.render is not None
        self.heard += count
        return self.render(count)


def write_ramp(path: Path, samples: int) -> Path:
    """A WAV whose 16-bit samples count up from 0, left, and down, right."""
    ramp = np.arange(samples, dtype="<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(np.stack([ramp, -ramp], axis=1).tobytes())
    return path


@settings(max_examples=50, deadline=None)
@given(st.integers(-500, 500), st.integers(1, 200), st.sampled_from([1.0, 2.0, 4.0, 0.5, -1.0, -2.0]))
def test_a_mix_is_read_at_its_place_at_any_speed(position: int, count: int, speed: float) -> None:
    mix = Mix()
    mix.put("ramp", Ramp())
    assert mix.render(position, count, speed)[:, 0] == pytest.approx(position + speed * np.arange(count), abs=1e-2)


def test_faders_mute_solo_and_turn_down() -> None:
    mix = Mix()
    mix.put("music", Ramp(1.0))
    mix.put("film", Ramp(10.0))
    assert mix.render(1, 1, 1.0)[0, 0] == 11
    mix.mute("music", True)
    assert mix.render(1, 1, 1.0)[0, 0] == 10
    mix.set_fader("music", Fader(level_db=-20.0, soloed=True))
    assert mix.render(1, 1, 1.0)[0, 0] == pytest.approx(0.1)
    mix.put("music", None)
    assert mix.render(1, 1, 1.0)[0, 0] == 10  # what is soloed is not there


@settings(max_examples=30, deadline=None)
@given(places=st.lists(st.tuples(st.integers(-3000, 30_000), st.integers(1, 3000)), min_size=1, max_size=5))
def test_a_take_sounds_at_its_place_to_the_sample(
    tmp_path_factory: pytest.TempPathFactory, places: list[tuple[int, int]]
) -> None:
    take = TakeSound(write_ramp(tmp_path_factory.mktemp("ramp") / "take.wav", 20_000), start_samples=1_000)
    for first, count in places:
        at = first - 1_000 + np.arange(count)
        expected = np.where((at >= 0) & (at < 20_000), at, 0) / 32_768
        assert take.read(first, count)[:, 0] == pytest.approx(expected, abs=1e-6)
    take.close()


def test_the_films_sound_lies_where_its_clips_do(tmp_path: Path) -> None:
    path = write_ramp(tmp_path / "film.wav", 30_000)
    clip = SoundClip("A1", "film", Role.UNKNOWN, 12, 6, str(path), Fraction(1, 8), Fraction(1))
    read = lanes_reader([AudioLane(1, "A1", Role.UNKNOWN, (clip,))], Path, Fraction(24))
    start, length, into = 24_000, 12_000, 6_000
    sound = read(start - 100, length + 200)
    assert not np.any(sound[:100])
    assert not np.any(sound[100 + length :])
    assert sound[100 : 100 + length, 0] == pytest.approx((into + np.arange(length)) / 32_768, abs=1e-4)
    assert sound[100 : 100 + length, 1] == pytest.approx(-(into + np.arange(length)) / 32_768, abs=1e-4)


def test_the_films_sound_is_as_loud_as_its_clips_are_set(tmp_path: Path) -> None:
    path = write_ramp(tmp_path / "film.wav", 30_000)
    heard = []
    for level_db in (0.0, -6.0):
        level = ((Fraction(0), level_db),)
        clip = SoundClip("A1", "film", Role.UNKNOWN, 0, 6, str(path), Fraction(0), Fraction(1), level=level)
        heard.append(lanes_reader([AudioLane(1, "A1", Role.UNKNOWN, (clip,))], Path, Fraction(24))(0, 10_000))
    assert heard[1] == pytest.approx(heard[0] * 10 ** (-6 / 20), abs=1e-6)


@pytest.mark.parametrize("speed", [Fraction(1), Fraction(1, 2)])
def test_a_level_that_moves_follows_the_medium(tmp_path: Path, speed: Fraction) -> None:
    path = write_ramp(tmp_path / "film.wav", 30_000)
    level = ((Fraction(1, 8), 0.0), (Fraction(1, 4), -12.0))
    clips = [
        SoundClip("A1", "film", Role.UNKNOWN, 0, 12, str(path), Fraction(1, 16), speed, level=each)
        for each in ((), level)
    ]
    flat, moved = (
        lanes_reader([AudioLane(1, "A1", Role.UNKNOWN, (clip,))], Path, Fraction(24))(0, 20_000) for clip in clips
    )
    medium_s = 1 / 16 + np.arange(20_000) / 48_000 * float(speed)
    gain = 10 ** (np.clip((medium_s - 1 / 8) * 8, 0, 1) * -12 / 20)
    assert np.abs(flat[-1, 0]) > 0.05
    assert moved == pytest.approx(flat * gain[:, None], abs=1e-5)


def test_a_crossfade_keeps_the_power_and_uses_the_handles(tmp_path: Path) -> None:
    path = write_ramp(tmp_path / "film.wav", 30_000)
    fade = (9, 15)  # around the cut at 12 frames, of 2,000 samples each
    one = SoundClip("A1", "a", Role.UNKNOWN, 0, 12, str(path), Fraction(0), Fraction(1), fade_out=fade)
    other = SoundClip("A1", "b", Role.UNKNOWN, 12, 12, str(path), Fraction(1, 48), Fraction(1), fade_in=fade)
    heard = [
        lanes_reader([AudioLane(1, "A1", Role.UNKNOWN, (clip,))], Path, Fraction(24))(0, 48_000)[:, 0]
        for clip in (one, other)
    ]
    at = np.arange(48_000)
    share = np.clip((at - 18_000) / 12_000, 0, 1)
    assert heard[0][:30_000] == pytest.approx((at / 32_768 * np.cos(np.pi / 2 * share))[:30_000], abs=1e-4)
    assert not np.any(heard[0][30_000:])
    medium = at - 24_000 + 1_000  # its handle is a thousand samples long, its fade would use six thousand
    assert not np.any(heard[1][:23_000])
    there = slice(23_000, 48_000)
    assert heard[1][there] == pytest.approx((medium / 32_768 * np.sin(np.pi / 2 * share))[there], abs=1e-4)


def test_a_missing_clip_is_silent() -> None:
    clip = SoundClip("A1", "gone", Role.UNKNOWN, 0, 24, "/gone.wav", Fraction(0), Fraction(1))
    read = lanes_reader([AudioLane(1, "A1", Role.UNKNOWN, (clip,))], lambda address: None, Fraction(24))
    assert not np.any(read(0, 1_000))


def test_blocks_that_are_not_there_yet_are_silent_and_come(qtbot: QtBot) -> None:
    go = threading.Event()

    def slow(first: int, count: int) -> Samples:
        go.wait(10)
        return Ramp().read(first, count)

    film = FilmSound(slow)
    assert not np.any(film.read(BLOCK - 10, 20))
    go.set()
    qtbot.waitUntil(lambda: bool(np.all(film.read(BLOCK - 10, 20)[:, 0] == BLOCK - 10 + np.arange(20))), timeout=10_000)
    film.close()


def test_the_player_keeps_the_timelines_time_at_any_speed(qtbot: QtBot) -> None:
    sound = CountingOutput()
    player = Player(sound)
    player.put("music", Ramp())
    player.range_s = (-1.0, 10.0)
    player.seek(2.0)
    player.play()
    assert sound.hear(48_000)[0, 0] == 96_000
    assert player.position_s == pytest.approx(3.0)
    player.shuttle(1)
    assert player.speed == 2.0
    sound.hear(24_000)
    assert player.position_s == pytest.approx(4.0)
    player.shuttle(-1)
    assert (player.speed, player.position_s) == (-1.0, pytest.approx(4.0))
    sound.hear(48_000)
    player.pause()
    assert player.position_s == pytest.approx(3.0)
    player.put("music", Ramp(2.0))  # another take: the place stays
    player.play()
    assert sound.hear(10)[0, 0] == 2 * 3 * 48_000
    player.close()


def test_a_loop_goes_back_to_its_beginning(qtbot: QtBot) -> None:
    sound = CountingOutput()
    player = Player(sound)
    player.put("music", Ramp())
    player.range_s, player.loop = (0.0, 10.0), (1.0, 2.0)
    player.seek(1.9)
    player.play()
    sound.hear(9_600)
    player._tick()
    assert player.position_s == pytest.approx(1.0)
    assert player.playing
    player.close()
