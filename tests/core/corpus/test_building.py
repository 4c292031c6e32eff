"""A corpus built from videos: what is left out and why, what another run decodes again, who works on it."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.musical_movies import SAMPLES, kicks, write_movie
from vem_core.commands import data
from vem_core.contract.errors import InputError
from vem_core.contract.tasks import Workers
from vem_core.corpus import building
from vem_core.corpus.building import BuildReport, Looking, build_corpus
from vem_core.corpus.filters import Filters, Reason
from vem_core.corpus.layouts import find_videos
from vem_core.corpus.reader import CorpusReader

LOOKING = Looking("spectral", "bundled", "", 600.0, "code")
PER_SHARD = 4


def write_sound(path: Path, music: np.ndarray) -> None:
    soundfile.write(path, np.clip(np.stack([music, music], axis=1), -1, 1), 48_000, subtype="PCM_16")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one film, and music with different faults."""
    folder = tmp_path_factory.mktemp("source")
    music, instants = kicks(), np.arange(SAMPLES) / 48_000
    loudness = float(np.sqrt(np.square(music).mean()))
    sounds = {
        "clean": music,
        "noise": music + 0.2 * loudness * np.random.default_rng(0).standard_normal(SAMPLES),
        "hum": music + 0.1 * loudness * sum(np.sin(2 * np.pi * hertz * instants) for hertz in (50, 100, 150)),
        "clipped": 4 * music,
        "loud": 0.98 * np.tanh(4 * music),
    }
    for name, sound in sounds.items():
        write_sound(folder / f"{name}.wav", sound)
    write_movie(folder / "clean.mov", None)
    for name in sounds.keys() - {"clean"}:
        shutil.copy(folder / "clean.mov", folder / f"{name}.mov")
    for ending in ("mov", "wav"):
        shutil.copy(folder / f"clean.{ending}", folder / f"same.{ending}")
    (folder / "torn.mov").write_bytes((folder / "clean.mov").read_bytes()[:20_000])
    write_sound(folder / "torn.wav", music)
    shutil.copy(folder / "clean.mov", folder / "mute.mov")
    (folder / "clean.txt").write_text("colours that jump\n")
    return folder


def build(source: Path, folder: Path, filters: Filters = Filters(), looking: Looking = LOOKING) -> BuildReport:
    videos = find_videos(source)
    return build_corpus(folder, videos.items, videos.left_out, looking, filters, per_shard=PER_SHARD)


@pytest.fixture(scope="module")
def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildReport]:
    folder = tmp_path_factory.mktemp("built")
    return folder, build(source, folder)


def names_in(folder: Path) -> list[str]:
    return [sample.labels.sheet.name for sample in CorpusReader(folder, shuffle=False, verify=True).epoch(0)]


def shards_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tar"))}


def test_what_is_left_out_is_named_with_the_right_reason(built: tuple[Path, BuildReport]) -> None:
    folder, report = built
    assert names_in(folder) == ["clean", "loud"]
    assert {each.name: each.reason for each in report.left_out} == {
        "clipped": Reason.CLIPPING,
        "hum": Reason.HUM,
        "mute": Reason.BROKEN,
        "noise": Reason.NOISE,
        "same": Reason.DUPLICATE,
        "torn": Reason.BROKEN,
    }
    assert (report.videos, report.samples, report.decoded) == (8, 2, 8)
    said = report.as_text()
    assert "same: duplicate, it is the same file as clean" in said
    assert "mains hum of 50 Hz" in said
    assert "mute.mov has no sound" in said
    assert json.loads((folder / "report.json").read_text())["schema"] == "BuildReport.1"


def test_a_second_run_decodes_nothing_and_writes_nothing(source: Path, built: tuple[Path, BuildReport]) -> None:
    folder, _ = built
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.tar")}
    assert build(source, folder).decoded == 0
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.tar")} == before


def test_other_filters_rebuild_what_they_must_and_only_that(
    source: Path, built: tuple[Path, BuildReport], tmp_path: Path
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(built[0], folder)
    before = shards_of(folder)
    looser = build(source, folder, Filters(least_snr_db=0.0))
    assert looser.decoded == 1  # the noisy one, which had no sample
    assert names_in(folder) == ["clean", "loud", "noise"]
    after = shards_of(folder)
    assert [after[name] == before[name] for name in sorted(before)] == [True, False]
    stricter = build(source, folder)
    assert stricter.decoded == 0
    assert shards_of(folder) == before
    with pytest.raises(InputError, match="No video was suitable"):
        build(source, folder, Filters(least_beats=500))
    assert build(source, folder).decoded == 2  # their samples were gone


def test_new_changed_and_vanished_films_move_no_other(
    source: Path, built: tuple[Path, BuildReport], tmp_path: Path
) -> None:
    own, folder = tmp_path / "own", tmp_path / "corpus"
    shutil.copytree(source, own)
    shutil.copytree(built[0], folder)
    before = shards_of(folder)
    for ending in ("mov", "wav"):
        shutil.copy(own / f"loud.{ending}", own / f"a new one.{ending}")
        (own / f"loud.{ending}").unlink()
    (own / "clean.txt").write_text("other words\n")
    report = build(own, folder)
    assert report.decoded == 2
    assert names_in(folder) == ["clean", "a new one"]  # at the end: places are kept
    assert shards_of(folder)["00000.tar"] != before["00000.tar"]
    otherwise = Looking("spectral", "bundled", "", 5.0, "code")
    with pytest.raises(InputError, match="No video was suitable"):
        build(own, folder, looking=otherwise)
    report_text = (folder / "report.json").read_text()
    assert "too long" in report_text


def test_a_run_that_was_stopped_goes_on(
    source: Path, built: tuple[Path, BuildReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "corpus"
    shutil.copytree(built[0], folder, ignore=shutil.ignore_patterns("*.tar"))  # what is compared is written here
    real = building.look_at_film

    def stop(job: building.FilmJob) -> building.FilmResult:
        if job.item.name == "noise":
            raise KeyboardInterrupt
        return real(job)

    otherwise = Looking("spectral", "bundled", "", 300.0, "code")
    monkeypatch.setattr(building, "look_at_film", stop)
    with pytest.raises(KeyboardInterrupt):
        build(source, folder, looking=otherwise)
    monkeypatch.setattr(building, "look_at_film", real)
    assert build(source, folder, looking=otherwise).decoded == 4  # the first shard was finished
    assert shards_of(folder) == shards_of(built[0])
    (folder / "films" / "000000.json").write_text("{")  # as a full disk leaves it
    assert build(source, folder, looking=otherwise).decoded == 2  # and the copy of it, no longer known to be one
    assert shards_of(folder) == shards_of(built[0])
    with pytest.raises(InputError, match="another number of videos"):
        build_corpus(folder, find_videos(source).items, (), otherwise, Filters(), per_shard=PER_SHARD + 1)


def test_several_processes_write_the_same_bytes(source: Path, built: tuple[Path, BuildReport], tmp_path: Path) -> None:
    videos = find_videos(source)
    build_corpus(tmp_path, videos.items, (), LOOKING, Filters(), per_shard=PER_SHARD, workers=Workers(2))
    assert shards_of(tmp_path) == shards_of(built[0])


@pytest.mark.slow
def test_a_cluster_that_loses_a_machine_writes_the_same_bytes(
    source: Path, built: tuple[Path, BuildReport], tmp_path: Path
) -> None:
    pytest.importorskip("ray", reason="needs the extra `cluster`")
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=small)
    lost = []
    try:
        other = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)

        def lose(*film: object) -> None:
            if not lost:
                cluster.remove_node(other, allow_graceful=False)
                lost.append(film)

        videos = find_videos(source)
        workers = Workers(ray_address=cluster.address)
        report = build_corpus(
            tmp_path,
            videos.items,
            videos.left_out,
            LOOKING,
            Filters(),
            per_shard=PER_SHARD,
            workers=workers,
            on_film=lose,
        )
    finally:
        cluster.shutdown()
    assert lost
    assert shards_of(tmp_path) == shards_of(built[0])
    assert report == built[1]


def test_a_corpus_of_another_kind_is_left_alone(tmp_path: Path, source: Path) -> None:
    (tmp_path / "corpus.json").write_text("{}")
    with pytest.raises(InputError, match="not built from videos"):
        build(source, tmp_path)


def test_the_command_reports(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for ending in ("mov", "wav"):
        shutil.copy(source / f"clean.{ending}", own)
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    asked = ["build", str(own), str(tmp_path / "shards"), "--tracker", "spectral"]
    assert data.run(parser.parse_args(asked)) == 0
    said = capsys.readouterr()
    assert "1 of 1 videos" in said.out
    assert "[1 of 1] clean: 5 cuts" in said.err
    assert data.run(parser.parse_args(asked)) == 0
    assert "0 decoded in this run" in capsys.readouterr().out
    assert building.FILMS in {path.name for path in (tmp_path / "shards").iterdir()}
