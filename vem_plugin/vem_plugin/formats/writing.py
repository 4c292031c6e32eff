"""What a writer is told of a timeline beside the timeline itself, and XML put together so that nothing is unescaped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Clock:
    """How a timeline counts: its rate, the number of its first frame, whether that is drop frame, and its length."""

    rate: Fraction
    start_frames: int = 0
    drop_frame: bool = False
    length_frames: int = 0  # of the picture, with black at its end


def child(parent: Element, tag: str, text: object = None, **attributes: object) -> Element:
    """A new last child; attributes that are None are left out."""
    written = {name: clean(str(value)) for name, value in attributes.items() if value is not None}
    element = SubElement(parent, tag, written)
    if text is not None:
        element.text = clean(str(text))
    return element


def clean(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return _NOT_IN_XML.sub("", text)


def document(root: Element, doctype: str) -> bytes:
    """A whole file: declaration, document type, and the elements indented."""
    indent(root, "  ")
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {doctype}>\n'
    return f"{head}{tostring(root, 'unicode')}\n".encode()
