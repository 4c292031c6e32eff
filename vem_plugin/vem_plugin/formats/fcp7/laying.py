"""Where the items of a track lie: by `start` and `end`, and at transitions, where these are -1, by the cut in them."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_plugin.formats.fcp7.values import Definitions, number, text
from vem_plugin.formats.fcpxml.times import round_frames
from vem_plugin.formats.tracks import Fade

ITEMS = ("clipitem", "generatoritem")


@dataclass
class LaidElement:
    """An item at [start, end) of its track, in frames; its `in` stands at `first`, which a transition may hide."""

    element: Element
    start: int
    end: int
    first: int


@dataclass
class Laying:
    """A track's items and transitions in order of time."""

    entries: list[LaidElement | Fade] = field(default_factory=list)
    overlapping: list[str] = field(default_factory=list)

    def within(self, window: tuple[Fraction, Fraction] | None) -> list[LaidElement | Fade]:
        """The entries that a part of the track needs: those in it, and the transitions beside them."""
        if window is None:
            return self.entries
        first = bisect_right(self.entries, math.floor(window[0]), key=lambda entry: entry.end)
        last = bisect_left(self.entries, math.ceil(window[1]), key=lambda entry: entry.start)
        return self.entries[max(0, first - 1) : last + 1]


class _Transition(NamedTuple):
    fade: Fade
    cut: int


def lay_track(track: Element, definitions: Definitions) -> Laying:
    """Lay the items of a track out."""
    found: list[LaidElement | _Transition] = []
    elements = [definitions.resolve(element) for element in track if element.tag in (*ITEMS, "transitionitem")]
    read = [
        _transition(element) if element.tag == "transitionitem" else element
        for element in elements
        if element is not None
    ]
    for index, entry in enumerate(read):
        if isinstance(entry, _Transition):
            found.append(entry)
        elif entry is not None:
            found.append(_item(entry, index, read, found))
    return _ordered(found)


def _transition(element: Element) -> _Transition | None:
    start, end = number(element, "start"), number(element, "end")
    if start is None or end is None or end <= start:
        return None
    first, last = round_frames(start), round_frames(end)
    alignment = text(element, "alignment").lower()
    cut = (first + last) // 2
    if alignment in ("start", "start-black"):
        cut = first
    elif alignment in ("end", "end-black"):
        cut = last
    name = text(element, "name") or (element.findtext("effect/name") or "").strip()
    return _Transition(Fade(first, last, name), cut)


def _item(
    element: Element,
    index: int,
    read: list[Element | _Transition | None],
    found: list[LaidElement | _Transition],
) -> LaidElement:
    start, end = _position(element, "start"), _position(element, "end")
    before = read[index - 1] if index else None
    after = read[index + 1] if index + 1 < len(read) else None
    used = _used_frames(element)
    first = start
    if start is None:
        if isinstance(before, _Transition):
            start, first = before.cut, before.fade.start
        else:
            last = found[-1] if found else None
            if end is not None and used and last is None:
                start = end - used
            else:
                start = last.end if isinstance(last, LaidElement) else 0
            first = start
    if end is None:
        if isinstance(after, _Transition):
            end = after.cut
        else:
            following = after if isinstance(after, Element) else None
            stated = _position(following, "start") if following is not None else None
            end = stated if stated is not None and stated > start else start + used
    assert first is not None
    return LaidElement(element, start, end, first)


def _position(element: Element, tag: str) -> int | None:
    """A `start` or `end`; -1 stands for a transition."""
    value = number(element, tag)
    return None if value is None or value < 0 else round_frames(value)


def _used_frames(element: Element) -> int:
    """How long an item is by its `in` and `out`, where nothing else says."""
    first, last = number(element, "in"), number(element, "out")
    if first is not None and last is not None and last > first >= 0:
        return round_frames(last - first)
    return round_frames(number(element, "duration") or Fraction(0))


def _ordered(found: list[LaidElement | _Transition]) -> Laying:
    """The entries in order of time; items that overlap within a transition meet at its cut, others at the later one."""
    laying = Laying()
    previous: LaidElement | None = None
    pending: list[_Transition] = []
    for entry in _in_order(found):
        if isinstance(entry, _Transition):
            pending.append(entry)
            continue
        if entry.end <= entry.start:
            continue
        if previous is not None and previous.end > entry.start:
            cut = next((transition.cut for transition in pending
                        if transition.fade.start <= entry.start and previous.end <= transition.fade.end),
                       None)  # fmt: skip
            if cut is None:
                laying.overlapping.append(text(previous.element, "name") or previous.element.tag)
            entry.start = entry.start if cut is None else max(entry.start, cut)
            previous.end = entry.start
        laying.entries += [transition.fade for transition in pending]
        pending = []
        laying.entries.append(entry)
        previous = entry
    laying.entries += [transition.fade for transition in pending]
    return laying


def _in_order(found: list[LaidElement | _Transition]) -> list[LaidElement | _Transition]:
    """As the file has them, unless its items do not count up."""
    starts = [entry.start for entry in found if isinstance(entry, LaidElement)]
    return found if starts == sorted(starts) else sorted(found, key=_begins)


def _begins(entry: LaidElement | _Transition) -> tuple[int, int]:
    return (entry.cut, 0) if isinstance(entry, _Transition) else (entry.start, 1)
