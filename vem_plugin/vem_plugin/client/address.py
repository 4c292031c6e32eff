"""Where a core is, and the token that opens it."""

from __future__ import annotations

import json
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from vem_core.contract.codec import loads
from vem_core.contract.errors import ContractError, CoreError
from vem_core.contract.service import APP_NAME, JOBS_FOLDER, RESULT_FOLDER, SESSION_FILE, CoreSession

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class CoreAddress:
    """A core's address. Raises CoreError for one that would send the token in the clear."""

    url: str  # "http://127.0.0.1:41234", "https://studio.example/vem"
    token: str
    state_folder: Path | None = None  # of a core on this machine, where its session file says so

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CoreError(f"{self.url!r} is not the address of a core.", hint="Write http://127.0.0.1:PORT.")
        if parts.scheme == "http" and not self.is_local:
            raise CoreError(
                f"The token would travel to {parts.hostname} in the clear.",
                hint="Use an SSH tunnel or an https:// address; docs/editors/remote-core.md shows both.",
            )

    def __repr__(self) -> str:
        return f"CoreAddress({self.url!r})"  # without the token: it ends up in logs

    @property
    def is_local(self) -> bool:
        """Whether the address is on the loopback interface: this machine, or a tunnel's end on it."""
        return urlsplit(self.url).hostname in _LOOPBACK

    def result_folder(self, job: str) -> Path | None:
        """Where the files of a job's result lie on this machine; None: they have to be sent."""
        return None if self.state_folder is None else self.state_folder / JOBS_FOLDER / job / RESULT_FOLDER

    @classmethod
    def of_session(cls, session: CoreSession) -> CoreAddress:
        """The address of the core that a session file describes."""
        folder = Path(session.state_folder) if session.state_folder else None
        return cls(f"http://127.0.0.1:{session.port}", session.token, folder)

    @classmethod
    def with_token_file(cls, url: str, token_file: Path) -> CoreAddress:
        """An address whose token lies in a file. Raises CoreError if the file is missing or open to others."""
        path = token_file.expanduser()
        try:
            if os.name == "posix" and path.stat().st_mode & 0o077:
                raise CoreError(f"Others can read the token file {path}.", hint=f"chmod 600 {path}")
            return cls(url.rstrip("/"), path.read_text(encoding="ascii").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise CoreError(f"The token file {path} cannot be read.", hint="Check its name and mode.") from error


def default_session_file() -> Path:
    """Where this user's core says how to reach it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where the system has no runtime folder and uses /tmp
        return platformdirs.user_runtime_path(APP_NAME) / SESSION_FILE


def default_core_list() -> Path:
    """Where a user may list the cores of bigger machines; `VEM_CORES` may name another file."""
    chosen = os.environ.get("VEM_CORES")
    return Path(chosen) if chosen else platformdirs.user_config_path(APP_NAME) / "cores.json"


def read_session(path: Path) -> CoreSession | None:
    """The session that a file of ours describes; None if there is none, or it is not ours alone or cannot be read."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return None
        if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & 0o077):
            return None
        return loads(CoreSession, path.read_bytes())
    except (OSError, ContractError):
        return None


def read_core_list(path: Path) -> tuple[CoreAddress, ...]:
    """The cores of a list: [{"url": "https://…", "token_file": "~/…"}, …]; none if there is no such file.

    Raises CoreError for a list that cannot be read.
    """
    if not path.exists():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return tuple(CoreAddress.with_token_file(entry["url"], Path(entry["token_file"])) for entry in entries)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CoreError(
            f"The list of cores {path} cannot be read.", hint="docs/editors/remote-core.md has an example."
        ) from error
