"""`vem judge`, `vem cutsync` and `vem study` at their doors, with ears that hear clicks and tones."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.toy_films import toy_ears, toy_takes
from vem_core.commands import cutsync, judge, study
from vem_core.contract.codec import dumps
from vem_core.contract.command import Command
from vem_core.contract.errors import InputError, OutputError
from vem_core.judging.films import FilmManifest, read_films
from vem_core.judging.hearing import Ears


def call(command: Command, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two films' manifest, and music that fits and none that does."""
    monkeypatch.setattr(Ears, "load", lambda *given: toy_ears())
    takes = toy_takes(toy_ears(), 2)
    (tmp_path / "films.json").write_text(dumps(FilmManifest("toys", "1", tuple(take.seen.film for take in takes))))
    for take in takes:
        for name, music in (("fits", take.music), ("silent", np.zeros_like(take.music))):
            (tmp_path / name).mkdir(exist_ok=True)
            soundfile.write(tmp_path / name / f"{take.seen.film.id}.wav", music.T, 48_000)
    return tmp_path


def test_a_table_is_printed_and_its_files_are_written(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"fits={world / 'fits'}", str(world / "silent"), "--films", str(world / "films.json")]
    assert call(judge.COMMAND, *words, "--output", str(world / "out"), "--tracker", "spectral") == 0
    assert "| fits | plain | 2 | - | - |" in capsys.readouterr().out
    assert {path.suffix for path in (world / "out").iterdir()} == {".md", ".json", ".csv", ".png"}
    assert call(judge.COMMAND, *words, "--json", "--only", "toy-1", "--tracker", "spectral") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["of_films"] == 1
    assert [row["name"] for row in found["systems"]] == ["fits", "silent"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--only", "nobody"], "no film nobody"),
        (["--layout", "fits=unheard-of"], "no layout"),
        (["--layout", "vidmuse"], "names no system"),
        (["--references", "away"], "no folder"),
    ],
)
def test_what_cannot_be_is_one_sentence(world: Path, changed: list[str], said: str) -> None:
    words = [f"fits={world / 'fits'}", "--films", str(world / "films.json"), *changed]
    with pytest.raises(InputError, match=said):
        call(judge.COMMAND, *words)


def test_two_systems_of_one_name_are_refused(world: Path) -> None:
    with pytest.raises(InputError, match="same name"):
        call(judge.COMMAND, *[str(world / "fits")] * 2, "--films", str(world / "films.json"))


def test_cutsync_writes_its_cut_lists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(cutsync.COMMAND, str(tmp_path / "new"), "--no-movies") == 0
    assert "60 films" in capsys.readouterr().out
    assert len(read_films(tmp_path / "new" / "cutsync-1.0.json").films) == 60
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        call(cutsync.COMMAND, str(tmp_path / "file"), "--no-movies")


def test_a_study_needs_two_systems_and_movies(world: Path) -> None:
    make = ["make", "--films", str(world / "films.json"), "--output", str(world / "study"), f"one={world / 'fits'}"]
    with pytest.raises(InputError, match="two systems"):
        call(study.COMMAND, *make)
    with pytest.raises(InputError, match="no film with a movie"):
        call(study.COMMAND, *make, f"other={world / 'silent'}")
