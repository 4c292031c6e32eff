"""Messages and files of earlier versions, brought up to date one label at a time.

A class's `schema_label` grows (`ScoreRequest.1` to `ScoreRequest.2`) whenever an older reading of its fields would be
refused or misread; a new field with a default needs no new label. Each step is one small function from the plain JSON
object with the old label to that with the next. `tests/contract/earlier/` holds a file of every label that was ever
written, and a test reads them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]
Upgrade = Callable[[Fields], Fields]


def upgraded(label: object, fields: Fields, target: str) -> tuple[object, Fields]:
    """The label and the fields after as many steps towards `target` as there are; unchanged where there are none.

    `fields` is a JSON object without its label, and is not changed. An object that is not what its label says comes
    back half-way: decoding then names what is wrong with it.
    """
    while label != target and isinstance(label, str) and label in _STEPS and _family(label) == _family(target):
        try:
            fields = _STEPS[label](fields)
        except (AttributeError, KeyError, TypeError, ValueError):
            return label, fields
        label = _next(label)
    return label, fields


def is_newer(label: object, target: str) -> bool:
    """Whether a label is of the same class as `target`, and of a later version of this program."""
    if not isinstance(label, str) or _family(label) != _family(target):
        return False
    number = label.rpartition(".")[2]
    return number.isascii() and number.isdecimal() and len(number) < 10 and int(number) > int(target.rpartition(".")[2])


def _request_1(fields: Fields) -> Fields:
    """A take before carries the direction and the seed it was made with, and not only what was asked of its shots.

    A re-cut was only sent where both asked the same of the whole piece, so that the request has the rest.
    """
    recut = fields.get("recut")
    if recut is None:
        return fields
    earlier = dict(recut["earlier"])
    shots = {name: earlier.pop(name, []) for name in ("shot_words", "shot_energies")}
    earlier["direction"] = {**fields.get("direction", {}), **shots}
    earlier["seed"] = fields.get("seed", 0)
    return {**fields, "recut": {**recut, "earlier": earlier}}


_DIRECTION_1: Fields = {
    "prompt": "",
    "style": None,
    "mood": None,
    "key": None,
    "tempo_bpm": None,
    "bend": "natural",
    "energy": None,
    "ending": "ring-out",
    "beat_offset_ms": 0.0,
    "hit_tolerance_ms": None,
}
_ROOM_1: Fields = {"depth_db": 8.0, "attack_s": 0.3, "release_s": 0.9, "thin": True}
"""The defaults when `DirectionPreset.1` was written."""


def _preset_1(fields: Fields) -> Fields:
    """A preset holds wishes, and not a whole direction of which nobody knows what was said and what was the default."""
    kept = {name: value for name, value in fields.items() if name != "direction"}
    direction = dict(fields["direction"])
    room = direction.pop("room", {})
    shots = ("shot_energies", "shot_words")
    said = {name: value for name, value in direction.items() if name not in shots and value != _DIRECTION_1.get(name)}
    said |= {f"room_{name}": value for name, value in room.items() if value != _ROOM_1.get(name)}
    return {**kept, "wishes": {"schema": "Wishes.1", **said}}


_STEPS: dict[str, Upgrade] = {"ScoreRequest.1": _request_1, "DirectionPreset.1": _preset_1}


def _family(label: str) -> str:
    return label.rpartition(".")[0]


def _next(label: str) -> str:
    return f"{_family(label)}.{int(label.rpartition('.')[2]) + 1}"
