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
from vem_plugin.commands.score import COMMAND


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
    }
    assert "The SoundFont was not used" in printed.err


def test_a_font_that_is_not_there_is_one_sentence(edit: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.sf2 cannot be read"):
        score(edit, "--soundfont", tmp_path / "none.sf2")
