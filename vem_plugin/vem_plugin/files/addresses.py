"""The file that a media address in a timeline means.

Editors write addresses as file URLs (Premiere, Final Cut: percent-encoded, "file://localhost/D%3a/..."), as bare paths
(Resolve: '#', '?' and '%' stand for themselves), with Windows drives or network shares, and relative to the timeline
(Kdenlive). OpenTimelineIO's own URL functions lose what follows a '#' or '?', so an address is taken apart here.
"""

from __future__ import annotations

import functools
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?=//)|file:", re.IGNORECASE)
_DRIVE = re.compile(r"/?([A-Za-z]):(?=[/\\]|$)")


@dataclass(frozen=True)
class Address:
    """A media address, taken apart.

    `spellings` are the paths it may mean on this kind of machine, likeliest first; `parts` are its folders and name,
    for finding it elsewhere. An address that no file can have (http:) has neither.
    """

    spellings: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part, a file's name with its suffix; empty where the address has no parts."""
        return self.parts[-1] if self.parts else ""


def parse_address(target_url: str) -> Address:
    """Take a timeline's media address apart."""
    text = target_url.strip("\0").strip()
    scheme = _SCHEME.match(text)
    if not text or (scheme and scheme[0].lower() != "file:"):
        return Address((), ())
    if scheme:
        written = _path_of_url(text[len("file:") :])
        spellings = (_native(unquote(written)), _native(written))
    else:
        spellings = (_native(text), _native(unquote(text)))
    unique = tuple(dict.fromkeys(spellings))
    return Address(unique, _parts(unique[0]))


@functools.lru_cache(maxsize=4096)
def medium_key(target_url: str) -> str:
    """What all spellings of one file's address have in common: two clips with one key are of one medium.

    URLs and paths, percent-encoded or not, drives and network shares with either slash and in any case, and accents
    composed or not. An address that no file can have is its own key.
    """
    spellings = parse_address(target_url).spellings
    if not spellings:
        return target_url
    path = unicodedata.normalize("NFC", unquote(unquote(spellings[0])))
    if _DRIVE.match(path) or path.startswith(("\\\\", "//")) or ("\\" in path and "/" not in path):
        path = path.replace("\\", "/").casefold()
        path = path.replace("//?/unc/", "//", 1).removeprefix("//?/")
    server = "//" if path.startswith("//") else ""
    return server + re.sub(r"/(?:\./|/)*", "/", path.lstrip("/") if server else path)


def _path_of_url(rest: str) -> str:
    """The path of a file URL without its scheme; a server other than this machine makes it a network path."""
    if not rest.startswith("//"):
        return rest
    server, slash, path = rest[2:].partition("/")
    if not slash and "\\" in server:  # file://C:\clips\a.mov
        return server
    decoded = unquote(server).lower()
    if decoded in ("", "localhost", "127.0.0.1"):
        return slash + path
    if _DRIVE.fullmatch(decoded):  # file://C:/clips/a.mov
        return f"{server}/{path}"
    return f"//{server}/{path}"


def _native(path: str) -> str:
    """A path as this machine's own system writes it: on Windows without the slash before the drive."""
    drive = _DRIVE.match(path)
    return path[1:] if drive and path.startswith("/") else path


def _parts(path: str) -> tuple[str, ...]:
    """Folders and name, without drive, server or root."""
    windows = bool(_DRIVE.match(path)) or path.startswith("\\\\") or ("\\" in path and "/" not in path)
    pure: PurePosixPath | PureWindowsPath = PureWindowsPath(path) if windows else PurePosixPath(path)
    return tuple(part for part in pure.parts if part != pure.anchor and part not in (os.curdir, os.pardir, "//"))
