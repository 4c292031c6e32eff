"""One core for all windows, started when first needed and kept until the panel closes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack

from vem_core.contract.errors import CoreError
from vem_plugin.client.base import CoreClient

OpenSession = Callable[[], AbstractContextManager[CoreClient]]


class CoreConnection:
    """Opens a session once and lends its client. May be used from several threads.

    A core that cannot be reached is let go, so that the next one who asks starts it anew.
    """

    def __init__(self, open_session: OpenSession) -> None:
        self._open_session = open_session
        self._lock = threading.Lock()
        self._kept: tuple[ExitStack, CoreClient] | None = None

    @contextlib.contextmanager
    def lend(self) -> Iterator[CoreClient]:
        """The client, for the length of a `with`. Raises CoreStartFailed, CoreLost, ProtocolMismatch."""
        try:
            yield self._client()
        except CoreError:
            self.close()
            raise

    def close(self) -> None:
        """Let the core go; it ends if it was started here."""
        with self._lock:
            kept, self._kept = self._kept, None
        if kept is not None:
            kept[0].close()

    def _client(self) -> CoreClient:
        with self._lock:
            if self._kept is None:
                stack = ExitStack()
                self._kept = (stack, stack.enter_context(self._open_session()))
            return self._kept[1]
