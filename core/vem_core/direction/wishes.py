"""What words say of the music: the grammar's result, before anything is weighed against pictures and defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vem_core.contract.brief import Conflict, Source, Understood
from vem_core.contract.plan import Ending
from vem_core.direction.levels import LevelWish
from vem_core.direction.parts import PartWish


@dataclass(frozen=True)
class TempoWish:
    numbers: tuple[float, float]  # lowest and highest, BPM
    stated: bool  # as a number; a number beats an adjective
    words: str
    refused: bool = False  # "not fast": what the music shall not be
    softly: bool = False  # "not too fast"
    bound: str = ""  # open at one end: "below" for at most, "above" for at least

    @property
    def width(self) -> float:
        """How many BPM the range holds."""
        return self.numbers[1] - self.numbers[0]


def joined_bounds(wishes: Sequence[TempoWish]) -> list[TempoWish]:
    """Tempi in numbers with those made one that limit each other: "at least 90, at most 100", "about 100, 102 at most".

    Where two have no tempo in common, both stay, and the later one counts.
    """
    joined: list[TempoWish] = []
    for wish in wishes:
        last = joined[-1] if joined else None
        if last is not None and (both := _both(last, wish)) is not None:
            joined[-1] = both
        else:
            joined.append(wish)
    return joined


def _both(one: TempoWish, other: TempoWish) -> TempoWish | None:
    """What two tempi in numbers have in common, if one of them is open at an end; None where they have nothing."""
    stated = one.stated and other.stated and not one.refused and not other.refused
    if not stated or not (one.bound or other.bound):
        return None
    low = max(each.numbers[0] if each.bound != "below" else 0.0 for each in (one, other))
    high = min(each.numbers[1] if each.bound != "above" else float("inf") for each in (one, other))
    if one.bound == other.bound:  # open at the same end
        low, high = (low, low + one.width) if one.bound == "above" else (high - one.width, high)
    if low > high:
        return None
    bound = one.bound if one.bound == other.bound else ""
    return TempoWish((low, high), True, f"{one.words}, {other.words}", bound=bound)


@dataclass(frozen=True)
class MoodWish:
    mood: str
    weight: float  # below 0: not this
    words: str
    phase: int = 0  # moods that follow each other ("restless, then open")


@dataclass(frozen=True)
class GenreWish:
    genre: str
    words: str
    weak: bool = False  # a word of other trades too


@dataclass(frozen=True)
class Said:
    """Everything that a text says. Lists are in the order of the text."""

    source: Source = Source.WORDS
    tempos: tuple[TempoWish, ...] = ()
    keys: tuple[tuple[str, str, str], ...] = ()  # tonic (or empty), mode, words
    meters: tuple[tuple[int, str], ...] = ()  # beats of a bar, words
    genres: tuple[GenreWish, ...] = ()
    refused_genres: tuple[GenreWish, ...] = ()
    only: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    levels: tuple[LevelWish, ...] = ()  # players that shall be softer or louder
    moods: tuple[MoodWish, ...] = ()
    energies: tuple[tuple[float, str], ...] = ()  # of the whole piece
    arc: tuple[tuple[float, float], ...] = ()  # (share of the length or, above 1, seconds + 1000; energy)
    parts: tuple[PartWish, ...] = ()  # who plays in a part of the piece only
    density: float | None = None
    ending: Ending | None = None
    understood: tuple[Understood, ...] = ()
    not_understood: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    guessed: frozenset[str] = frozenset()  # fields that a language model filled: "mood", "with"

    @property
    def sparing(self) -> tuple[str, ...]:
        """The players of whom less is asked: neither put in nor taken out."""
        return tuple(dict.fromkeys(wish.instrument for wish in self.levels if wish.change_db < 0))

    @property
    def is_empty(self) -> bool:
        """Whether the text says nothing of the music."""
        return not self.understood


@dataclass
class Draft:
    """A `Said` in the making."""

    source: Source
    tempos: list[TempoWish] = field(default_factory=list)
    keys: list[tuple[str, str, str]] = field(default_factory=list)
    meters: list[tuple[int, str]] = field(default_factory=list)
    genres: list[GenreWish] = field(default_factory=list)
    refused_genres: list[GenreWish] = field(default_factory=list)
    only: list[str] = field(default_factory=list)
    with_: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    levels: list[LevelWish] = field(default_factory=list)
    moods: list[MoodWish] = field(default_factory=list)
    energies: list[tuple[float, str]] = field(default_factory=list)
    arc: list[tuple[float, float]] = field(default_factory=list)
    parts: list[PartWish] = field(default_factory=list)
    density: float | None = None
    ending: Ending | None = None
    understood: list[Understood] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def take(self, words: str, meaning: str) -> None:
        """Note that words were taken for something."""
        self.understood.append(Understood(" ".join(words.split()), meaning, self.source))

    def lose(self, lost: str, to: str, reason: str) -> None:
        """Note that words lost to others, and why; runs of blanks become one."""
        self.conflicts.append(Conflict(" ".join(lost.split()), " ".join(to.split()), reason, self.source))

    def finished(self) -> Said:
        """What was said, frozen; instruments that were named twice count once."""
        return Said(
            source=self.source,
            tempos=tuple(self.tempos),
            keys=tuple(self.keys),
            meters=tuple(self.meters),
            genres=tuple(self.genres),
            refused_genres=tuple(self.refused_genres),
            only=tuple(dict.fromkeys(self.only)),
            with_=tuple(dict.fromkeys(self.with_)),
            without=tuple(dict.fromkeys(self.without)),
            levels=tuple({wish.instrument: wish for wish in self.levels}.values()),  # the later one counts
            moods=tuple(self.moods),
            energies=tuple(self.energies),
            arc=tuple(self.arc),
            parts=tuple(self.parts),
            density=self.density,
            ending=self.ending,
            understood=tuple(self.understood),
            not_understood=tuple(self.not_understood),
            conflicts=tuple(self.conflicts),
        )
