"""One panel a user: whoever starts it again hands over what to open, and the panel that runs comes to the front.

Standard library only, so that a later start needs neither Qt nor a display and is over at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vem_core.contract import codec
from vem_core.contract.service import APP_NAME

PIPES = r"\\.\pipe" + "\\"
SEEN = b"seen\n"
_PATIENCE_S = 3.0  # a panel that is at work answers late
_LONGEST_PATH = 90  # of a socket; macOS has room for 103


@dataclass(frozen=True)
class OpenRequest:
    """What a start of the panel asks for. Nothing at all: come to the front."""

    timelines: tuple[str, ...] = ()  # absolute paths
    resolve: bool = False


def hand_over(request: OpenRequest, name: str) -> bool:
    """Tell the panel that runs what to open; False if there is none, or it does not understand."""
    line = codec.dumps(request).encode() + b"\n"
    with contextlib.suppress(OSError):
        return _asked_pipe(name, line) if name.startswith(PIPES) else _asked_socket(name, line)
    return False


def server_name(settings: Path) -> str:
    """Where the panel listens that has its settings there: the path of a socket of the user's own, or a pipe."""
    name = f"{APP_NAME}-panel-{hashlib.sha256(str(settings).encode()).hexdigest()[:12]}"
    if os.name == "nt":
        return PIPES + name
    folder = platformdirs.user_runtime_path(APP_NAME)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = str(folder / name)
    is_usable = folder.is_dir() and len(path.encode()) <= _LONGEST_PATH
    return path if is_usable else str(Path(tempfile.gettempdir()) / name)


def _asked_socket(path: str, line: bytes) -> bool:
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(_PATIENCE_S)
        visitor.connect(path)
        visitor.sendall(line)
        with visitor.makefile("rb") as answers:
            return answers.readline() == SEEN


def _asked_pipe(path: str, line: bytes) -> bool:
    with Path(path).open("r+b", buffering=0) as pipe:
        pipe.write(line)
        return pipe.readline() == SEEN
