"""Two scripts in Resolve's Scripts menu for editions that run Lua alone: *send timeline* and *place music*."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.atomic import explaining, make_folder, write_bytes
from vem_core.contract.errors import OutputError
from vem_plugin.resolve.exchange import Exchange
from vem_plugin.resolve.folders import ResolveFolders
from vem_plugin.resolve.lua_values import lua_text

SEND_NAME = "VeM Score - send timeline.lua"
PLACE_NAME = "VeM Score - place music.lua"
"""The files' names are what the menu shows."""

_TEMPLATES = Path(__file__).with_name("lua")
_OURS = "`vem resolve install`"


def send_text(exchange: Exchange) -> str:
    """The script that exports the open timeline into the inbox, and ends."""
    return _filled("send.lua", "INBOX", str(exchange.inbox) + os.sep)


def place_text(exchange: Exchange) -> str:
    """The script that places what was prepared, and ends."""
    return _filled("place.lua", "PLAN", str(exchange.plan))


def install_scripts(folders: ResolveFolders, exchange: Exchange) -> list[Path]:
    """Write both into this user's menu, and make the inbox; their paths. Raises OutputError."""
    texts = {SEND_NAME: send_text(exchange), PLACE_NAME: place_text(exchange)}
    paths = [folders.user_scripts / name for name in texts]
    for path in paths:
        if path.exists() and not _is_ours(path):
            raise OutputError(
                f"{path} is there already, and not ours.", hint="Rename it, then run `vem resolve install` again."
            )
    make_folder(exchange.inbox)
    make_folder(folders.user_scripts)
    for path, text in zip(paths, texts.values(), strict=True):
        write_bytes(path, text.encode())
    return paths


def uninstall_scripts(folders: ResolveFolders) -> list[Path]:
    """Remove both; which there were. Raises OutputError."""
    removed = list(find_scripts(folders))
    for path in removed:
        with explaining(path):
            path.unlink()
    return removed


def find_scripts(folders: ResolveFolders) -> Iterator[Path]:
    """Those of the two that are in this user's menu."""
    return (path for name in (SEND_NAME, PLACE_NAME) if _is_ours(path := folders.user_scripts / name))


def _filled(template: str, name: str, value: str) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    empty = f'local {name} = ""'
    assert text.count(empty) == 1  # the template is ours
    return text.replace(empty, f"local {name} = {lua_text(value)}")


def _is_ours(path: Path) -> bool:
    try:
        return _OURS in path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
