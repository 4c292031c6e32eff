"""A piece of music as notes: what the composer writes and the synthesiser plays.

All `*_samples` are ticks of the 48 kHz sample clock from the start of the score, with the tempo map already applied.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class NoteFunction(enum.StrEnum):
    """What a note is there for; the corpus's labels and the arrangement's rules are written in these words."""

    GROOVE = "groove"
    GHOST = "ghost"
    FILL = "fill"
    ACCENT = "accent"  # marks a hit
    BASS = "bass"
    CHORD = "chord"
    ARPEGGIO = "arpeggio"
    MOTIF = "motif"
    ANSWER = "answer"  # counter-melody
    TEXTURE = "texture"
    RISER = "riser"
    IMPACT = "impact"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Note:
    """One note. Drums use the General MIDI percussion keys as pitches (36 kick, 38 snare, 42 closed hi-hat ...)."""

    start_samples: int
    duration_samples: int
    pitch: int  # MIDI note number
    velocity: float  # 0..1
    function: NoteFunction = NoteFunction.GROOVE


@dataclass(frozen=True)
class Channel:
    """How a part sits in the mix."""

    gain_db: float = 0.0
    pan: float = 0.0  # -1 left .. 1 right
    width: float = 0.0  # 0 mono .. 1 wide
    reverb: float = 0.0  # send, 0..1
    delay: float = 0.0  # send, 0..1
    sidechain: float = 0.0  # how far the kick pushes the part down, 0..1
    low_cut_hz: float = 0.0
    high_cut_hz: float = 20_000.0


@dataclass(frozen=True)
class Part:
    """The notes of one player, and the sound that plays them."""

    name: str  # the stem's name: "drums", "bass", "chords", "lead", "texture", "hits" ...; parts may share a stem
    patch: str  # id of a synthesiser patch: "bass.sub"
    notes: tuple[Note, ...]
    channel: Channel = Channel()


@dataclass(frozen=True)
class Chord:
    """A harmony and how long it holds."""

    start_samples: int
    duration_samples: int
    root: int  # pitch class, 0 is C
    quality: str  # "maj", "min", "7", "maj7", "min7", "sus2", "sus4", "dim", "5" ...
    numeral: str  # its degree in the key: "i", "bVI", "V7"


@dataclass(frozen=True)
class Master:
    """The room and the finish of the whole mix."""

    reverb_s: float = 1.5  # RT60
    reverb_brightness: float = 0.5  # 0 dark .. 1 bright
    reverb_db: float = 0.0  # how much louder it answers to what it is sent than rooms do otherwise
    delay_beats: float = 0.75
    drive: float = 0.1  # saturation of the mix, 0..1
    tilt_db: float = 0.0  # brightness of the mix, treble against bass
    compression: float = 0.3  # 0..1
    ride_db: float = 0.0  # of volume automation: how much louder the mix is where it is brightest than where dullest
    texture: str = ""  # id of a texture under everything ("vinyl", "tape"), or none


@dataclass(frozen=True)
class Piece:
    """A composed piece, ready to be played."""

    duration_samples: int
    parts: tuple[Part, ...]
    chords: tuple[Chord, ...]
    master: Master
    brightness: tuple[tuple[int, float], ...]  # (samples, 0..1) points, linear between: filters open with energy
    beat_samples: tuple[int, ...]  # the plan's beats, for delays and ducking
    fade_out_samples: int = 0  # over how long the whole mix fades to silence, up to the last sample
