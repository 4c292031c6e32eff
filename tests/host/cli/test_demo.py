"""`vem demo` scores the edit that it builds, with every option of scoring at its default."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from fakes.edits import write_edit
from vem_core.contract.errors import Cancelled
from vem_plugin.commands import score
from vem_plugin.commands.demo import COMMAND, DEMO_PROMPT
from vem_plugin.demo import edit


def test_the_demo_is_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = write_edit(tmp_path / "demo.otio", [30, 20])
    monkeypatch.setattr(edit, "build_demo", lambda folder: built)
    asked: list[tuple[Path, str]] = []

    def scored(timeline: Path, options: object, make_order: object, listener: object) -> object:
        asked.append((timeline, arguments.prompt))
        raise Cancelled("enough")

    monkeypatch.setattr(score, "score_file", scored)
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    arguments = parser.parse_args([])
    with pytest.raises(Cancelled):
        COMMAND.run(arguments)
    assert asked == [(built, DEMO_PROMPT)]
