"""`vem cuts`."""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import pytest

from fakes.timelines import clip, dissolve, generator, marked, timeline, video
from vem_core.contract.codec import from_json
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.commands.cuts import COMMAND


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    made = timeline(
        video(clip("Harbour", 0, 50), clip("Harbour", 50, 25), dissolve(0, 10), clip("Boat, red", 7, 50)),
        video(clip("gap", 0, 0), generator("Text+", 30, name="Opening"), name="V2"),
        start=86400,
        name="Film",
    )
    marked(made.tracks, 80, "drop")
    marked(made.tracks, 10, "hit", comment="logo")
    path = tmp_path / "film.otio"
    path.write_text(made.to_json_string())
    return path


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args([str(argument) for argument in arguments]))


def test_the_table(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Film: 1 cut in 125 frames (5.208 s) at 24 frames per second"
    (cut,) = [line for line in lines if "dissolve" in line]
    assert cut.split()[:6] == ["1", "01:00:03:08", "80", "3.333", "dissolve", "drop"]
    assert any("event" in line and "hit: logo" in line for line in lines)
    assert any("1 through-edit left out" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_all_boundaries(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(edit, "--all")
    out = capsys.readouterr().out
    assert "(through-edit)" in out
    assert "(overlay)" in out


def test_json_is_the_sheet(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    sheet = from_json(CutSheet, printed["sheet"])
    assert [cut.record_frames for cut in sheet.cuts] == [80]
    assert len(printed["notices"]) == 2


def test_csv(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(edit, "--csv") == 0
    captured = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(captured.out)))
    assert [row["frame"] for row in rows] == ["0", "10", "80"]
    assert rows[2]["shot"] == "Boat, red"
    assert "through-edit" in captured.err


def test_options(edit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(edit, "--json", "--keep-through-edits", "--keep-overlays")
    sheet = from_json(CutSheet, json.loads(capsys.readouterr().out)["sheet"])
    assert [cut.record_frames for cut in sheet.cuts] == [30, 50, 80]
    run(edit, "--json", "--tracks", "V2")
    sheet = from_json(CutSheet, json.loads(capsys.readouterr().out)["sheet"])
    assert [cut.record_frames for cut in sheet.cuts] == [30]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable):
        run(tmp_path / "gone.otio")
