"""What an AAF states of its compositions in its own slots, read apart from the adapter that makes the timeline."""

from __future__ import annotations

import logging
import traceback
from fractions import Fraction
from pathlib import Path
from typing import Any

from vem_core.contract.errors import RateError
from vem_core.contract.time import snap_rate
from vem_plugin.formats.reading import Claims

LOG = logging.getLogger(__name__)


def read_aaf_claims(path: Path) -> tuple[Claims, ...]:
    """Rate, start, length and items of each top-level composition, in the file's order; none where it does not say."""
    try:
        import aaf2
    except ImportError:
        return ()
    try:
        with aaf2.open(str(path), "r") as file:
            return tuple(_claims(list(mob.slots)) for mob in file.content.toplevel())
    except Exception as error:  # a border: whatever a parser meets, claims are only there to be compared
        traceback.clear_frames(error.__traceback__)  # a parser that gave up may hold the file open: let go of it
        LOG.info("No claims were read from %s", path, exc_info=True)
        return ()


def _claims(slots: list[Any]) -> Claims:
    picture = next((slot for slot in slots if slot.media_kind == "Picture"), None)
    rate = None if picture is None else _rate(picture)
    if picture is None or rate is None:
        return Claims()
    return Claims(
        rate=rate,
        start_frames=_start(slots, rate),
        duration_frames=int(picture.segment.length),
        item_record_frames=_items(picture.segment),
    )


def _rate(slot: Any) -> Fraction | None:
    try:
        return snap_rate(Fraction(slot.edit_rate))
    except (RateError, TypeError, ValueError):
        return None


def _start(slots: list[Any], rate: Fraction) -> int | None:
    """The first timecode track at the picture's own rate; others are for burnt-in numbers."""
    for slot in slots:
        if type(slot.segment).__name__ == "Timecode" and _rate(slot) == rate:
            return int(slot.segment.start)
    return None


def _items(segment: Any) -> tuple[tuple[str, int, int], ...]:
    """The components of a picture sequence. Nothing where a transition overlaps two: readers cut those differently."""
    components = list(getattr(segment, "components", ()))
    if any(type(component).__name__ == "Transition" for component in components):
        return ()
    items: list[tuple[str, int, int]] = []
    position = 0
    for component in components:
        end = position + int(component.length)
        if type(component).__name__ != "Filler" and end > position:
            name = getattr(getattr(component, "mob", None), "name", None) or type(component).__name__
            items.append((str(name), position, end))
        position = end
    return tuple(items)
