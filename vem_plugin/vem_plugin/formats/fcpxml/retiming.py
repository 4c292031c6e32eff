"""From the time of a clip's own timeline to the time of what it shows: speed, freeze frames, conformed rates."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_core.contract.errors import RateError
from vem_core.contract.time import snap_rate
from vem_plugin.formats.fcpxml.times import Exact, Grid, exact

_RATE = re.compile(r"\d{1,3}(\.\d{1,6})?")


class Piece(NamedTuple):
    """A stretch of a clip, in frames of its parent from the clip's beginning, and the source times at its ends."""

    start: Exact
    end: Exact
    source_start: Exact
    source_end: Exact

    @property
    def speed(self) -> Exact:
        """Source time per record time; 0 is a freeze frame, below 0 it runs backwards."""
        source, length = self.source_end - self.source_start, self.end - self.start
        return 1 if source == length else Fraction(source) / length


@dataclass(frozen=True)
class Retiming:
    """How a clip's time runs.

    `pace` is local time per time of the parent: a medium whose frames are taken one for one by a sequence of another
    rate (`conform-rate`) runs at that pace. `points` are (local, source) pairs of a `timeMap`, straight in between.
    """

    pace: Exact = 1
    points: tuple[tuple[Exact, Exact], ...] = ()

    def source(self, local: Exact) -> Exact:
        """What is shown at a local time; beyond the first and last point their slopes go on."""
        if len(self.points) < 2:
            return local + (self.points[0][1] - self.points[0][0] if self.points else 0)
        after = bisect_right(self.points, local, key=lambda point: point[0])
        after = min(max(after, 1), len(self.points) - 1)
        (first, first_value), (last, last_value) = self.points[after - 1], self.points[after]
        if first == last:
            return last_value
        return first_value + Fraction(local - first) * (last_value - first_value) / (last - first)

    def pieces(self, local_start: Exact, length: Exact) -> list[Piece]:
        """A clip that begins at a local time and lasts `length` of its parent, cut where its direction changes.

        Changes of speed alone do not cut: the ends are exact and the picture runs on in between.
        """
        if not self.points:
            return [Piece(0, length, local_start, local_start + length * self.pace)]
        local_end = local_start + length * self.pace
        merged: list[Piece] = []
        for piece in self._straight(local_start, local_end):
            if merged and merged[-1].source_end == piece.source_start and _sign(merged[-1]) == _sign(piece):
                piece = piece._replace(start=merged[-1].start, source_start=merged.pop().source_start)
            merged.append(piece)
        return merged

    def _straight(self, local_start: Exact, local_end: Exact) -> Iterator[Piece]:
        inner = [at for at, _ in self.points if local_start < at < local_end]
        edges = [local_start, *dict.fromkeys(inner), local_end]
        for first, last in itertools.pairwise(edges):
            yield Piece(
                self._parent(first - local_start),
                self._parent(last - local_start),
                self.source(first),
                self._source_before(last),
            )

    def _parent(self, local: Exact) -> Exact:
        return local if self.pace == 1 else Fraction(local) / self.pace

    def _source_before(self, local: Exact) -> Exact:
        """The source time that is reached at a local time, where the source may jump."""
        before = [value for at, value in self.points if at == local]
        return before[0] if len(before) > 1 else self.source(local)


AS_IS = Retiming()


def read_retiming(element: Element, grid: Grid) -> Retiming:
    """What a clip's `conform-rate` and `timeMap` say."""
    conform, time_map = element.find("conform-rate"), element.find("timeMap")
    if conform is None and time_map is None:
        return AS_IS
    points = _points(time_map.iter("timept"), grid) if time_map is not None else ()
    return Retiming(_pace(conform, grid.rate), points)


def _points(elements: Iterable[Element], grid: Grid) -> tuple[tuple[Exact, Exact], ...]:
    points = [(grid.frames(point.get("time")), grid.frames(point.get("value"))) for point in elements]
    return tuple(sorted(points, key=lambda point: point[0]))


def _pace(conform: Element | None, rate: Fraction) -> Exact:
    if conform is None or conform.get("scaleEnabled", "1") == "0":
        return 1
    stated = _RATE.fullmatch(conform.get("srcFrameRate", ""))
    try:
        pace = rate / snap_rate(stated[0]) if stated is not None else Fraction(1)
    except RateError:
        return 1
    return exact(_nearest_octave(pace))


def _nearest_octave(pace: Fraction) -> Fraction:
    """The pace of rates that Final Cut conforms: near 1, where media at 50 in a timeline at 24 count as 25.

    All other rates are sampled and run at their own pace.
    """
    for factor in (1, 2, Fraction(1, 2), 4, Fraction(1, 4)):
        if Fraction(9, 10) < pace * factor < Fraction(11, 10):
            return pace * factor
    return Fraction(1)


def _sign(piece: Piece) -> int:
    step = piece.source_end - piece.source_start
    return (step > 0) - (step < 0)
