"""The door's patience: how long a connection may stand there without a request, and how many may.

Whoever runs on this machine can connect, token or not. One that sends no request, or half of one, is closed after
`HEADER_S`; of more than `MAX_WAITING` such, the one that has waited longest makes way. A client of ours sends its
request at once, so it is never among those.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_S = 10.0
"""From the connection, or from the answer before, to the end of the next request's header."""

MAX_WAITING = 64
"""Connections without a request."""

MAX_CONNECTIONS = 512
"""Connections altogether: progress streams, uploads and downloads under way, and those that wait."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, to those who speak."""

    _waiting: dict[PatientProtocol, asyncio.TimerHandle]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # one register for all connections of a server: in the state that they share
        self._waiting = vars(self.server_state).setdefault("waiting", {})

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """As in `asyncio.Protocol`."""
        super().connection_made(transport)
        self._wait()
        if len(self._waiting) > MAX_WAITING:
            next(iter(self._waiting))._give_up()
        elif len(self.connections) > MAX_CONNECTIONS:
            self._give_up()

    def connection_lost(self, exc: Exception | None) -> None:
        """As in `asyncio.Protocol`."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As in `asyncio.Protocol`."""
        super().data_received(data)
        if self._is_answering:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Called by uvicorn when an answer is out."""
        self._wait()
        super().on_response_complete()
        if self._is_answering:  # the next request was here already
            self._stop_waiting()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._stop_waiting()
        self._waiting[self] = self.loop.call_later(HEADER_S, self._give_up)

    def _stop_waiting(self) -> None:
        timer = self._waiting.pop(self, None)
        if timer is not None:
            timer.cancel()

    def _give_up(self) -> None:
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self.transport.abort()
