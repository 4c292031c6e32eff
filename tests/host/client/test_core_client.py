"""The client's parts: addresses, event streams, downloads, picking a core, and a server that misbehaves."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.quick_pipeline import quick_result
from fakes.requests import small_request
from fakes.scripted_core import ScriptedCore, queued, silent_result, step
from vem_core.contract.codec import dumps
from vem_core.contract.errors import (
    Cancelled,
    CoreError,
    CoreLost,
    JobUnknown,
    NotAuthorised,
    OutputError,
    ProtocolMismatch,
    QueueFull,
)
from vem_core.contract.progress import PROTOCOL_VERSION, JobState, Progress, Stage
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.service import CoreHello, DeviceInfo
from vem_plugin.client.address import CoreAddress, read_core_list
from vem_plugin.client.base import CoreClient
from vem_plugin.client.download import download_files
from vem_plugin.client.events import ServerEvent, parse_events, split_lines
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.client.session import core_session, pick_core

JOB = "00000000-0000-0000-0000-000000000001"
Answer = tuple[int, bytes]


class FakeServer:
    """A loopback HTTP server whose answers a test chooses, and which remembers what it was asked."""

    def __init__(self, answer: Callable[[str, str, int], Answer]) -> None:
        self.asked: list[str] = []
        self.event_ids: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do(self) -> None:
                key = f"{self.command} {self.path}"
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.endswith("/events"):
                    outer.event_ids.append(self.headers.get("Last-Event-ID"))
                status, body = answer(self.command, self.path, outer.asked.count(key))
                outer.asked.append(key)
                if status == 0:  # hang up
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.do()

            def do_POST(self) -> None:
                self.do()

            def do_DELETE(self) -> None:
                self.do()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = CoreAddress(f"http://127.0.0.1:{self._server.server_port}", "t" * 43)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str, str, int], Answer]], FakeServer]]:
    servers: list[FakeServer] = []

    def start(answer: Callable[[str, str, int], Answer]) -> FakeServer:
        servers.append(FakeServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


Serve = Callable[[Callable[[str, str, int], Answer]], FakeServer]


def event(number: int, state: JobState, **fields: object) -> bytes:
    progress = Progress(JOB, state, **fields)  # type: ignore[arg-type]
    return f"id: b-{number}\nevent: progress\ndata: {dumps(progress)}\n\n".encode()


def hello(*, protocol: int = PROTOCOL_VERSION, jobs: int = 0, kind: str = "cpu") -> bytes:
    return dumps(
        CoreHello("0.1.0", protocol, 1, DeviceInfo(kind, "a device", None, None), (), True, jobs, 0, 1.0)
    ).encode()


def result_with(content: bytes) -> ScoreResult:
    request, _ = small_request()
    return quick_result(
        request, AudioFile("mix.wav", "mix", hashlib.sha256(content).hexdigest(), 1, 48_000, 2, None, None)
    )


def core_that_delivers(content: bytes, sent: bytes | None = None) -> Callable[[str, str, int], Answer]:
    """A core whose job is done at once; `sent` differs from `content` where the line damages it."""

    def answer(method: str, path: str, times: int) -> Answer:
        if path.endswith("/events"):
            return 200, event(1, JobState.DONE, fraction=1.0)
        if path.endswith("/result"):
            return 200, dumps(result_with(content)).encode()
        if path.endswith("/files/mix.wav"):
            return 200, content if sent is None else sent
        return 201, b"{}"

    return answer


def test_an_event_whose_message_holds_a_line_separator_is_one_event(serve: Serve) -> None:
    """As in a name in an error's message: U+2028, and what str.splitlines takes for the end of a line besides."""
    said = "The file 'a\u2028b\x85c\x1dd' is damaged."
    server = serve(lambda method, path, times: (200, event(1, JobState.FAILED, message=said)))
    seen: list[Progress] = []
    with HttpCoreClient(server.address) as client:
        client.follow(JOB, seen.append)
    assert [progress.message for progress in seen] == [said]


def test_broken_stream_is_resumed_after_the_last_event(serve: Serve, tmp_path: Path) -> None:
    delivered = core_that_delivers(b"sound")

    def answer(method: str, path: str, times: int) -> Answer:
        if path.endswith("/events") and times == 0:
            return 200, event(1, JobState.QUEUED) + event(2, JobState.RUNNING) + b"id: b-3\ndata: {cut o"
        if path.endswith("/events") and times == 1:
            return 0, b""
        return delivered(method, path, times)

    server = serve(answer)
    request, jpegs = small_request()
    seen: list[Progress] = []
    with HttpCoreClient(server.address) as client:
        client.score(request, jpegs, tmp_path, seen.append, JOB)
    assert [progress.state for progress in seen] == [JobState.QUEUED, JobState.RUNNING, JobState.DONE]
    assert server.event_ids == [None, "b-2", "b-2"]
    assert (tmp_path / "mix.wav").read_bytes() == b"sound"


def test_patience_with_a_stream_counts_from_its_break_and_not_from_its_last_event(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = core_that_delivers(b"sound")
    now_s = [0.0]
    clock = types.SimpleNamespace(monotonic=lambda: now_s[0], sleep=lambda pause_s: None)
    monkeypatch.setattr("vem_plugin.client.http.time", clock)

    def answer(method: str, path: str, times: int) -> Answer:
        if path.endswith("/events") and times == 0:
            return 200, event(1, JobState.RUNNING)
        if path.endswith("/events") and times == 1:  # a stage without steps: nothing but heartbeats for a minute
            now_s[0] += 60.0
            return 200, b": still here\n\n"
        if path.endswith("/events") and times < 4:
            return 0, b""
        return delivered(method, path, times)

    request, jpegs = small_request()
    with HttpCoreClient(serve(answer).address, patience_s=2.0) as client:
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB)
    assert (tmp_path / "mix.wav").read_bytes() == b"sound"


def core_that_lets_go(at: str, *, always: bool = False) -> Callable[[str, str, int], Answer]:
    """A core that delivers, but knows nothing of the job when it is first asked for what ends in `at`."""
    delivered = core_that_delivers(b"sound")

    def answer(method: str, path: str, times: int) -> Answer:
        if path.endswith(at) and (always or times == 0):
            return 404, json.dumps(JobUnknown("There is no job.").to_wire()).encode()
        return delivered(method, path, times)

    return answer


@pytest.mark.parametrize("at", ["/events", "/result", "/files/mix.wav"])
def test_job_that_a_core_does_not_know_any_more_is_asked_for_again(serve: Serve, tmp_path: Path, at: str) -> None:
    server = serve(core_that_lets_go(at))
    request, jpegs = small_request()
    with HttpCoreClient(server.address) as client:
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB)
    assert (tmp_path / "mix.wav").read_bytes() == b"sound"
    assert server.asked.count("POST /v1/jobs") == 2


def test_core_that_always_lets_go_of_the_result_is_not_asked_for_ever(serve: Serve, tmp_path: Path) -> None:
    server = serve(core_that_lets_go("/result", always=True))
    request, jpegs = small_request()
    with HttpCoreClient(server.address) as client, pytest.raises(JobUnknown):
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB)
    assert server.asked.count("POST /v1/jobs") == 3
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("known", [True, False])
def test_a_score_whose_id_nobody_knows_is_removed_once_it_is_here(serve: Serve, tmp_path: Path, known: bool) -> None:
    server = serve(core_that_delivers(b"sound"))
    request, jpegs = small_request()
    with HttpCoreClient(server.address) as client:
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB if known else None)
    asked = [line.partition(" /v1/jobs")[0] for line in server.asked]
    assert ("DELETE" in asked) is not known
    assert known or asked[-1] == "DELETE"


def test_damaged_download_leaves_nothing(serve: Serve, tmp_path: Path) -> None:
    server = serve(core_that_delivers(b"sound", sent=b"noise"))
    request, jpegs = small_request()
    with HttpCoreClient(server.address) as client, pytest.raises(CoreError, match="damaged"):
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB)
    assert not list(tmp_path.iterdir())


def test_score_of_another_request_is_not_taken(serve: Serve, tmp_path: Path) -> None:
    server = serve(core_that_delivers(b"sound"))
    request, jpegs = small_request("another")
    with HttpCoreClient(server.address) as client, pytest.raises(CoreError, match="another request"):
        client.score(request, jpegs, tmp_path, lambda progress: None, JOB)


def test_core_that_hangs_up_for_good_is_lost(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda method, path, times: (0, b""))
    request, jpegs = small_request()
    with HttpCoreClient(server.address, patience_s=0.3) as client, pytest.raises(CoreLost):
        client.score(request, jpegs, tmp_path, lambda progress: None)
    assert len(server.asked) > 1  # it was tried again before it was given up


def test_errors_of_the_core_arrive_as_they_are(serve: Serve, tmp_path: Path) -> None:
    error = QueueFull("2 jobs are waiting already.", limit=2)
    server = serve(lambda method, path, times: (429, json.dumps(error.to_wire()).encode()))
    request, jpegs = small_request()
    with HttpCoreClient(server.address) as client, pytest.raises(QueueFull, match="2 jobs") as caught:
        client.score(request, jpegs, tmp_path, lambda progress: None)
    assert caught.value.hint == error.hint
    assert caught.value.details == {"limit": 2}


def test_core_of_another_protocol_is_told_apart(serve: Serve) -> None:
    later = PROTOCOL_VERSION + 1
    server = serve(lambda method, path, times: (200, hello(protocol=later)))
    with HttpCoreClient(server.address) as client, pytest.raises(ProtocolMismatch, match=f"protocol {later}"):
        client.hello()


def test_least_busy_core_is_picked_and_the_silent_left_out(serve: Serve) -> None:
    def core(**load: object) -> CoreAddress:
        return serve(lambda method, path, times: (200, hello(**load))).address  # type: ignore[arg-type]

    busy, idle_cpu, idle_gpu = core(jobs=3), core(jobs=0), core(jobs=0, kind="cuda")
    silent = CoreAddress("http://127.0.0.1:9", "t")
    closed = serve(lambda method, path, times: (401, json.dumps(NotAuthorised("no").to_wire()).encode())).address
    for cores, expected in (
        ([silent, busy, closed, idle_cpu], idle_cpu),
        ([busy, idle_cpu, idle_gpu], idle_gpu),
        ([busy], busy),
    ):
        with pick_core(cores) as client:
            assert client.address == expected
    with core_session([busy, idle_gpu]) as session:
        assert session.hello().has_gpu
    with pytest.raises(CoreLost, match="None of the 1 cores"):
        pick_core([silent])


def test_token_never_travels_in_the_clear() -> None:
    with pytest.raises(CoreError, match="in the clear"):
        CoreAddress("http://studio.example:8000", "token")
    assert CoreAddress("https://studio.example/vem", "token").url.startswith("https")
    assert "secret" not in repr(CoreAddress("http://127.0.0.1:1", "secret"))


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "127.0.0.1:80", "http://", "file:///etc/passwd"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(CoreError, match="not the address"):
        CoreAddress(url, "token")


def test_core_list_is_read_with_its_tokens(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("abc\n")
    token.chmod(0o600)
    path = tmp_path / "cores.json"
    assert read_core_list(path) == ()
    path.write_text(json.dumps([{"url": "https://a.example/", "token_file": str(token)}]))
    assert read_core_list(path) == (CoreAddress("https://a.example", "abc"),)
    token.chmod(0o640)
    with pytest.raises(CoreError, match="Others can read"):
        read_core_list(path)
    path.write_text("[{}]")
    with pytest.raises(CoreError, match="cannot be read"):
        read_core_list(path)


@given(st.lists(st.tuples(st.integers(0, 99), st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))))
def test_events_come_back_as_they_were_sent(events: list[tuple[int, str]]) -> None:
    lines: list[str] = []
    for number, data in events:
        lines += [": a heartbeat", "", f"id: {number}", "event: progress", f"data: {data}", ""]
    lines += ["id: 100", "data: cut off"]
    assert list(parse_events(lines)) == [ServerEvent(str(number), data) for number, data in events]


@given(st.lists(st.text("ab\n\r\u2028\x85\x0b\x1c:", max_size=6)))
def test_only_cr_and_lf_end_a_line_of_a_stream_however_it_is_cut(pieces: list[str]) -> None:
    whole = "".join(pieces)
    assert list(split_lines(pieces)) == re.split("\r\n|\r|\n", whole.removesuffix("\r"))[:-1]


def audio(name: str, content: bytes) -> AudioFile:
    return AudioFile(name, "mix", hashlib.sha256(content).hexdigest(), 1, 48_000, 2, None, None)


def test_files_arrive_all_or_none(tmp_path: Path) -> None:
    contents = {"mix.wav": b"mix", "stems/drums.wav": b"drums"}

    def fetch(name: str) -> Iterable[bytes]:
        yield contents[name][:2]
        yield contents[name][2:]

    download_files([audio(name, content) for name, content in contents.items()], tmp_path / "new", fetch)
    assert (tmp_path / "new" / "stems" / "drums.wav").read_bytes() == b"drums"
    with pytest.raises(CoreError, match="damaged"):
        download_files([audio("mix.wav", b"mix"), audio("stems/drums.wav", b"other")], tmp_path / "bad", fetch)
    assert not list((tmp_path / "bad").rglob("*.wav"))


def test_files_of_a_core_on_the_same_disk_are_linked_and_others_are_sent(tmp_path: Path) -> None:
    result = tmp_path / "result"
    (result / "stems").mkdir(parents=True)
    (result / "mix.wav").write_bytes(b"mix")
    files = [audio("mix.wav", b"mix"), audio("stems/drums.wav", b"drums")]
    sent: list[str] = []

    def fetch(name: str) -> Iterable[bytes]:
        sent.append(name)
        yield b"drums"

    download_files(files, tmp_path / "out", fetch, result)
    assert sent == ["stems/drums.wav"]
    assert (tmp_path / "out" / "mix.wav").samefile(result / "mix.wav")
    assert (tmp_path / "out" / "stems" / "drums.wav").read_bytes() == b"drums"


@pytest.mark.parametrize("name", ["../mix.wav", "/tmp/mix.wav", "a/../../mix.wav", ".hidden", "a\\b", "", "con\n"])
def test_core_cannot_choose_where_files_go(tmp_path: Path, name: str) -> None:
    with pytest.raises(CoreError, match="not a name"):
        download_files([audio(name, b"x")], tmp_path / "out", lambda name: [b"x"])
    assert [path.name for path in tmp_path.rglob("*")] in ([], ["out"])


@pytest.mark.skipif(os.name == "nt", reason="resource limits are POSIX")
def test_disk_that_fills_during_a_download_leaves_nothing(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    content = bytes(200_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            download_files([audio("mix.wav", content)], tmp_path, lambda name: [content])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_file_in_the_way_of_the_folder_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        download_files([audio("mix.wav", b"x")], tmp_path / "out", lambda name: [b"x"])


def test_scripted_core_plays_its_script(tmp_path: Path) -> None:
    request, jpegs = small_request()
    core = ScriptedCore([queued(1), step(Stage.PLAN), CoreLost("gone"), silent_result(request)])
    client: CoreClient = core
    seen: list[Progress] = []
    with pytest.raises(CoreLost):
        client.score(request, jpegs, tmp_path, seen.append, JOB)
    assert [progress.state for progress in seen] == [JobState.QUEUED, JobState.RUNNING]
    result = client.score(request, jpegs, tmp_path, seen.append, JOB)
    assert hashlib.sha256((tmp_path / "mix.wav").read_bytes()).hexdigest() == result.files[0].sha256
    assert [call.job for call in core.calls] == [JOB, JOB]


def test_scripted_core_notes_a_cancel(tmp_path: Path) -> None:
    request, jpegs = small_request()
    core = ScriptedCore([step(Stage.GENERATE, 1, 4)])

    def give_up(progress: Progress) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        core.score(request, jpegs, tmp_path, give_up, JOB)
    assert core.cancelled == [JOB]
