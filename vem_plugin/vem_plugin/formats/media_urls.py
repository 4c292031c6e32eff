"""Media addresses as URLs, for formats that want nothing else: percent-encoded, with a scheme."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?=//)|file:", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")
_SAFE = "/!$&'()*+,;=:@~"


def media_url(address: str, host: str = "") -> str:
    """The URL of an address, which may be a URL already, a path of any system, or relative.

    `host` stands in file URLs of this machine: FCP7 XML writes localhost, FCPXML nothing. What a path has encoded
    stays as it is: a bare path's percent sign stands for itself.
    """
    scheme = _SCHEME.match(address)
    if scheme is not None:
        if scheme[0].lower() != "file:":
            return address
        path = unquote(address[len("file:") :])
        server, path = _split_server(path)
        return f"file://{server or host}{quote(path, safe=_SAFE)}"
    if address.startswith("\\\\"):
        server, path = _split_server(address.replace("\\", "/"))
        return f"file://{server}{quote(path, safe=_SAFE)}"
    if _DRIVE.match(address):
        return f"file://{host}/{quote(address.replace(chr(92), '/'), safe=_SAFE)}"
    if address.startswith("/"):
        return f"file://{host}{quote(address, safe=_SAFE)}"
    return quote(address, safe=_SAFE.replace(":", ""))


def _split_server(path: str) -> tuple[str, str]:
    """A path after `file:` or of a share as the server, empty for this machine, and the path on it."""
    if not path.startswith("//"):
        return "", path if path.startswith("/") else f"/{path}"
    server, _, rest = path[2:].partition("/")
    if _DRIVE.match(f"{server}/"):  # file://C:/clips/a.mov
        return "", f"/{server}/{rest}"
    return ("" if server.lower() in ("localhost", "127.0.0.1") else server), f"/{rest}"
