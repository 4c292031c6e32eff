"""Timelines that a fuzzer and a stranger made: a sentence, or the timeline with what is wrong left out."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from fakes.scripted_core import ScriptedCore
from vem_core.contract.errors import TimelineError, VemError
from vem_plugin import cli
from vem_plugin.hosts.file import FileHost
from vem_plugin.scoring.session import ScoringSession
from vem_plugin.timeline.reading import open_timelines

FAULTS = Path(__file__).resolve().parents[4] / "shared" / "failing" / "faults"
NAMES = ("crash_1.otio", "crash_2.otio", "crash_3.otio", "meta_1.otio", "meta_2.otio")


@pytest.fixture(params=NAMES)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a timeline that once ended in a traceback; skips where the collection is absent."""
    if not FAULTS.is_dir():
        pytest.skip("the collection of hostile timelines is not here")
    return Path(shutil.copyfile(FAULTS / str(request.param), tmp_path / "film.otio"))


@pytest.mark.parametrize("command", ["cuts", "takes"])
def test_commands_that_read_end_in_words(hostile: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, str(hostile)]) in (0, 3)
    assert "nobody expected" not in capsys.readouterr().err


def test_scoring_ends_in_a_take_or_in_words(hostile: Path) -> None:
    session = ScoringSession(FileHost(hostile), open_core=lambda: contextlib.nullcontext(ScriptedCore()))
    try:
        assert session.run().placement.audio.is_file()
    except VemError as error:
        said = error.message
        assert " " in said
    assert {path.name for path in hostile.parent.iterdir()} <= {"film.otio", "film.vem"}


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and devices are POSIX")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("suffix", [".otio", ".otioz", ".edl", ".xml", ".fcpxml", ".aaf", ".otiod"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_timeline_that_is_no_file_is_not_waited_for(tmp_path: Path, suffix: str, kind: str) -> None:
    path = tmp_path / f"film{suffix}"
    inner = path / "content.otio" if suffix == ".otiod" else path
    inner.parent.mkdir(exist_ok=True)
    if kind == "pipe":
        os.mkfifo(inner)
    else:
        inner.symlink_to("/dev/zero")
    with pytest.raises(TimelineError, match="not a file"):
        open_timelines(path)
