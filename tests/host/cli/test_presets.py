"""Directions saved under a name and shared as files."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import pytest

from vem_core.contract.errors import DirectionError
from vem_core.contract.plan import Bend, Ending
from vem_core.contract.request import Direction, SpeechRoom
from vem_core.contract.wishes import Wishes, direction_with
from vem_plugin import presets
from vem_plugin.commands.presets import COMMAND
from vem_plugin.commands.wish_options import add_direction_arguments, wishes_from_arguments
from vem_plugin.presets.preset import Preset


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "presets"
    monkeypatch.setattr(presets, "presets_folder", lambda: folder)
    return folder


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args(words))


def direction(*words: str, rate: Fraction | None = Fraction(24)) -> Direction:
    parser = argparse.ArgumentParser()
    add_direction_arguments(parser)
    return direction_with(wishes_from_arguments(parser.parse_args(words), rate), Direction())


def test_a_preset_is_saved_and_applied_and_options_outrank_it(capsys: pytest.CaptureFixture[str]) -> None:
    run("save", "Doc calm", "--style", "documentary", "--bend", "free", "--duck", "12", "--ending", "fade")
    assert direction("--preset", "Doc calm") == Direction(
        style="documentary", bend=Bend.FREE, ending=Ending.FADE, room=SpeechRoom(12.0)
    )
    outranked = direction("--preset", "Doc calm", "--style", "ambient", "--duck-attack", "1")
    assert (outranked.style, outranked.room, outranked.bend) == ("ambient", SpeechRoom(12.0, 1.0), Bend.FREE)
    run("list")
    assert "Doc calm" in capsys.readouterr().out


def test_a_preset_travels_as_a_file(tmp_path: Path, own_folder: Path) -> None:
    run("save", "trailer loud", "--style", "trailer", "--energy", "0.9", "--note", "for Friday")
    shared = tmp_path / "shared.json"
    run("export", "trailer loud", str(shared))
    run("remove", "trailer loud")
    assert not list(own_folder.iterdir())
    assert direction("--preset", str(shared)).energy == 0.9
    run("import", str(shared))
    assert [preset.note for preset in presets.list_presets()] == ["for Friday"]


def test_what_is_of_one_timeline_is_not_saved() -> None:
    presets.save_preset(Preset("a", Wishes(style="house", shot_words=("x",), shot_energies=(0.5,), seed=3)))
    assert presets.find_preset("a").direction == Direction(style="house")


def test_wrong_presets_say_what_is_wrong(tmp_path: Path, own_folder: Path) -> None:
    with pytest.raises(DirectionError, match="no preset 'gone'"):
        direction("--preset", "gone")
    with pytest.raises(DirectionError, match="cannot be saved"):
        run("save", "../../up")
    damaged = tmp_path / "x.json"
    damaged.write_text('{"schema": "DirectionPreset.1", "name": "x", "direction": {"tempo": 3}}')
    with pytest.raises(DirectionError, match="tempo"):
        direction("--preset", str(damaged))
    own_folder.mkdir()
    (own_folder / f"bad{presets.SUFFIX}").write_text("no")
    assert presets.list_presets() == ()
