"""What a style of music is, as data that a musician writes: one TOML file a style, in the folder `styles`.

The fields here are the fields of those files; `docs/editors/styles.md` explains them by examples.
A file that says something
else, or writes a pattern or chord that cannot be read, is refused with the name of the place.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass

from vem_core.composer.chords import Symbol, parse_symbol
from vem_core.composer.notation import ARPEGGIO_MARKS, BASS_MARKS, DRUM_MARKS, Pattern, parse_pattern
from vem_core.composer.piece import Channel, Master
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend, SectionRole
from vem_core.rhythm.budget import RhythmTraits

Range = tuple[float, float]

_PLAIN = Channel()
_EFFECTS = Channel(gain_db=-4.0, width=0.8, reverb=0.3)

DRUM_KEYS = {
    "scratch": 29,
    "scratch_cut": 30,
    "kick": 36,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "tom_low": 41,
    "hat": 42,
    "tom_floor": 43,
    "pedal": 44,
    "tom_mid": 45,
    "open_hat": 46,
    "tom_high": 48,
    "crash": 49,
    "ride": 51,
    "bell": 53,
    "tambourine": 54,
    "splash": 55,
    "cowbell": 56,
    "crash_2": 57,
    "bongo": 60,
    "bongo_low": 61,
    "conga": 63,
    "conga_low": 64,
    "shaker": 70,
    "woodblock": 76,
}
"""The drum voices of grooves and fills, and the General MIDI percussion keys that play them."""


class Family(enum.StrEnum):
    """Whether the tonic chord is major or minor."""

    MAJOR = "major"
    MINOR = "minor"


class Kind(enum.StrEnum):
    """What a part does."""

    BASS = "bass"
    COMP = "comp"  # chords in a rhythm
    PAD = "pad"  # chords that hold; common tones are not struck again
    ARPEGGIO = "arpeggio"
    MOTIF = "motif"
    ANSWER = "answer"  # replies where the motif rests
    DRONE = "drone"  # the tonic, held
    TEXTURE = "texture"


@dataclass(frozen=True)
class Tempo:
    low_bpm: float
    high_bpm: float
    swing: float = 0.5  # where the second sixteenth of an eighth falls: 0.5 straight, 0.667 triplets
    bend: Bend = Bend.GROOVE  # how far the tempo leaves home to meet cuts, where the editor does not say
    sixteenths: bool = False  # whether the groove is in sixteenths, so that one may be pushed onto a cut

    def __post_init__(self) -> None:
        if not 30 <= self.low_bpm <= self.high_bpm <= 240:
            raise ContractError("the tempo range must go up, and lie between 30 and 240 BPM")
        if not 0.5 <= self.swing <= 0.7:
            raise ContractError("swing lies between 0.5 and 0.7")


@dataclass(frozen=True)
class Touch:
    """How the players of the accompaniment shape their notes: with the energy, and with the place in the beat."""

    range_db: float = 10.0  # from no energy to full
    off_beat: float = 1.0  # velocity half-way between beats, against 1 on them
    sixteenth: float = 1.0  # velocity elsewhere between beats
    looseness_ms: float = 4.0  # how far players wander from the beat; machines do not
    laid_back_ms: float = 3.0  # how late the backbeat is played

    def __post_init__(self) -> None:
        if not (0 <= self.looseness_ms <= 12 and -4 <= self.laid_back_ms <= 20):
            raise ContractError("looseness lies between 0 and 12 ms, the backbeat between -4 and 20 ms late")
        if not 0 <= self.range_db <= 24:
            raise ContractError("the range of the touch lies between 0 and 24 dB")
        if not (0.3 <= self.off_beat <= 1 and 0.3 <= self.sixteenth <= 1):
            raise ContractError("the touch between beats lies between 0.3 and 1")


@dataclass(frozen=True)
class Progression:
    """Bars of chords, `|` between them: "i | bVI | bIII bVII"."""

    family: Family
    chords: str
    roles: tuple[SectionRole, ...] = ()  # none: any
    moods: tuple[str, ...] = ()  # words of moods it suits best
    modes: tuple[str, ...] = ()  # where given, only for keys of these modes

    def __post_init__(self) -> None:
        parse_chords(self.chords)

    @property
    def bars(self) -> tuple[tuple[Symbol, ...], ...]:
        """The chords of each bar."""
        return parse_chords(self.chords)


@dataclass(frozen=True)
class Cadence:
    """How sections close: `half` leads on, `full` leads home, `tonic` is home."""

    family: Family
    half: str
    full: str
    tonic: str

    def __post_init__(self) -> None:
        for chords in (self.half, self.full, self.tonic):
            parse_chords(chords)


def parse_chords(text: str) -> tuple[tuple[Symbol, ...], ...]:
    """The chords of each bar of a progression. Raises ContractError for an empty bar or a numeral it cannot read."""
    bars = tuple(tuple(parse_symbol(word) for word in bar.split()) for bar in text.split("|"))
    if not all(bars):
        raise ContractError(f"the progression {text!r} has an empty bar")
    return bars


@dataclass(frozen=True)
class HarmonySheet:
    progressions: tuple[Progression, ...]
    cadences: tuple[Cadence, ...]
    bars_per_chord: int = 1  # bars that each bar of a progression lasts

    def __post_init__(self) -> None:
        for family in Family:
            if not any(progression.family is family and not progression.modes for progression in self.progressions):
                raise ContractError(f"there should be a {family.value} progression for every mode")
            if not any(cadence.family is family for cadence in self.cadences):
                raise ContractError(f"there should be a {family.value} cadence")


@dataclass(frozen=True)
class DrumPattern:
    """A groove of one or more bars, or a fill: the fields that name voices hold step patterns."""

    energy: Range = (0.0, 1.0)
    roles: tuple[SectionRole, ...] = ()
    scratch: str = ""
    scratch_cut: str = ""
    kick: str = ""
    rim: str = ""
    snare: str = ""
    clap: str = ""
    tom_low: str = ""
    hat: str = ""
    tom_floor: str = ""
    pedal: str = ""
    tom_mid: str = ""
    open_hat: str = ""
    tom_high: str = ""
    crash: str = ""
    ride: str = ""
    bell: str = ""
    tambourine: str = ""
    splash: str = ""
    cowbell: str = ""
    crash_2: str = ""
    bongo: str = ""
    bongo_low: str = ""
    conga: str = ""
    conga_low: str = ""
    shaker: str = ""
    woodblock: str = ""

    def __post_init__(self) -> None:
        if len({pattern.beats for _, pattern in self.voices}) != 1:
            raise ContractError("the voices of a groove or fill should all have the same number of beats")

    @property
    def voices(self) -> tuple[tuple[int, Pattern], ...]:
        """Percussion key and pattern of each voice that plays."""
        texts = ((key, getattr(self, name)) for name, key in DRUM_KEYS.items())
        return tuple((key, parse_pattern(text, DRUM_MARKS)) for key, text in texts if text)

    @property
    def beats(self) -> int:
        """How many beats it lasts before it comes again."""
        return self.voices[0][1].beats


@dataclass(frozen=True)
class Drums:
    kit: str
    grooves: tuple[DrumPattern, ...]
    fills: tuple[DrumPattern, ...] = ()
    crash_at_sections: bool = True
    channel: Channel = _PLAIN


@dataclass(frozen=True)
class Figure:
    """A step pattern, and the energy at which it is played."""

    steps: str
    energy: Range = (0.0, 1.0)
    roles: tuple[SectionRole, ...] = ()


_MARKS = {Kind.BASS: BASS_MARKS, Kind.ARPEGGIO: ARPEGGIO_MARKS}


@dataclass(frozen=True)
class PartSheet:
    """One player: what it does, on what, how high, how loud, and from which energy on."""

    name: str
    kind: Kind
    patches: tuple[str, ...]  # a piece takes one of them
    register: tuple[int, int]  # lowest and highest MIDI note
    energy: Range = (0.0, 1.0)
    roles: tuple[SectionRole, ...] = ()  # none: every section
    figures: tuple[Figure, ...] = ()
    stem: str = ""  # the stem it belongs to; none: a stem of its own
    level: float = 1.0  # of its velocities
    voices: int = 4  # notes of a chord
    likelihood: float = 1.0  # share of pieces that have the part
    follow_kick: bool = False  # a bass that plays where the kick does
    strum_ms: float = 0.0  # from the first to the last note of a chord
    channel: Channel = _PLAIN

    @property
    def speaks(self) -> bool:
        """Whether it has syllables, which would get in the way of whoever talks in the film."""
        return any(patch.startswith("voice.") for patch in self.patches)

    def __post_init__(self) -> None:
        if self.register[1] - self.register[0] < 11:
            raise ContractError(f"the register of {self.name!r} should span an octave at least")
        if not self.patches:
            raise ContractError(f"{self.name!r} has no patch")
        if self.kind in (Kind.COMP, Kind.ARPEGGIO) and not self.figures:
            raise ContractError(f"{self.name!r} has no figures to play")
        if self.kind is Kind.BASS and not (self.figures or self.follow_kick):
            raise ContractError(f"{self.name!r} has no figures to play")
        for figure in self.figures:
            self.pattern(figure)

    def pattern(self, figure: Figure) -> Pattern:
        """The pattern of that name."""
        return parse_pattern(figure.steps, _MARKS.get(self.kind, DRUM_MARKS))


@dataclass(frozen=True)
class MotifPlan:
    """What becomes of the motif, unit by unit, in sections of these roles.

    `A` states it, `B` states it with a closing ending, `C` with its summit a third higher, `S` a sequence upwards,
    `s` downwards, `I` its inversion, `F` a fragment twice, `G` augmented (twice as slow), `.` rests, so that the
    answer is heard.
    """

    units: str
    roles: tuple[SectionRole, ...] = ()

    def __post_init__(self) -> None:
        if not self.units.split() or any(unit not in tuple("ABCSsIFG.") for unit in self.units.split()):
            raise ContractError(f"the motif plan {self.units!r} should be made of A B C S s I F G .")


@dataclass(frozen=True)
class MotifSheet:
    rhythms: tuple[str, ...]  # of one unit, a bar or more; a piece takes one of them
    plans: tuple[MotifPlan, ...]
    leap: float = 0.25  # how often it leaps rather than steps, 0..1
    span: int = 7  # scale steps from its lowest to its highest note
    climax_lift: int = 2  # scale steps by which it lies higher in a climax

    def __post_init__(self) -> None:
        for rhythm in self.rhythms:
            parse_pattern(rhythm, DRUM_MARKS)
        if not self.rhythms or not any(not plan.roles for plan in self.plans):
            raise ContractError("a motif needs a rhythm, and a plan for sections of any role")


@dataclass(frozen=True)
class Accent:
    """How hits of at least a weight are marked."""

    weight: float
    drums: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()  # patches of effects that begin on the hit: "fx.impact"
    approach: str = ""  # patch of an effect that leads to the hit: "fx.reverse"
    rest_beats: float = 0.0  # the band rests this long before the hit

    def __post_init__(self) -> None:
        unknown = [name for name in self.drums if name not in DRUM_KEYS]
        if unknown:
            raise ContractError(f"{unknown[0]!r} is not a drum voice; they are {', '.join(DRUM_KEYS)}")


@dataclass(frozen=True)
class HitSheet:
    """The players of accents: a chord on `patches`, and drums and effects by the hit's weight."""

    patches: tuple[str, ...]
    register: tuple[int, int]
    accents: tuple[Accent, ...]
    length_beats: float = 0.75
    voices: int = 4
    riser: str = "fx.riser"
    stop_share: float = 0.05  # of the cuts that the band may stop before
    held_back: float = 0.8  # share of their velocity that notes just before an accent keep
    phrase_bars: int = 0  # every so many bars they open a phrase; 0: others do
    channel: Channel = _PLAIN
    effects_channel: Channel = _EFFECTS
    with_effects: bool = True  # risers, impacts and the like beside the band
    stem: str = "hits"

    def __post_init__(self) -> None:
        if not self.accents or min(accent.weight for accent in self.accents) > 0:
            raise ContractError("there should be an accent of weight 0, for the lightest hits")
        if not 0.5 <= self.held_back <= 1:
            raise ContractError("notes before an accent keep half of their velocity at least")
        if not 0 <= self.stop_share <= 0.2:
            raise ContractError("the band stops before at most a fifth of the cuts")


@dataclass(frozen=True)
class Style:
    """Everything that makes music of one style."""

    id: str
    name: str
    summary: str
    words: tuple[str, ...]  # words in a brief that ask for it
    mood: str  # where nobody says
    tempo: Tempo
    harmony: HarmonySheet
    parts: tuple[PartSheet, ...]
    hits: HitSheet
    motif: MotifSheet
    touch: Touch = dataclasses.field(default_factory=Touch)
    drums: Drums | None = None
    meters: tuple[int, ...] = (4,)
    modes: tuple[str, ...] = ("minor", "major")  # that suit it, the likeliest first
    master: Master = dataclasses.field(default_factory=Master)

    @property
    def rhythm(self) -> RhythmTraits:
        """What the planner of beats is told of the style."""
        return RhythmTraits(self.tempo.bend, self.tempo.sixteenths, stop_share=self.hits.stop_share)

    def __post_init__(self) -> None:
        names = [part.name for part in self.parts]
        if len(set(names)) != len(names):
            raise ContractError("two parts have the same name")
        if self.parts and not any(part.energy[0] <= 0 and not part.roles for part in self.parts):
            raise ContractError("one part at least should play at every energy, or quiet bars would be silent")
