"""Real movie files as training data: cuts, sound, beats, filters, layouts, shards that the reader takes."""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vem_core.commands import data
from vem_core.contract.errors import InputError
from vem_core.corpus.film import find_cuts, read_film, read_sound
from vem_core.corpus.layouts import find_videos
from vem_core.corpus.reader import CorpusReader
from vem_core.corpus.recorded import Filters, Unsuitable, number_beats, recorded_sample, signal_to_noise_db
from vem_core.corpus.samples import CorpusSample
from vem_core.parsing.bundled import BundledParser
from vem_core.rhythm.tracking.spectral import SpectralTracker

RATE, BPM = 25, 120
CUTS = tuple(25 * second for second in (1, 2, 4, 5, 7))
FRAMES = 9 * RATE


class NoWords:
    encoder_id, width = "none", 384

    def encode(self, texts):  # type: ignore[no-untyped-def]
        return np.zeros((len(texts), 384), np.float32)


def write_movie(path: Path, *, sound: bool = True, noise: float = 0.0) -> Path:
    """Shots of drifting texture that cut every second or two, over a kick on each beat and a chord."""
    rng = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=RATE)
        video.width, video.height, video.pix_fmt, video.bit_rate = 160, 90, "yuv420p", 2_000_000
        audio = container.add_stream("aac", rate=48_000, layout="stereo") if sound else None
        textures = [rng.integers(0, 255, (9, 16, 3)).repeat(10, 0).repeat(10, 1) for _ in range(len(CUTS) + 1)]
        for number in range(FRAMES):
            shot = sum(number >= cut for cut in CUTS)
            picture = np.roll(textures[shot], number // 2, axis=1).astype(np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
        if audio is not None:
            music = kicks(FRAMES / RATE) + noise * rng.standard_normal(FRAMES * 48_000 // RATE)
            stereo = np.stack([music, music]).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(stereo, format="fltp", layout="stereo")
            frame.sample_rate = 48_000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def kicks(seconds: float) -> np.ndarray:
    instants = np.arange(round(seconds * 48_000)) / 48_000
    music = 0.001 * np.sin(2 * np.pi * 220 * instants)
    kick = np.sin(2 * np.pi * 60 * np.arange(6_000) / 48_000) * np.exp(-np.arange(6_000) / 900)
    kick[:300] += 0.5 * np.random.default_rng(1).standard_normal(300)
    for beat in range(int(seconds * BPM / 60)):
        start = beat * 24_000
        music[start : start + 6_000] += 0.7 * kick[: len(music) - start]
    return music


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("movies")
    (folder / "film.txt").write_text("colours that jump\n")
    return write_movie(folder / "film.mp4")


@pytest.fixture(scope="module")
def sample(movie: Path) -> CorpusSample:
    item = find_videos(movie.parent)[0]
    return recorded_sample(item, 3, SpectralTracker(), BundledParser(NoWords()), Filters())


def test_cuts_are_found_to_the_frame(movie: Path) -> None:
    film = read_film(movie)
    assert film == (Fraction(25), FRAMES, CUTS)


def test_movement_and_flicker_are_no_cuts() -> None:
    steady = np.full(100, 20.0)
    assert find_cuts(steady, 25) == ()
    steady[40] = 90
    steady[43] = 90  # a flash frame: shorter than a shot
    assert find_cuts(steady, 25) == (40,)


def test_sound_comes_out_as_long_as_it_went_in(movie: Path) -> None:
    assert read_sound(movie).shape[1] == pytest.approx(FRAMES / RATE * 48_000, abs=2_048)


def test_a_recording_is_labelled_by_what_is_heard_and_seen(sample: CorpusSample) -> None:
    labels = sample.labels
    assert [cut.record_frames for cut in labels.sheet.cuts] == list(CUTS)
    assert labels.tempo_bpm == pytest.approx(BPM, rel=0.02)
    assert sum(cut.on_beat for cut in labels.cuts) >= len(CUTS) - 1
    assert labels.captions == ("colours that jump",)
    assert all(shot.visual.known for shot in labels.shots)
    assert {thumbnail.sha256 for thumbnail in labels.thumbnails} == set(sample.jpegs)
    assert sum(thumbnail.use.value == "strip" for thumbnail in labels.thumbnails) == 8 * len(CUTS)
    assert labels.chords == ()


def test_a_recording_can_be_learned_from(sample: CorpusSample) -> None:
    from vem_core.training.music_corpus import example_of

    example = example_of(sample.labels, sample.audio, sample.jpegs, NoWords())
    assert not example.lead_sheet.any()
    assert example.rhythm[0].sum() >= 15
    assert len(example.strips) == len(CUTS)
    assert int(example.on_beat.sum()) >= len(CUTS) - 1


def test_noise_and_silence_are_left_out(tmp_path: Path) -> None:
    item = find_videos(write_movie(tmp_path / "noisy.mp4", noise=0.3).parent)[0]
    with pytest.raises(Unsuitable, match="signal-to-noise"):
        recorded_sample(item, 0, SpectralTracker(), BundledParser(NoWords()), Filters())
    assert signal_to_noise_db(kicks(5.0)[None].repeat(2, 0)) > 20
    mute = write_movie(tmp_path / "mute.mp4", sound=False)
    with pytest.raises(InputError, match="no sound"):
        read_sound(mute)
    (tmp_path / "broken.mp4").write_bytes(b"no movie at all")
    with pytest.raises(InputError, match="no picture"):
        read_film(tmp_path / "broken.mp4")


def test_beats_are_counted_from_their_downbeats() -> None:
    beats = number_beats([10, 20, 30, 40, 50, 60, 70], {30, 70})
    assert [(beat.bar, beat.number) for beat in beats] == [(0, 3), (0, 4), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1)]
    assert [(beat.bar, beat.number) for beat in number_beats([10, 20], {10})] == [(0, 1), (0, 2)]


def test_the_layouts_of_published_datasets_are_read(movie: Path, tmp_path: Path) -> None:
    videos, audios = tmp_path / "m2ugen" / "videos", tmp_path / "m2ugen" / "audios"
    videos.mkdir(parents=True)
    audios.mkdir()
    (videos / "a.mp4").write_bytes(movie.read_bytes())
    (audios / "a.mp3").write_bytes(b"")
    turns = [{"from": "human", "value": "Make music", "caption": "a man plays"}, {"from": "gpt", "caption": "a blues"}]
    told = [{"input_file": "a.mp4", "output_file": "a.mp3", "conversation": turns}]
    told.append({"input_file": "gone.mp4", "output_file": "gone.mp3", "conversation": []})
    (tmp_path / "m2ugen" / "MUVideoInstructions.json").write_text(json.dumps(told))
    found = find_videos(tmp_path / "m2ugen")
    assert [(item.name, item.captions) for item in found] == [("a", ("a man plays", "a blues"))]
    assert found[0].sound == audios / "a.mp3"
    (tmp_path / "symmv").mkdir()
    (tmp_path / "symmv" / "SymMV.csv").write_text(
        "index\tyoutube_url\ttonality\tshazam_id\n7\thttp://x\tA minor\t1\n8\ty\tC\t2\n"
    )
    (tmp_path / "symmv" / "00007.mp4").write_bytes(movie.read_bytes())
    assert [(item.name, item.key) for item in find_videos(tmp_path / "symmv")] == [("00007", "A minor")]
    with pytest.raises(InputError, match="no videos"):
        find_videos(audios)


def test_the_command_writes_shards_that_the_reader_takes(
    movie: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vem_core.parsing.registry.parser_by_id", lambda *_: BundledParser(NoWords()))
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    asked = ["build", str(movie.parent), str(tmp_path / "shards"), "--tracker", "spectral"]
    assert data.run(parser.parse_args(asked)) == 0
    assert "1 of 1 videos" in capsys.readouterr().out
    read = list(CorpusReader(tmp_path / "shards", verify=True).epoch(0))
    assert [sample.labels.sheet.name for sample in read] == ["film"]
    assert data.run(parser.parse_args(asked)) == 0
    assert "0 of 0 new cuts" in capsys.readouterr().out
