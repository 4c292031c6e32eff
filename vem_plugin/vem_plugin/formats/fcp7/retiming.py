"""The speed of a clip in FCP7 XML, and which frame of its medium it begins with."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_plugin.formats.fcp7.values import number, text

_PERCENT = 100


class Retiming(NamedTuple):
    """What a clip shows: the lowest source frame, and source time per record time (below 0: backwards)."""

    source_start: Fraction
    speed: Fraction


def retime(
    element: Element, first: Fraction, out: Fraction | None, hidden: Fraction, length: Fraction, medium: Fraction | None
) -> Retiming:
    """Read a clip's time remapping, all lengths in frames of the clip's rate.

    `first` and `out` are its `in` and `out`, `hidden` is what a transition hides before its first frame, `length` what
    it lasts in the record, `medium` the length of its file. Where a speed is set, programs differ in whether `in` and
    `out` count frames of the medium or of the clip at its speed; their distance tells.
    """
    effect = _time_remap(element)
    if effect is None:
        return Retiming(first + hidden, Fraction(1))
    graph = _graph(effect)
    if graph is not None:
        begin, end = _at(graph, first + hidden), _at(graph, first + hidden + length)
        return Retiming(min(begin, end), (end - begin) / length if length else Fraction(1))
    speed = _constant(effect)
    fast, used = abs(speed), length + hidden
    spent = used if out is None or out <= first else out - first
    if abs(spent - used * fast) < abs(spent - used) - Fraction(1, 2):  # frames of the medium
        start = first + hidden * fast if speed >= 0 else max(first, first + spent - used * fast)
    elif speed < 0 and medium is not None:
        start = medium - (first + hidden + length) * fast
    else:
        start = (first + hidden) * (fast or 1)
    return Retiming(start, speed)


def _time_remap(element: Element) -> Element | None:
    """The enabled effect that changes a clip's speed."""
    for applied in element.findall("filter"):
        effect = applied.find("effect")
        if effect is not None and text(effect, "effectid").lower() == "timeremap" and not _off(applied):
            return effect
    return None


def _off(applied: Element) -> bool:
    return text(applied, "enabled").upper() == "FALSE"


def _parameter(effect: Element, name: str) -> Element | None:
    return next(
        (element for element in effect.findall("parameter") if text(element, "parameterid").lower() == name), None
    )


def _constant(effect: Element) -> Fraction:
    stated, reverse = _parameter(effect, "speed"), _parameter(effect, "reverse")
    percent = number(stated, "value") if stated is not None else None
    speed = Fraction(1) if percent is None else percent / _PERCENT
    return -abs(speed) if reverse is not None and text(reverse, "value").upper() == "TRUE" else speed


def _graph(effect: Element) -> list[tuple[Fraction, Fraction]] | None:
    """(frame of the clip, frame of the medium) where the speed varies."""
    varies = _parameter(effect, "variablespeed")
    if varies is None or text(varies, "value").upper() not in ("1", "TRUE"):
        return None
    graph = _parameter(effect, "graphdict")
    points = (
        [(number(point, "when"), number(point, "value")) for point in graph.findall("keyframe")]
        if graph is not None
        else []
    )
    known = sorted((when, value) for when, value in points if when is not None and value is not None)
    return known if len(known) > 1 and known[0][0] < known[-1][0] else None


def _at(graph: list[tuple[Fraction, Fraction]], frame: Fraction) -> Fraction:
    """The medium's frame, straight between two points and beyond the outermost."""
    index = next((at for at, (when, _) in enumerate(graph) if when > frame), len(graph) - 1)
    (start, value), (end, end_value) = graph[max(index, 1) - 1], graph[max(index, 1)]
    return value if start == end else value + (frame - start) * (end_value - value) / (end - start)
