"""What was heard on a temp track, as wishes: for all that the editor leaves open."""

from __future__ import annotations

from typing import Any

from vem_core.contract.temp_track import TempTrack
from vem_core.contract.unset import UNSET, Unset
from vem_core.contract.wishes import Wishes


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
