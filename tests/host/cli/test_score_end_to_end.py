"""`vem score` as an editor runs it: a real process, a real core over a real socket, real files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import psutil
import pytest
import soundfile

from fakes.commands import vem
from fakes.edits import write_edit
from vem_core.contract.time import sample_of_frame
from vem_plugin.timeline.reading import read_timeline_file

if sys.platform == "win32":
    pytest.skip("signals and resource limits are those of POSIX", allow_module_level=True)
import resource

pytestmark = pytest.mark.usefixtures("warm_core")
LENGTHS = (31, 52, 27, 44, 19, 63, 38, 46)
NTSC = Fraction(24000, 1001)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edits")


@pytest.fixture(scope="module")
def edit(folder: Path) -> Path:
    return write_edit(folder / "edit.otio", LENGTHS, rate=NTSC, markers={5: "drop"})


@pytest.fixture(scope="module")
def outcome(edit: Path) -> dict[str, object]:
    """What `vem score --json` printed for the edit, run once for all tests here."""
    before = edit.read_bytes()
    done = vem("score", edit, "--json", "--seed", "7", "--prompt", "tense pursuit")
    assert done.returncode == 0, done.stderr
    assert edit.read_bytes() == before, "the editor's own file was changed"
    parsed: dict[str, object] = json.loads(done.stdout)
    return parsed


def test_the_wav_is_as_long_as_the_timeline_to_the_sample(outcome: dict[str, dict[str, object]]) -> None:
    info = soundfile.info(str(outcome["audio"]["path"]))
    assert (info.samplerate, info.channels, info.subtype) == (48_000, 2, "PCM_24")
    assert info.frames == outcome["audio"]["samples"] == sample_of_frame(sum(LENGTHS), NTSC)


def test_the_outcome_has_what_programs_ask_for(outcome: dict[str, dict[str, object]]) -> None:
    assert outcome["cuts"] == len(LENGTHS) - 1
    assert outcome["model"] == "sketch"
    assert outcome["seed"] == 7
    assert outcome["plan"]["schema"] == "ScorePlan.1"
    for name in ("hit_rate_1_frame", "hit_rate_70_ms", "hit_rate_100_ms", "chance_1_frame", "median_abs_error_ms"):
        assert isinstance(outcome["report"][name], float), name
    assert isinstance(outcome["report"]["tracker"], str)


def test_the_lane_opens_with_opentimelineio(outcome: dict[str, str]) -> None:
    timeline = otio.adapters.read_from_file(outcome["otio"])
    (lane,) = [track for track in timeline.audio_tracks() if track.name == "VeM Score"]
    (clip,) = [item for item in lane if isinstance(item, otio.schema.Clip)]
    assert clip.duration() == otio.opentime.RationalTime(sum(LENGTHS), float(NTSC))
    assert any(marker.name for marker in clip.markers)


def test_scoring_changes_no_cut(edit: Path, outcome: dict[str, str]) -> None:
    cuts = [vem("cuts", path, "--json") for path in (edit, Path(outcome["otio"]))]
    frames = [[cut["record_frames"] for cut in _sheet(done)["cuts"]] for done in cuts]
    assert frames[0] == frames[1]
    assert len(frames[0]) == len(LENGTHS) - 1


def test_the_same_request_gives_the_same_samples(
    edit: Path, tmp_path: Path, outcome: dict[str, dict[str, str]]
) -> None:
    again = vem("score", edit, "--json", "--seed", "7", "--prompt", "tense pursuit", "--output", tmp_path / "again")
    assert again.returncode == 0, again.stderr
    first, second = (
        soundfile.read(path)[0] for path in (outcome["audio"]["path"], json.loads(again.stdout)["audio"]["path"])
    )
    assert (first == second).all()


@pytest.mark.usefixtures("no_core")
def test_ctrl_c_leaves_no_file_and_no_process(edit: Path, tmp_path: Path) -> None:
    started = set(psutil.pids())
    command = [sys.executable, "-m", "vem_plugin", "score", str(edit), "--output", str(tmp_path / "out")]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "music" in line.lower() or "beats" in line.lower():
            break
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    deadline = time.monotonic() + 20
    while orphans := _cores_of(set(psutil.pids()) - started):
        assert time.monotonic() < deadline, orphans
        time.sleep(0.1)


BAD_TIMELINES = {
    "not-otio.otio": b"this is a shopping list",
    "empty.otio": b"",
    "truncated.otio": b'{"OTIO_SCHEMA": "Timeline.1", "tracks": {"OTIO_SCH',
    "unknown.xyz": b"?",
}


@pytest.mark.parametrize("name", BAD_TIMELINES)
def test_a_timeline_that_cannot_be_read_is_one_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD_TIMELINES[name])
    _assert_refused(vem("score", path), tmp_path, {name}, status=3)


def test_a_folder_and_a_missing_file_are_not_timelines(tmp_path: Path) -> None:
    _assert_refused(vem("score", tmp_path), tmp_path, set(), status=3)
    _assert_refused(vem("score", tmp_path / "none.otio"), tmp_path, set(), status=3)


def test_a_timeline_of_zero_length_has_no_picture(tmp_path: Path) -> None:
    path = write_edit(tmp_path / "zero.otio", ())
    _assert_refused(vem("score", path), tmp_path, {"zero.otio"}, status=3)


def test_one_shot_and_no_cuts_is_scored(tmp_path: Path) -> None:
    path = write_edit(tmp_path / "one.otio", (120,), start_frames=None)
    done = vem("score", path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cuts"] == 0
    assert json.loads(done.stdout)["audio"]["samples"] == 240_000


@pytest.mark.usefixtures("no_core")  # one that others would use has the limit too
def test_a_full_disk_is_a_sentence_and_leaves_nothing(edit: Path, tmp_path: Path) -> None:
    def no_file_above_64_kib() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))

    done = vem("score", edit, "--output", tmp_path / "out", preexec_fn=no_file_above_64_kib)
    assert done.returncode in (4, 5), done.stderr
    assert done.stderr.splitlines()[-2].startswith("vem: ")
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


def test_an_output_folder_that_is_a_file_is_refused_before_any_work(edit: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("in the way")
    done = vem("score", edit, "--output", tmp_path / "out")
    assert done.returncode == 4, done.stderr
    assert "Making the music" not in done.stderr


@pytest.mark.slow
def test_every_real_timeline_is_scored_or_refused_in_a_sentence(real_timelines: Path, tmp_path: Path) -> None:
    for path in sorted(real_timelines.iterdir()):
        if path.suffix == ".md":
            continue
        done = vem("score", path, "--json", "--output", tmp_path / path.name)
        if done.returncode == 0:
            found = json.loads(done.stdout)
            timeline = read_timeline_file(Path(found["otio"]))
            assert any(track.name == "VeM Score" for track in timeline.audio_tracks()), path
        else:
            assert done.returncode == 3, (path, done.stderr)
            assert done.stderr.count("vem: ") == 1, path


def _sheet(done: subprocess.CompletedProcess[str]) -> dict[str, list[dict[str, int]]]:
    assert done.returncode == 0, done.stderr
    parsed = json.loads(done.stdout)
    sheet: dict[str, list[dict[str, int]]] = parsed.get("sheet", parsed)
    return sheet


def _assert_refused(done: subprocess.CompletedProcess[str], folder: Path, inputs: set[str], status: int) -> None:
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("vem: ") == 1
    assert "Traceback" not in done.stderr
    assert {path.name for path in folder.iterdir()} == inputs


def _cores_of(pids: set[int]) -> list[str]:
    found = []
    for pid in pids:
        try:
            words = " ".join(psutil.Process(pid).cmdline())
        except psutil.Error:
            continue
        if "vem_core" in words or "vem_plugin" in words:
            found.append(words)
    return found


def test_scoring_again_changes_nothing_until_something_changed_and_then_only_that(tmp_path: Path) -> None:
    path = write_edit(tmp_path / "edit.otio", LENGTHS, markers={5: "drop"})
    assert vem("score", path, "--style", "house").returncode == 0
    folder = tmp_path / "edit.vem"
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}
    again = vem("score", path)
    assert "Nothing changed: take 1 stays as it is." in again.stderr
    assert {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()} == before
    write_edit(path, LENGTHS, markers={5: "drop", 2: "tense chase"})
    told = vem("score", path, "--json")
    assert told.returncode == 0, told.stderr
    assert re.search(r"Keeps \d\d % of take 1 sample for sample; regenerates \S+\.$", told.stderr, re.MULTILINE)
    sounds = [soundfile.read(folder / f"edit-take{take}.wav", dtype="int32")[0] for take in (1, 2)]
    changed = np.flatnonzero((sounds[0] != sounds[1]).any(axis=1))
    shot = slice(sample_of_frame(sum(LENGTHS[:2]), Fraction(24)), sample_of_frame(sum(LENGTHS[:3]), Fraction(24)))
    assert shot.start - 3 * 48_000 < changed[0] < shot.stop
    assert shot.start < changed[-1] < shot.stop + 3 * 48_000
