"""Numbers, rates and timecodes as FCP7 XML spells them, and elements that are defined once and referred to by id."""

from __future__ import annotations

import functools
import re
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from vem_core.contract.errors import RateError, TimecodeError, TimelineUnreadable
from vem_core.contract.time import frame_of_timecode, snap_rate, supports_drop_frame

LARGEST_FRAME = 1_000_000_000
HIGHEST_RATE = 1000
_NTSC = Fraction(1000, 1001)
_NTSC_BASES = (24, 30, 48, 60, 120)
"""Time bases that have an NTSC rate; `ntsc` beside another is a mistake of the writer."""
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{0,40})?(e[+-]?\d{1,2})?", re.IGNORECASE)
"""What is looked at as a number: a longer one would be worked on for as long as it says."""
_RATES: dict[Fraction, Fraction] = {}


def text(element: Element, tag: str) -> str:
    """The text of a child, without blanks around it; empty where there is none."""
    return (element.findtext(tag) or "").strip()


def number(element: Element, tag: str) -> Fraction | None:
    """The number in a child, whole or not ("25.0"); None where there is none. Raises TimelineUnreadable."""
    written = text(element, tag)
    if not written:
        return None
    try:
        return _number(written)
    except (ValueError, ZeroDivisionError) as error:
        raise TimelineUnreadable(f"The file holds {written[:40]!r} where a number belongs (<{tag}>).") from error
    except OverflowError as error:
        raise TimelineUnreadable(f"The file holds a time of {written[:40]} frames (<{tag}>).") from error


@functools.lru_cache(maxsize=65536)
def _number(written: str) -> Fraction:
    if not _NUMBER.fullmatch(written):
        raise ValueError(written)
    value = Fraction(written)
    if abs(value) > LARGEST_FRAME:
        raise OverflowError(written)
    return value


def rate_of(element: Element | None) -> Fraction | None:
    """The rate that an element states in its own `rate`; None where that is missing or no picture's.

    Equal rates are one object, quick to compare by `is`.
    """
    rate = element.find("rate") if element is not None else None
    return None if rate is None else _rate(text(rate, "timebase"), text(rate, "ntsc").upper() == "TRUE")


@functools.lru_cache(maxsize=256)
def _rate(timebase: str, ntsc: bool) -> Fraction | None:
    try:
        base = snap_rate(_number(timebase))
    except (RateError, ValueError, OverflowError):
        return None
    if ntsc and base in _NTSC_BASES:
        base *= _NTSC
    return _RATES.setdefault(base, base) if 1 < base <= HIGHEST_RATE else None


def is_off(element: Element) -> bool:
    """Whether a track or clip is disabled."""
    return text(element, "enabled").upper() == "FALSE"


def timecode_frame(element: Element | None, rate: Fraction) -> Fraction | None:
    """The frame number that a `timecode` states: its `frame`, or else its `string`."""
    if element is None:
        return None
    frame = number(element, "frame")
    if frame is not None and frame >= 0:
        return frame
    written = text(element, "string")
    if text(element, "displayformat").upper() == "DF" and supports_drop_frame(rate):
        written = written[:-3] + ";" + written[-2:] if len(written) > 3 else written
    try:
        return Fraction(frame_of_timecode(written, rate))
    except TimecodeError:
        return None


class Definitions:
    """Elements by tag and id. One that only refers stands for the one that has content, wherever that stands."""

    def __init__(self, root: Element) -> None:
        self._defined: dict[tuple[str, str], Element] = {}
        for element in root.iter():
            key = element.get("id")
            if key is not None and _has_content(element):
                self._defined.setdefault((element.tag, key), element)

    def resolve(self, element: Element | None) -> Element | None:
        """The element itself if it has content, else the one of its id."""
        if element is None or _has_content(element):
            return element
        return self._defined.get((element.tag, element.get("id", "")), element)


_CONTENT = {"sequence": "media", "clipitem": "start"}


def _has_content(element: Element) -> bool:
    needed = _CONTENT.get(element.tag)
    return len(element) > 0 if needed is None else element.find(needed) is not None


def tree_to_dict(element: Element) -> Any:
    """An element as text or a dictionary: children by tag, several of one tag as a list, attributes under "@name"."""
    if not len(element) and not element.attrib:
        return (element.text or "").strip()
    content: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        value = tree_to_dict(child)
        if child.tag not in content:
            content[child.tag] = value
        elif isinstance(content[child.tag], list):
            content[child.tag].append(value)
        else:
            content[child.tag] = [content[child.tag], value]
    return content
