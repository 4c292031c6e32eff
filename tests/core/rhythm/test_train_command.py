"""`vem train STAGE` hands everything after the stage to the stage."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from vem_core.commands import train
from vem_core.contract.command import Command
from vem_core.contract.errors import ContractError
from vem_core.resources.registry import ModelRegistry, read_registry, registry_text, verified_folder
from vem_core.training import beats
from vem_core.training.stages import STAGES


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

    assert all(isinstance(importlib.import_module(module).COMMAND, Command) for module in STAGES.values())


@pytest.mark.slow
def test_a_tracker_is_trained_from_nothing(tmp_path) -> None:
    from vem_core.rhythm.tracking.recurrent import RecurrentTracker

    arguments = ["beats", str(tmp_path), "--pieces", "1", "--bands", "1", "--steps", "2"]
    assert train.run(parse(*arguments)) == 0
    assert RecurrentTracker(tmp_path / "beats.safetensors").tracker_id == "recurrent"


def test_a_released_tracker_is_registered_once(tmp_path: Path) -> None:
    from vem_core.rhythm.tracking.network import TrackerNetworks, load_networks, save_networks
    from vem_core.training.beats import release

    weights, resources = tmp_path / "weights.safetensors", tmp_path / "resources"
    resources.mkdir()
    (resources / "models.json").write_text(registry_text(ModelRegistry()))
    save_networks(TrackerNetworks(), weights)
    entry = release(weights, "1.0", resources)
    assert read_registry(resources / "models.json").entry("beats") == entry
    folder = verified_folder(entry, resources)
    load_networks(folder / entry.files[0].file)
    with pytest.raises(ContractError, match="never overwritten"):
        release(weights, "1.0", resources)
