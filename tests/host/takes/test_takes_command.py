"""`vem takes`: how the takes of a timeline differ, and files that no timeline refers to."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.result import Refit
from vem_plugin.commands.takes import COMMAND
from vem_plugin.hosts.base import Take
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.takes.differences import differences

LENGTHS = (48, 60, 36, 72)


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args([*map(str, words)]))


def place(path: Path, folder: Path, *, keep_takes: bool = False, **direction: object) -> Take:
    host = FileHost(path, FileHostOptions(keep_takes=keep_takes))
    take = make_take(host.read_timeline().sheet, folder, extras=True)
    direction = {"prompt": "calm", **direction}
    asked = dataclasses.replace(
        take.request,
        direction=dataclasses.replace(take.request.direction, **direction),  # type: ignore[arg-type]
    )
    take = dataclasses.replace(take, request=asked)
    host.place(take)
    return take


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """A timeline with two takes, of which the scored timeline plays the second; a shot was cut short in between."""
    path = write_edit(tmp_path / "edit & co.otio", LENGTHS)
    place(path, tmp_path / "first")
    write_edit(path, (48, 50, 36, 72))
    place(path, tmp_path / "second", mood="dark")
    return path


def test_takes_are_listed_with_what_differs(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "take 1  edit & co-take1.wav  sketch, seed 0"
    assert lines[1].strip() == "in no timeline"
    assert lines[3].strip() == "beside take 1: shots: 1 trimmed; mood dark"
    assert lines[4].strip() == "in edit & co.scored.otio"
    assert "No timeline here refers to these 4 files" in lines[-1]
    assert "--remove-unused" in lines[-1]


def test_nothing_is_removed_unasked_and_only_what_is_unused_on_request(
    edit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = edit.with_name("edit & co.vem")
    (folder / "edit & co-take1-my own.wav").write_bytes(b"mine")
    before = {path for path in folder.rglob("*") if path.is_file()}
    run(edit, "--json")
    told = json.loads(capsys.readouterr().out)
    assert {path for path in folder.rglob("*") if path.is_file()} == before
    assert [(take["take"], take["beside"], len(take["timelines"])) for take in told["takes"]] == [
        (1, None, 0),
        (2, 1, 1),
    ]
    run(edit, "--remove-unused")
    gone = before - {path for path in folder.rglob("*") if path.is_file()}
    assert {str(path) for path in gone} == set(told["unused"])
    assert {path.name for path in gone} == {
        "edit & co-take1.wav", "edit & co-take1.json", "edit & co-take1.mid", "drums.wav",
    }  # fmt: skip
    assert not (folder / "edit & co-take1-stems").exists()
    assert (folder / "edit & co-take2-stems" / "drums.wav").is_file()


def test_a_take_that_is_another_media_reference_is_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_edit(tmp_path / "edit.otio", LENGTHS)
    place(path, tmp_path / "first")
    place(path, tmp_path / "second", keep_takes=True, prompt="wild")
    run(path, "--json")
    assert [len(take["timelines"]) for take in json.loads(capsys.readouterr().out)["takes"]] == [1, 1]


@pytest.mark.parametrize("suffix", [".xml", ".aaf", ".otioz"])
def test_timelines_of_other_formats_are_asked_too(edit: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    other = edit.with_name(f"copy{suffix}")
    if suffix == ".otioz":
        timeline = otio.schema.Timeline("empty")
        timeline.metadata["plays"] = "edit & co-take1.wav"
        otio.adapters.write_to_file(timeline, str(other))
    elif suffix == ".xml":
        other.write_text("<pathurl>file:///there/edit%20%26%20co-take1.wav</pathurl>")
    else:
        other.write_bytes(b"\xd0\xcf" + "edit & co-take1.wav".encode("utf-16-le"))
    run(edit, "--json")
    assert json.loads(capsys.readouterr().out)["unused"] == []


def test_takes_off_the_panel_s_list_are_unused(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = edit.with_name("edit & co.vem")
    for number in ("001", "002"):
        (folder / "takes" / number).mkdir(parents=True)
        (folder / "takes" / number / "mix.wav").write_bytes(b"x")
    (folder / "panel.json").write_text('{"takes": [{"folder": "takes/002"}]}')
    run(edit, "--remove-unused")
    assert not (folder / "takes" / "001").exists()
    assert (folder / "takes" / "002" / "mix.wav").is_file()
    assert "takes/001/mix.wav" in capsys.readouterr().out


def test_no_takes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(write_edit(tmp_path / "edit.otio", LENGTHS)) == 0
    assert "There are no takes" in capsys.readouterr().out


def test_what_was_kept_seed_model_and_words_are_told(tmp_path: Path) -> None:
    path = write_edit(tmp_path / "edit.otio", LENGTHS)
    first = make_take(FileHost(path).read_timeline().sheet, None)
    shots = (dataclasses.replace(first.request.sheet.shots[0], words=("a storm",)), *first.request.sheet.shots[1:])
    request = dataclasses.replace(first.request, sheet=dataclasses.replace(first.request.sheet, shots=shots))
    result = dataclasses.replace(
        first.result, seed=9, model="vem-mini", refit=Refit(1, (), "Keeps 80 % of take 1 sample for sample.")
    )
    assert differences((first.request, first.result), (request, result)) == (
        "other words on 1 shot",
        "seed 9",
        "model vem-mini",
        "Keeps 80 % of take 1 sample for sample.",
    )
    assert differences((first.request, first.result), (first.request, first.result)) == ()
