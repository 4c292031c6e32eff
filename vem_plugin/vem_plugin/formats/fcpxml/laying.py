"""Where the elements of a storyline lie: one after the other, at the offsets that the file states."""

from __future__ import annotations

import functools
import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_plugin.formats.fcpxml.times import Exact, Grid, round_frames

CONTAINERS = ("clip", "ref-clip", "sync-clip", "mc-clip")
STORY_ELEMENTS = frozenset(
    {"asset-clip", "video", "audio", "title", "gap", "audition", "live-drawing", *CONTAINERS},
)


_MARGIN = 3
"""Elements beside those that a window begins and ends in: transitions stand a little out of order."""


class Laid(NamedTuple):
    """An element at [start, end) of its story, in frames; `element` is a clip or a transition.

    `hidden` is how much of a clip's own beginning lies before `start`, under what precedes it.
    """

    element: Element
    start: Exact
    end: Exact
    hidden: Exact = 0


@dataclass
class Laying:
    """A storyline's elements in order, with what is odd about their offsets."""

    laid: list[Laid] = field(default_factory=list)
    end: Exact = 0
    overlapping: list[str] = field(default_factory=list)

    @functools.cached_property
    def _joints(self) -> list[int]:
        """Where elements stand that others are connected to."""
        return [index for index, laid in enumerate(self.laid) if _has_connected(laid.element)]

    def within(self, start: Exact, end: Exact) -> Iterator[Laid]:
        """What must be read where only [start, end) is used: what lies there, and all that others are connected to."""
        first = bisect_left(self.laid, start, key=lambda laid: laid.start) - _MARGIN
        last = bisect_left(self.laid, end, key=lambda laid: laid.start) + _MARGIN
        used = range(max(0, first), min(last, len(self.laid)))
        for index in heapq.merge(used, (index for index in self._joints if index not in used)):
            yield self.laid[index]


def choose(element: Element) -> Element | None:
    """The clip that an element stands for: of an audition the first, its pick."""
    if element.tag != "audition":
        return element
    return next((child for child in element if child.tag in STORY_ELEMENTS), None)


def lay_storyline(
    elements: Iterable[Element], zero: Exact, begin: Exact, grid: Grid, length_of: Callable[[Element], Exact]
) -> Laying:
    """Lay the elements of a `spine` from frame `begin` of its story on; its own time 0 stands at frame `zero`.

    An offset beyond the end of what went before leaves a hole, as Final Cut does; one before it cuts that off. Where
    offsets are missing, elements follow each other.
    """
    laying = Laying(end=begin)
    transitions: list[Element] = []
    previous: int | None = None  # where in `laid` the last element that is no transition stands
    for element in elements:
        if element.tag == "transition":
            transitions.append(element)
        elif element.tag in STORY_ELEMENTS and (clip := choose(element)) is not None:
            start: Exact = laying.end
            hidden: Exact = 0
            if element.get("offset") is not None:
                wanted = zero + grid.frames(element.get("offset"))
                start, hidden = _start(wanted, laying, previous, transitions, grid)
            laying.laid += _transitions(transitions, zero, start, grid)
            transitions = []
            laying.end = start - hidden + length_of(clip)
            previous = len(laying.laid)
            laying.laid.append(Laid(element, start, laying.end, hidden))
    laying.laid += _transitions(transitions, zero, laying.end, grid)
    return laying


def _start(
    wanted: Exact, laying: Laying, previous: int | None, transitions: list[Element], grid: Grid
) -> tuple[Exact, Exact]:
    """Where a clip begins that is to begin at `wanted`, and how much of it is hidden before."""
    if wanted >= laying.end or previous is None:
        return max(wanted, laying.end), 0
    last = laying.laid[previous]
    if wanted <= last.start:  # offsets that do not count up are none
        return laying.end, 0
    overlap, hidden = laying.end - wanted, 0
    if transitions and overlap <= sum(grid.frames(transition.get("duration")) for transition in transitions):
        hidden = round_frames(Fraction(overlap) / 2)  # written as long as they are seen: they meet in the middle
    elif overlap >= 1:
        laying.overlapping.append(last.element.get("name") or last.element.tag)
    laying.laid[previous] = last._replace(end=wanted + hidden)
    return wanted + hidden, hidden


def _transitions(elements: list[Element], zero: Exact, boundary: Exact, grid: Grid) -> Iterator[Laid]:
    for element in elements:
        length = grid.frames(element.get("duration"))
        offset = element.get("offset")
        start = zero + grid.frames(offset) if offset is not None else boundary - Fraction(length) / 2
        yield Laid(element, start, start + length)


def _has_connected(element: Element) -> bool:
    return any(child.tag in STORY_ELEMENTS or child.tag == "spine" for child in element)
