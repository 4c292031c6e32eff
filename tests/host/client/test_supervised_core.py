"""A client that starts, finds, shares, loses and replaces cores; real processes throughout."""

from __future__ import annotations

import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from fakes.core_rig import WAIT_S, CoreRig, wait_until
from fakes.quick_core import COMMAND
from fakes.requests import small_request
from vem_core.contract.codec import dumps
from vem_core.contract.errors import CoreBusy, CoreKilled, CoreLost, CoreStartFailed, ProtocolMismatch
from vem_core.contract.progress import PROTOCOL_VERSION, JobState, Progress
from vem_core.contract.service import CoreSession
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.session import core_session
from vem_plugin.client.supervisor import CoreChoice, SupervisedCore, find_core

if sys.platform == "win32":
    pytest.skip("kill -9 is POSIX", allow_module_level=True)

SCORING_CLIENT = str(Path(__file__).resolve().parents[2] / "fakes" / "scoring_client.py")


def ignore(progress: Progress) -> None:
    """Progress that nobody looks at."""


def test_core_is_started_when_needed_and_ends_with_the_session(core_rig: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request(seed=1)
    with core_session(cores=(), choice=core_rig.choice()) as client:
        assert client.hello().protocol == PROTOCOL_VERSION
        client.score(request, jpegs, tmp_path, ignore)
        processes = [psutil.Process(core_rig.core_pid()), psutil.Process(core_rig.worker_pid())]
    assert (tmp_path / "mix.wav").is_file()
    assert core_rig.session is None
    assert not any(process.is_running() for process in processes)


def test_running_core_is_used_and_left_running(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    request, jpegs = small_request(seed=2)
    with core_session(cores=(), choice=core_rig.choice()) as client:
        client.score(request, jpegs, tmp_path, ignore)
        assert core_rig.core_pid() == core_rig.pid
    assert psutil.pid_exists(core_rig.pid)


@pytest.mark.parametrize("moment", ["running", "queued"])
def test_core_killed_during_a_job_is_replaced_and_the_job_replayed(
    core_rig: CoreRig, tmp_path: Path, moment: str
) -> None:
    core_rig.start()
    other = subprocess.Popen(_scoring(core_rig, "steps=30 pause=0.1", 9, tmp_path / "other"), stdout=subprocess.PIPE)
    assert other.stdout is not None
    if moment == "queued":
        assert other.stdout.readline() == b"begun\n"
    else:
        other.kill()
        other.wait()
    request, jpegs = small_request("steps=10 pause=0.05", seed=3)
    killed = []

    def kill_once(progress: Progress) -> None:
        if not killed and progress.state is JobState(moment) and (moment == "queued" or progress.step == 5):
            killed.append(core_rig.core_pid())
            core_rig.kill()

    with core_session(cores=(), choice=core_rig.choice()) as client:
        result = client.score(request, jpegs, tmp_path / "out", kill_once)
        assert killed
        if moment == "queued":
            assert other.wait(WAIT_S) == 0, "the other client lost its job"
    other.stdout.close()
    assert result.seed == 3
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mix.wav"]


def test_a_job_whose_connections_another_closed_goes_to_the_next_core(core_rig: CoreRig, tmp_path: Path) -> None:
    """As a panel's reading of words does, while scoring finds the core gone and lets go of it."""
    core_rig.start()
    core = SupervisedCore(core_rig.choice())
    request, jpegs = small_request("steps=10 pause=0.05", seed=8)

    def let_go_once(progress: Progress) -> None:
        if progress.step == 5:
            core.connect().close()

    with contextlib.closing(core):
        result = core.score(request, jpegs, tmp_path / "out", let_go_once)
    assert result.seed == 8
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mix.wav"]


@pytest.mark.slow
def test_core_that_is_lost_twice_is_not_started_for_ever(core_rig: CoreRig, tmp_path: Path) -> None:
    request, jpegs = small_request("steps=10 pause=0.05", seed=4)
    killed: set[int] = set()

    def kill_each(progress: Progress) -> None:
        if progress.state is JobState.RUNNING and progress.step >= 2 and core_rig.core_pid() not in killed:
            killed.add(core_rig.core_pid())
            core_rig.kill()

    with core_session(cores=(), choice=core_rig.choice()) as client, pytest.raises(CoreLost):
        client.score(request, jpegs, tmp_path / "out", kill_each)
    assert len(killed) == 2
    assert not (tmp_path / "out").exists()


def test_killed_client_takes_its_core_with_it(core_rig: CoreRig, tmp_path: Path) -> None:
    client = subprocess.Popen(_scoring(core_rig, "steps=1000 pause=0.05", 5, tmp_path), stdout=subprocess.PIPE)
    assert client.stdout is not None
    assert client.stdout.readline() == b"begun\n"
    processes = [psutil.Process(core_rig.core_pid()), psutil.Process(core_rig.worker_pid())]
    client.kill()
    client.wait()
    client.stdout.close()
    _, alive = psutil.wait_procs(processes, timeout=WAIT_S)
    assert not alive
    assert not list(tmp_path.iterdir())


def test_interrupted_client_cancels_and_leaves_nothing(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    client = subprocess.Popen(_scoring(core_rig, "steps=1000 pause=0.05", 6, tmp_path), stdout=subprocess.PIPE)
    assert client.stdout is not None
    assert client.stdout.readline() == b"begun\n"
    client.send_signal(signal.SIGINT)
    assert client.wait(WAIT_S) == 130
    client.stdout.close()
    with core_rig.client() as http:
        wait_until(lambda: http.hello().jobs == 0)
    assert not list(tmp_path.iterdir())
    assert not list((core_rig.state_folder / "jobs").glob("*/work-*"))


def test_two_clients_at_once_share_one_core(core_rig: CoreRig, tmp_path: Path) -> None:
    outputs = [tmp_path / "a", tmp_path / "b"]
    clients = [
        subprocess.Popen(_scoring(core_rig, f"steps=10 pause={pause}", seed, output), stdout=subprocess.DEVNULL)
        for seed, (output, pause) in enumerate(zip(outputs, ("0.01", "0.1"), strict=True))
    ]  # the first is done early; if the core was its own, the other has to go on without it
    assert [client.wait(WAIT_S) for client in clients] == [0, 0]
    assert all((output / "mix.wav").is_file() for output in outputs)
    wait_until(lambda: core_rig.session is None)


def test_what_progress_raises_cancels_the_job(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    request, jpegs = small_request("steps=1000 pause=0.05", seed=7)

    def give_up(progress: Progress) -> None:
        if progress.step >= 2:
            raise TimeoutError("that is enough")

    with core_rig.client() as client:
        with pytest.raises(TimeoutError):
            client.score(request, jpegs, tmp_path / "out", give_up)
        wait_until(lambda: client.hello().jobs == 0)


def test_session_file_of_a_dead_process_is_stale(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    path = _write_session(tmp_path, pid=ended.pid, port=9)
    assert find_core(path) is None
    assert not path.exists()


def test_session_file_whose_port_is_closed_is_stale(tmp_path: Path) -> None:
    path = _write_session(tmp_path, pid=os.getpid(), port=9)  # a process took the number; nobody took the port
    assert find_core(path) is None
    assert not path.exists()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, b'{"code": "core.not-authorised", "message": "no", "hint": "", "details": {}}', None),
        (200, b'{"protocol": 99}', ProtocolMismatch),
        (404, b"<html>not here</html>", None),
    ],
)
def test_session_file_that_leads_to_something_else(
    tmp_path: Path, status: int, body: bytes, error: type[Exception] | None
) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        path = _write_session(tmp_path, pid=os.getpid(), port=server.server_port)
        try:
            if error is None:
                assert find_core(path) is None
            else:
                with pytest.raises(error):
                    find_core(path)
        finally:
            server.shutdown()
            thread.join()


def test_session_file_that_others_can_read_is_not_trusted(tmp_path: Path) -> None:
    path = _write_session(tmp_path, pid=os.getpid(), port=9)
    path.chmod(0o644)
    assert find_core(path) is None
    assert path.exists()


def test_core_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = LaunchOptions([sys.executable, "-c", "import sys; sys.exit('no such module: torch')"])
    core = SupervisedCore(CoreChoice(tmp_path / "core.json", broken))
    with pytest.raises(CoreStartFailed, match="no such module: torch"):
        core.connect()


def test_core_that_never_becomes_ready_is_ended(tmp_path: Path) -> None:
    silent = LaunchOptions([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.5)
    core = SupervisedCore(CoreChoice(tmp_path / "core.json", silent))
    with pytest.raises(CoreStartFailed, match="not ready"):
        core.connect()
    assert not [child for child in psutil.Process().children() if "sleep(60)" in " ".join(child.cmdline())]


def test_a_core_that_stalls_is_not_locked_out(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    session = core_rig.session
    stalled = psutil.Process(core_rig.pid)
    stalled.suspend()
    try:
        with pytest.raises(CoreBusy, match="does not answer"):
            find_core(core_rig.session_file)
        assert core_rig.session == session
    finally:
        stalled.resume()
    request, jpegs = small_request(seed=11)
    with core_session(cores=(), choice=core_rig.choice()) as client:
        client.score(request, jpegs, tmp_path, ignore)
    assert core_rig.session == session


def test_a_core_that_answers_late_is_waited_for(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start()
    stalled = psutil.Process(core_rig.pid)
    stalled.suspend()
    waking = threading.Timer(1.0, stalled.resume)
    waking.start()
    with core_session(cores=(), choice=core_rig.choice()) as client:
        assert client.hello().protocol == PROTOCOL_VERSION
        assert core_rig.core_pid() == core_rig.pid
    waking.join()


@pytest.mark.parametrize("damage", ["gone", "stale", "folder"])
def test_a_core_writes_its_session_file_again(core_rig: CoreRig, tmp_path: Path, damage: str) -> None:
    core_rig.start()
    session = core_rig.session
    core_rig.session_file.unlink()
    if damage == "stale":
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        _write_session(core_rig.session_file.parent, pid=ended.pid, port=9)
    elif damage == "folder":
        core_rig.session_file.parent.rmdir()
    wait_until(lambda: core_rig.session == session)


def test_a_core_leaves_the_session_file_of_another_that_lives(core_rig: CoreRig) -> None:
    core_rig.start()
    path = _write_session(core_rig.session_file.parent, pid=os.getpid(), port=9)
    other = path.read_bytes()
    time.sleep(1.2)  # two rounds of its housekeeping
    assert path.read_bytes() == other


def test_a_core_that_is_killed_in_its_first_second_is_started_again(core_rig: CoreRig, tmp_path: Path) -> None:
    script = tmp_path / "killed_once.py"
    script.write_text(
        "import os, pathlib, runpy, signal, sys\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "if not mark.exists():\n    mark.touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"sys.argv[0] = {COMMAND[1]!r}\nrunpy.run_path({COMMAND[1]!r}, run_name='__main__')\n"
    )
    choice = core_rig.choice()
    killed_once = CoreChoice(choice.session_file, LaunchOptions([sys.executable, str(script)], choice.launch.arguments))
    with core_session(cores=(), choice=killed_once) as client:
        assert client.hello().protocol == PROTOCOL_VERSION
    assert (tmp_path / "mark").exists()


def test_a_core_that_is_always_killed_is_said_to_be(tmp_path: Path) -> None:
    killed = LaunchOptions([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    core = SupervisedCore(CoreChoice(tmp_path / "core.json", killed))
    with pytest.raises(CoreKilled, match="ended from outside"):
        core.connect()


def _scoring(rig: CoreRig, prompt: str, seed: int, output: Path) -> list[str]:
    return [sys.executable, SCORING_CLIENT, str(rig.folder), prompt, str(seed), str(output)]


def _write_session(folder: Path, *, pid: int, port: int) -> Path:
    path = folder / "core.json"
    path.write_text(dumps(CoreSession(port, "t" * 43, pid, 1, "0.1.0", "2020-01-01T00:00:00+00:00")))
    path.chmod(0o600)
    return path
