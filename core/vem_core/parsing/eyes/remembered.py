"""Glances that were cast already, by the hash of the picture: a picture is looked at once, whatever is made of it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

from vem_core.parsing.base import remember
from vem_core.parsing.eyes.base import Glance
from vem_core.parsing.eyes.content import content_by_id
from vem_core.resources.paths import cache_folder

MOST_REMEMBERED = 20_000
"""Glances of one kind of eyes that are kept; about 70 bytes each."""


@contextlib.contextmanager
def remembered_glances(eyes_id: str) -> Iterator[dict[str, Glance]]:
    """What is known of pictures, by the SHA-256 of their bytes; what the block adds is kept for other runs."""
    path = cache_folder("eyes") / f"{eyes_id.replace(':', '-')}.json"
    known = _known(path)
    before = len(known)
    try:
        yield known
    finally:
        if len(known) > before:
            for oldest in list(itertools.islice(known, max(0, len(known) - MOST_REMEMBERED))):
                del known[oldest]
            remember(path, json.dumps(known))


@functools.lru_cache(maxsize=4)
def _known(path: Path) -> dict[str, Glance]:
    """What a file remembers; nothing where there is none, or one that is not as it was written."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        return {str(sha256): _glance(*fields) for sha256, fields in written.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _glance(content: list[tuple[str, float]], affect: tuple[float, float] | None) -> Glance:
    """Raises ValueError or TypeError for what no eyes say."""
    if any(word not in content_by_id() or not 0 <= sureness <= 1 for word, sureness in content):
        raise ValueError("not a content word")
    if affect is not None and not all(-1 <= value <= 1 for value in affect):
        raise ValueError("not an affect")
    return Glance(
        tuple((word, float(sureness)) for word, sureness in content),
        None if affect is None else (float(affect[0]), float(affect[1])),
    )
