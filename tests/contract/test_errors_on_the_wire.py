"""Errors as they cross the wire, whatever their details are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vem_core.contract.errors import CoreError, error_from_wire

NAMES = st.sampled_from(["hint", "message", "self", "code", "details"]) | st.text(max_size=12)


@given(st.dictionaries(NAMES, st.integers() | st.text(max_size=20), max_size=4))
def test_details_of_any_name_arrive(details: dict[str, int | str]) -> None:
    wire = {"code": "core", "message": "It broke.", "hint": "Mend it.", "details": details}
    error = error_from_wire(wire)
    assert type(error) is CoreError
    assert (error.message, error.hint, error.details) == ("It broke.", "Mend it.", details)
    assert error.to_wire() == wire
