"""Shards and their reader: the same bytes every time, nothing half-done, clear words about damage."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from webdataset.tariterators import group_by_keys, tar_file_iterator

from vem_core.contract.errors import CorpusDamaged, InputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus import sound
from vem_core.corpus.command import COMMAND
from vem_core.corpus.reader import CorpusReader, Position
from vem_core.corpus.samples import decode_sample, encode_sample
from vem_core.corpus.shards import CorpusSettings, finished_shard, read_index
from vem_core.corpus.synthesis import SynthesisProgress, synthesise
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ, band_spectrogram, mono, spectral_flux

TINY = CorpusSettings(window_latents=50, styles=("house", "lo-fi"), pieces_per_shard=2)
PIECES = 4


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    synthesise(folder, TINY, PIECES)
    return folder


def shard_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def keys_of(reader: CorpusReader, epoch: int = 0, start: int = 0) -> list[str]:
    return [sample.key for sample in reader.epoch(epoch, start)]


class _Stopped(Exception):
    pass


def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = 0
    play = sound.play

    def play_three(*arguments: object) -> object:
        nonlocal played
        played += 1
        if played == 4:
            raise _Stopped
        return play(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(sound, "play", play_three)
    with pytest.raises(_Stopped):
        synthesise(tmp_path, TINY, PIECES)
    assert read_index(tmp_path).shards == read_index(corpus).shards[:1]
    assert (tmp_path / "00001.tar.part").exists()
    assert not (tmp_path / "00001.tar").exists()
    written = (tmp_path / "00000.tar").stat().st_mtime_ns
    said: list[SynthesisProgress] = []
    played = 10
    synthesise(tmp_path, TINY, PIECES, on_shard=said.append)
    assert shard_bytes(tmp_path) == shard_bytes(corpus)
    assert (tmp_path / "00000.tar").stat().st_mtime_ns == written
    assert [(progress.shards, progress.of, progress.pieces) for progress in said] == [(2, 2, 2)]
    assert said[0].pieces_per_minute > 0


def test_a_complete_corpus_is_left_alone_and_never_shortened(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shard_bytes(corpus)
    monkeypatch.setattr(sound, "play", None)
    assert synthesise(corpus, TINY, 1).samples == read_index(corpus).samples
    assert shard_bytes(corpus) == before


def test_other_settings_are_refused(corpus: Path) -> None:
    with pytest.raises(InputError, match="other settings"):
        synthesise(corpus, CorpusSettings(window_latents=75), 1)


def test_the_onsets_of_the_sound_are_on_the_labelled_beats(corpus: Path) -> None:
    assert _attack_on_beats(corpus) > 3
    assert max(_attack_on_beats(corpus, late_s) for late_s in (-0.05, 0.05)) < 1.5  # wrong labels would be found out


def _attack_on_beats(corpus: Path, late_s: float = 0.0) -> float:
    """The attack of the median beat, were the labels so late, against that of the median place between two beats."""
    on_beats, between = [], []
    for sample in CorpusReader(corpus, shuffle=False).epoch(0):
        plan, window = sample.labels.plan, sample.labels.window
        flux = spectral_flux(band_spectrogram(mono(sample.audio)))
        beats = np.array([beat.samples for beat in plan.beats[: plan.final_beat + 1]]) - window.start_samples
        places = (beats / SAMPLE_RATE_HZ + late_s) * FRAME_RATE_HZ
        between_places = places[:-1] + 0.38 * np.diff(places)  # off the beat, its half, thirds and quarters
        for chosen, found in ((places, on_beats), (between_places, between)):
            inside = np.round(chosen).astype(int)
            inside = inside[(inside >= 3) & (inside < len(flux) - 3)]
            found += [flux[frame - 2 : frame + 3].max() for frame in inside]
    assert len(on_beats) > 10
    return float(np.median(on_beats) / np.median(between))


def test_windows_tile_the_piece_and_its_pictures(corpus: Path) -> None:
    samples = list(CorpusReader(corpus, shuffle=False).epoch(0))
    for _, group in itertools.groupby(samples, key=lambda sample: sample.labels.piece):
        windows = list(group)
        ends = [sample.labels.window.first_latent + sample.labels.window.latents for sample in windows]
        assert [sample.labels.window.first_latent for sample in windows] == [0, *ends[:-1]]
        shown = [thumbnail for sample in windows for thumbnail in sample.labels.thumbnails]
        assert len(shown) == len(set(shown))
        assert {thumbnail.shot for thumbnail in shown} == set(range(len(windows[0].labels.shots)))
        assert all(np.abs(sample.audio).max() > 0.01 for sample in windows)


def test_samples_survive_the_round_trip(corpus: Path) -> None:
    sample = next(CorpusReader(corpus).epoch(0))
    files = dict(encode_sample(sample).parts)
    again = decode_sample(sample.key, files)
    assert again.labels == sample.labels
    assert again.jpegs == sample.jpegs
    assert np.array_equal(again.audio, sample.audio)


def test_webdataset_reads_the_shards(corpus: Path) -> None:
    with (corpus / "00000.tar").open("rb") as file:  # WebDataset itself leaves its files open
        files = ({**each, "__url__": file.name} for each in tar_file_iterator(file))
        samples = list(group_by_keys(files))
    assert len(samples) == read_index(corpus).shards[0].samples
    assert all({"flac", "json", "frames.npz"} <= set(sample) for sample in samples)


def test_every_epoch_has_every_sample_once_in_an_order_of_its_own(corpus: Path) -> None:
    reader = CorpusReader(corpus, seed=3, verify=True)
    orders = [keys_of(reader, epoch) for epoch in range(4)]
    assert len(set(orders[0])) == len(orders[0]) == reader.index.samples
    assert all(sorted(order) == sorted(orders[0]) for order in orders)
    assert len({tuple(order) for order in orders}) > 1
    assert keys_of(CorpusReader(corpus, seed=3)) == orders[0]


def test_reading_goes_on_where_it_stopped(corpus: Path) -> None:
    reader = CorpusReader(corpus, seed=1)
    both_epochs = itertools.islice(reader.endless(), 2 * reader.index.samples)
    whole = [(sample.key, position) for sample, position in both_epochs]
    for stop in (1, reader.index.samples - 1, reader.index.samples, reader.index.samples + 1):
        position = whole[stop - 1][1]
        rest = itertools.islice(CorpusReader(corpus, seed=1).endless(position), len(whole) - stop)
        assert [(sample.key, at) for sample, at in rest] == whole[stop:]
    assert whole[0][1] == Position(0, 1)


def test_parts_share_the_samples(corpus: Path) -> None:
    whole = keys_of(CorpusReader(corpus, seed=5))
    parts = [keys_of(CorpusReader(corpus, seed=5, part=(rank, 3))) for rank in range(3)]
    assert [parts[place % 3][place // 3] for place in range(len(whole))] == whole
    assert keys_of(CorpusReader(corpus, seed=5, part=(1, 3)), start=1) == parts[1][1:]


def copy_of(corpus: Path, folder: Path) -> Path:
    for name, data in shard_bytes(corpus).items():
        (folder / name).write_bytes(data)
    return folder


def test_a_missing_or_shortened_shard_is_named(corpus: Path, tmp_path: Path) -> None:
    folder = copy_of(corpus, tmp_path)
    shard = folder / "00001.tar"
    shard.write_bytes(shard.read_bytes()[:-512])
    with pytest.raises(CorpusDamaged, match=r"00001\.tar has \d+ bytes"):
        keys_of(CorpusReader(folder))
    shard.unlink()
    with pytest.raises(CorpusDamaged, match=r"00001\.tar is missing"):
        keys_of(CorpusReader(folder))


@pytest.mark.parametrize("part", ["flac", "json", "npz"])
def test_a_changed_byte_is_found_and_the_shard_made_again(corpus: Path, tmp_path: Path, part: str) -> None:
    folder = copy_of(corpus, tmp_path)
    shard = folder / "00000.tar"
    with tarfile.open(shard) as tar:
        member = next(member for member in tar if member.name.endswith(part))
    data = bytearray(shard.read_bytes())
    place = member.offset_data + member.size // 2
    data[place : place + 64] = bytes(64)
    shard.write_bytes(data)
    with pytest.raises(CorpusDamaged, match=r"sample|changed"):
        keys_of(CorpusReader(folder))
    with pytest.raises(CorpusDamaged, match=r"00000\.tar has changed"):
        keys_of(CorpusReader(folder, verify=True))
    assert finished_shard(folder, 0, 2) is None
    assert finished_shard(folder, 1, 2) is not None


def test_parts_that_are_not_ours_are_refused(corpus: Path) -> None:
    sample = next(CorpusReader(corpus).epoch(0))
    files = dict(encode_sample(sample).parts)
    with pytest.raises(CorpusDamaged, match="has the parts"):
        decode_sample("x", files | {"cls": b"1"})
    with pytest.raises(CorpusDamaged, match="no field"):
        decode_sample("x", files | {"json": files["json"][:-1] + b',"more":1}'})
    other = io.BytesIO()
    np.savez(other, jpegs=np.zeros(3, np.uint8), ends=np.array([3]))
    with pytest.raises(CorpusDamaged, match="not those"):
        decode_sample("x", files | {"frames.npz": other.getvalue()})


def test_no_corpus_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no corpus"):
        CorpusReader(tmp_path)


@pytest.mark.slow
def test_several_processes_make_the_same_bytes_and_survive_a_kill(corpus: Path, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from vem_core.contract.tasks import Workers\n"
        "from vem_core.corpus.shards import CorpusSettings\n"
        "from vem_core.corpus.synthesis import synthesise\n"
        "if __name__ == '__main__':\n"
        "    settings = CorpusSettings(window_latents=50, styles=('house', 'lo-fi'), pieces_per_shard=2)\n"
        "    synthesise(Path(sys.argv[1]), settings, int(sys.argv[2]), workers=Workers(2))\n"
    )
    arguments = [str(tmp_path), str(PIECES)]
    main = tmp_path.parent / "main.py"
    main.write_text(script)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, str(main), *arguments], env=environment, start_new_session=True)
    waiting_until = time.monotonic() + 120
    while not list(tmp_path.glob("*.part")) and time.monotonic() < waiting_until:
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    subprocess.run([sys.executable, str(main), *arguments], env=environment, check=True)
    assert shard_bytes(tmp_path) == shard_bytes(corpus)


def test_the_command_makes_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    folder = tmp_path / "deep" / "corpus"
    options = ["--pieces", "1", "--window-s", "2", "--styles", "house", "--split", "test", "--workers", "1"]
    assert COMMAND.run(parser.parse_args([str(folder), *options])) == 0
    said = capsys.readouterr()
    assert "times real time" in said.err
    assert "1 shards" in said.out
    sample = next(CorpusReader(folder).epoch(0))
    assert sample.labels.piece.split.value == "test"
    with pytest.raises(InputError, match="at least"):
        COMMAND.run(parser.parse_args([str(folder), "--pieces", "0"]))
