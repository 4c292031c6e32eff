"""Writing, reading and removing the session file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.service import CoreSession
from vem_core.server.folders import make_private


def write_session(path: Path, session: CoreSession) -> None:
    """Write the session file, all at once, readable by its user alone. Raises OSError, CoreStartFailed."""
    make_private(path.parent)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
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


def remove_session(path: Path, pid: int) -> None:
    """Remove the session file if it is still the one of that process."""
    session = read_session(path)
    if session is not None and session.pid == pid:
        path.unlink(missing_ok=True)
