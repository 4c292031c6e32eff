"""Timeline files in the helper process: the same answers, the same errors, and nothing lost with the helper."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import opentimelineio as otio
import psutil
import pytest
import soundfile

from fakes.edits import write_edit
from fakes.takes import make_sheet, make_take
from fakes.timelines import audio, clip, timeline, video
from fakes.voices import laid_out, vocoded
from vem_core.contract import codec
from vem_core.contract.errors import AudioError, ContractError, InternalError, OutputError, TimelineUnreadable
from vem_core.contract.result import ScoreResult
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


def test_the_sound_is_read_there(helper: HostHelper, tmp_path: Path) -> None:
    at = np.arange(12 * 48_000) / 48_000
    kick = np.sin(2 * np.pi * 60 * at) * np.exp(-((at % 0.5) / 0.05))
    soundfile.write(tmp_path / "temp.wav", kick, 48_000, subtype="PCM_16")
    soundfile.write(tmp_path / "vo.wav", laid_out(6.0, [(2.0, vocoded(2.0))]), 48_000, subtype="PCM_16")
    made = timeline(
        video(clip("a", 0, 140), clip("b", 900, 148)),
        audio(clip("vo", 0, 144, url=str(tmp_path / "vo.wav")), name="Narration"),
        audio(clip("temp", 0, 288, url=str(tmp_path / "temp.wav")), name="Music"),
    )
    otio.adapters.write_to_file(made, str(tmp_path / "edit.otio"))
    path = tmp_path / "edit.otio"
    host, here = helper.host(path, FileHostOptions()), FileHost(path)
    sheet, music = here.read_timeline().sheet, here.read_lanes()[1]
    assert host.read_lanes() == here.read_lanes()
    assert host.read_speech() == here.read_speech()
    assert len(host.read_speech().spans) == 1
    assert host.lane_sound(music, sheet, 0) == here.lane_sound(music, sheet, 0)
    (tmp_path / "temp.wav").unlink()
    with pytest.raises(AudioError, match="was not found"):
        host.lane_sound(music, sheet, 0)


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


def test_it_calls_functions_and_their_errors_come_back(helper: HostHelper) -> None:
    take = make_take(make_sheet(24, 30, 20), None)
    text = helper.run(codec.dumps, take.result)
    assert text == codec.dumps(take.result)
    assert helper.run(codec.loads, ScoreResult, text) == take.result
    with pytest.raises(ContractError, match="no field 'tape'") as caught:
        helper.run(codec.loads, ScoreResult, text.replace('"model":', '"tape":', 1))
    assert caught.value.details["field"] == "ScoreResult.tape"


def test_a_function_is_called_once_more_where_the_helper_is_lost(helper: HostHelper, tmp_path: Path) -> None:
    assert helper.run(os.getpid) != os.getpid()
    assert helper._process is not None
    psutil.Process(helper._process._process.pid).kill()  # type: ignore[attr-defined]
    assert helper.run(os.path.basename, "take.wav") == "take.wav"
    with pytest.raises(InternalError, match="stopped in the middle"):
        helper.run(os._exit, 9)
    assert helper.run(os.path.basename, "take.wav") == "take.wav"


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
