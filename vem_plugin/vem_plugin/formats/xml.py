"""XML of unknown origin as a tree: bounded in size, depth and number of elements, with no entity ever expanded.

What editors' programs get wrong and no parser need trip over is repaired: a byte order mark, blank lines before the
declaration, control characters in names, and Latin letters in a file that does not say so.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from vem_core.contract.errors import TimelineUnreadable
from vem_core.contract.foreign_files import check_regular, read_regular

LARGEST_FILE_BYTES = 512 * 2**20
MOST_ELEMENTS = 5_000_000
DEEPEST = 128
"""Elements within elements; a compound clip takes two or three of them."""

_CONTROL_CHARACTERS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_ENCODING = re.compile(rb"""\A\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")


class _Refused(Exception):
    """What stands in the file may not stand in a timeline."""


def read_xml(path: Path) -> Element:
    """The root element of a file. Raises TimelineUnreadable, with what is wrong and where."""
    try:
        check_regular(path)
        size = path.stat().st_size
        content = read_regular(path, LARGEST_FILE_BYTES) if size <= LARGEST_FILE_BYTES else b""
    except OSError as error:
        raise TimelineUnreadable(
            f"{path} cannot be read: {error.strerror or error}.", hint="Check that the file is there and may be read."
        ) from error
    if size > LARGEST_FILE_BYTES:
        raise TimelineUnreadable(f"{path.name} has {size >> 20} MiB, too much for a timeline.", hint=_EXPORT_ONE)
    return parse_xml(content, path.name)


def parse_xml(content: bytes, name: str) -> Element:
    """The root element of XML, `name` being what messages call it. Raises TimelineUnreadable."""
    try:
        return _parse_leniently(content)
    except _Refused as refusal:
        raise TimelineUnreadable(f"{name} cannot be read: {refusal}.") from refusal
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise TimelineUnreadable(f"{name} is damaged, cut off, or no XML: {error}.", reason=str(error)) from error


_EXPORT_ONE = "Export the one timeline that is to be scored."


def _parse_leniently(content: bytes) -> Element:
    content = _without_leading_blanks(content)
    try:
        return _parse(content)
    except expat.ExpatError:
        repaired, encoding = _repaired(content)
        if repaired == content and encoding is None:
            raise
        return _parse(repaired, encoding)


def _without_leading_blanks(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content
    return content.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n\0")


def _repaired(content: bytes) -> tuple[bytes, str | None]:
    """The content without control characters, and the encoding it has if that is not what it says."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content, None
    stated = _ENCODING.match(content)
    encoding = None
    if stated is None or stated[1].decode("ascii").lower() in _UTF8:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            encoding = "iso-8859-1"
    return content.translate(None, _CONTROL_CHARACTERS), encoding


def _parse(content: bytes, encoding: str | None = None) -> Element:
    parser, builder = expat.ParserCreate(encoding), TreeBuilder()
    parser.buffer_text = True
    depth = count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST:
            raise _Refused(f"its elements are nested more than {DEEPEST} deep")
        if count > MOST_ELEMENTS:
            raise _Refused(f"it has more than {MOST_ELEMENTS:,} elements")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse_entity(name: str, *_: object) -> None:
        raise _Refused(f"it defines the entity {name!r}, which no timeline needs")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse_entity
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.Parse(content, True)
    return builder.close()
