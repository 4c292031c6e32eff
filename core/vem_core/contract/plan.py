"""The score plan: what the music will do and when, before a note exists.

All `*_samples` are ticks of the 48 kHz sample clock, counted from the first sample of the score.
"""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from vem_core.contract.errors import ContractError


class Bend(enum.StrEnum):
    """How far the tempo may leave a section's home tempo to meet the cuts."""

    STEADY = "steady"  # one constant tempo
    GROOVE = "groove"  # at most 2 %: a band that plays to a click and leans on it
    RUBATO = "rubato"  # at most 5 %: players who breathe together
    FREE = "free"  # follows every cut that can be met, at up to 8 % from beat to beat

    @classmethod
    def _missing_(cls, value: object) -> Bend | None:
        return cls.FREE if value == "natural" else None  # the word of requests and plans up to version 0.1


class Arc(enum.StrEnum):
    """How the energy of a piece runs from its beginning to its end."""

    RISE = "rise"  # climbs to three quarters
    FALL_AND_RISE = "fall-and-rise"
    PLATEAU = "plateau"  # up soon, and there it stays
    LATE_BLOOM = "late-bloom"  # low for long, high at last
    ARCH = "arch"  # highest in the middle
    STEADY = "steady"


class AccentBudget(enum.StrEnum):
    """How many of the cuts are played as accents; the others are met by what the music does anyway."""

    FEW = "few"  # one in ten
    SOME = "some"  # one in four
    MANY = "many"  # one in two


class Emphasis(enum.StrEnum):
    """What the music makes of a cut that it meets."""

    PASSING = "passing"  # what it does anyway: a chord change, a drum, an entrance, a note of the melody
    ACCENT = "accent"  # the band marks it
    STOP = "stop"  # an accent after a hole


class Ending(enum.StrEnum):
    RING_OUT = "ring-out"  # last hit before the end, its tail dies away on the last frame
    LAST_FRAME = "last-frame"  # the final hit lands on the last frame
    FADE = "fade"  # plays on and fades
    CUT = "cut"  # plays to the last frame and stops: for a cut that runs into something else


class Landing(enum.StrEnum):
    """Where in the bar a cut meets the music."""

    DOWNBEAT = "downbeat"
    BEAT = "beat"
    OFF_BEAT = "off-beat"  # the eighth between two beats
    PUSH = "push"  # a sixteenth, in styles whose groove is in sixteenths
    STROKE = "stroke"  # a mark whose own attack is heard, where no place in a bar meets it; of reports, not of plans
    SUBDIVISION = "subdivision"  # a sixteenth or triplet that the style does not play; counts as a miss
    MISS = "miss"
    SILENT = "silent"  # no music was wanted here; not counted in any rate


class SectionRole(enum.StrEnum):
    """What a section does in the form of the piece."""

    INTRO = "intro"
    GROOVE = "groove"
    BUILD = "build"
    CLIMAX = "climax"
    BREAK = "break"
    ENDING = "ending"


@dataclass(frozen=True)
class Beat:
    samples: int
    bar: int  # counted from 0; a pick-up bar before the first downbeat is bar 0 too, with numbers ending the bar
    number: int  # 1 is the downbeat
    source_samples: int | None = None  # of the user's music: its instant that plays here; None: it was composed


@dataclass(frozen=True)
class Hit:
    """How the plan meets one cut or event."""

    index: int  # into the sheet's cuts, or events
    event: bool
    target_samples: int  # the instant of the cut
    landing: Landing
    # Position in beats (0 is beats[0]; 17/2 is the off-beat after beats[8]; any in a beat that is held); None: a miss
    beat: Fraction | None
    error_samples: int  # planned minus target at the nearest beat or off-beat, hit or not
    weight: float  # how much this cut matters, 0..1
    reason: str = ""  # why it misses, in words for the editor
    emphasis: Emphasis = Emphasis.PASSING  # of one that is met


@dataclass(frozen=True)
class UnmetMark:
    """A mark (`hit`, `drop`, or the ending on the last frame) that no allowed beat meets."""

    index: int | None  # into the sheet's cuts, or events; None: the last frame, where the score should end
    event: bool
    target_samples: int
    reason: str  # in words for the editor


@dataclass(frozen=True)
class SectionPart:
    """Which bars of which section of the original piece a section of a refitted plan is.

    A re-cut may leave only some bars of a section, or put new ones between them; each bar stays the bar it was.
    """

    occurrence: int  # which section of its role it was, from 0
    first_number: int  # of its first bar in that section, from 0
    of: int  # bars in that section
    seed: int  # of these bars' own choices; the plan's, unless the range was varied


@dataclass(frozen=True)
class Section:
    """Whole bars that belong together in the form."""

    role: SectionRole
    first_bar: int
    bars: int
    energy: float  # 0..1, mean over the section
    first_shot: int
    shots: int
    part: SectionPart | None = None  # None: the whole of a section, as in a piece that was never refitted
    start_samples: int | None = None  # of its first beat, 0 of the first section; None: a plan of an earlier version
    home_bpm: float | None = None  # the tempo that its beats keep near to; None: a plan of an earlier version


@dataclass(frozen=True)
class ShotCasting:
    """Who plays over one shot, where that is said of it alone."""

    shot: int
    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Casting:
    """Who plays and how full it is, as far as somebody said. Names are ids of instruments and families."""

    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    density: float | None = None  # 0 a few notes .. 1 as full as the style goes; None: as the energy has it
    valence: float = 0.0  # -1..1: how bright the register is; 0: the style's own
    shots: tuple[ShotCasting, ...] = ()
    shot_valences: tuple[float, ...] = ()  # -1..1, one a shot, where words or pictures say; empty: the key says it all
    arc: tuple[tuple[int, float], ...] = ()  # (samples, energy) of an arc that was asked for, linear between points
    levels: tuple[tuple[str, float], ...] = ()  # dB by which an instrument is louder in the mix than the style has it


@dataclass(frozen=True)
class ScorePlan:
    """Tempo map, bars, form and energy of a piece, and which cut is hit by which beat.

    `beats` are strictly increasing and lie in [0, duration_samples]. Music before the first beat is a pick-up.
    Raises ContractError where the parts contradict each other.
    """

    schema_label: ClassVar[str] = "ScorePlan.1"

    duration_samples: int
    beats: tuple[Beat, ...]
    hits: tuple[Hit, ...]
    sections: tuple[Section, ...]
    shot_starts_samples: tuple[int, ...]
    shot_energies: tuple[float, ...]  # 0..1, one a shot
    style: str
    mood: str
    key: str  # "A minor", "D dorian"
    bend: Bend
    ending: Ending
    final_beat: int  # index of the beat that carries the last hit; len(beats) - 1 unless the ending rings out
    seed: int
    speech_samples: tuple[tuple[int, int], ...] = ()  # [start, end) of the speech that the arrangement makes room for
    unmet: tuple[UnmetMark, ...] = ()
    beats_per_bar: int = 4
    arc: Arc = Arc.RISE
    casting: Casting = Casting()

    def __post_init__(self) -> None:
        samples = [beat.samples for beat in self.beats]
        if any(later <= earlier for earlier, later in itertools.pairwise(samples)):
            raise ContractError("beats must be strictly increasing")
        if samples and not (samples[0] >= 0 and samples[-1] <= self.duration_samples):
            raise ContractError("beats must lie inside the score")
        if len(self.shot_energies) != len(self.shot_starts_samples):
            raise ContractError("there must be one energy for each shot")

    @property
    def bar_count(self) -> int:
        """How many bars there are."""
        return self.beats[-1].bar + 1 if self.beats else 0
