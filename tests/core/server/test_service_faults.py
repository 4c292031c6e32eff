"""What must not go wrong when everything else does: kills, full disks, broken uploads, slow readers, leaping clocks."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from fakes.core_rig import WAIT_S, CoreRig, wait_until
from fakes.quick_core import COMMAND
from fakes.requests import small_request
from vem_core.contract.codec import content_hash, dumps, loads
from vem_core.contract.errors import CoreLost, NotAuthorised, OutputError
from vem_core.contract.progress import JobState, Progress
from vem_core.contract.service import JobSubmission
from vem_core.server.connections import MAX_WAITING
from vem_plugin.client.address import CoreAddress
from vem_plugin.client.http import HttpCoreClient

if sys.platform == "win32":
    pytest.skip("kill -9 and resource limits are POSIX", allow_module_level=True)


def submit(rig: CoreRig, prompt: str = "", *, seed: int = 0, client: str = "test") -> str:
    request, jpegs = small_request(prompt, seed=seed)
    job = str(uuid.uuid4())
    body = dumps(JobSubmission(job, request, client)).encode()
    files = [("job", ("job.json", body, "application/json"))]
    files += [("thumbnail", (sha256, jpeg, "image/jpeg")) for sha256, jpeg in jpegs.items()]
    with rig.raw() as http:
        response = http.post("/v1/jobs", files=files)
    assert response.status_code == 201, response.text
    return job


def progress_of(rig: CoreRig, job: str) -> Progress:
    with rig.raw() as http:
        return loads(Progress, http.get(f"/v1/jobs/{job}").content)


def wait_for_state(rig: CoreRig, job: str, state: JobState) -> None:
    wait_until(lambda: progress_of(rig, job).state is state)


def test_killed_core_comes_back_with_its_queue_and_its_results(core_rig: CoreRig) -> None:
    old = core_rig.start()
    done = submit(core_rig, seed=5)
    wait_for_state(core_rig, done, JobState.DONE)
    with core_rig.raw() as http:
        sound = http.get(f"/v1/jobs/{done}/files/mix.wav").content
    running = submit(core_rig, "steps=40 pause=0.05", seed=1)
    waiting = [submit(core_rig, seed=seed) for seed in (2, 3, 4)]
    wait_for_state(core_rig, running, JobState.RUNNING)
    with core_rig.client(patience_s=0.0) as impatient:
        core_rig.kill()
        with pytest.raises(CoreLost):
            impatient.hello()

    new = core_rig.start()
    with HttpCoreClient(CoreAddress(new.url, old.token)) as client, pytest.raises(NotAuthorised):
        client.hello()
    states = {progress_of(core_rig, job).state for job in (running, *waiting)}
    assert states <= {JobState.QUEUED, JobState.RUNNING}
    wait_for_state(core_rig, waiting[-1], JobState.DONE)
    assert all(progress_of(core_rig, job).state is JobState.DONE for job in (running, *waiting))
    with core_rig.raw() as http:
        assert http.get(f"/v1/jobs/{done}/files/mix.wav").content == sound


@pytest.mark.slow
def test_core_told_to_end_leaves_its_queue_for_the_next_and_no_secret(core_rig: CoreRig) -> None:
    address = core_rig.start()
    job = submit(core_rig, "steps=40 pause=0.05")
    wait_for_state(core_rig, job, JobState.RUNNING)
    core_rig.close()
    assert core_rig.session is None
    assert "listens on port" in core_rig.log()
    assert address.token not in core_rig.log()
    core_rig.start()
    wait_for_state(core_rig, job, JobState.DONE)


def test_core_killed_while_writing_the_result_makes_it_again(core_rig: CoreRig) -> None:
    core_rig.start()
    request, _ = small_request("fault=mark-result", seed=9)
    job = submit(core_rig, "fault=mark-result", seed=9)
    wait_until(lambda: (core_rig.marks / content_hash(request)).exists())
    folder = core_rig.state_folder / "jobs" / job
    assert [path.name for path in folder.glob("work-*/*")] == ["mix.wav"]
    core_rig.kill()
    core_rig.start()
    wait_for_state(core_rig, job, JobState.DONE)
    assert not list(folder.glob("work-*"))
    assert sorted(path.name for path in (folder / "result").iterdir()) == ["mix.wav", "result.json"]


@pytest.mark.slow
def test_job_that_nobody_comes_back_for_is_dropped(core_rig: CoreRig) -> None:
    core_rig.start()
    job = submit(core_rig, "steps=1000 pause=0.05")
    for _ in range(2):
        core_rig.kill()
        core_rig.start()
        with core_rig.raw() as http:
            assert http.get("/v1/hello").json()["jobs_running"] == 0
    assert not (core_rig.state_folder / "jobs" / job).exists()


def test_shutdown_spares_a_core_at_work_unless_forced(core_rig: CoreRig) -> None:
    core_rig.start()
    job = submit(core_rig, "steps=1000 pause=0.05")
    wait_for_state(core_rig, job, JobState.RUNNING)
    with core_rig.raw() as http:
        assert http.post("/v1/shutdown").status_code == 409
        with http.stream("GET", f"/v1/jobs/{job}/events") as stream, core_rig.raw() as other:
            assert other.post("/v1/shutdown", params={"force": "true"}).json() == {"cancelled": 1}
            assert '"state":"cancelled"' in "".join(stream.iter_lines())
    assert core_rig.wait_for_end() == 0
    assert core_rig.session is None


def test_full_disk_refuses_a_job_in_words_and_recovers(core_rig: CoreRig) -> None:
    core_rig.start()
    core_rig.worker_pid()  # it is there already, and does not inherit the limit
    unlimited = resource.prlimit(core_rig.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(core_rig.pid, resource.RLIMIT_FSIZE, (256, unlimited[1]))  # no file may grow beyond 256 bytes
    request, jpegs = small_request()
    with core_rig.client() as client:
        with pytest.raises(OutputError, match="disk"):
            client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)
        assert not list((core_rig.state_folder / "incoming").iterdir())
        assert not list((core_rig.state_folder / "jobs").iterdir())
        resource.prlimit(core_rig.pid, resource.RLIMIT_FSIZE, unlimited)
        client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)


def test_disk_that_fills_while_a_job_runs_fails_the_job_alone(core_rig: CoreRig) -> None:
    core_rig.start()
    worker = core_rig.worker_pid()
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (10_000, resource.RLIM_INFINITY))
    request, jpegs = small_request()
    with core_rig.client() as client:
        with pytest.raises(OutputError, match="too large for the disk"):
            client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)


def test_upload_cut_off_in_the_middle_leaves_nothing(shared_core: CoreRig) -> None:
    address = shared_core.address
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {address.token}\r\n"
        "Content-Type: multipart/form-data; boundary=xyz\r\nContent-Length: 100000\r\n\r\n"
        '--xyz\r\nContent-Disposition: form-data; name="job"\r\n\r\n{"schema":"JobSub'
    )
    port = int(address.url.rpartition(":")[2])
    incoming = shared_core.state_folder / "incoming"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode())
        wait_until(lambda: len(list(incoming.iterdir())) == 1)
    wait_until(lambda: not list(incoming.iterdir()))


def test_slow_reader_holds_nobody_back(shared_core: CoreRig) -> None:
    address = shared_core.address
    job = submit(shared_core, "steps=20 pause=0.06")
    port = int(address.url.rpartition(":")[2])
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        connection.sendall(
            f"GET /v1/jobs/{job}/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {address.token}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        wait_for_state(shared_core, job, JobState.DONE)  # while not a byte has been read
        time.sleep(0.2)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b'"state":"done"' in received


def test_leaping_clock_changes_nothing(core_rig: CoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEM_TEST_CLOCK", "jump")
    core_rig.start("--exit-after", "3600", "--unload-after", "3600")
    request, jpegs = small_request("steps=30 pause=0.05")
    seen: list[Progress] = []
    with core_rig.client() as client:
        client.score(request, jpegs, core_rig.folder / "out", seen.append)
        assert client.full_hello().loaded
    estimates = [progress.remaining_s for progress in seen if progress.remaining_s is not None]
    assert estimates
    assert all(0 <= estimate < 60 for estimate in estimates)


def test_second_core_on_one_state_folder_is_refused(core_rig: CoreRig) -> None:
    core_rig.start()
    from vem_core.contract.errors import CoreRunning
    from vem_plugin.client.core_process import CoreProcess

    with pytest.raises(CoreRunning):
        CoreProcess.start(core_rig.choice().launch)


def test_taken_port_is_named(core_rig: CoreRig) -> None:
    from vem_core.contract.errors import CoreStartFailed
    from vem_plugin.client.core_process import CoreProcess

    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        with pytest.raises(CoreStartFailed, match=f"Port {port}"):
            CoreProcess.start(core_rig.choice("--port", str(port)).launch)


def test_idle_core_gives_its_memory_back_and_then_ends(core_rig: CoreRig) -> None:
    core_rig.start("--unload-after", "0.3", "--exit-after", "1.5")
    worker = core_rig.worker_pid()
    wait_until(lambda: not psutil.pid_exists(worker))
    assert psutil.pid_exists(core_rig.pid)
    assert core_rig.wait_for_end() == 0
    assert core_rig.session is None


def test_core_ends_with_the_process_it_was_told_to_watch(core_rig: CoreRig) -> None:
    parent = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    core_rig.start("--parent-pid", str(parent.pid))
    worker = core_rig.worker_pid()
    parent.kill()
    parent.wait()
    assert core_rig.wait_for_end() == 0
    wait_until(lambda: not psutil.pid_exists(worker))


def test_worker_in_a_foreign_environment_is_not_led_astray(core_rig: CoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = core_rig.folder / "trap"
    trap.mkdir()
    (trap / "vem_core.py").write_text("raise SystemExit('the wrong module')\n")
    monkeypatch.setenv("PYTHONPATH", str(trap))
    from vem_core.contract.processes import clean_environment
    from vem_plugin.client.core_process import CoreProcess

    assert "PYTHONPATH" not in clean_environment()
    assert os.environ["PYTHONPATH"] == str(trap)
    process = CoreProcess.start(core_rig.choice().launch)
    try:
        with HttpCoreClient(process.address) as client:
            request, jpegs = small_request()
            client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)
    finally:
        process.stop()


def test_four_hundred_half_open_requests_hold_nobody_up(core_rig: CoreRig) -> None:
    address = core_rig.start()
    place = ("127.0.0.1", int(address.url.rpartition(":")[2]))
    half_open = [socket.create_connection(place, timeout=WAIT_S) for _ in range(400)]
    try:
        for number, connection in enumerate(half_open):
            with contextlib.suppress(OSError):  # the oldest have been hung up on
                connection.sendall(b"" if number % 2 else b"GET /v1/hello HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        request, jpegs = small_request()
        with core_rig.client() as client:
            client.score(request, jpegs, core_rig.folder / "out", lambda progress: None)
        wait_until(lambda: len(_connections(core_rig.pid, place[1])) <= MAX_WAITING + 8)
    finally:
        for connection in half_open:
            connection.close()


def _connections(pid: int, port: int) -> list[object]:
    return [
        connection
        for connection in psutil.Process(pid).net_connections("tcp")
        if connection.laddr.port == port and connection.status == psutil.CONN_ESTABLISHED
    ]


def test_core_says_where_it_cannot_write_its_session(core_rig: CoreRig, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    in_the_way = [*core_rig.arguments, "--session-file", str(tmp_path / "file" / "core.json")]
    done = subprocess.run([*COMMAND, *in_the_way], capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ready"], answer["error"]["code"]) == (5, False, "core.start")
    assert "Traceback" not in done.stderr
