"""`vem train STAGE` hands everything after the stage to the stage."""

from __future__ import annotations

import argparse

import pytest

from vem_core.commands import train
from vem_core.contract.command import Command
from vem_core.training import beats


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return parser.parse_args(list(words))


def test_the_stage_gets_its_own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[argparse.Namespace] = []

    def run(arguments: argparse.Namespace) -> int:
        given.append(arguments)
        return 7

    monkeypatch.setattr(beats, "COMMAND", Command("train", beats.add_arguments, run))
    assert train.run(parse("beats", "some/folder", "--steps", "12", "--pieces", "3")) == 7
    assert (str(given[0].folder), given[0].steps, given[0].pieces) == ("some/folder", 12, 3)


def test_an_unknown_stage_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse("dancing", "folder")
    assert caught.value.code == 2
    assert "beats" in capsys.readouterr().err


def test_every_stage_has_a_command() -> None:
    import importlib

    assert all(isinstance(importlib.import_module(module).COMMAND, Command) for module in train.STAGES.values())


@pytest.mark.slow
def test_a_tracker_is_trained_from_nothing(tmp_path) -> None:
    from vem_core.rhythm.tracking.recurrent import RecurrentTracker

    arguments = ["beats", str(tmp_path), "--pieces", "1", "--bands", "1", "--steps", "2"]
    assert train.run(parse(*arguments)) == 0
    assert RecurrentTracker(tmp_path / "beats.safetensors").tracker_id == "recurrent"
