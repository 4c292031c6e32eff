"""What was measured on a recording and may be wrong. Labels that nobody wrote down stand here and nowhere else.

A composed piece has none of it: its tempo, key, chords and energy are known.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeardTag:
    """A word of a tagger's for the music, and how sure it is, 0..1."""

    word: str
    confidence: float
    tagger: str  # "musicnn MTT", "musicnn MSD"


@dataclass(frozen=True)
class HeardChord:
    """A harmony as a chroma template fits it best; `confidence` 0..1 is how much better than the next one fits."""

    start_samples: int
    duration_samples: int
    root: int  # pitch class, 0 is C
    quality: str  # "maj" or "min"
    confidence: float


@dataclass(frozen=True)
class SeenShot:
    """What the director's eyes make of a shot (`vem_core.direction.sight.ShotSight`)."""

    brightness: float  # 0..1
    valence: float  # -1..1
    arousal: float  # -1..1
    confidence: float  # 0..1, 0: nothing was seen
    camera: float  # widths of the picture that it travels in a second
    objects: float  # what else moves, 0..1
    change: float | None  # 0..1 across the cut that begins the shot; None: not seen


@dataclass(frozen=True)
class Estimates:
    """All of it for one recording."""

    tracker: str  # that heard the beats
    tempo_bpm: float
    tempo_confidence: float  # share of the beats that keep within a tenth of it
    key: str  # "" where none was heard
    key_confidence: float
    key_given: bool  # by the data set, not by us
    chords: tuple[HeardChord, ...]
    tags: tuple[HeardTag, ...]  # the surest first; none where no tagger is installed
    shots: tuple[SeenShot, ...]
    same_cell: tuple[bool, ...]  # for each cut: a beat in its cell of 1/16 s, the paper's f_v AND f_m (eq 9)
    within_half_second: tuple[bool, ...]  # for each cut: a beat that it is paired with by the paper's tolerance
