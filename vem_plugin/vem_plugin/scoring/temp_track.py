"""Having a core listen to a temp track, and what it heard as wishes: for all that the editor leaves open."""

from __future__ import annotations

from typing import Any

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.unset import UNSET, Unset, given
from vem_core.contract.wishes import Wishes
from vem_plugin.client.base import OnProgress, OpenCore
from vem_plugin.hosts.base import Host
from vem_plugin.sound.lanes import AudioLane


def listen_to(
    host: Host, lane: AudioLane, sheet: CutSheet, in_frames: int, open_core: OpenCore, on_progress: OnProgress
) -> TempTrack:
    """What a core hears on a lane under a sheet that begins at `in_frames` of the host's timeline.

    Whatever `on_progress` raises cancels the job. Raises AudioError for a file that is missing, damaged or may not be
    read, and where the lane is silent; CoreError.
    """
    sound = host.lane_sound(lane, sheet, in_frames)
    with open_core() as client:
        return client.listen(sheet, sound, f"The temp track {lane.name!r}", on_progress)


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
    found["temp_track"] = heard
    if wishes.energy in (UNSET, None):
        own = () if isinstance(wishes.shot_energies, Unset) else wishes.shot_energies
        own = own or (None,) * len(heard.shot_energies)
        found["shot_energies"] = tuple(
            energy if wished is None else wished for wished, energy in zip(own, heard.shot_energies, strict=True)
        )
    return Wishes(**{**wishes.given, **found})
