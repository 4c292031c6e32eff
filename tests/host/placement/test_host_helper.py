"""Timeline files in the helper process: the same answers, the same errors, and nothing lost with the helper."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.errors import InternalError, OutputError, TimelineUnreadable
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.hosts.helper import HostHelper

LENGTHS = (24, 30, 20)


@pytest.fixture(scope="module")
def helper() -> Iterator[HostHelper]:
    made = HostHelper()
    yield made
    made.close()


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    return write_edit(tmp_path / "edit.otio", LENGTHS)


def test_it_answers_as_the_host_in_this_process_does(helper: HostHelper, edit: Path) -> None:
    host, here = helper.host(edit, FileHostOptions()), FileHost(edit)
    assert host.read_timeline() == here.read_timeline()
    sheet = here.read_timeline().sheet
    assert host.read_thumbnails(sheet) == here.read_thumbnails(sheet)
    host.check_output()
    placement = host.place(make_take(sheet, edit.parent / "job"))
    assert placement.audio == edit.parent / "edit.vem" / "edit-take1.wav"
    assert FileHost(edit.parent / "edit.vem" / "edit.scored.otio").read_timeline().sheet.cuts == sheet.cuts


def test_errors_come_back_with_their_hints(helper: HostHelper, edit: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="There is no file") as caught:
        helper.host(edit.with_name("gone.otio"), FileHostOptions()).read_timeline()
    assert caught.value.hint == "Check the path."
    host = helper.host(edit, FileHostOptions(in_place=True, timeline_suffix=".xml"))
    with pytest.raises(OutputError, match="keeps its format"):
        host.check_output()


def test_a_helper_that_is_killed_is_said_and_started_again(helper: HostHelper, edit: Path) -> None:
    host = helper.host(edit, FileHostOptions())
    before = host.read_timeline()
    assert helper._process is not None
    psutil.Process(helper._process._process.pid).kill()  # type: ignore[attr-defined]
    with pytest.raises(InternalError, match="stopped in the middle of"):
        host.read_timeline()
    assert host.read_timeline() == before


def test_a_closed_helper_starts_no_more(edit: Path) -> None:
    helper = HostHelper()
    helper.close()
    with pytest.raises(InternalError, match="closing"):
        helper.host(edit, FileHostOptions()).read_timeline()


def test_it_ends_with_the_program_that_started_it(edit: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\n"
        "from vem_plugin.hosts.file import FileHostOptions\nfrom vem_plugin.hosts.helper import HostHelper\n"
        "helper = HostHelper()\nhelper.host(Path(sys.argv[1]), FileHostOptions()).read_timeline()\n"
        "print(helper._process._process.pid, flush=True)\ntime.sleep(60)\n"
    )
    started = subprocess.Popen([sys.executable, "-c", program, str(edit)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    child = psutil.Process(int(started.stdout.readline()))
    started.kill()
    started.communicate()
    child.wait(timeout=20)
    assert not child.is_running()
