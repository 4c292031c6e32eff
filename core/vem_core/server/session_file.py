"""Writing, reading and removing the session file."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, CoreStartFailed, VemError
from vem_core.contract.processes import is_alive
from vem_core.contract.service import CoreSession
from vem_core.server.folders import make_private

log = logging.getLogger(__name__)


def write_session(path: Path, session: CoreSession) -> None:
    """Write the session file, all at once, readable by its user alone. Raises OSError, CoreStartFailed."""
    make_private(path.parent)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CoreStartFailed(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(dumps(session))
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def read_session(path: Path) -> CoreSession | None:
    """The session that the file describes; None if there is none, or none that can be read."""
    try:
        return loads(CoreSession, path.read_bytes())
    except (OSError, ContractError):
        return None


def keep_session(path: Path, session: CoreSession) -> None:
    """Write the session file again where it is gone, or is that of a core that is no more; another core's is left."""
    there = read_session(path)
    if there == session or (there is not None and is_alive(there.pid, there.identity)):
        return
    try:
        write_session(path, session)
        log.info("The session file was gone; it is there again")
    except (OSError, VemError) as error:
        log.debug("The session file is gone and cannot be written: %s", error)


def remove_session(path: Path, pid: int) -> None:
    """Remove the session file if it is still the one of that process."""
    session = read_session(path)
    if session is not None and session.pid == pid:
        path.unlink(missing_ok=True)
