"""Opening a movie, picture or sound that a timeline names: one that holds what it shows, and leads nowhere else.

FFmpeg also opens lists that name other files, servers and pipes (HLS, DASH, concat, SDP): the stranger who wrote the
list would choose what we read. They are refused by their first bytes, and no protocol but plain files is allowed.
"""

from __future__ import annotations

from pathlib import Path

import av
import av.container

from vem_core.contract.foreign_files import open_regular

_OPTIONS = {"protocol_whitelist": "file"}
_LISTS = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"v=0", b"[playlist]", b"<smil", b"<ASX")
_HEAD_BYTES = 64
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


DECODING_ERRORS = (av.error.FFmpegError, OSError, ValueError, EOFError, IndexError)
"""What PyAV raises for a medium that is damaged, or that it does not know."""


class NotAMedium(OSError):
    """A file that names media and holds none."""


def open_container(path: Path) -> av.container.InputContainer:
    """The container at a path. Raises OSError for what is no file or a list of others, av.FFmpegError."""
    with open_regular(path) as file:
        head = file.read(_HEAD_BYTES).removeprefix(_BYTE_ORDER_MARK).lstrip()
    if head.startswith(_LISTS):
        raise NotAMedium(0, "it is a list of other files, not a medium", str(path))
    # Tags may be in any encoding, and nobody reads them.
    return av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
