"""The door: who may call, from where, with what kind and size of body. Stands before routing, so no route is outside.

A page in the user's browser can make requests to 127.0.0.1. It cannot know the token; the Host check stops a page whose
own name was rebound to 127.0.0.1 from reading anything, and the Origin check stops every page from posting.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vem_core.contract.errors import (
    ContractError,
    IdTaken,
    InputError,
    InternalError,
    JobUnknown,
    LimitExceeded,
    NotAllowed,
    NotAuthorised,
    OutputError,
    QueueFull,
    UnsupportedBody,
    VemError,
)

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
_BODY_TYPES = ("application/json", "multipart/form-data")
_STATUSES: tuple[tuple[type[VemError], int], ...] = (  # the first that fits
    (NotAllowed, 403),
    (NotAuthorised, 401),
    (UnsupportedBody, 415),
    (IdTaken, 409),
    (LimitExceeded, 413),
    (InputError, 422),
    (JobUnknown, 404),
    (QueueFull, 429),
    (OutputError, 507),
    (InternalError, 500),
)


class Guard:
    """ASGI middleware that refuses calls with 401, 403, 413 or 415 before the application sees them."""

    def __init__(
        self,
        app: ASGIApp,
        token: str,
        allowed_hosts: frozenset[str],
        max_body_bytes: int,
        on_call: Callable[[], None] = lambda: None,
    ) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._hosts = LOOPBACK_HOSTS | {host.lower() for host in allowed_hosts}
        self._max_body_bytes = max_body_bytes
        self._on_call = on_call

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        try:
            self._check_source(headers)
            self._check_token(headers)
            self._check_body(headers)
            if not scope["path"].isprintable():
                raise ContractError("The address holds characters that no name has.")
        except VemError as error:
            await refusal(error)(scope, receive, send)
            return
        self._on_call()
        await self._app(scope, self._bounded(receive), send)

    def _check_source(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _host_name(hosts[0]) not in self._hosts:
            raise NotAllowed("The core does not answer to that host name.")
        if "origin" in headers:
            raise NotAllowed("The core does not answer to web pages.")

    def _check_token(self, headers: Headers) -> None:
        given = headers.getlist("authorization")
        if len(given) != 1 or not hmac.compare_digest(given[0].encode("latin-1"), self._expected):
            raise NotAuthorised("The token is missing or not the one of this core.")

    def _check_body(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise ContractError("The content length is not a number.")
        if int(length[:20]) > self._max_body_bytes:
            raise LimitExceeded(f"The body is larger than {self._max_body_bytes} bytes.")
        has_body = int(length[:20]) > 0 or "transfer-encoding" in headers
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if has_body and kind not in _BODY_TYPES:
            raise UnsupportedBody("A body must be application/json or multipart/form-data.")

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body_bytes:
                raise LimitExceeded(f"The body is larger than {self._max_body_bytes} bytes.")
            return message

        return bounded


def status_of(error: VemError) -> int:
    """The HTTP status that says what an error says."""
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


def refusal(error: VemError, status: int | None = None) -> JSONResponse:
    """The response that carries an error."""
    status = status_of(error) if status is None else status
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "2"}}.get(status, {})
    if status == 413:
        headers["Connection"] = "close"  # the rest of the body is not worth reading
    return JSONResponse(error.to_wire(), status_code=status, headers=headers)


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
