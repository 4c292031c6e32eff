"""A patch: a voice and how the mixer is to play it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from vem_core.synth.tone import Voice


class Length(enum.StrEnum):
    """What decides how long a note sounds."""

    HELD = "held"  # the key: released when the note ends
    RINGING = "ringing"  # the instrument: struck and left alone
    EXACT = "exact"  # the note: the sound is made for its very length


@dataclass(frozen=True)
class Patch:
    """A playable sound."""

    id: str
    voice: Voice
    level_db: float  # so that all patches are equally loud at velocity 0.8
    release_s: float = 0.1  # how long a note takes to fall silent when released
    length: Length = Length.HELD
    longest_s: float = 12.0  # of a rendered note; a longer note fades at its end
    velocity_power: float = 1.6  # amplitude is velocity to this power
    velocity_layers: int = 1  # where velocity does more than open the sound
    variations: int = 1  # round robin
    soft: bool = False  # swells: its onset is not meant to mark a beat
    pitched: bool = True
    percussion: bool = False  # pitches are General MIDI percussion keys
    home_pitch: int = 60  # where it is usually played
