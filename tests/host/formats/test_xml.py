"""XML of unknown origin: what is repaired, what is refused, and that nothing in it is ever expanded or fetched."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.formats.xml import parse_xml, read_xml

PLAIN = '<?xml version="1.0" encoding="UTF-8"?>\n<a n="é"><b>x</b></a>'


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        codecs.BOM_UTF8 + PLAIN.encode(),
        b"\r\n\r\n  " + PLAIN.encode(),
        PLAIN.encode().replace(b"\n", b"\r\n"),
        codecs.BOM_UTF16_LE + PLAIN.replace("UTF-8", "UTF-16").encode("utf-16-le"),
        codecs.BOM_UTF16_BE + PLAIN.replace("UTF-8", "UTF-16").encode("utf-16-be"),
        PLAIN.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        PLAIN.replace("UTF-8", "windows-1252").encode("cp1252"),
        PLAIN.encode("latin-1"),  # says UTF-8 and is not
        PLAIN.encode("latin-1").split(b"\n", 1)[1],  # says nothing
        PLAIN.replace("x</b>", "x\x0b\x01</b>").encode(),  # control characters in a name
        b"<!DOCTYPE a>" + PLAIN.encode().split(b"\n", 1)[1],
    ],
)
def test_what_writers_get_wrong_is_read(content: bytes) -> None:
    root = parse_xml(content, "edit.xml")
    assert (root.get("n"), root.findtext("b")) == ("é", "x")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no element found"),
        (b"<a>", "no element found: line 1"),
        (b"<a><b></a>", "mismatched tag: line 1"),
        (b"<a n=1/>", "not well-formed"),
        (b"<a>&nbsp;</a>", "undefined entity"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "unknown encoding"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "defines the entity 'x'"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "defines the entity 'x'"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x">%x;]><a/>', "defines the entity 'x'"),
        (b"<a>" * 5000 + b"</a>" * 5000, "nested more than"),
        (b"PK\x03\x04", "syntax error"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(TimelineUnreadable, match=said) as caught:
        parse_xml(content, "edit.xml")
    assert caught.value.message.startswith("edit.xml ")
    assert caught.value.hint


def test_entities_within_entities_are_not_expanded() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(TimelineUnreadable, match="defines the entity"):
        parse_xml(f'<!DOCTYPE a [<!ENTITY l0 "ha">{levels}]><a>&l9;</a>'.encode(), "edit.xml")


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_plugin.formats.xml.LARGEST_FILE_BYTES", 3)
    (tmp_path / "edit.xml").write_bytes(b"<a/>")
    with pytest.raises(TimelineUnreadable, match="too much for a timeline"):
        read_xml(tmp_path / "edit.xml")


def test_a_file_of_too_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_plugin.formats.xml.MOST_ELEMENTS", 10)
    with pytest.raises(TimelineUnreadable, match="more than 10 elements"):
        parse_xml(b"<a>" + b"<b/>" * 10 + b"</a>", "edit.xml")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="cannot be read"):
        read_xml(tmp_path / "nothing.xml")
