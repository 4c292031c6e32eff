"""`vem resolve score` against the fake Resolve and a core that delivers noise."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_project import Edit, Item, Media
from fakes.takes import make_take
from vem_core.contract.errors import DirectionError
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_plugin.client import session
from vem_plugin.commands.resolve import COMMAND
from vem_plugin.resolve import scripting


class QuickCore:
    """Delivers noise, and remembers what it was asked for."""

    request: ScoreRequest

    def score(
        self, request: ScoreRequest, jpegs: Mapping[str, bytes], folder: Path, on_progress: object
    ) -> ScoreResult:
        self.request = request
        return make_take(request.sheet, folder, seed=request.seed).result


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> QuickCore:
    quick = QuickCore()
    monkeypatch.setattr(session, "core_session", lambda: contextlib.nullcontext(quick))
    return quick


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Edit:
    made = Edit("Reel 1")
    for index in range(3):
        start = made.start + 40 * index
        made.video[0].items.append(Item(f"{index}", start, start + 40, Media(f"/offline/{index}.mov", 999, 24)))
    monkeypatch.setattr(scripting, "connect", FakeStudio(made).connect)
    return made


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args(["score", *map(str, words)]))


def test_the_open_timeline_is_scored(
    edit: Edit, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--output", tmp_path, "--prompt", "calm sea", "--seed", "4", "--json") == 0
    outcome = json.loads(capsys.readouterr().out)
    assert (outcome["cuts"], outcome["seed"], outcome["otio"]) == (2, 4, None)
    assert Path(outcome["audio"]["path"]) == tmp_path / "Reel 1-take1.wav"
    assert core.request.direction.prompt == "calm sea"
    assert [(item.start - edit.start, item.end - edit.start) for item in edit.audio[1].items] == [(0, 120)]


def test_from_in_to_out(edit: Edit, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DirectionError, match="Neither In nor Out"):
        run("--output", tmp_path, "--marked")
    edit.marks = {"video": {"in": 20, "out": 99}}
    assert run("--output", tmp_path, "--marked") == 0
    assert [cut.record_frames for cut in core.request.sheet.cuts] == [20, 60]
    assert [(item.start - edit.start, item.end - edit.start) for item in edit.audio[1].items] == [(20, 100)]
    shown = capsys.readouterr()
    assert "Reel 1-take1.wav" in shown.out
    assert "In and Out are set in Resolve: 01:00:00:20 to 01:00:04:03." in shown.err
