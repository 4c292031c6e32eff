"""Sparse wishes: what nobody has set is not a value, and every field of a request can be wished for."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.contract.codec import dumps, loads, to_json
from vem_core.contract.direction import Direction, SpeechRoom
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.request import Delivery, ScoreRequest
from vem_core.contract.unset import UNSET, Unset
from vem_core.contract.wishes import Wishes, direction_with, values_with, wishes_of

OF_THE_REQUEST = {"model", "device", "seed", "parser", "parse", "soundfont", "music"}

SOME: dict[str, st.SearchStrategy[Any]] = {
    "prompt": st.text(st.characters(codec="utf-8"), max_size=5),
    "style": st.none() | st.sampled_from(["house", "ambient"]),
    "tempo_bpm": st.none() | st.just((90.0, 120.0)),
    "bend": st.sampled_from(Bend) | st.none(),
    "accents": st.sampled_from(AccentBudget),
    "energy": st.none() | st.floats(0, 1),
    "ending": st.sampled_from(Ending),
    "room_depth_db": st.floats(0, 40),
    "room_thin": st.booleans(),
    "loudness_lufs": st.none() | st.floats(-60, -5),
    "stems": st.booleans(),
    "handle_before_frames": st.integers(0, 100),
    "seed": st.integers(0, 2**63 - 1),
    "model": st.sampled_from(["auto", "sketch"]),
}
sparse = st.fixed_dictionaries({}, optional=SOME).map(lambda values: Wishes(**values))


def test_every_field_of_a_request_can_be_wished_for() -> None:
    """A new field of Direction or Delivery needs a line in Wishes."""
    names = {field.name for cls in (Direction, Delivery) for field in dataclasses.fields(cls)} - {"room"}
    names |= {f"room_{field.name}" for field in dataclasses.fields(SpeechRoom)} | OF_THE_REQUEST
    assert {field.name for field in dataclasses.fields(Wishes)} == names
    assert all(field.default is UNSET for field in dataclasses.fields(Wishes))


def test_a_wish_has_the_shape_of_what_it_becomes() -> None:
    """Or else UNSET, and nothing beside."""
    wished = get_type_hints(Wishes)
    for cls, prefix in ((Direction, ""), (SpeechRoom, "room_"), (Delivery, ""), (ScoreRequest, "")):
        for name, shape in get_type_hints(cls).items():
            if prefix + name in wished and name != "schema_label":
                assert set(get_args(wished[prefix + name])) == {Unset, *(get_args(shape | Unset))}, name


@given(sparse)
def test_wishes_travel_without_what_is_unset(wishes: Wishes) -> None:
    assert loads(Wishes, dumps(wishes)) == wishes
    assert set(to_json(wishes)) == {"schema", *wishes.given}


@given(sparse, sparse)
def test_one_set_of_wishes_over_another_is_field_by_field(first: Wishes, second: Wishes) -> None:
    assert first.over(second).given == {**second.given, **first.given}
    assert first.over(Wishes()) == first == Wishes().over(first)


@given(sparse)
def test_a_direction_gets_what_is_set_and_keeps_the_rest(wishes: Wishes) -> None:
    base = Direction("dawn", "rock", "calm", "A minor", (60.0, 70.0), Bend.FREE, 0.3, room=SpeechRoom(3.0, 0.1))
    made, set_ = direction_with(wishes, base), wishes.given
    for name in ("prompt", "style", "mood", "key", "tempo_bpm", "bend", "energy", "ending"):
        assert getattr(made, name) == set_.get(name, getattr(base, name))
    assert made.room == SpeechRoom(set_.get("room_depth_db", 3.0), 0.1, thin=set_.get("room_thin", True))
    delivered = values_with(wishes, Delivery(midi=True))
    assert (delivered.midi, delivered.stems) == (True, set_.get("stems", False))


def test_nothing_wished_is_the_base_itself() -> None:
    assert direction_with(Wishes(), Direction()) == Direction()
    assert wishes_of(Direction(), Delivery()) == Wishes()
    assert wishes_of(Direction(style="house", room=SpeechRoom(2.0))) == Wishes(style="house", room_depth_db=2.0)


@pytest.mark.parametrize(
    "values",
    [{"energy": 2.0}, {"tempo_bpm": (9.0, 10.0)}, {"room_depth_db": 99.0}, {"seed": -1}, {"loudness_lufs": 0.0}],
)
def test_what_could_never_be_met_is_refused_at_once(values: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        Wishes(**values)
