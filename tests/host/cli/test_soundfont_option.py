"""`vem score --soundfont`: the request names the file and what it holds."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import pytest

from fakes.core_fixtures import lend_to_commands
from fakes.core_rig import CoreRig
from fakes.edits import write_edit
from vem_core.contract.errors import InputError
from vem_core.contract.request import SoundFont
from vem_plugin.commands import sounds
from vem_plugin.commands.score import COMMAND
from vem_plugin.scoring import soundfonts
from vem_plugin.scoring.soundfonts import FREE_FONTS, describe_soundfont


def score(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def edit(core_rig: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edit, and a core that the command uses for it; the core's stand-in for a model plays no notes."""
    lend_to_commands(core_rig, tmp_path, monkeypatch)
    return write_edit(tmp_path / "edit.otio", (7, 11, 6))


def test_the_font_travels_by_name_and_hash_and_its_neglect_is_said(
    edit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    font = tmp_path / "band.sf2"
    font.write_bytes(b"RIFF")
    assert score(edit, "--soundfont", font, "--json") == 0
    printed = capsys.readouterr()
    stored = json.loads(Path(json.loads(printed.out)["score"]).read_text())
    assert stored["request"]["soundfont"] == {
        "path": str(font.resolve()),
        "sha256": hashlib.sha256(b"RIFF").hexdigest(),
        "automatic": False,
    }
    assert "The SoundFont was not used" in printed.err


def test_a_font_that_is_not_there_is_one_sentence(edit: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.sf2 cannot be read"):
        score(edit, "--soundfont", tmp_path / "none.sf2")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which a free SoundFont and its player are installed."""
    font = tmp_path / "sounds" / "MuseScore_General.sf3"
    font.parent.mkdir()
    font.write_bytes(b"RIFF free")
    monkeypatch.setenv(soundfonts.FOLDERS_VARIABLE, str(font.parent))
    monkeypatch.setattr(soundfonts, "has_player", lambda: True)
    return font


def asked_font(printed: str) -> dict[str, object] | None:
    stored = json.loads(Path(json.loads(printed)["score"]).read_text())
    return stored["request"]["soundfont"]


def test_a_free_font_that_is_installed_plays_without_being_asked_for_and_a_recut_keeps_it(
    edit: Path, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(edit, "--json") == 0
    first = asked_font(capsys.readouterr().out)
    assert first == {
        "path": str(installed.resolve()), "sha256": hashlib.sha256(b"RIFF free").hexdigest(), "automatic": True
    }  # fmt: skip
    assert score(edit, "--seed", "2", "--json") == 0
    assert asked_font(capsys.readouterr().out) == first


def test_a_machine_without_the_font_scores_again_and_says_so(
    edit: Path, installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score(edit, "--json") == 0
    capsys.readouterr()
    installed.unlink()
    assert score(edit, "--seed", "2", "--json") == 0
    printed = capsys.readouterr()
    assert asked_font(printed.out) is None
    assert "not on this machine: the synthesiser plays" in printed.err


def test_none_leaves_all_to_the_synthesiser(edit: Path, installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score(edit, "--soundfont", "none", "--json") == 0
    assert asked_font(capsys.readouterr().out) is None


def test_what_differs_is_said_of_a_piece_that_samples_play() -> None:
    found = SoundFont("/sounds/MuseScore_General.sf3", "0" * 64, automatic=True)
    assert "samples of MuseScore General. --soundfont none" in " ".join(describe_soundfont(found, "sketch"))
    assert not list(describe_soundfont(found, "vem-mini"))
    assert not list(describe_soundfont(None, "sketch"))


def test_what_is_here_and_what_is_missing(
    installed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parser = argparse.ArgumentParser()
    sounds.COMMAND.add_arguments(parser)
    assert sounds.COMMAND.run(parser.parse_args(["--json"])) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["found"] == [{"title": "MuseScore General", "path": str(installed), "licence": "MIT"}]
    assert [font["title"] for font in report["missing"]] == [font.title for font in FREE_FONTS[1:]]
    assert report["default"] == str(installed.resolve())
    monkeypatch.setattr(soundfonts, "has_player", lambda: False)
    installed.unlink()
    assert sounds.COMMAND.run(parser.parse_args([])) == 0
    said = capsys.readouterr().out
    assert "No free SoundFont was found." in said
    assert "pip install --no-deps tinysoundfont" in said
    assert "Debian's package musescore-general-soundfont-small" in said
