"""The command under rough handling: streams that are closed or full, a folder that is gone, being told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.core_fixtures import core_rig as core_rig
from fakes.core_fixtures import lend_to_commands
from fakes.core_rig import WAIT_S, CoreRig, wait_until
from fakes.edits import write_edit
from vem_core.contract.errors import InputError
from vem_plugin import cli
from vem_plugin.interrupting import asked_as_interrupted, uninterrupted

if sys.platform == "win32":
    pytest.skip("signals and /dev/full are POSIX", allow_module_level=True)

VEM = [sys.executable, "-m", "vem_plugin"]


@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        (">/dev/full", 4, "Standard output cannot be written: No space left on device."),
        (">&-", 0, ""),
        ("2>/dev/full", 0, ""),
        (">&- 2>&- <&-", 0, ""),
        ("| true", 0, ""),
    ],
)
def test_streams_that_take_nothing(tmp_path: Path, redirection: str, status: int, said: str) -> None:
    write_edit(tmp_path / "edit.otio", [24] * 2000)  # more than a pipe holds
    line = f"set -o pipefail; {' '.join(VEM)} cuts edit.otio {redirection}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    assert said or not done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["edit.otio"]


def test_characters_that_the_terminal_lacks_are_spelled_out(tmp_path: Path) -> None:
    write_edit(tmp_path / "Übung 映画.otio", [24, 30])
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*VEM, "cuts", "Übung 映画.otio"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_is_gone_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f"cd {gone} && rmdir {gone} && {' '.join(VEM)} cuts edit.otio"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == InputError.exit_status
    assert done.stderr.startswith("vem: The folder you are in is gone.")


def test_a_bug_is_a_sentence_and_its_traceback_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("vem_plugin.commands.cuts.COMMAND", None)
    assert cli.main(["cuts", "edit.otio"]) == 5
    said = capsys.readouterr().err
    assert said.startswith("vem: Something went wrong that nobody expected: AttributeError")
    log = Path(said.strip().rpartition("the end of ")[2].rstrip("."))
    assert "Traceback" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_being_told_to_end_cancels_and_leaves_nothing(
    core_rig: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    lend_to_commands(core_rig, tmp_path, monkeypatch)
    films, scratch = tmp_path / "films", tmp_path / "scratch"
    films.mkdir()
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    write_edit(films / "edit.otio", [24, 30])
    command = [*VEM, "score", "edit.otio", "--prompt", "steps=1000 pause=0.05"]
    client = subprocess.Popen(command, cwd=films, stderr=subprocess.PIPE, text=True)
    with core_rig.client() as http:
        wait_until(lambda: http.hello().jobs == 1)
        client.send_signal(number)
        _, said = client.communicate(timeout=WAIT_S)
        assert client.returncode == 130
        assert said.endswith("vem: cancelled.\n")
        wait_until(lambda: http.hello().jobs == 0)
    assert [path.name for path in films.iterdir()] == ["edit.otio"]
    assert {path.name for path in scratch.iterdir()} <= {f"vem-score-{os.getuid()}"}


def test_what_must_not_be_interrupted_is_interrupted_afterwards() -> None:
    done = []

    def place() -> None:
        with asked_as_interrupted():
            with uninterrupted():
                os.kill(os.getpid(), signal.SIGTERM)
                done.append("finished")
            done.append("never reached")

    with pytest.raises(KeyboardInterrupt):
        place()
    assert done == ["finished"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_what_fails_while_it_must_not_be_interrupted_fails() -> None:
    def fail() -> None:
        with asked_as_interrupted(), uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            raise InputError("No.")

    with pytest.raises(InputError):
        fail()


def test_signals_that_are_ignored_stay_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with asked_as_interrupted(), uninterrupted():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
