"""Standard output that nobody reads to its end, that is full, or that is closed: never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.edits import write_edit


def vem(*words: str | Path, stdout: int) -> tuple[int, str]:
    """Exit status and standard error of `vem` that writes to a file descriptor."""
    done = subprocess.run(
        [sys.executable, "-m", "vem_plugin", *map(str, words)],
        stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """Enough cuts for a table that no pipe holds."""
    return write_edit(tmp_path / "edit.otio", [5] * 3000)


@pytest.mark.parametrize("words", [("cuts",), ("cuts", "--json"), ("diff",)])
def test_a_reader_that_has_seen_enough_is_no_failure(edit: Path, words: tuple[str, ...]) -> None:
    timelines = [edit, edit] if words[0] == "diff" else [edit]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        status, told = vem(words[0], *timelines, *words[1:], stdout=writing)
    finally:
        os.close(writing)
    assert (status, told) == (0, "")


def test_help_that_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert vem("--help", stdout=writing) == (0, "")
    finally:
        os.close(writing)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_sentence(edit: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        status, told = vem("cuts", edit, stdout=full.fileno())
    assert status == 4
    assert told == "vem: Standard output cannot be written: No space left on device.\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes descriptors")
def test_closed_outputs_are_no_traceback(edit: Path) -> None:
    script = '"$0" -m vem_plugin cuts "$1" >&- 2>&-'
    done = subprocess.run(["sh", "-c", script, sys.executable, str(edit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
