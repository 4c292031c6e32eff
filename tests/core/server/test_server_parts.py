"""The small parts of the core: meter, out-of-memory fallback, log, offline guard, session file, options, doctor."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import hashlib
import logging
import os
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.core_rig import wait_until
from fakes.requests import small_jpeg, small_request
from vem_core.compute.out_of_memory import Effort, free_memory, is_out_of_memory, run_with_less_memory
from vem_core.contract.codec import dumps
from vem_core.contract.errors import (
    ContractError,
    CoreError,
    CoreRunning,
    CoreStartFailed,
    LimitExceeded,
    OutOfMemory,
    VemError,
)
from vem_core.contract.findings import Verdict
from vem_core.contract.processes import is_alive, process_identity
from vem_core.contract.progress import JobState, Stage
from vem_core.contract.request import Device
from vem_core.contract.service import CoreSession, JobSubmission
from vem_core.server import doctor, upload
from vem_core.server.app import _wait_until_final
from vem_core.server.arguments import add_serve_arguments, settings_from_arguments
from vem_core.server.doctor import examine, redact, report_text
from vem_core.server.folders import FolderLock, make_private
from vem_core.server.guard import refusal
from vem_core.server.logs import last_lines, log_to_files
from vem_core.server.messages import JobStep, RunJob, decode_line, encode_line
from vem_core.server.meter import ProgressMeter
from vem_core.server.session_file import read_session, remove_session, write_session
from vem_core.server.settings import Limits, Settings
from vem_core.server.upload import check_size, open_multipart

SESSION = CoreSession(4711, "t" * 43, 12, 1, "0.1.0", "2026-01-01T00:00:00+00:00")


@given(st.lists(st.tuples(st.sampled_from(Stage), st.integers(-1, 50), st.integers(0, 40)), max_size=30))
def test_fraction_never_goes_back_and_stays_below_one(steps: list[tuple[Stage, int, int]]) -> None:
    meter = ProgressMeter(0.0)
    fractions = [meter.advance(*step) for step in steps]
    assert fractions == sorted(fractions)
    assert all(0 <= fraction < 1 for fraction in fractions)


def test_time_left_is_said_once_it_can_be_known() -> None:
    meter = ProgressMeter(100.0)
    meter.advance(Stage.GENERATE, 1, 2)
    assert meter.remaining_s(100.1) is None
    fraction = meter.fraction
    assert meter.remaining_s(110.0) == pytest.approx(10 * (1 - fraction) / fraction)


def free_nothing() -> None:
    """Collecting all of a test run's garbage takes a second."""


def failing_until(enough: Callable[[Effort], bool], error: BaseException) -> Callable[[Effort], Effort]:
    def run(effort: Effort) -> Effort:
        if not enough(effort):
            raise error
        return effort

    return run


def test_ladder_frees_before_it_gives_anything_up() -> None:
    freed: list[int] = []
    outcome = run_with_less_memory(
        failing_until(lambda effort: bool(freed), MemoryError()), Device.CUDA, lambda: freed.append(1)
    )
    assert outcome.effort == Effort(Device.CUDA)
    assert outcome.effort.warning == ""


def test_ladder_takes_smaller_windows_then_the_cpu_and_says_so() -> None:
    smaller = run_with_less_memory(
        failing_until(lambda effort: effort.window_share <= 0.5, MemoryError()), Device.AUTO, free_nothing
    )
    assert "50%" in smaller.effort.warning
    on_cpu = run_with_less_memory(
        failing_until(lambda effort: effort.device is Device.CPU, OutOfMemory("CUDA out of memory")),
        Device.CUDA,
        free_nothing,
    )
    assert "on the CPU" in on_cpu.effort.warning


def test_a_model_without_windows_is_not_said_to_have_been_made_in_smaller_ones() -> None:
    tried: list[Effort] = []

    def run(effort: Effort) -> None:
        tried.append(effort)
        raise MemoryError

    with pytest.raises(OutOfMemory) as caught:
        run_with_less_memory(run, Device.AUTO, free_nothing, works_in_windows=lambda: False)
    assert "windows" not in caught.value.message
    assert [(effort.device, effort.window_share) for effort in tried] == [
        (Device.AUTO, 1.0),
        (Device.AUTO, 1.0),
        (Device.CPU, 1.0),
    ]
    assert not any("windows" in effort.warning for effort in tried)


@pytest.mark.parametrize("device", list(Device))
def test_ladder_ends_in_a_clear_error(device: Device) -> None:
    with pytest.raises(OutOfMemory, match="smallest windows") as caught:
        run_with_less_memory(failing_until(lambda effort: False, MemoryError()), device, free_nothing)
    assert caught.value.hint


def test_ladder_leaves_other_errors_alone() -> None:
    calls: list[Effort] = []

    def run(effort: Effort) -> None:
        calls.append(effort)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_with_less_memory(run, Device.AUTO, free_nothing)
    assert len(calls) == 1


@pytest.mark.gpu
@pytest.mark.slow
def test_ladder_recovers_from_a_gpu_that_is_full() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device")
    free_bytes, _ = torch.cuda.mem_get_info()

    def run(effort: Effort) -> str:
        device = "cpu" if effort.device is Device.CPU else "cuda"
        size = free_bytes * 2 if device == "cuda" else 16  # twice what there is
        return str(torch.empty(size, dtype=torch.uint8, device=device).device.type)

    outcome = run_with_less_memory(run, Device.CUDA, free_memory)
    assert outcome.value == "cpu"
    assert "on the CPU" in outcome.effort.warning
    assert torch.cuda.memory_reserved() < 2**26


def test_torch_says_out_of_memory_by_its_class_name() -> None:
    torch_like = type("OutOfMemoryError", (RuntimeError,), {})
    assert is_out_of_memory(torch_like("CUDA out of memory"))
    assert is_out_of_memory(
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory")
    )
    assert not is_out_of_memory(RuntimeError("CUDA error: device-side assert"))


def test_log_rotates_and_holds_no_secret(tmp_path: Path) -> None:
    handler = log_to_files(tmp_path, "s3cret", bytes_per_file=2000, files=3)
    log = logging.getLogger("test-of-log")
    try:
        for number in range(200):
            log.warning("call %d with %s", number, "s3cret")
        try:
            raise ValueError("s3cret in a traceback")
        except ValueError:
            log.warning("it failed", exc_info=True)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    files = sorted(tmp_path.glob("core.log*"))
    assert len(files) == 3
    assert sum(file.stat().st_size for file in files) < 8000
    text = "".join(file.read_text() for file in files)
    assert "s3cret" not in text
    assert "[secret] in a traceback" in text
    assert last_lines(tmp_path, 3)[-1].startswith("ValueError")


def test_offline_guard_stops_every_way_out() -> None:
    script = """
import socket
from vem_core.server.offline import OutboundBlocked, block_outbound
block_outbound()
def tries(call):
    try:
        call()
    except OutboundBlocked:
        return "blocked"
    except OSError:
        return "let through"
    return "let through"
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener = socket.create_server(("127.0.0.1", 0))
print(
    tries(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)),
    tries(lambda: socket.getaddrinfo("huggingface.co", 443)),
    tries(lambda: socket.gethostbyname("huggingface.co")),
    tries(lambda: udp.sendto(b"x", ("192.0.2.1", 53))),
    tries(lambda: socket.create_connection(listener.getsockname(), timeout=1).close()),
)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["blocked", "blocked", "blocked", "blocked", "let", "through"]


def test_session_file_is_private_and_removed_only_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "runtime" / "core.json"
    write_session(path, SESSION)
    assert read_session(path) == SESSION
    assert path.stat().st_mode & 0o777 == 0o600
    remove_session(path, pid=99)
    assert path.exists()
    remove_session(path, pid=12)
    assert not path.exists()
    assert [item.name for item in path.parent.iterdir()] == []


def test_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    with pytest.raises(CoreStartFailed, match="another user"):
        make_private(tmp_path)


def test_lock_is_exclusive_until_released(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    with pytest.raises(CoreRunning):
        second.acquire()
    first.release()
    second.acquire()
    second.release()


def test_worker_messages_come_back_as_they_were() -> None:
    for message in (RunJob("j", "a", "b", "c"), JobStep("j", Stage.PLAN, 1, 2, "é\n\u2028")):
        line = encode_line(message)
        assert line.count(b"\n") == 1
        assert decode_line(line) == message


def options(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    add_serve_arguments(parser)
    return settings_from_arguments(parser.parse_args(words))


def test_token_file_must_be_private_and_strong(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("x" * 40 + "\n")
    path.chmod(0o644)
    with pytest.raises(CoreStartFailed, match="Others can read"):
        options("--token-file", str(path))
    path.chmod(0o600)
    assert options("--token-file", str(path)).token == "x" * 40
    path.write_text("short")
    with pytest.raises(CoreStartFailed, match="too weak"):
        options("--token-file", str(path))
    with pytest.raises(CoreStartFailed, match="cannot be read"):
        options("--token-file", str(tmp_path / "missing"))


def test_options_become_settings(tmp_path: Path) -> None:
    settings = options("--unload-after", "-1", "--exit-after", "9", "--results", "5", "--state-folder", str(tmp_path))
    assert settings.unload_after_s is None
    assert settings.exit_after_s == 9
    assert settings.limits.results_bytes == 5 * 1024 * 1024
    assert settings.state_folder == tmp_path


def test_every_error_has_a_status_of_its_kind() -> None:
    def tree(cls: type[VemError]) -> list[type[VemError]]:
        return [cls, *(kind for child in cls.__subclasses__() for kind in tree(child))]

    statuses = {cls.code: refusal(cls("It went wrong.")).status_code for cls in tree(VemError)}
    assert statuses["core.not-authorised"] == 401
    assert statuses["core.not-authorised.source"] == 403
    assert statuses["input.too-large"] == 413
    assert {code for code, status in statuses.items() if status >= 500} == {"output", "core.internal"}


@pytest.mark.parametrize("limits", [Limits(duration_s=2), Limits(shots=2), Limits(thumbnails=2)])
def test_request_beyond_a_limit_is_refused(limits: Limits) -> None:
    request, _ = small_request()
    check_size(request, Limits())
    with pytest.raises(LimitExceeded):
        check_size(request, limits)


def test_upload_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"--xyz\r\n"
        await asyncio.sleep(60)

    receiver = open_multipart("multipart/form-data; boundary=xyz", tmp_path, Limits(stall_s=0.05))
    with pytest.raises(ContractError, match="Nothing was sent"):
        asyncio.run(receiver.receive(silent()))


def test_parts_are_counted_however_often_the_same_file_is_among_them(tmp_path: Path) -> None:
    jpeg = small_jpeg(1)
    name = hashlib.sha256(jpeg).hexdigest()
    part = (
        b'--xyz\r\nContent-Disposition: form-data; name="thumbnail"; filename="' + name.encode() + b'"\r\n\r\n' + jpeg
    )
    (tmp_path / "thumbnails").mkdir()

    async def same_again() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield part + b"\r\n"
        yield b"--xyz--\r\n"

    receiver = open_multipart("multipart/form-data; boundary=xyz", tmp_path, Limits(thumbnails=4))
    with pytest.raises(LimitExceeded, match="More than 4 thumbnails"):
        asyncio.run(receiver.receive(same_again()))


def test_an_upload_is_taken_apart_beside_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request, jpegs = small_request()
    threads = []
    check = upload.check_jpeg
    monkeypatch.setattr(upload, "check_jpeg", lambda *seen: (threads.append(threading.get_ident()), check(*seen))[1])
    real_loads = upload.loads
    monkeypatch.setattr(upload, "loads", lambda *seen: (threads.append(threading.get_ident()), real_loads(*seen))[1])
    fields = [("job", "job.json", dumps(JobSubmission(str(uuid.uuid4()), request)).encode())]
    fields += [("thumbnail", sha256, jpeg) for sha256, jpeg in jpegs.items()]
    body = b"".join(
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, file, data in fields
    )
    (tmp_path / "thumbnails").mkdir()

    async def whole() -> AsyncIterator[bytes]:
        yield body + b"--xyz--\r\n"

    receiver = open_multipart("multipart/form-data; boundary=xyz", tmp_path, Limits())
    submission = asyncio.run(receiver.receive(whole()))
    assert submission.request == request
    assert len(threads) == 1 + len(jpegs)
    assert threading.get_ident() not in threads


def test_a_later_process_of_the_same_number_is_another() -> None:
    known = process_identity(os.getpid())
    assert is_alive(os.getpid(), known)
    assert is_alive(os.getpid(), "")
    if sys.platform in ("linux", "win32"):
        assert not is_alive(os.getpid(), known + "1")


def test_own_process_is_alive_and_an_ended_one_is_not() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    wait_until(lambda: not is_alive(ended.pid))  # though nobody has reaped it
    ended.wait()
    assert is_alive(os.getpid())
    assert not is_alive(ended.pid)
    assert not is_alive(0)


@pytest.mark.slow
def test_doctor_loads_torch_in_a_process_of_its_own(tmp_path: Path) -> None:
    findings = list(examine(Settings(tmp_path / "state", tmp_path / "core.json", tmp_path / "logs")))
    assert any(finding.topic == "torch" and finding.verdict is Verdict.OK for finding in findings)


def test_doctor_looks_at_everything_and_its_report_names_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_TORCH_PROBE", "raise ImportError('libcudart.so is missing')")
    settings = Settings(tmp_path / "state", tmp_path / "core.json", tmp_path / "logs")
    handler = log_to_files(settings.log_folder)
    logging.getLogger("test-of-doctor").warning("reading /home/jane/secret project/cut.otio")
    logging.getLogger().removeHandler(handler)
    handler.close()
    write_session(settings.session_file, dataclasses.replace(SESSION, pid=2**22 - 1))
    findings = list(examine(settings))
    topics = [finding.topic for finding in findings]
    assert any("libcudart.so is missing" in finding.says for finding in findings)
    assert {"program", "graphics driver", "torch", "memory", "models", "disk", "ports", "core"} <= set(topics)
    assert all(finding.advice for finding in findings if finding.verdict is Verdict.PROBLEM)
    report = report_text(settings, findings)
    assert "jane" not in report
    assert SESSION.token not in report
    assert "Packages: torch" in report


def test_report_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "jane.doe")
    monkeypatch.setattr(socket, "gethostname", lambda: "janes-desk")
    text = f"Bearer abc.def at {Path.home()}/x by jane.doe on janes-desk; /Users/jim/My Film/cut.otio"
    assert redact(text, "tok") == "Bearer [token] at ~/x by [user] on [host]; [path]"
    assert redact("reading 'D:\\Client\\Ad 1.otio' failed") == "reading '[path]' failed"


def test_a_job_that_does_not_stop_in_time_is_said_and_not_blamed_on_the_disk() -> None:
    class Busy:
        state, version = JobState.RUNNING, 1

        async def changed_since(self, version: int) -> None:
            await asyncio.sleep(60)

    with pytest.raises(CoreError, match="has not stopped yet"):
        asyncio.run(_wait_until_final([Busy()], 0.01))  # type: ignore[list-item]
