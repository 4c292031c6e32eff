"""The C library's heap, where numpy's and torch's arrays lie."""

from __future__ import annotations

import ctypes
import sys

LARGE_BYTES = 4 * 2**20
"""Arrays from this size on are mapped one by one, and leave memory as soon as they are free."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h


def map_large_arrays() -> bool:
    """Have large arrays lie outside the heap for good; whether this C library can (glibc).

    glibc raises its own threshold, up to 32 MiB, to the size of whatever was given back: from then on the short-lived
    arrays of a stage lie in the heap between notes that are kept, and leave holes that nothing fits into. Three
    minutes of film took 1,007 MiB for it instead of 896, in the same time (mallopt(3)).
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)) and bool(mallopt(_M_TRIM_THRESHOLD, 4 * LARGE_BYTES))
