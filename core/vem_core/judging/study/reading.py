"""Answers read: means with intervals, who is taken how often, a Bradley-Terry ranking, and whether raters agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.codec import loads
from vem_core.contract.errors import ContractError, InputError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.judging.distances import Interval
from vem_core.judging.study.messages import FilmAnswer, StudyAnswers, StudyKey
from vem_core.judging.study.ranking import bradley_terry, krippendorff_alpha

Message = TypeVar("Message", StudyKey, StudyAnswers)

DRAWS = 500
_SEED = 23


@dataclass(frozen=True)
class SystemRow:
    """One system in the raters' ears."""

    system: str
    quality: Interval  # MOS-Q, 1..10
    alignment: Interval  # MOS-A, 1..10
    top_1: Interval  # share of films and raters that took it
    strength: Interval  # Bradley-Terry, all sum to 1
    ratings: int


@dataclass(frozen=True)
class StudyResult:
    """What a study came to."""

    title: str
    raters: dict[str, int]  # by group
    films: int
    systems: tuple[SystemRow, ...]  # the strongest first
    agreement: dict[str, float]  # Krippendorff's alpha of quality, fit and the choice
    comments: tuple[str, ...]
    left_out: tuple[str, ...]  # files, and why


def read_study(paths: Sequence[Path], key_path: Path, group: str | None = None) -> StudyResult:
    """The result of all answers (of one group of raters, if named). A file that is none of this study's is named and
    left out. Raises InputError for a key that cannot be read, and where no answer is left."""
    key = _read(StudyKey, key_path, "key")
    answers: dict[str, StudyAnswers] = {}
    left_out = []
    for path in paths:
        try:
            found = _checked(_read(StudyAnswers, path, "answers"), key)
        except InputError as error:
            left_out.append(f"{path.name}: {error.message}")
            continue
        if found.rater in answers:
            left_out.append(f"{path.name}: rater {found.rater} was read already.")
        elif group is None or found.group == group:
            answers[found.rater] = found
    if not any(answer.films for answer in answers.values()):
        raise InputError("There are no answers to this study.", hint="\n".join(left_out) or "Name the raters' files.")
    return _result(key, list(answers.values()), tuple(left_out))


def to_markdown(result: StudyResult) -> str:
    """The result as a page."""
    raters = ", ".join(f"{count} {group}" for group, count in result.raters.items())
    lines = [
        f"# {result.title}",
        "",
        f"{raters}; {result.films} films. In brackets 95 % intervals of a bootstrap over raters and films.",
        "",
        "| system | MOS-Q | MOS-A | Top-1 | Bradley-Terry | ratings |",
        "|---|---|---|---|---|---|",
    ]
    for row in result.systems:
        top = f"{row.top_1.value:.0%} [{row.top_1.low:.0%}, {row.top_1.high:.0%}]"
        cells = [_cell(row.quality), _cell(row.alignment), top, _cell(row.strength), str(row.ratings)]
        lines.append(f"| {row.system} | {' | '.join(cells)} |")
    agreement = ", ".join(f"{name} {value:.2f}" for name, value in result.agreement.items())
    lines += ["", f"Agreement among raters (Krippendorff's alpha): {agreement}."]
    if result.comments:
        lines += ["", "## Comments", "", *(f"- {comment}" for comment in result.comments)]
    if result.left_out:
        lines += ["", "## Left out", "", *(f"- {each}" for each in result.left_out)]
    return "\n".join(lines) + "\n"


def plain(result: StudyResult) -> dict[str, object]:
    """The result as JSON values."""
    return asdict(result)


def _read(cls: type[Message], path: Path, what: str) -> Message:
    try:
        return loads(cls, read_regular(path, MAX_TEXT_BYTES))
    except OSError as error:
        raise InputError(f"The {what} {path} cannot be read: {error.strerror or error}.") from error
    except ContractError as error:
        raise InputError(f"{path.name} holds no {what} of a study: {error.message}".rstrip(".") + ".") from error


def _checked(answers: StudyAnswers, key: StudyKey) -> StudyAnswers:
    """Answers to this study, each film's clips its own and all rated. Raises InputError."""
    if answers.study != key.study:
        raise InputError("It answers another study.")
    clips: dict[str, set[str]] = {}
    for clip in key.clips:
        clips.setdefault(clip.film_token, set()).add(clip.token)
    for answer in answers.films:
        rated = {rating.clip for rating in answer.ratings}
        if rated != clips.get(answer.film, set()) or (answer.best is not None and answer.best not in rated):
            raise InputError("It rates clips that this study does not have.")
    return answers


class _Marks:
    """All marks in arrays: (answers, systems), an answer is one rater's of one film."""

    def __init__(self, key: StudyKey, raters: Sequence[StudyAnswers]) -> None:
        self.systems = key.systems
        system_of = {clip.token: key.systems.index(clip.system) for clip in key.clips}
        pairs = [(rater.rater, answer) for rater in raters for answer in rater.films]
        self.raters = np.array([rater for rater, _ in pairs])
        self.films = np.array([answer.film for _, answer in pairs])
        shape = (len(pairs), len(key.systems))
        self.quality, self.alignment = np.full(shape, np.nan), np.full(shape, np.nan)
        self.best = np.full(len(pairs), -1)
        for row, (_, answer) in enumerate(pairs):
            self._take(row, answer, system_of)

    def _take(self, row: int, answer: FilmAnswer, system_of: dict[str, int]) -> None:
        for rating in answer.ratings:
            self.quality[row, system_of[rating.clip]] = rating.quality
            self.alignment[row, system_of[rating.clip]] = rating.alignment
        if answer.best is not None:
            self.best[row] = system_of[answer.best]

    def drawn(self, random: np.random.Generator) -> NDArray[np.int64]:
        """Answers of raters and films drawn anew, both with repetition."""
        weights = np.ones(len(self.raters), np.int64)
        for names in (self.raters, self.films):
            known, place = np.unique(names, return_inverse=True)
            weights *= random.multinomial(len(known), np.full(len(known), 1 / len(known)))[place]
        return np.repeat(np.arange(len(weights)), weights)

    def figures(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Quality, alignment, top-1 share and strength of every system over some answers: (4, systems)."""
        count = len(self.systems)
        taken = self.best[rows][self.best[rows] >= 0]
        shares = np.bincount(taken, minlength=count) / max(1, len(taken))
        wins = np.tile(np.bincount(taken, minlength=count)[:, None], (1, count)).astype(float)
        means = [np.nanmean(marks[rows], axis=0) for marks in (self.quality, self.alignment)]
        return np.stack([*means, shares, bradley_terry(wins)])


def _result(key: StudyKey, raters: list[StudyAnswers], left_out: tuple[str, ...]) -> StudyResult:
    marks = _Marks(key, raters)
    value = marks.figures(np.arange(len(marks.raters)))
    random = np.random.default_rng(_SEED)
    draws = [marks.figures(rows) for rows in (marks.drawn(random) for _ in range(DRAWS)) if len(rows)]
    low, high = np.quantile(np.stack(draws), (0.025, 0.975), axis=0)
    rows = []
    for place, system in enumerate(key.systems):
        intervals = [Interval(*(float(each[figure, place]) for each in (value, low, high))) for figure in range(4)]
        quality, alignment, top_1, strength = intervals
        rated = int(np.isfinite(marks.quality[:, place]).sum())
        rows.append(SystemRow(system, quality, alignment, top_1, strength, rated))
    groups = {group: sum(rater.group == group for rater in raters) for group in sorted({each.group for each in raters})}
    comments = tuple(answer.comment for rater in raters for answer in rater.films if answer.comment.strip())
    return StudyResult(
        key.title,
        groups,
        len(np.unique(marks.films)),
        tuple(sorted(rows, key=lambda row: -row.strength.value)),
        _agreement(marks),
        comments,
        left_out,
    )


def _agreement(marks: _Marks) -> dict[str, float]:
    def units(values: NDArray[np.float64]) -> list[dict[str, float]]:
        return [
            {str(rater): float(mark) for rater, mark in zip(marks.raters[rows], values[rows, place], strict=True)}
            for rows in (marks.films == film for film in np.unique(marks.films))
            for place in range(values.shape[1])
        ]

    chosen = np.where(marks.best[:, None] >= 0, marks.best[:, None], np.nan).astype(float)
    choices = [{rater: mark for rater, mark in unit.items() if np.isfinite(mark)} for unit in units(chosen)]
    return {
        "quality": krippendorff_alpha(units(marks.quality)),
        "fit": krippendorff_alpha(units(marks.alignment)),
        "choice": krippendorff_alpha(choices, nominal=True),
    }


def _cell(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"
