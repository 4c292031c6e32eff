"""No outbound connection from the core's processes: libraries are told so, and the interpreter enforces it."""

from __future__ import annotations

import ipaddress
import sys

OFFLINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
"""What keeps the model libraries from looking for updates."""


class OutboundBlocked(PermissionError):
    """Code in the core tried to reach another machine."""


def block_outbound() -> None:
    """From here on, every connection of this process to anything but the loopback interface raises OutboundBlocked.

    An audit hook (PEP 578) cannot be removed again, so call it only in a process of our own.
    """
    sys.addaudithook(_refuse_outbound)


def _refuse_outbound(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None  # a path: a Unix socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    else:
        return
    if host is not None and not _is_loopback(host):
        raise OutboundBlocked(f"The core makes no connection to other machines ({host!r}).")


def _is_loopback(host: object) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False
