"""`vem resolve score` against the fake Resolve and a core that delivers noise."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.edits import write_edit
from fakes.fake_resolve import FakeStudio
from fakes.resolve_project import Edit, Item, Media
from fakes.takes import make_take
from vem_core.contract.errors import DirectionError, InputError, ModelMissing
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_plugin.client import session
from vem_plugin.commands.resolve import COMMAND
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.resolve import scripting
from vem_plugin.resolve.exchange import Exchange


class QuickCore:
    """Delivers noise, and remembers what it was asked for."""

    request: ScoreRequest
    asked = 0

    def score(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: object
    ) -> ScoreResult:
        self.request, self.asked = request, self.asked + 1
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


def recut(edit: Edit) -> None:
    """The second shot ten frames shorter."""
    second, third = edit.video[0].items[1:]
    second.end -= 10
    third.start, third.end = third.start - 10, third.end - 10


def test_a_scored_timeline_keeps_its_piece(
    edit: Edit, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--output", tmp_path, "--style", "house", "--seed", "4")
    first = core.request
    recut(edit)
    assert run("--output", tmp_path) == 0
    earlier = core.request.recut
    assert earlier is not None
    assert (earlier.earlier.take, earlier.earlier.sheet) == (1, first.sheet)
    assert [sound.role for sound in earlier.earlier.sounds] == ["mix"]
    assert (core.request.direction.style, core.request.seed) == ("house", 4)
    assert [(item.name, item.end - item.start) for item in edit.audio[1].items] == [("Reel 1-take2.wav", 110)]
    assert (tmp_path / "Reel 1-take1.wav").is_file()


def test_nothing_changed_means_nothing_is_made(
    edit: Edit, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--output", tmp_path)
    placed = [(item.name, item.start, item.end) for item in edit.audio[1].items]
    capsys.readouterr()
    assert run("--output", tmp_path) == 0
    assert "Nothing changed: take 1 stays as it is." in capsys.readouterr().err
    assert core.asked == 1
    assert [(item.name, item.start, item.end) for item in edit.audio[1].items] == placed
    edit.audio[1].items[0].start += 5
    edit.audio[1].items[0].end += 5
    run("--output", tmp_path)
    assert "stands +5 frames from where its beats meet the cuts" in capsys.readouterr().err
    recut(edit)
    run("--output", tmp_path)
    assert "stood +5 frames from its place" in capsys.readouterr().err
    assert [item.start - edit.start for item in edit.audio[1].items] == [0]


def test_a_score_of_its_own_on_request(edit: Edit, core: QuickCore, tmp_path: Path) -> None:
    run("--output", tmp_path)
    recut(edit)
    assert run("--output", tmp_path, "--afresh") == 0
    assert core.request.recut is None


def test_a_damaged_state_changes_nothing(edit: Edit, core: QuickCore, tmp_path: Path) -> None:
    run("--output", tmp_path)
    state = tmp_path / "Reel 1-take1.json"
    state.write_text('{"schema": "PlacedTake.1", "take": 1}')
    recut(edit)
    with pytest.raises(InputError, match="damaged"):
        run("--output", tmp_path)
    state.unlink()
    assert run("--output", tmp_path) == 0
    assert core.request.recut is None
    assert (tmp_path / "Reel 1-take1.wav").is_file()


def test_a_wav_that_was_filled_up_to_whole_frames_is_kept(
    monkeypatch: pytest.MonkeyPatch, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Edit("Reel 2", Fraction(24_000, 1_001))
    for index in range(3):
        start = made.start + 41 * index
        made.video[0].items.append(Item(f"{index}", start, start + 41, Media(f"/offline/{index}.mov", 999, 23.976)))
    monkeypatch.setattr(scripting, "connect", FakeStudio(made).connect)
    run("--output", tmp_path)
    placed = read_wave(tmp_path / "Reel 2-take1.wav").samples
    assert placed > sample_of_frame(123, made.rate)
    capsys.readouterr()
    run("--output", tmp_path)
    assert "Nothing changed" in capsys.readouterr().err


def test_the_temp_track_is_muted_and_stem_lanes_are_refused(
    edit: Edit, core: QuickCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DirectionError, match="no stem lanes"):
        run("--output", tmp_path, "--stem-lanes")
    edit.audio[0].name = "Music"
    edit.audio[0].items.append(Item("temp", edit.start, edit.start + 60, Media("/offline/temp.wav", 999, 24)))
    assert run("--output", tmp_path, "--temp-track", "mute") == 0
    assert not edit.audio[0].enabled


def test_a_take_of_a_model_that_is_not_here_changes_nothing(
    edit: Edit, core: QuickCore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*job: object) -> ScoreResult:
        raise ModelMissing("Its weights are not installed.")

    run("--output", tmp_path)
    recut(edit)
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    placed = [(item.name, item.start, item.end) for item in edit.audio[1].items]
    monkeypatch.setattr(core, "score", missing)
    with pytest.raises(ModelMissing, match=r"Take 1 was made by sketch, which cannot play here.*Nothing was changed\."):
        run("--output", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert [(item.name, item.start, item.end) for item in edit.audio[1].items] == placed


def test_what_the_menu_sent_is_scored_and_prepared_for_the_menu(
    core: QuickCore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange = Exchange(tmp_path / "resolve", tmp_path / "music")
    monkeypatch.setattr(Exchange, "of_user", classmethod(lambda cls: exchange))
    with pytest.raises(InputError, match="has sent no timeline yet"):
        run("--sent")
    exchange.inbox.mkdir(parents=True)
    write_edit(exchange.inbox / "Reel 1--id-1.otio", [24, 30, 20])
    with pytest.raises(DirectionError, match="In and Out"):
        run("--sent", "--marked")
    assert run("--sent", "--json", "--no-state") == 0
    written = json.loads(capsys.readouterr().out)
    assert Path(written["audio"]["path"]).parent == exchange.library / "Reel 1--id-1" / "Reel 1.vem"
    assert "form = 1" in exchange.plan.read_text()
