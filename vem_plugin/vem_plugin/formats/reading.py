"""What reading a file of any format gives: timelines, what an editor should know, and the file's own numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

import opentimelineio as otio

from vem_core.contract.errors import TimelineError

T = TypeVar("T")


@dataclass(frozen=True)
class Claims:
    """What a file itself says of a timeline, in its own numbers: what was read is held against them.

    `item_record_frames` are the items of the primary picture lane in order: (name, first frame, end exclusive), in
    record frames from the timeline's beginning. Values that the format does not state are None or empty.
    """

    rate: Fraction | None = None
    start_frames: int | None = None
    duration_frames: int | None = None
    item_record_frames: tuple[tuple[str, int, int], ...] = ()


def items_apart(items: Iterable[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """The items in order, without those that overlap another: how these are read is told in words of its own."""
    ordered = sorted(items, key=lambda item: item[1:])
    return tuple(
        item
        for index, item in enumerate(ordered)
        if (index == 0 or ordered[index - 1][2] <= item[1])
        and (index + 1 == len(ordered) or item[2] <= ordered[index + 1][1])
    )


@dataclass(frozen=True)
class FormatReading:
    """The timelines of a file, at least one, with the claims about each and its own notices in the same order.

    `standing` of them, the first, stand in no other; None: all.
    """

    timelines: tuple[otio.schema.Timeline, ...]
    notices: tuple[str, ...] = ()
    claims: tuple[Claims, ...] = ()
    standing: int | None = None
    own_notices: tuple[tuple[str, ...], ...] = ()


class OneReading(NamedTuple):
    """One timeline of a file, the file's own numbers for it, and what an editor should know about it."""

    timeline: otio.schema.Timeline
    claims: Claims
    notices: tuple[str, ...] = ()


def read_each(parts: Sequence[T], read: Callable[[T], OneReading], standing: int | None = None) -> FormatReading:
    """Read every timeline of a file; one that cannot be read, beside others that can, is left out and named.

    `standing` of the parts, the first, stand in no other. Raises what `read` raises where none of those can be read.
    """
    found: list[OneReading] = []
    notices: list[str] = []
    failed: TimelineError | None = None
    kept = standing = len(parts) if standing is None else standing
    for index, part in enumerate(parts):
        try:
            found.append(read(part))
        except TimelineError as error:
            failed = failed or error
            kept -= index < standing
            notices.append(f"Another timeline in the file cannot be read: {error.message}")
    if failed is not None and kept == 0:
        raise failed
    return FormatReading(
        tuple(each.timeline for each in found),
        tuple(notices),
        tuple(each.claims for each in found),
        kept,
        tuple(each.notices for each in found),
    )
