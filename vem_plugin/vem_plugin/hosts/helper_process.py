"""`python -m vem_plugin.hosts.helper_process`: the helper itself.

Its first line of input is the key to its door, the end of its input its end; its first line of output says where the
door is. The door is a Unix socket in a folder of this user's alone, or what the system has in its place.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import ParamSpec, TypeVar

from vem_plugin.hosts.file import FileHost

P = ParamSpec("P")
T = TypeVar("T")

CALLS = (
    "read_timeline",
    "read_thumbnails",
    "read_frame",
    "read_lanes",
    "locate",
    "read_speech",
    "lane_sound",
    "check_output",
    "earlier_score",
    "keep",
    "place",
    "place_kept",
    "store",
    "library_folder",
    "write_preview",
)


class Functions:
    """Calls what it is given."""

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in the helper; what it returns or raises has to survive pickling."""
        return function(*args, **kwargs)


class HelperManager(BaseManager):
    """What the helper offers: file hosts, and functions to call."""


HelperManager.register("FileHost", FileHost, exposed=CALLS)
HelperManager.register("Functions", Functions, exposed=("call",))


def main() -> int:
    """Serve until standard input ends."""
    key = bytes.fromhex(sys.stdin.buffer.readline().decode("ascii"))
    folder = tempfile.mkdtemp(prefix="vem-helper-")
    threading.Thread(target=_end_with_input, args=(folder,), name="parent-watch", daemon=True).start()
    address = str(Path(folder, "door")) if os.name == "posix" else None
    server = HelperManager(address, key).get_server()
    sys.stdout.write(json.dumps(server.address) + "\n")
    sys.stdout.flush()
    os.dup2(2, 1)  # whatever a library prints from here on is none of the parent's
    server.serve_forever()
    return 0


def _end_with_input(folder: str) -> None:
    """End when whoever started this does, however that ends."""
    while sys.stdin.buffer.read(4096):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    from vem_plugin.hosts import helper_process  # what is registered must have the name by which the parent knows it

    sys.exit(helper_process.main())
