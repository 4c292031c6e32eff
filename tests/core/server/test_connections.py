"""The door's patience, on a clock of the test's own: who waits without a request, and for how long."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from vem_core.server import connections
from vem_core.server.connections import PatientProtocol

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


class Door(uvicorn.Server):
    """A server with the patient door on a port of its own."""

    def __init__(self) -> None:
        config = uvicorn.Config(_app, http=PatientProtocol, ws="none", lifespan="off", log_config=None)
        super().__init__(config)
        self.listener = socket.create_server(("127.0.0.1", 0))

    async def __aenter__(self) -> Door:
        self.task = asyncio.create_task(self._serve([self.listener]))
        while not self.started:
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.should_exit = True
        await self.task

    async def knock(self, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self.listener.getsockname())
        writer.write(said)
        await writer.drain()
        return reader, writer


@pytest.mark.parametrize("said", [b"", REQUEST[:20], REQUEST + REQUEST[:20]])
def test_who_says_nothing_or_half_of_it_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(connections, "HEADER_S", 0.2)

    async def run() -> None:
        async with Door() as door:
            reader, writer = await door.knock(said)
            heard = b""
            try:
                while chunk := await asyncio.wait_for(reader.read(4096), 20):
                    heard += chunk
            except ConnectionResetError:
                pass
            assert heard.count(b"hello") == said.count(b"\r\n\r\n")
            writer.close()

    asyncio.run(run())


def test_a_client_that_asks_again_is_answered_again() -> None:
    async def run() -> None:
        async with Door() as door:
            reader, writer = await door.knock(REQUEST)
            for _ in range(3):
                assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
                writer.write(REQUEST)
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
            writer.close()

    asyncio.run(run())


def test_of_too_many_the_one_that_has_waited_longest_makes_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_WAITING", 3)

    async def run() -> None:
        async with Door() as door:
            waiting = [await door.knock() for _ in range(5)]
            for reader, _ in waiting[:2]:
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.wait_for(reader.read(1), 20) == b""
            _, last = waiting[-1]
            last.write(REQUEST)
            assert b"hello" in await waiting[-1][0].readuntil(b"hello")
            for _, writer in waiting:
                writer.close()

    asyncio.run(run())
