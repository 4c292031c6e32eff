"""What was heard on a temp track, as wishes: for all that the editor leaves open."""

from __future__ import annotations

from typing import Any

from vem_core.contract.direction import Direction
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.unset import UNSET, Unset, given
from vem_core.contract.wishes import Wishes

_SAME_TEMPO = 0.04
"""How far the tempo of one temp track may be heard apart, before and after a re-cut."""


def still_follows(heard: Wishes, asked: Wishes, before: Direction) -> bool:
    """Whether a take was made after the temp track that `heard` adds to what is `asked`: its tempo tells.

    What is heard of one track changes a little with the cut; the piece does not have to.
    """
    now, was = given(heard.tempo_bpm, None), before.tempo_bpm
    if now is None or was is None or given(asked.tempo_bpm, None) is not None:
        return False
    return all(abs(new / old - 1) <= _SAME_TEMPO for new, old in zip(now, was, strict=True))


def heard_as_wishes(heard: TempTrack, wishes: Wishes) -> Wishes:
    """The wishes, and what was heard wherever they say nothing or leave the choice to the tool.

    The energies of single shots are filled shot by shot, unless one energy is wished for the whole.
    """
    found: dict[str, Any] = {
        name: value
        for name, value in (("tempo_bpm", heard.tempo_bpm), ("key", heard.key), ("style", heard.style))
        if value is not None and getattr(wishes, name) in (UNSET, None)
    }
    if wishes.energy in (UNSET, None):
        own = () if isinstance(wishes.shot_energies, Unset) else wishes.shot_energies
        own = own or (None,) * len(heard.shot_energies)
        found["shot_energies"] = tuple(
            energy if wished is None else wished for wished, energy in zip(own, heard.shot_energies, strict=True)
        )
    return Wishes(**{**wishes.given, **found})
