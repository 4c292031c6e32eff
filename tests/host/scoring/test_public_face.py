"""The public face: what README and the page on it show runs as it stands there, and every name is there."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vem_plugin
from fakes.doors import RecordingCore, lent
from fakes.edits import write_edit
from vem_core.contract.errors import Cancelled, DirectionError
from vem_core.contract.progress import JobState, Progress
from vem_core.contract.temp_track import TempTrack
from vem_plugin import FileHost, score
from vem_plugin import api as public

ROOT = Path(__file__).resolve().parents[3]
HEARD = TempTrack((98.0, 102.0), None, 0.0, (0.2,), ())


@pytest.fixture
def core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingCore]:
    """A core for everybody, and `cut.otio` in the folder somebody stands in."""
    write_edit(tmp_path / "cut.otio", [240] * 6)
    monkeypatch.chdir(tmp_path)
    quick = RecordingCore()
    with lent(quick, HEARD):
        yield quick


def blocks(page: str) -> list[str]:
    """The Python of a page, block by block."""
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_what_readme_shows_runs_and_is_six_lines_at_most(
    core: RecordingCore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = blocks("README.md")
    assert len(block.strip().splitlines()) <= 6
    exec(block, {})
    assert str(tmp_path / "cut.vem" / "cut-take1.wav") in capsys.readouterr().out
    assert '"style":"house"' in core.asked[0][0]


@pytest.mark.parametrize("number", [0, 2])
def test_what_the_page_shows_runs(core: RecordingCore, tmp_path: Path, number: int) -> None:
    exec(blocks("docs/engineers/api.md")[number], {"score": score})
    assert (tmp_path / "cut.vem" / "cut-take1.wav").is_file()


def test_every_exported_name_is_there_and_documented() -> None:
    page = (ROOT / "docs/engineers/api.md").read_text(encoding="utf-8")
    assert set(vem_plugin._EXPORTED) == set(public.__all__)
    for name in public.__all__:
        assert getattr(vem_plugin, name) is getattr(public, name)
        assert name == "Placement" or f"`{name}" in page
    with pytest.raises(AttributeError):
        vem_plugin.nothing_of_the_kind  # noqa: B018


def test_importing_the_package_imports_none_of_it() -> None:
    program = (
        "import sys, vem_plugin; print(sorted({'opentimelineio', 'numpy', 'httpx', 'argparse'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_options_outcome_and_progress(core: RecordingCore, tmp_path: Path) -> None:
    said: list[str] = []

    class Bar:
        def say(self, sentence: str) -> None:
            said.append(sentence)

        def advance(self, progress: Progress) -> None:
            raise AssertionError("this core reports none")

    outcome = score(FileHost(tmp_path / "cut.otio"), span=("10s", "30s"), stem_lanes=True, listener=Bar())
    assert (outcome.sheet.duration_frames, outcome.unchanged, outcome.placement.audio.is_file()) == (480, False, True)
    assert any("cut in 20.0 s" in sentence for sentence in said)
    again = score("cut.otio", span=("10s", "30s"))
    assert again.unchanged
    varied = score("cut.otio", span=("10s", "30s"), vary=["2s-4s"], lock=["shot 2"], seed=9)
    assert varied.request.recut is not None
    assert varied.request.recut.varied[0].seed == 9
    assert varied.request.seed == outcome.request.seed


def test_what_cannot_be_is_a_sentence(core: RecordingCore) -> None:
    with pytest.raises(DirectionError, match="no such wish"):
        score("cut.otio", colour="blue")
    with pytest.raises(DirectionError, match="cannot be met"):
        score("cut.otio", energy=3)
    with pytest.raises(DirectionError, match="no score yet"):
        score("cut.otio", lock=["shot 1"])
    assert core.asked == []


def test_stopping_comes_out_of_the_call(core: RecordingCore, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop:
        def say(self, sentence: str) -> None:
            pass

        def advance(self, progress: Progress) -> None:
            raise Cancelled("Enough.")

    def stopped(request: object, attachments: object, folder: Path, on_progress: object, job: object = None) -> None:
        on_progress(Progress("job", JobState.RUNNING))  # type: ignore[operator]

    monkeypatch.setattr(core, "score", stopped)
    with pytest.raises(Cancelled):
        score("cut.otio", listener=Stop(), open_core=lambda: contextlib.nullcontext(core))
