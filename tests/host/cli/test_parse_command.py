"""`vem parse`: shown, written, edited, and handed back to `vem score`; a real core over a real socket."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path

import pytest

from fakes.core_fixtures import lend_to_commands
from fakes.core_rig import CoreRig
from fakes.edits import write_edit
from vem_core.contract.codec import loads
from vem_core.contract.cut_sheet import CutKind
from vem_core.contract.errors import ContractError, InputError, OutputError
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, TransitionCue
from vem_core.contract.request import ScoreRequest
from vem_plugin.commands import parse as parse_command
from vem_plugin.commands import score as score_command
from vem_plugin.commands.parse import render_parse

LENGTHS = (7, 11, 6)  # a second: as long as the stand-in's music


def run(command: object, *words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.COMMAND.add_arguments(parser)  # type: ignore[attr-defined]
    return int(command.COMMAND.run(parser.parse_args([str(word) for word in words])))  # type: ignore[attr-defined]


@pytest.fixture
def edit(core_rig: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An edit, and a core that the commands use for it."""
    lend_to_commands(core_rig, tmp_path, monkeypatch)
    return write_edit(tmp_path / "edit.otio", LENGTHS)


def test_the_three_levels_are_shown(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parse_command, edit) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("theme ")
    rows = [line.split() for line in shown if line[:4].strip().isdigit()]
    assert len(rows) == len(LENGTHS)
    assert rows[0][:5] == ["1", "0.00", "s", "0.29", "s"]
    assert rows[1][5:7] == ["cut", "7.29"]  # 7 frames of 24 a second, in cells of 40 ms
    assert shown[-1] == "parsed by quick-1"


def test_dissolves_say_how_long_they_are() -> None:
    cues = (TransitionCue(12, 0.5), TransitionCue(25, 0.0, CutKind.DISSOLVE, 12.0))
    storyboard = tuple(StoryboardCue(start, 24_000, "waves") for start in (0, 24_000, 48_000))
    shown = render_parse(Parse("test-1", 72_000, GlobalCues(theme="the sea"), storyboard, cues))
    assert "cut                 12.50  waves" in shown
    assert "dissolve 0.48 s     25.00  waves" in shown


def test_an_edited_parse_is_what_is_scored(
    edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "import sys; from pathlib import Path; p = Path(sys.argv[1]); "
    script += 'p.write_text(p.read_text().replace(\'"theme": "\', \'"theme": "a storm, \'))'
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, "-c", script]))
    cues = tmp_path / "cues.json"
    assert run(parse_command, edit, "--output", cues, "--edit", "--json") == 0
    edited = loads(Parse, cues.read_bytes())
    assert edited.overall.theme.startswith("a storm, ")
    assert json.loads(capsys.readouterr().out)["overall"]["theme"] == edited.overall.theme
    assert run(score_command, edit, "--parse", cues, "--json") == 0
    outcome = json.loads(capsys.readouterr().out)
    stored = json.loads(Path(outcome["score"]).read_text())
    assert loads(ScoreRequest, json.dumps(stored["request"])).parse == edited


def test_a_parse_that_does_not_fit_is_refused_in_words(
    edit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cues = tmp_path / "cues.json"
    assert run(parse_command, edit, "--output", cues) == 0
    other = write_edit(tmp_path / "other.otio", (40, 40))
    with pytest.raises(ContractError, match="another edit"):
        run(score_command, other, "--parse", cues)
    cues.write_text(cues.read_text().replace('"theme"', '"topic"'))
    with pytest.raises(ContractError, match="topic"):
        run(score_command, edit, "--parse", cues)
    with pytest.raises(InputError, match="cannot be read"):
        run(score_command, edit, "--parse", tmp_path / "nothing.json")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    with pytest.raises(InputError, match="EDITOR") as caught:
        run(parse_command, edit, "--edit")
    assert "edit.parse.json" in caught.value.hint


def test_an_earlier_edit_is_never_written_over(edit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, "-c", "pass"]))
    mine = edit.with_name("edit.parse.json")
    mine.write_text("an hour of work")
    for number in (2, 3):
        assert run(parse_command, edit, "--edit") == 0
        assert edit.with_name(f"edit.parse-{number}.json").is_file()
    assert mine.read_text() == "an hour of work"
    with pytest.raises(OutputError, match="there already"):
        run(parse_command, edit, "--edit", "--output", mine)
    assert mine.read_text() == "an hour of work"


def test_output_is_never_an_input(edit: Path, tmp_path: Path) -> None:
    link, before = tmp_path / "link.json", edit.read_bytes()
    link.symlink_to(edit)
    for output in (edit, link):
        with pytest.raises(OutputError, match="is read here"):
            run(parse_command, edit, "--output", output)
    assert edit.read_bytes() == before
