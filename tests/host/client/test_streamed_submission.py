"""A submission sends the sounds of the take before as they lie on disk: once each, in pieces, again after a failure."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

import pytest

from fakes.takes import make_sheet, make_take, write_wav24
from vem_core.contract.errors import AudioError
from vem_core.contract.recut import EarlierSound, EarlierTake, Recut
from vem_plugin.client.address import CoreAddress
from vem_plugin.client.attachments import Attachments, open_attachment
from vem_plugin.client.http import HttpCoreClient

JOB = "00000000-0000-0000-0000-000000000001"
LARGEST_PIECE = 1 << 20


class Watched(Attachments):
    """Remembers how often each file was opened, and the largest piece that was read at once."""

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__({}, files)
        self.opened: list[str] = []
        self.largest = 0

    def open(self, sha256: str) -> BinaryIO:
        self.opened.append(sha256)
        outer, file = self, super().open(sha256)

        class Counting(io.BufferedReader):
            def read(self, size: int | None = -1, /) -> bytes:
                found = super().read(size)
                outer.largest = max(outer.largest, len(found))
                return found

        return Counting(file.detach())  # type: ignore[attr-defined]


@pytest.fixture
def bodies() -> Iterator[tuple[CoreAddress, list[bytes]]]:
    """A server that hangs up on the first submission and takes the second, and what was sent to it."""
    received: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            if len(received) == 1:
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield CoreAddress(f"http://127.0.0.1:{server.server_address[1]}", "t" * 32), received
    server.shutdown()
    server.server_close()
    thread.join()


def test_each_sound_is_opened_once_and_read_in_pieces(bodies: tuple[CoreAddress, list[bytes]], tmp_path: Path) -> None:
    address, received = bodies
    take = make_take(make_sheet(48, 60), None)
    files = {}
    for role in ("mix", "stem:drums"):
        path = tmp_path / f"{role[-3:]}.wav"
        write_wav24(path, 400_000, seed=len(files))
        files[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    sounds = tuple(EarlierSound(f"stem:{name[:4]}", name) for name in files)
    earlier = EarlierTake(1, take.request.sheet, take.result.plan, take.result.report, "sketch", sounds=sounds)
    attachments = Watched(files)
    request = dataclasses.replace(take.request, recut=Recut(earlier))
    with HttpCoreClient(address, patience_s=10) as client:
        client.submit(JOB, request, attachments)
    assert sorted(attachments.opened) == sorted(files)
    assert attachments.largest <= LARGEST_PIECE
    assert len(received) == 2
    for body in received:
        assert all(path.read_bytes() in body for path in files.values())


def test_any_mapping_can_be_sent_and_a_lost_file_is_a_sentence(tmp_path: Path) -> None:
    file, size = open_attachment({"a": b"abc"}, "a")
    assert (file.read(), size) == (b"abc", 3)
    attachments = Attachments({"a": b"abc"}, {"b": tmp_path / "gone.wav"})
    assert (attachments["a"], sorted(attachments), len(attachments)) == (b"abc", ["a", "b"], 2)
    with pytest.raises(AudioError, match=r"gone\.wav cannot be read"):
        open_attachment(attachments, "b")
