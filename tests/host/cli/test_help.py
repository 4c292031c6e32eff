"""What a person at a terminal is told: the nearest word, the first options, examples, completion."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points

import pytest

from vem_plugin.cli import GROUP, main
from vem_plugin.helping import MOST_USED, completion, parser_of


def told(words: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    try:
        status = main(words)
    except SystemExit as ended:
        status = int(ended.code or 0)
    output = capsys.readouterr()
    return status, output.out, output.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["scor", "x.otio"], "Did you mean vem score?"),
        (["score", "x.otio", "--promt", "dawn"], "Did you mean --prompt?"),
        (["score", "x.otio", "--bend", "grove"], "Did you mean groove?"),
        (["cuts", "x.otio", "--keep-overlay-s"], "Did you mean --keep-overlays?"),
    ],
)
def test_the_nearest_word_is_named(words: list[str], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(words, capsys)
    assert (status, out) == (2, "")
    assert meant in err


def test_a_key_that_is_none_fails_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = told(["brief", "nowhere.otio", "--key", "H minor"], capsys)
    assert status != 0
    assert "no key" in err or "no file" in err


def test_the_first_screen_of_help_has_examples_and_the_first_ten(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = told(["score", "--help"], capsys)
    screen = "\n".join(out.splitlines()[:40])
    assert status == 0
    assert screen.startswith("usage: vem score TIMELINE [OPTIONS]")
    assert all(option in screen for option in MOST_USED["vem score"])
    assert "vem score cut.otio --dry-run" in screen


def test_help_still_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(["score", "--help"], capsys)
    parser = parser_of("score", entry_points(group=GROUP)["score"].load())
    options = {name for action in parser._actions for name in action.option_strings if name.startswith("--")}
    assert {option for option in options if option not in out and action_is_shown(parser, option)} == set()


def action_is_shown(parser: argparse.ArgumentParser, option: str) -> bool:
    """Whether help is meant to show an option."""
    return parser._option_string_actions[option].help is not argparse.SUPPRESS


def test_shells_complete_commands_and_options() -> None:
    script = completion("bash", entry_points(group=GROUP))
    assert "--prompt" in script
    bash = shutil.which("bash")
    if bash is None or sys.platform == "win32":
        pytest.skip("there is no bash here")
    asked = 'COMP_WORDS=(vem score --pro); COMP_CWORD=2; _vem; echo "${COMPREPLY[@]}"'
    done = subprocess.run([bash, "-c", f"{script}\n{asked}"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "--prompt"
    assert "complete -c vem" in completion("fish", entry_points(group=GROUP))
