"""The temp track of a timeline: found, listened to, switched off."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from fakes.commands import vem
from fakes.random_edits import sheet_of
from fakes.scripted_core import ScriptedCore
from fakes.timelines import audio, clip, gap, timeline, video
from vem_core.contract.errors import AudioError, Cancelled, TimelineError
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.temp_track import TempTrack
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.file import FileHost
from vem_plugin.scoring.listening import SilentListener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import ScoringSession
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.temp_track import TempTrackUse, describe, find_temp_track, heard_lane, lane_sound
from vem_plugin.timeline.reading import read_timeline_file

RATE = Fraction(24)


def clicks(bpm: float, seconds: float, rate_hz: int) -> np.ndarray:
    """A kick on each beat and a chord in A minor, (T,)."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    beat = 60 / bpm
    kick = np.sin(2 * np.pi * 60 * at) * np.exp(-((at % beat) / 0.05)) + 0.3 * np.random.default_rng(0).standard_normal(
        len(at)
    ) * np.exp(-((at % beat) / 0.01))
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (220, 261.6, 329.6, 440, 523.3)) / 20
    return (0.5 * kick + chord).astype(np.float32)


def edit(folder: Path, rate_hz: int = 44_100, name: str = "Music") -> Path:
    soundfile.write(folder / "temp.wav", clicks(112, 16, rate_hz), rate_hz, subtype="PCM_16")
    made = timeline(
        video(clip("a", 0, 100), clip("b", 900, 140), clip("c", 0, 144)),
        audio(clip("vo", 0, 24, url=str(folder / "none.wav")), name="A1"),
        audio(gap(24), clip("temp", 24, 336, url=str(folder / "temp.wav")), name=name),
        start=86_400,
    )
    path = folder / "edit.otio"
    otio.adapters.write_to_file(made, str(path))
    return path


def heard_lanes(scored: otio.schema.Timeline) -> dict[str, bool]:
    return {track.name: track.enabled for track in scored.tracks if track.kind == "Audio"}


def test_the_lane_is_found_by_name_or_number(tmp_path: Path) -> None:
    lanes = read_lanes(read_timeline_file(edit(tmp_path, name="A2 MX temp")), RATE)
    assert find_temp_track(lanes).number == 2
    assert find_temp_track(lanes, "1").name == "A1"
    with pytest.raises(TimelineError, match="no audio lane 'Song'"):
        find_temp_track(lanes, "Song")
    with pytest.raises(TimelineError, match="No audio lane is called music"):
        find_temp_track(lanes[:1])


def test_the_sound_is_laid_out_as_on_the_timeline_whatever_its_rate(tmp_path: Path) -> None:
    lanes = read_lanes(read_timeline_file(edit(tmp_path)), RATE)
    sound = lane_sound(lanes[1], MediaLocator(tmp_path), sheet_of(384, []), 0)
    assert len(sound) == 16 * 48_000
    assert not np.any(sound[: 48_000 - 100])
    later = lane_sound(lanes[1], MediaLocator(tmp_path), sheet_of(240, []), 96)
    assert np.abs(later - sound[4 * 48_000 : 14 * 48_000])[200:-200].max() < 0.02


def test_a_damaged_missing_or_silent_temp_track_says_so(tmp_path: Path) -> None:
    lanes = read_lanes(read_timeline_file(edit(tmp_path)), RATE)
    locator, sheet = MediaLocator(tmp_path), sheet_of(384, [])
    (tmp_path / "temp.wav").write_bytes(b"RIFF" + bytes(200))
    with pytest.raises(AudioError, match="cannot be read as sound"):
        heard_lane(lanes[1], locator, sheet, 0)
    soundfile.write(tmp_path / "temp.wav", np.zeros(48_000 * 16), 48_000)
    with pytest.raises(AudioError, match="silent under this range"):
        heard_lane(lanes[1], locator, sheet, 0)
    (tmp_path / "temp.wav").unlink()
    with pytest.raises(AudioError, match="was not found"):
        heard_lane(lanes[1], locator, sheet, 0)


def test_what_was_heard_is_said_in_a_line() -> None:
    heard = TempTrack((116.4, 123.6), "A minor", 0.1, (0.2, None, 0.8), ("house", "techno", "funk"))
    assert "120 BPM, A minor, energy 0.20 to 0.80, style house (then techno, funk)" in describe(heard, "Music")
    assert "no steady tempo" in describe(TempTrack(None, None, 0.0, (), ()), "x")


class Watching(SilentListener):
    """Remembers the steps of a job, and cancels it at the third."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def advance(self, progress: Progress) -> None:
        self.shares.append(progress.fraction)
        if len(self.shares) == 3:
            raise Cancelled("Enough.")


def test_a_session_shows_how_far_the_listening_is_and_cancels_it(tmp_path: Path) -> None:
    steps = [Progress("job", JobState.RUNNING, Stage.MEASURE, fraction=share / 4) for share in range(4)]
    core, watching = ScriptedCore(steps), Watching()
    session = ScoringSession(FileHost(edit(tmp_path)), watching, lambda: contextlib.nullcontext(core))
    with pytest.raises(Cancelled):
        session.run(Order(temp_track=TempTrackUse.FOLLOW))
    assert watching.shares == [0, 0.25, 0.5]
    assert core.cancelled == ["The temp track 'Music'"]
    assert core.calls == []  # nothing was scored


@pytest.mark.usefixtures("warm_core")
def test_a_temp_track_at_another_rate_is_followed_and_switched_off(tmp_path: Path) -> None:
    path = edit(tmp_path)
    done = vem("score", path, "--temp-track", "follow", "--style", "house", "--json", "--duck", "0")
    assert done.returncode == 0, done.stderr
    assert (
        "Temp track 'Music': 112 BPM, A minor" in done.stderr or "Temp track 'Music': 112 BPM, C major" in done.stderr
    )
    scored = read_timeline_file(tmp_path / "edit.vem" / "edit.scored.otio")
    assert heard_lanes(scored) == {"A1": True, "Music": False, "VeM Score": True}
    again = vem("score", path, "--temp-track", "follow", "--style", "house", "--json", "--duck", "0")
    assert "Nothing changed" in again.stderr
    assert heard_lanes(read_timeline_file(tmp_path / "edit.vem" / "edit.scored.otio")) == heard_lanes(scored)
    assert read_timeline_file(path).tracks[2].enabled  # the editor's own file is as it was
    (tmp_path / "temp.wav").write_bytes(b"RIFF" + bytes(200))
    failed = vem("score", path, "--temp-track", "follow")
    assert failed.returncode == 3
    assert "cannot be read as sound" in failed.stderr
