"""How notes begin: how loud and how clear a note of each patch is at first, and how loud while it is held.

The data stands in `attacks.toml`, which `vem_core.synth.attacks` measures: of one note at `NOMINAL_VELOCITY`.
"""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import NamedTuple

from vem_core.composer.style import DRUM_KEYS

NOMINAL_VELOCITY = 0.6
DB_PER_DECADE = 32.0
"""Of velocity: to the power 1.6 it is amplitude."""

BEGUN_SAMPLES = (-480, 3_840)
"""Where a note's beginning is heard, from its start: what follows a cut within 80 ms."""

HELD_SAMPLES = (14_400, 18_720)
"""Where it is heard as held."""

CLEAR_RISE = 4.0
"""Of a note that is heard as an attack; what is bowed or blown long swells."""

_NOTES = "notes"
_VOICES = {key: voice for voice, key in DRUM_KEYS.items()}


class Attack(NamedTuple):
    """How a note begins and sounds on."""

    begun_db: float
    held_db: float
    rise: float  # of all bands together, as `audio.features` counts onsets


@functools.cache
def _table() -> dict[str, dict[str, Attack]]:
    text = (resources.files("vem_core.composer") / "attacks.toml").read_text(encoding="utf-8")
    return {
        patch: {voice: Attack(*values) for voice, values in rows.items()} for patch, rows in tomllib.loads(text).items()
    }


def attack_of(patch: str, pitch: int = 0) -> Attack | None:
    """How a patch's notes begin, of a kit the drum's; None for what is unknown, as an imported patch is."""
    table = _table()
    return table[_NOTES].get(patch) or table.get(patch, {}).get(_VOICES.get(pitch, ""))
