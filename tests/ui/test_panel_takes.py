"""One library of takes: those of the command line are on the panel's list, and one name goes from list to file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from fakes.takes import make_sheet, make_take
from vem_core.contract.plan import Bend
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.writing import written_take
from vem_ui.document.storage import load_state


def make_by_command(folder: Path, library: OutputNames, seed: int) -> int:
    """A take as `vem score` leaves it; its number."""
    scratch = folder / f"scratch-{seed}"
    scratch.mkdir()
    with written_take(make_take(make_sheet(48, 72, 60), scratch, seed=seed), library) as written:
        return written.placed.take


def test_takes_of_the_command_line_are_on_the_list_and_numbers_go_on(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    library = panel.window.document.library
    assert [make_by_command(tmp_path, library, seed) for seed in (4, 5)] == [1, 2]
    panel.open()
    state = panel.window.document.state
    assert [(take.name, take.number, take.seed) for take in state.takes] == [("Take 1", 1, 4), ("Take 2", 2, 5)]
    panel.score()
    assert [take.name for take in panel.window.document.state.takes] == ["Take 1", "Take 2", "Take 3"]
    assert {"edit-take3.wav", "edit-take3.json"} <= {path.name for path in panel.folder.iterdir()}
    panel.close()


def test_a_take_that_was_taken_off_the_list_stays_off_and_undo_brings_it_back(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    make_by_command(tmp_path, panel.window.document.library, 4)
    panel.open()
    panel.window.takes.choose(0)
    panel.window.takes.delete_active()
    panel.reopen()
    assert panel.window.document.state.takes == ()
    assert (panel.folder / "edit-take1.wav").exists()
    panel.close()


def test_scoring_follows_a_take_of_the_command_line_where_nothing_else_is_asked(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    make_by_command(tmp_path, panel.window.document.library, 4)
    panel.open()
    document = panel.window.document
    panel.window.takes.choose(0)
    qtbot.waitUntil(lambda: document.shown.seed == 4, timeout=10_000)
    assert panel.window.form.seed.value() == 4
    document.change("words", document.state.with_shot_words(3, 1, "a storm"))
    panel.score()
    recut = panel.asked.recut
    assert recut is not None
    assert (recut.earlier.take, panel.asked.seed) == (1, 4)
    panel.close()


def test_a_placed_take_is_not_written_again(qtbot: QtBot, tmp_path: Path) -> None:
    panel = Panel(qtbot, tmp_path)
    panel.open()
    panel.score()
    before = sorted(path.name for path in panel.folder.glob("*-take*"))
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    (take,) = panel.host.placed
    assert take.kept is not None
    assert take.kept.take == 1
    assert sorted(path.name for path in panel.folder.glob("*-take*")) == before
    panel.close()


@pytest.mark.parametrize("keep", [True, False])
def test_a_state_of_an_earlier_version_asks_for_what_was_set(tmp_path: Path, keep: bool) -> None:
    direction = {
        "schema": "x",
        "prompt": "dawn",
        "bend": "free",
        "style": None,
        "room": {"depth_db": 8.0, "thin": False},
    }
    direction.pop("schema")
    earlier = {
        "direction": direction if keep else {},
        "delivery": {"loudness_lufs": -23.0, "stems": False},
        "model": "auto",
        "device": "auto",
        "seed": 7,
        "wishes": [],
        "selection": None,
        "takes": [{"name": "Take 1", "folder": "takes/001", "in_frames": 0, "seed": 7, "model": "sketch"}],
        "active_take": 0,
    }
    state = load_state(json.dumps(earlier).encode())
    asked = dict(state.asked.given)
    assert (asked.pop("loudness_lufs"), asked.pop("seed")) == (-23.0, 7)
    assert asked == ({"prompt": "dawn", "bend": Bend.FREE, "room_thin": False} if keep else {})
    assert state.takes[0].key == "takes/001"
