"""The demo's own sound: somebody is heard to speak on it where the timeline says so, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vem_plugin.demo import sound
from vem_plugin.demo.edit import AMBIENCES, VOICE_STARTS_FRAMES, demo_timeline
from vem_plugin.demo.footage import RATE, REELS, Reel
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.roles import Role
from vem_plugin.sound.voice_activity import SPEECH_RATE_HZ, speech_segments


def heard(path: Path) -> np.ndarray:
    samples, rate_hz = soundfile.read(path, dtype="float32")
    assert rate_hz == sound.RATE_HZ
    return np.asarray(samples[:: rate_hz // SPEECH_RATE_HZ], np.float32)


@pytest.mark.parametrize("phrase", sound.PHRASES, ids=lambda phrase: phrase.name)
def test_a_phrase_is_taken_for_speech_from_end_to_end(phrase: sound.Phrase, tmp_path: Path) -> None:
    path = tmp_path / "voice.wav"
    sound.write_phrase(phrase, path)
    spoken = speech_segments(heard(path))
    assert sum(segment.end_s - segment.start_s for segment in spoken) > 0.75 * phrase.duration_s


@pytest.mark.parametrize(("reel", "draw"), [*zip(REELS, AMBIENCES, strict=True)], ids=[reel.name for reel in REELS])
def test_no_reel_speaks(reel: Reel, draw: Callable[..., sound.Sound], tmp_path: Path) -> None:
    path = tmp_path / "reel.wav"
    sound.write_ambience(reel.name, draw, 6.0, path)
    samples = heard(path)
    assert speech_segments(samples) == []
    assert -50 < 10 * np.log10(np.mean(samples**2)) < -35


def test_the_lanes_stand_where_the_picture_does() -> None:
    dialogue, ambience = read_lanes(demo_timeline(), RATE)
    assert (dialogue.role, ambience.role) == (Role.SPEECH, Role.EFFECTS)
    assert [clip.start for clip in dialogue.clips] == list(VOICE_STARTS_FRAMES)
    assert len(ambience.clips) == 26
    assert ambience.clips[-1].start + ambience.clips[-1].duration == 1129
