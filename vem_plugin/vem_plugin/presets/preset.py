"""A preset: wishes under a name."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.direction import Direction
from vem_core.contract.errors import ContractError
from vem_core.contract.wishes import Wishes, direction_with, wishes_of

NAME = re.compile(r"[^\W_][\w .+-]{0,59}")
"""What may be the name of a preset, and of its file."""


GENERAL = frozenset(
    field.name
    for field in dataclasses.fields(Wishes)
    if field.name not in ("shot_energies", "shot_words", "parse", "soundfont", "music", "device", "parser", "seed")
)
"""The wishes that may stand in a preset."""


@dataclass(frozen=True)
class Preset:
    """Wishes under a name. Raises ContractError for a name that is none for a file."""

    schema_label: ClassVar[str] = "DirectionPreset.2"

    name: str
    wishes: Wishes
    note: str = ""  # what it is for, in the words of whoever saved it

    @classmethod
    def of_direction(cls, name: str, direction: Direction, note: str = "") -> Preset:
        """What a direction says beyond the defaults, under a name."""
        return cls(name, wishes_of(direction), note)

    @property
    def direction(self) -> Direction:
        """The wishes as a whole direction, with the defaults for what is not said."""
        return direction_with(self.wishes, Direction())

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise ContractError("a preset's name has up to 60 letters, digits, blanks, dashes and full stops")
