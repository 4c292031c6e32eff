"""Where the running panel hears of later starts."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from vem_core.contract import codec
from vem_core.contract.errors import ContractError
from vem_ui.application.single_instance import SEEN, OpenRequest

_log = logging.getLogger(__name__)


class InstanceServer(QObject):
    """A local socket, or a pipe on Windows, that only this user may open."""

    requested = Signal(object)  # OpenRequest

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # of a panel that crashed: one that runs would have answered
            if not self._server.listen(name):
                _log.warning("A later start will open a panel of its own: %s", self._server.errorString())

    def close(self) -> None:
        """Hear no more."""
        self._server.close()

    def _greet(self) -> None:
        while (visitor := self._server.nextPendingConnection()) is not None:
            visitor.disconnected.connect(visitor.deleteLater)
            visitor.readyRead.connect(lambda visitor=visitor: self._hear(visitor))
            self._hear(visitor)

    def _hear(self, visitor: QLocalSocket) -> None:
        if not visitor.canReadLine():
            return
        try:
            request = codec.loads(OpenRequest, bytes(visitor.readLine().data()))
        except ContractError as error:
            _log.warning("A start of another version was not understood: %s", error)
            visitor.disconnectFromServer()
            return
        visitor.write(SEEN)
        visitor.flush()
        visitor.disconnectFromServer()
        self.requested.emit(request)
