"""`Wishes.1`: what an editor has asked for, and nothing that they have not.

Every field is UNSET until somebody sets it; None, where a field allows it, is a wish too: "leave this one to the tool".
Options of the command line, controls of the panel, presets and hook arguments all become `Wishes`; `resolve` makes of
them what a request holds, once, against the take before where there is one and else against the defaults.

A new field of `Direction` or `Delivery` needs a line of the same name here, and an option where it shall have one; a
test says so where it is missing.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from vem_core.contract.direction import Direction, SpeechRoom
from vem_core.contract.errors import ContractError
from vem_core.contract.own_music import OwnMusic
from vem_core.contract.parse import Parse
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.request import AudioFormat, Delivery, Device, SoundFont
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.unset import UNSET, Unset

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Values = TypeVar("Values", bound="DataclassInstance")

ROOM_PREFIX = "room_"
"""What stands before the fields of `Direction.room`: each of them is a wish of its own."""


@dataclass(frozen=True)
class Wishes:
    """Sparse wishes. Raises ContractError where those that are set could never be met."""

    schema_label: ClassVar[str] = "Wishes.1"

    # of the direction
    prompt: str | Unset = UNSET
    style: str | Unset | None = UNSET
    mood: str | Unset | None = UNSET
    key: str | Unset | None = UNSET
    tempo_bpm: tuple[float, float] | Unset | None = UNSET
    bend: Bend | Unset | None = UNSET
    accents: AccentBudget | Unset = UNSET
    energy: float | Unset | None = UNSET
    shot_energies: tuple[float | None, ...] | Unset = UNSET  # for the shots of the sheet that is scored
    shot_words: tuple[str, ...] | Unset = UNSET  # the same
    ending: Ending | Unset = UNSET
    room_depth_db: float | Unset = UNSET
    room_attack_s: float | Unset = UNSET
    room_release_s: float | Unset = UNSET
    room_thin: bool | Unset = UNSET
    beat_offset_ms: float | Unset = UNSET
    hit_tolerance_ms: float | Unset | None = UNSET
    ignore_picture: bool | Unset = UNSET
    temp_track: TempTrack | Unset | None = UNSET
    # of the delivery
    loudness_lufs: float | Unset | None = UNSET
    true_peak_dbtp: float | Unset = UNSET
    stems: bool | Unset = UNSET
    midi: bool | Unset = UNSET
    format: AudioFormat | Unset = UNSET
    sample_rate_hz: int | Unset = UNSET
    handle_before_frames: int | Unset = UNSET
    handle_after_frames: int | Unset = UNSET
    bake_level: bool | Unset = UNSET
    # of the request
    model: str | Unset = UNSET
    device: Device | Unset = UNSET
    seed: int | Unset = UNSET
    parser: str | Unset = UNSET
    parse: Parse | Unset | None = UNSET
    soundfont: SoundFont | Unset | None = UNSET
    music: OwnMusic | Unset | None = UNSET

    def __post_init__(self) -> None:
        direction_with(self, Direction())
        values_with(self, Delivery())
        if not isinstance(self.seed, Unset) and not 0 <= self.seed < 2**63:
            raise ContractError("the seed must be a whole number from 0 to 2^63 - 1")

    @property
    def given(self) -> Mapping[str, Any]:
        """What is set, by name."""
        return dict(_given(self))

    def over(self, other: Wishes) -> Wishes:
        """These wishes, and where they say nothing the other ones."""
        return Wishes(**{**other.given, **self.given})

    def only(self, names: frozenset[str]) -> Wishes:
        """What is set of these names."""
        return Wishes(**{name: value for name, value in _given(self) if name in names})


def wishes_of(direction: Direction, delivery: Delivery = Delivery()) -> Wishes:
    """What a direction and a delivery say beyond the defaults, as wishes.

    For values of which nobody knows any more what was set and what was not, as in presets of earlier versions.
    """
    found: dict[str, Any] = {}
    for message, default in ((direction, Direction()), (delivery, Delivery())):
        found |= {
            name: getattr(message, name)
            for name in _names(message)
            if name != "room" and getattr(message, name) != getattr(default, name)
        }
    room, usual = direction.room, SpeechRoom()
    found |= {
        f"{ROOM_PREFIX}{name}": getattr(room, name)
        for name in _names(room)
        if getattr(room, name) != getattr(usual, name)
    }
    return Wishes(**found)


def direction_with(wishes: Wishes, base: Direction) -> Direction:
    """A direction with what is set in the wishes. Raises ContractError."""
    return dataclasses.replace(values_with(wishes, base), room=values_with(wishes, base.room, ROOM_PREFIX))


def values_with(wishes: Wishes, base: Values, prefix: str = "") -> Values:
    """Full values, of whatever frozen dataclass, with what is set in the wishes of the same names behind the prefix.

    The wishes' fields are written down once, in `Wishes`: here and wherever wishes are resolved they go by name.
    Raises what the dataclass raises, ContractError for those of the contract.
    """
    named = {prefix + name: name for name in _names(base)}
    return dataclasses.replace(base, **{named[name]: value for name, value in _given(wishes) if name in named})


def _given(wishes: Wishes) -> Iterator[tuple[str, Any]]:
    for name in _names(wishes):
        value = getattr(wishes, name)
        if value is not UNSET:
            yield name, value


def _names(message: Any) -> tuple[str, ...]:
    return _names_of(message.__class__)


@functools.cache
def _names_of(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))
