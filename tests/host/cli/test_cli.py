"""The frame of the command line: what it prints and which status it leaves."""

from __future__ import annotations

import argparse
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from vem_core.contract.command import Command
from vem_core.contract.errors import Cancelled, OutputError, VemError
from vem_plugin import cli


def fail_with(error: BaseException) -> Command:
    def run(arguments: argparse.Namespace) -> int:
        raise error

    return Command("Fails.", lambda parser: None, run)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> type:
    class Entry(EntryPoint):
        error: BaseException = VemError("unset")

        def load(self) -> Command:
            return fail_with(Entry.error)

    entries = EntryPoints([Entry("fail", "tests:fail", cli.GROUP)])
    monkeypatch.setattr(cli, "entry_points", lambda group: entries)
    return Entry


@pytest.mark.parametrize(
    ("error", "status"),
    [(OutputError("The disk is full."), 4), (Cancelled("Stopped."), 130), (KeyboardInterrupt(), 130)],
)
def test_an_error_becomes_a_sentence_and_a_status(
    failing: type, capsys: pytest.CaptureFixture[str], error: BaseException, status: int
) -> None:
    failing.error = error  # type: ignore[attr-defined]
    assert cli.main(["fail"]) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("vem: ")


def test_a_missing_part_says_what_to_install(failing: type, capsys: pytest.CaptureFixture[str]) -> None:
    failing.error = ModuleNotFoundError("No module named 'torch'", name="torch")  # type: ignore[attr-defined]
    assert cli.main(["fail"]) == 5
    assert "torch" in (err := capsys.readouterr().err)
    assert "pip install" in err


def test_an_unknown_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["scroe"]) == 2
    assert "scroe" in capsys.readouterr().err
