"""`vem measure` and `vem align`: any music against any timeline, and what happens to music that cannot be used."""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from fakes.band import RATE_HZ, drifting_beats, play_band
from fakes.edits import write_edit
from vem_core.audio.files import read_audio, write_audio
from vem_core.commands import measure
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.errors import AudioError, InputError, OutputError
from vem_core.contract.result import Measurement
from vem_core.contract.time import sample_of_frame
from vem_core.pipeline.own_music import fit_to_cuts
from vem_core.rhythm.report import measure_alignment
from vem_core.rhythm.tracking import TrackedBeats, tracker_by_id
from vem_plugin.cli import main
from vem_plugin.commands import align

RATE = Fraction(24)
SECONDS = 20
LARGEST_STRETCH = 0.041  # of the local speed of music that is fitted to cuts
CUT_FRAMES = (31, 95, 140, 209, 260, 322, 390, 437)


def sheet_of(frames: tuple[int, ...] = CUT_FRAMES, seconds: float = SECONDS) -> CutSheet:
    starts, end = (0, *frames), round(seconds * RATE)
    shots = tuple(Shot(start, stop - start) for start, stop in zip(starts, (*frames, end), strict=True))
    return CutSheet("edit", RATE, 86_400, end, shots, tuple(Cut(frame) for frame in frames))


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("music") / "music.wav"
    soundfile.write(path, play_band(drifting_beats(SECONDS, 118, 0.0, seed=5), SECONDS, seed=5).T, RATE_HZ)
    return path


def run_measure(capsys: pytest.CaptureFixture[str], *words: str | Path) -> Measurement:
    parser = argparse.ArgumentParser()
    measure.add_arguments(parser)
    assert measure.run(parser.parse_args([*map(str, words), "--tracker", "spectral"])) == 0
    return loads(Measurement, capsys.readouterr().out)


@pytest.fixture
def sheet_json(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.json"
    path.write_text(dumps(sheet_of()))
    return path


def test_music_is_measured_against_a_sheet(
    music: Path, sheet_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measurement = run_measure(capsys, music, sheet_json, "--picture", tmp_path / "picture.png")
    assert measurement.report.measured_bpm == pytest.approx(118, abs=0.5)
    assert [cut.target_samples for cut in measurement.report.cuts] == [sample_of_frame(f, RATE) for f in CUT_FRAMES]
    assert measurement.fitted is None
    with Image.open(tmp_path / "picture.png") as picture:
        assert picture.width == 1600


def test_fitting_brings_beats_to_the_cuts(
    music: Path, sheet_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measurement = run_measure(capsys, music, sheet_json, "--fit", tmp_path / "fitted.wav")
    assert measurement.fitted is not None
    before, after = measurement.report.with_off_beats, measurement.fitted.with_off_beats
    assert after.hit_rate_1_frame >= max(0.75, before.hit_rate_1_frame + 0.25)
    assert measurement.largest_stretch <= LARGEST_STRETCH
    assert read_audio(tmp_path / "fitted.wav").shape == (2, SECONDS * RATE_HZ)


@pytest.mark.parametrize("music_s", [8.0, 31.0])
@pytest.mark.parametrize("frames", [(), (100,), CUT_FRAMES])
def test_fitted_music_is_as_long_as_the_timeline(music_s: float, frames: tuple[int, ...]) -> None:
    audio = play_band(drifting_beats(music_s, 101, 0.02, seed=1), music_s, seed=1)
    tracked = tracker_by_id("spectral").track(audio)
    fit = fit_to_cuts(audio, tracked, sheet_of(frames))
    assert fit.audio.shape == (2, SECONDS * RATE_HZ)
    assert fit.largest_stretch <= LARGEST_STRETCH
    if not frames:
        assert fit.largest_stretch == 0
        assert fit.start_shift_ms == 0


def test_music_without_a_pulse_cannot_be_fitted() -> None:
    with pytest.raises(AudioError, match="No beat"):
        fit_to_cuts(np.zeros((2, RATE_HZ), np.float32), TrackedBeats((), ()), sheet_of())


@pytest.mark.parametrize(
    "sound",
    [np.zeros((0, 2)), np.full((4_800, 2), np.nan), np.zeros((4_800, 3))],
    ids=["empty", "not a number", "three channels"],
)
def test_unusable_sound_is_a_clear_error(sound: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"sound\.wav"):
        read_audio(path)


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"not sound at all" * 50])
def test_a_damaged_file_is_a_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "damaged.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as caught:
        read_audio(path)
    assert caught.value.hint


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="no file"):
        read_audio(tmp_path / "none.wav")


@pytest.mark.parametrize(
    ("rate_hz", "channels", "suffix"), [(44_100, 1, "wav"), (44_100, 2, "flac"), (96_000, 2, "wav"), (8_000, 6, "wav")]
)
def test_any_rate_and_channel_count_becomes_48_khz_stereo(
    rate_hz: int, channels: int, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"sound.{suffix}"
    time_s = np.arange(rate_hz) / rate_hz
    tone = 0.3 * np.sin(2 * np.pi * 440 * time_s)
    soundfile.write(path, np.repeat(tone[:, None], channels, axis=1), rate_hz)
    sound = read_audio(path)
    assert sound.shape == (2, RATE_HZ)
    assert sound.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(sound[0]))
    assert abs(int(spectrum.argmax()) - 440) <= 1


@pytest.mark.parametrize("seconds", [0.05, 3.0])
@pytest.mark.parametrize("frames", [(), (20,)])
def test_silence_is_reported_as_music_without_beats(
    seconds: float, frames: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound, sheet = tmp_path / "silence.wav", tmp_path / "sheet.json"
    soundfile.write(sound, np.zeros(round(seconds * 44_100)), 44_100)
    sheet.write_text(dumps(sheet_of(frames)))
    report = run_measure(capsys, sound, sheet).report
    assert report.beats_samples == ()
    assert report.measured_bpm is None
    assert report.beats_only.hit_rate_100_ms == 0


def test_written_audio_reads_back(tmp_path: Path) -> None:
    sound = play_band(drifting_beats(2, 120, 0.0, seed=0), 2, seed=0)
    write_audio(tmp_path / "sound.wav", sound)
    assert np.abs(read_audio(tmp_path / "sound.wav") - np.clip(sound, -1, 1)).max() < 2**-22
    with pytest.raises(OutputError):
        write_audio(tmp_path / "no folder" / "sound.wav", sound)
    assert [path.name for path in tmp_path.iterdir()] == ["sound.wav"]


def test_an_unreadable_sheet_is_a_clear_error(music: Path, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    measure.add_arguments(parser)
    with pytest.raises(InputError, match="cut sheet"):
        measure.run(parser.parse_args([str(music), str(tmp_path / "none.json")]))


def write_timeline(path: Path) -> Path:
    return write_edit(path, [shot.duration_frames for shot in sheet_of().shots])


def run_align(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    align.add_arguments(parser)
    return align.run(parser.parse_args([*map(str, words)]))


@pytest.mark.usefixtures("own_core")
def test_align_prints_the_report_of_a_timeline(music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    timeline = write_timeline(tmp_path / "edit.otio")
    assert run_align(music, timeline, "--tracker", "spectral", "--json") == 0
    measurement = loads(Measurement, capsys.readouterr().out)
    expected = measure_alignment(
        sheet_of(), tracker_by_id("spectral").track(read_audio(music)), tracker_by_id("spectral")
    )
    assert measurement.report.beats_samples == expected.beats_samples
    assert json.loads(dumps(measurement.report.cuts)) == json.loads(dumps(expected.cuts))
    text = align.render_measurement(sheet_of(), measurement)
    assert "chance" in text
    assert "spectral" in text


@pytest.mark.usefixtures("own_core")
def test_align_hands_the_cores_error_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    timeline = write_timeline(tmp_path / "edit.otio")
    assert main(["align", str(tmp_path / "none.wav"), str(timeline)]) == AudioError.exit_status
    assert "There is no file" in capfd.readouterr().err
    (tmp_path / "words.wav").write_bytes(b"not sound at all" * 50)
    assert main(["align", str(tmp_path / "words.wav"), str(timeline)]) == AudioError.exit_status
    assert "words.wav cannot be read as audio" in capfd.readouterr().err


def test_the_table_of_fitted_music_shows_before_and_after(
    music: Path, sheet_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    measurement = run_measure(capsys, music, sheet_json, "--fit", tmp_path / "fitted.wav")
    text = align.render_measurement(sheet_of(), measurement)
    assert text.index("BEFORE") < text.index("AFTER") < text.index("speed changes")
