"""Instruments and their families: which patches play them. The data stands in `instruments.toml`."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from vem_core.composer.attacks import CLEAR_RISE, attack_of

if TYPE_CHECKING:
    from vem_core.composer.style import Style

DRUMS = (
    "drums",
    "percussion",
    "kick",
    "snare",
    "hi-hat",
    "cymbals",
    "bongos",
    "shaker",
    "tambourine",
    "claps",
    "taiko",
)
"""What a drum kit plays."""


_SHORT_STROKES = {
    "strings.solo": "strings.spiccato",
    "strings.ensemble": "strings.spiccato",
    "strings.legato": "strings.spiccato",
    "strings.cello": "strings.staccato",
    "strings.low": "strings.staccato",
}


@dataclass(frozen=True)
class Instrument:
    """An instrument or family. A name of a patch that ends in a point stands for all that begin so."""

    id: str
    patches: tuple[str, ...] = ()
    of: str = ""  # the family it belongs to

    def plays(self, patch: str) -> bool:
        """Whether the patch is this instrument's sound."""
        return any(patch.startswith(own) if own.endswith(".") else patch == own for own in self.patches)


@functools.cache
def instruments() -> dict[str, Instrument]:
    """All instruments by id."""
    text = (resources.files("vem_core.composer") / "instruments.toml").read_text(encoding="utf-8")
    return {
        name: Instrument(name, tuple(fields.get("patches", ())), fields.get("of", ""))
        for name, fields in tomllib.loads(text).items()
    }


def is_played_by(patch: str, name: str) -> bool:
    """Whether a patch is the sound of an instrument, or of one that belongs to it as to a family."""
    instrument = instruments().get(name)
    if instrument is None:
        return False
    members = (member for member, other in instruments().items() if other.of == name)
    return instrument.plays(patch) or any(is_played_by(patch, member) for member in members)


def speaks_at_once(patch: str) -> bool:
    """Whether a note's beginning is heard as an attack: what is bowed or blown long swells into it."""
    attack = attack_of(patch)
    return attack is None or attack.rise >= CLEAR_RISE


def short_stroke(patch: str) -> str:
    """The patch that begins a bowed note as a martelé does, with a bite; empty for what is not bowed long."""
    return _SHORT_STROKES.get(patch, "")


def own_patches(name: str) -> tuple[str, ...]:
    """The patches that an instrument is played on, without those of kits; empty: none."""
    instrument = instruments().get(name)
    patches = () if instrument is None else instrument.patches
    return tuple(patch for patch in patches if not patch.endswith(".") and not patch.startswith("kit."))


def plays(style: Style, name: str) -> bool:
    """Whether a style has the instrument among its players."""
    if name in DRUMS:
        return style.drums is not None
    return any(is_played_by(patch, name) for part in style.parts for patch in part.patches)
