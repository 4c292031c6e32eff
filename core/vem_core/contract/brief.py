"""`MusicBrief.1`: what the music of a timeline shall be, each value with where it came from and how sure it is.

One brief feeds the planner, the composer and every model; nothing after it decides again. Energies and densities are
0..1, valence and arousal -1..1 (unpleasant to pleasant, calm to excited: Russell 1980). Words of Python's own that are
fields here carry an underscore (`from_`), which the wire form leaves out.
"""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Ending

MOST_PROMPT_CHARACTERS = 2_000
"""A longer prompt is refused."""

MOST_SOFTER_DB, MOST_LOUDER_DB = 24.0, 12.0
"""Beyond these a player is not balanced any more: one is gone, or all there is."""


class Source(enum.StrEnum):
    """Where a value came from, the one that outranks the others first."""

    EDITOR = "editor"  # a control: an option of the command line, a field of the panel
    WORDS = "words"  # the prompt, or words given to a shot
    MARKER = "marker"  # a marker or note on the timeline
    TEMP_TRACK = "temp-track"
    CLIP_NAME = "clip-name"
    PICTURE = "picture"
    PACE = "pace"  # of the cuts
    DEFAULT = "default"  # nobody said: the style's own

    @property
    def rank(self) -> int:
        """0 outranks 1, and so on."""
        return list(Source).index(self)


@dataclass(frozen=True)
class RankedStyle:
    id: str
    score: float  # 0..1


@dataclass(frozen=True)
class StyleBrief:
    """The style that plays, and the genre that was named where it is another."""

    id: str  # of an installed style
    asked: str | None = None  # id of the lexicon's genre that was named; None: nobody named one
    ranked: tuple[RankedStyle, ...] = ()  # the styles that came into question, the best first
    from_: Source = Source.DEFAULT
    sureness: float = 0.0
    because: tuple[str, ...] = ()  # what a style that the picture chose was read from: "the sea", "bright"


@dataclass(frozen=True)
class TempoBrief:
    low: float  # BPM
    high: float
    from_: Source = Source.DEFAULT
    sureness: float = 0.0

    def __post_init__(self) -> None:
        if not 20 <= self.low <= self.high <= 400:
            raise ContractError("the tempo range must go up, and lie between 20 and 400 BPM")


@dataclass(frozen=True)
class KeyBrief:
    """None is open: the seed chooses."""

    tonic: str | None = None  # "A", "Eb", "F#"
    mode: str | None = None  # "minor", "dorian"
    from_: Source = Source.DEFAULT
    sureness: float = 0.0

    @property
    def text(self) -> str | None:
        """As a plan names keys; None where either is open."""
        return f"{self.tonic} {self.mode}" if self.tonic and self.mode else None


@dataclass(frozen=True)
class MeterBrief:
    beats: int = 4  # of a bar; 6/8 is 6
    from_: Source = Source.DEFAULT
    sureness: float = 0.0

    def __post_init__(self) -> None:
        if not 2 <= self.beats <= 12:
            raise ContractError("a bar has 2 to 12 beats")


@dataclass(frozen=True)
class MoodBrief:
    valence: float
    arousal: float
    word: str  # a mood of the lexicon
    from_: Source = Source.DEFAULT
    sureness: float = 0.0
    because: tuple[str, ...] = ()  # what it was read from: "dark", "slow", "night"

    def __post_init__(self) -> None:
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            raise ContractError("valence and arousal lie between -1 and 1")


@dataclass(frozen=True)
class PlayerLevel:
    """How much louder, or softer, one player is in the mix than the style has them."""

    instrument: str  # id of the lexicon's: `drums`
    change_db: float
    from_: Source = Source.DEFAULT
    sureness: float = 0.0

    def __post_init__(self) -> None:
        if not -MOST_SOFTER_DB <= self.change_db <= MOST_LOUDER_DB:
            raise ContractError(f"a player may be {MOST_SOFTER_DB:g} dB softer or {MOST_LOUDER_DB:g} dB louder at most")


@dataclass(frozen=True)
class InstrumentsBrief:
    """Ids of the lexicon's instruments and families: `piano`, `strings`, `drums`. All empty: the style's own."""

    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    from_: Source = Source.DEFAULT
    sureness: float = 0.0
    levels: tuple[PlayerLevel, ...] = ()  # one at most for each instrument; `from_` above does not speak of them


@dataclass(frozen=True)
class DensityBrief:
    value: float | None = None  # 0 a few notes .. 1 as full as the style goes; None: as the energy has it
    from_: Source = Source.DEFAULT
    sureness: float = 0.0

    def __post_init__(self) -> None:
        if self.value is not None and not 0 <= self.value <= 1:
            raise ContractError("a density lies between 0 and 1")


@dataclass(frozen=True)
class ArcPoint:
    """The energy at an instant, linear between points."""

    at_s: float  # from the first frame
    energy: float
    from_: Source = Source.DEFAULT

    def __post_init__(self) -> None:
        if self.at_s < 0 or not 0 <= self.energy <= 1:
            raise ContractError("an arc's points lie in the score, their energies between 0 and 1")


@dataclass(frozen=True)
class ShotBrief:
    """One shot. Instruments are only what was said of this shot; `changed` is how much the picture turns within it."""

    energy: float
    valence: float
    from_: Source = Source.DEFAULT
    sureness: float = 0.0
    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    change: float | None = None  # 0..1, V2M-Zero's event curve at the cut that begins it; None: not seen

    def __post_init__(self) -> None:
        if not (0 <= self.energy <= 1 and -1 <= self.valence <= 1):
            raise ContractError("a shot's energy lies between 0 and 1, its valence between -1 and 1")


@dataclass(frozen=True)
class EndingBrief:
    value: Ending
    from_: Source = Source.DEFAULT
    sureness: float = 0.0


@dataclass(frozen=True)
class Understood:
    """Words, and what they were taken for."""

    words: str
    meaning: str  # "tempo 118-122 BPM", "without drums"
    from_: Source = Source.WORDS


@dataclass(frozen=True)
class Conflict:
    """What was said and does not hold, because something else does."""

    lost: str
    to: str
    reason: str
    from_: Source = Source.WORDS  # of what lost


@dataclass(frozen=True)
class Suggestion:
    """A word that was not understood, and the word for a style, mood or instrument that is spelt most like it."""

    words: str
    near: str


@dataclass(frozen=True)
class MusicBrief:
    """What the music of a timeline shall be."""

    schema_label: ClassVar[str] = "MusicBrief.1"

    style: StyleBrief
    tempo_bpm: TempoBrief
    key: KeyBrief
    meter: MeterBrief
    mood: MoodBrief
    instruments: InstrumentsBrief
    density: DensityBrief
    arc: tuple[ArcPoint, ...]
    shots: tuple[ShotBrief, ...]
    ending: EndingBrief
    understood: tuple[Understood, ...] = ()
    not_understood: tuple[str, ...] = ()  # words, as they were written
    conflicts: tuple[Conflict, ...] = ()
    cannot: tuple[str, ...] = ()  # what was understood and the style cannot do, in sentences
    suggestions: tuple[Suggestion, ...] = ()  # for some of what was not understood

    def __post_init__(self) -> None:
        if len(self.arc) < 4 or any(a.at_s > b.at_s for a, b in itertools.pairwise(self.arc)):
            raise ContractError("an arc has four points at least, in order of time")

    @property
    def notices(self) -> tuple[str, ...]:
        """What was not understood, gave way, or cannot be done: sentences that an editor should read beforehand."""
        near = {each.words: each.near for each in self.suggestions}
        meant = tuple(f"Not understood: {words!r}. Did you mean {meant!r}?" for words, meant in near.items())
        others = ", ".join(repr(words) for words in self.not_understood if words not in near)
        missed = (*meant, f"Not understood: {others}.") if others else meant
        lost = tuple(f"{each.lost!r} gives way to {each.to!r}: {each.reason}." for each in self.conflicts)
        return (*missed, *lost, *self.cannot)
