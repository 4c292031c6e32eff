"""Files that users keep: those of earlier versions are read, those of later ones are recognised as such."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from vem_core.contract.codec import dumps, from_json, loads
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend
from vem_core.contract.request import ScoreRequest
from vem_core.contract.same_piece import contradictions
from vem_core.contract.upgrades import is_newer, upgraded
from vem_plugin.placement.state import PlacedTake, StateProblem, read_state
from vem_plugin.presets.preset import Preset

EARLIER = Path(__file__).with_name("earlier")
CLASSES = {cls.schema_label.partition(".")[0]: cls for cls in (ScoreRequest, PlacedTake, Preset)}
FILES = sorted(EARLIER.glob("*.json"))


def test_there_is_a_file_of_each_class_that_users_keep() -> None:
    assert {path.name.partition(".")[0] for path in FILES} == set(CLASSES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_files_of_earlier_versions_are_read(path: Path) -> None:
    cls = CLASSES[path.name.partition(".")[0]]
    read = loads(cls, path.read_bytes())
    assert loads(cls, dumps(read)) == read


def test_nothing_is_lost_on_the_way_up() -> None:
    placed = loads(PlacedTake, (EARLIER / "PlacedTake.1.json").read_bytes())
    direction = placed.request.direction
    assert (placed.take, placed.request.seed, direction.style, direction.bend) == (3, 7, "house", Bend.FREE)
    request = loads(ScoreRequest, (EARLIER / "ScoreRequest.1.json").read_bytes())
    assert request.recut is not None
    earlier = request.recut.earlier
    assert earlier.shot_energies == (0.1, None, None, None)
    assert earlier.direction == dataclasses.replace(request.direction, shot_energies=earlier.shot_energies)
    assert earlier.seed == request.seed
    assert contradictions(request) == ()


def test_reading_does_not_change_what_is_read() -> None:
    old = json.loads((EARLIER / "ScoreRequest.1.json").read_bytes())
    from_json(ScoreRequest, old)
    assert old == json.loads((EARLIER / "ScoreRequest.1.json").read_bytes())


def test_a_later_label_is_refused_and_named_as_later() -> None:
    text = json.loads((EARLIER / "PlacedTake.1.json").read_bytes())
    text["request"]["schema"] = "ScoreRequest.99"
    with pytest.raises(ContractError, match=r"ScoreRequest\.99") as caught:
        from_json(PlacedTake, text)
    assert caught.value.details["newer"] is True
    assert read_state(json.dumps(text)) is StateProblem.NEWER


@pytest.mark.parametrize("label", [None, 3, "", "ScoreRequest", "ScoreRequest.x", "Other.99", "ScoreRequest.2"])
def test_other_labels_are_no_later_ones(label: object) -> None:
    assert not is_newer(label, "ScoreRequest.2")


@pytest.mark.parametrize("recut", [[], 3, {"earlier": None}, {}])
def test_a_damaged_file_of_an_earlier_version_is_refused_in_words(recut: object) -> None:
    old = json.loads((EARLIER / "ScoreRequest.1.json").read_bytes())
    with pytest.raises(ContractError):
        from_json(ScoreRequest, {**old, "recut": recut})
    fields = {"recut": recut}
    assert upgraded("ScoreRequest.1", fields, "ScoreRequest.2")[1] is fields
