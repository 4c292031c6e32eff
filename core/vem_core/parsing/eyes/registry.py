"""Which eyes there are: the user's own models first, then the small network, then none."""

from __future__ import annotations

import functools

from vem_core.parsing.eyes.base import Eyes
from vem_core.parsing.eyes.lite import LiteEyes, bundled_weights


def open_eyes() -> Eyes | None:
    """The eyes that look at this machine's pictures; None where nothing is installed. Nothing is loaded yet."""
    return _lite() if bundled_weights() is not None else None


@functools.lru_cache(maxsize=1)
def _lite() -> Eyes:
    return LiteEyes()
