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
    near: str = ""  # patch that stands in for it

    def plays(self, patch: str) -> bool:
        """Whether the patch is this instrument's sound."""
        return any(patch.startswith(own) if own.endswith(".") else patch == own for own in self.patches)


@functools.cache
def instruments() -> dict[str, Instrument]:
    """All instruments by id."""
    text = (resources.files("vem_core.composer") / "instruments.toml").read_text(encoding="utf-8")
    return {
        name: Instrument(name, tuple(fields.get("patches", ())), fields.get("of", ""), fields.get("near", ""))
        for name, fields in tomllib.loads(text).items()
    }


def is_played_by(patch: str, name: str) -> bool:
    """Whether a patch is the sound of an instrument or of the family it belongs to."""
    instrument = instruments().get(name)
    if instrument is None:
        return False
    members = (instrument for instrument in instruments().values() if instrument.of == name)
    return instrument.plays(patch) or any(member.plays(patch) for member in members)


def speaks_at_once(patch: str) -> bool:
    """Whether a note's beginning is heard as an attack: what is bowed or blown long swells into it."""
    attack = attack_of(patch)
    return attack is None or attack.rise >= CLEAR_RISE


def short_stroke(patch: str) -> str:
    """The patch that begins a bowed note as a martelé does, with a bite; empty for what is not bowed long."""
    return _SHORT_STROKES.get(patch, "")


def nearest_patches(name: str) -> tuple[str, ...]:
    """The patches that an instrument is played on: its own, or the one that stands in for it; empty: none."""
    instrument = instruments().get(name)
    if instrument is None:
        return ()
    own = tuple(patch for patch in instrument.patches if not patch.endswith(".") and not patch.startswith("kit."))
    return own or ((instrument.near,) if instrument.near else ())


def plays(style: Style, name: str) -> bool:
    """Whether a style has the instrument among its players."""
    if name in DRUMS:
        return style.drums is not None
    return any(is_played_by(patch, name) for part in style.parts for patch in part.patches)
