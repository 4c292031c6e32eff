"""The codec: what goes out comes back, and what is wrong is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.contract.codec import content_hash, dumps, from_json, loads, to_json
from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Event, Shot, SourceSpan, Wish
from vem_core.contract.errors import ContractError

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
rates = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(120000, 1001)])
finite = st.floats(allow_nan=False, allow_infinity=False)
sources = st.none() | st.builds(SourceSpan, media=texts, start_frames=finite, rate=rates, speed=finite)


@st.composite
def cut_sheets(draw: st.DrawFn) -> CutSheet:
    lengths = draw(st.lists(st.integers(min_value=1, max_value=500), min_size=1, max_size=8))
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    total = sum(lengths)
    shots = tuple(
        Shot(start, length, draw(texts), tuple(draw(st.lists(texts, max_size=3))), draw(st.booleans()), draw(sources))
        for start, length in zip(starts, lengths, strict=True)
    )
    cuts = tuple(
        Cut(
            start,
            draw(st.sampled_from(CutKind)),
            draw(st.none() | st.integers(0, total)),
            draw(st.integers(0, 50)),
            draw(st.sampled_from(Wish)),
            draw(texts),
        )
        for start in starts[1:]
    )
    moments = sorted(draw(st.lists(st.integers(0, total - 1), max_size=4)))
    events = tuple(Event(moment, draw(st.sampled_from(Wish)), draw(texts)) for moment in moments)
    return CutSheet(draw(texts), draw(rates), draw(st.integers(0, 10**6)), total, shots, cuts, events)


@settings(max_examples=40)
@given(cut_sheets())
def test_a_sheet_comes_back_as_it_went(sheet: CutSheet) -> None:
    assert loads(CutSheet, dumps(sheet)) == sheet
    assert from_json(CutSheet, to_json(sheet)) == sheet
    assert loads(CutSheet, dumps(sheet).encode()) == sheet


@settings(max_examples=40)
@given(cut_sheets())
def test_equal_sheets_have_equal_hashes(sheet: CutSheet) -> None:
    again = loads(CutSheet, dumps(sheet))
    assert content_hash(again) == content_hash(sheet)
    assert len(content_hash(sheet)) == 64


SHEET = CutSheet("Film", Fraction(24), 0, 20, (Shot(0, 10), Shot(10, 10)), (Cut(10),))


def wire() -> dict[str, Any]:
    return json.loads(dumps(SHEET))


def test_the_wire_form_is_plain() -> None:
    assert wire()["schema"] == "CutSheet.1"
    assert wire()["rate"] == "24/1"
    assert wire()["cuts"][0]["kind"] == "cut"


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in wire().items() if name != field}


@pytest.mark.parametrize(
    ("message", "named"),
    [
        (without("rate"), "CutSheet.rate"),
        (without("schema"), "CutSheet.schema"),
        ({**wire(), "schema": "CutSheet.2"}, "CutSheet.schema"),
        ({**wire(), "tempo": 120}, "CutSheet.tempo"),
        ({**wire(), "rate": 24}, "CutSheet.rate"),
        ({**wire(), "rate": "24/0"}, "CutSheet.rate"),
        ({**wire(), "rate": "x/y"}, "CutSheet.rate"),
        ({**wire(), "duration_frames": 20.0}, "CutSheet.duration_frames"),
        ({**wire(), "duration_frames": True}, "CutSheet.duration_frames"),
        ({**wire(), "name": None}, "CutSheet.name"),
        ({**wire(), "name": "\ud800"}, "CutSheet.name"),
        ({**wire(), "drop_frame": 1}, "CutSheet.drop_frame"),
        ({**wire(), "shots": {}}, "CutSheet.shots"),
        ({**wire(), "shots": [[]]}, "CutSheet.shots[0]"),
        ({**wire(), "cuts": [{"record_frames": 10, "kind": "wipe"}]}, "CutSheet.cuts[0].kind"),
        ({**wire(), "cuts": [{"record_frames": 10, "knd": "cut"}]}, "CutSheet.cuts[0].knd"),
        ({**wire(), "cuts": []}, "CutSheet"),
        ([], "CutSheet"),
        (None, "CutSheet"),
    ],
)
def test_what_is_wrong_is_named(message: object, named: str) -> None:
    with pytest.raises(ContractError) as caught:
        from_json(CutSheet, message)
    assert caught.value.details["field"] == named


def test_fields_with_a_default_may_be_left_out() -> None:
    assert from_json(CutSheet, without("events")) == SHEET


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"a": Infinity}', "[" * 100_000, b"\xff"])
def test_what_is_no_json(text: str | bytes) -> None:
    with pytest.raises(ContractError):
        loads(CutSheet, text)


@dataclass(frozen=True)
class Sample:
    schema_label: ClassVar[str] = "Sample.1"

    level: float
    pair: tuple[float, float] | None = None


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_json_cannot_hold(number: float) -> None:
    with pytest.raises(ContractError):
        dumps(Sample(number))


@pytest.mark.parametrize("value", [10**400, 1e999])
def test_numbers_beyond_a_float(value: object) -> None:
    with pytest.raises(ContractError):
        from_json(Sample, {"schema": "Sample.1", "level": value})


def test_whole_numbers_serve_as_floats_and_tuples_keep_their_length() -> None:
    assert from_json(Sample, {"schema": "Sample.1", "level": 3, "pair": [1, 2.5]}) == Sample(3.0, (1.0, 2.5))
    with pytest.raises(ContractError, match="2 items"):
        from_json(Sample, {"schema": "Sample.1", "level": 3, "pair": [1]})


@pytest.mark.parametrize("value", [b"bytes", {"a": 1}, [1], {1}, object()])
def test_types_outside_the_contract(value: object) -> None:
    with pytest.raises(ContractError, match="not part of the contract"):
        to_json(value)
