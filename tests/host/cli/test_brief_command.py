"""`vem brief`: what the music would be and why, from a real core over a real socket."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from fakes.core_fixtures import lend_to_commands
from fakes.core_rig import CoreRig
from fakes.edits import write_edit
from vem_core.contract.brief import MusicBrief
from vem_core.contract.codec import from_json
from vem_plugin.commands import brief as brief_command


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    brief_command.COMMAND.add_arguments(parser)
    return brief_command.COMMAND.run(parser.parse_args([str(word) for word in words]))


@pytest.fixture
def edit(core_rig: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edit, and a core that the commands use for it."""
    lend_to_commands(core_rig, tmp_path, monkeypatch)
    return write_edit(tmp_path / "edit.otio", (7, 11, 6))


def test_each_value_is_shown_with_where_it_came_from(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit, "--prompt", "sad solo piano, no drums, 80 bpm, frobnicate", "--style", "lo-fi") == 0
    shown = capsys.readouterr().out
    assert "lo-fi" in next(line for line in shown.splitlines() if line.startswith("style") and "as set" in line)
    assert "78.8 to 81.2 BPM" in next(line for line in shown.splitlines() if line.startswith("tempo"))
    assert "understood   'piano': only piano" in shown
    assert "Not understood: 'frobnicate'." in shown


def test_the_brief_is_json_for_machines(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit, "--prompt", "ohne Schlagzeug", "--ignore-picture", "--json") == 0
    wire = json.loads(capsys.readouterr().out)
    assert wire["instruments"] == {
        "only": [],
        "with": [],
        "without": ["drums"],
        "levels": [],
        "from": "words",
        "sureness": 0.8,
    }
    assert from_json(MusicBrief, wire).instruments.without == ("drums",)
