"""What passes between the one who makes a study, its raters, and the one who reads it.

StudyKey.1       stays with whoever made it: which clip is whose
StudyPage.1      what the page knows: tokens only
StudyAnswers.1   one rater's file, as the page saves it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.errors import ContractError

LOWEST, HIGHEST = 1, 10
"""Of both scales, as in the paper."""

GROUPS = ("expert", "lay")
_LONGEST_COMMENT = 4_000


@dataclass(frozen=True)
class Clip:
    """One film with one system's music."""

    token: str
    film_token: str
    film: str
    system: str


@dataclass(frozen=True)
class StudyKey:
    """Which clip is whose."""

    schema_label: ClassVar[str] = "StudyKey.1"

    study: str  # names the study without naming anything in it
    title: str
    systems: tuple[str, ...]
    clips: tuple[Clip, ...]


@dataclass(frozen=True)
class PageFilm:
    """One film as the page sees it: a token, and the tokens of its clips, which it shows in an order of its own."""

    token: str
    clips: tuple[str, ...]


@dataclass(frozen=True)
class StudyPage:
    """All that a rater's browser is told."""

    schema_label: ClassVar[str] = "StudyPage.1"

    study: str
    title: str
    films: tuple[PageFilm, ...]


@dataclass(frozen=True)
class Rating:
    """What a rater said of one clip. Raises ContractError for a mark off the scale."""

    clip: str
    quality: int  # MOS-Q
    alignment: int  # MOS-A
    place: int = 0  # in the order in which this rater was shown the film's clips, from 0

    def __post_init__(self) -> None:
        if not (LOWEST <= self.quality <= HIGHEST and LOWEST <= self.alignment <= HIGHEST):
            raise ContractError(f"marks lie between {LOWEST} and {HIGHEST}")


@dataclass(frozen=True)
class FilmAnswer:
    """What a rater said of one film's clips."""

    film: str
    ratings: tuple[Rating, ...]
    best: str | None = None  # the clip that they would take
    comment: str = ""

    def __post_init__(self) -> None:
        clips = [rating.clip for rating in self.ratings]
        if len(set(clips)) < len(clips):
            raise ContractError("a clip is rated twice")
        if len(self.comment) > _LONGEST_COMMENT:
            raise ContractError(f"a comment has at most {_LONGEST_COMMENT} characters")


@dataclass(frozen=True)
class StudyAnswers:
    """One rater's answers."""

    schema_label: ClassVar[str] = "StudyAnswers.1"

    study: str
    rater: str  # drawn by the page; no name
    group: str = "lay"
    seconds: float = 0.0  # that the page was worked on
    films: tuple[FilmAnswer, ...] = ()

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ContractError(f"raters are {' or '.join(GROUPS)}")
        films = [answer.film for answer in self.films]
        if len(set(films)) < len(films):
            raise ContractError("a film is answered twice")
