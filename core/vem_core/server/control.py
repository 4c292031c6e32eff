"""What `vem core status` and `stop` ask of the core that runs."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from vem_core.contract.codec import loads
from vem_core.contract.errors import ContractError, CoreError, CoreLost, VemError, error_from_wire
from vem_core.contract.processes import is_alive
from vem_core.contract.service import CoreHello, CoreSession
from vem_core.server.session_file import read_session

_CALL_S = 10.0
_STOP_S = 30.0


class RunningCore:
    """The core that a session file describes."""

    def __init__(self, session: CoreSession) -> None:
        self.session = session

    @classmethod
    def find(cls, session_file: Path) -> RunningCore | None:
        """The core of a session file; None if there is none, or its process is no more."""
        session = read_session(session_file)
        return cls(session) if session is not None and is_alive(session.pid, session.identity) else None

    def hello(self) -> CoreHello:
        """What the core says of itself. Raises CoreLost, or what it answers with."""
        try:
            return loads(CoreHello, self._call("GET", "/v1/hello"))
        except ContractError as error:
            raise CoreError("The core that runs is of another version.", hint="End its process by hand.") from error

    def unload(self) -> None:
        """Have the core give its memory back."""
        self._call("POST", "/v1/unload")

    def stop(self, *, force: bool) -> None:
        """Stop the core and wait until its process has ended. Raises CoreError if it is at work, unless `force`."""
        self._call("POST", "/v1/shutdown", force=str(force).lower())
        deadline_s = time.monotonic() + _STOP_S
        while is_alive(self.session.pid, self.session.identity):
            if time.monotonic() > deadline_s:
                raise CoreError(f"The core (process {self.session.pid}) does not end.", hint="End it by hand.")
            time.sleep(0.05)

    def _call(self, method: str, path: str, **parameters: str) -> bytes:
        try:
            response = httpx.request(
                method,
                f"http://127.0.0.1:{self.session.port}{path}",
                params=parameters,
                headers={"Authorization": f"Bearer {self.session.token}"},
                timeout=_CALL_S if method == "GET" else _STOP_S,
                trust_env=False,
            )
        except httpx.TransportError as error:
            raise CoreLost(f"The core (process {self.session.pid}) does not answer.") from error
        if response.is_error:
            raise _error_of(response)
        return response.content


def _error_of(response: httpx.Response) -> VemError:
    try:
        return error_from_wire(response.json())
    except ValueError:
        return CoreError("Something other than a core answered.", hint="Remove the session file: `vem core doctor`.")
