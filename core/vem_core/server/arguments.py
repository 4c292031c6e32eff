"""The core's options on a command line."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path

from vem_core.contract.errors import CoreStartFailed
from vem_core.server.settings import MIB, Limits, Settings

_DEFAULTS = Limits()


def add_serve_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every option that a core takes."""
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1 (default: any free one)")
    parser.add_argument("--token-file", type=Path, metavar="FILE",
                        help="take the token from FILE, for clients elsewhere (default: a new one)")  # fmt: skip
    parser.add_argument("--allow-host", action="append", default=[], metavar="NAME",
                        help="also answer to this host name: that of a TLS proxy")  # fmt: skip
    parser.add_argument("--unload-after", type=float, default=120.0, metavar="SECONDS",
                        help="give the memory back after this long without work; -1: never (default: 120)")  # fmt: skip
    parser.add_argument("--exit-after", type=float, default=None, metavar="SECONDS",
                        help="end after this long without work or calls (default: never)")  # fmt: skip
    parser.add_argument("--results", type=int, default=_DEFAULTS.results_bytes // MIB, metavar="MIB",
                        help="disk space for finished scores; the oldest make way (default: %(default)s)")  # fmt: skip
    parser.add_argument("--state-folder", type=Path, metavar="FOLDER", help="where jobs lie")
    parser.add_argument("--session-file", type=Path, metavar="FILE", help="where clients of this user find the core")
    parser.add_argument("--log-folder", type=Path, metavar="FOLDER", help="where logs lie")
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="end when that process does")
    parser.add_argument("--watch-stdin", action="store_true", help="end when standard input does")


def settings_from_arguments(arguments: argparse.Namespace) -> Settings:
    """The settings that the options mean. Raises CoreStartFailed for a token file that cannot be used."""
    folders = {
        name: getattr(arguments, name).absolute()  # children stand in another folder
        for name in ("state_folder", "session_file", "log_folder")
        if getattr(arguments, name) is not None
    }
    return Settings(
        port=arguments.port,
        token=_read_token(arguments.token_file) if arguments.token_file else "",
        allowed_hosts=tuple(arguments.allow_host),
        parent_pid=arguments.parent_pid,
        watch_stdin=arguments.watch_stdin,
        exit_after_s=arguments.exit_after,
        unload_after_s=None if arguments.unload_after < 0 else arguments.unload_after,
        limits=dataclasses.replace(_DEFAULTS, results_bytes=arguments.results * MIB),
        **folders,
    )


def _read_token(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CoreStartFailed(f"The token file {path} cannot be read.", hint="Check its name and mode.") from error
    if os.name == "posix" and mode & 0o077:
        raise CoreStartFailed(f"Others can read the token file {path}.", hint=f"chmod 600 {path}")
    if len(token) < 32 or not token.isprintable() or " " in token:
        raise CoreStartFailed(
            f"The token in {path} is too weak.",
            hint="Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return token
