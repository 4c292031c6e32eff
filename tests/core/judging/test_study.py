"""Reading answers: known strengths come back, what is none of the study's is named, agreement is agreement."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from vem_core.contract.codec import dumps
from vem_core.contract.errors import InputError
from vem_core.judging.study.making import matched, page_of
from vem_core.judging.study.messages import Clip, FilmAnswer, Rating, StudyAnswers, StudyKey
from vem_core.judging.study.ranking import bradley_terry, krippendorff_alpha
from vem_core.judging.study.reading import read_study, to_markdown

SYSTEMS = ("one", "two", "three")
KEY = StudyKey(
    "study", "A title", SYSTEMS,
    tuple(Clip(f"{film}{system}", f"t{film}", f"film {film}", system) for film in "ab" for system in SYSTEMS),
)  # fmt: skip


def answers(rater: str, best: str = "one", marks: tuple[int, ...] = (8, 5, 2), **changed: object) -> StudyAnswers:
    rated = [list(zip(SYSTEMS, marks, strict=True)) for _ in "ab"]
    films = tuple(
        FilmAnswer(f"t{film}", tuple(Rating(f"{film}{system}", mark, mark) for system, mark in each), f"{film}{best}")
        for film, each in zip("ab", rated, strict=True)
    )
    return StudyAnswers(**{"study": "study", "rater": rater, "films": films, **changed})  # type: ignore[arg-type]


def write(folder: Path, *given: StudyAnswers | str) -> list[Path]:
    paths = []
    for number, each in enumerate(given):
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(each if isinstance(each, str) else dumps(each))
    (folder / "key.json").write_text(dumps(KEY))
    return paths


def test_means_shares_and_ranking(tmp_path: Path) -> None:
    paths = write(tmp_path, answers("r1"), answers("r2", "two", (6, 7, 2)), answers("r3", marks=(9, 5, 1)))
    result = read_study(paths, tmp_path / "key.json")
    assert [row.system for row in result.systems] == ["one", "two", "three"]
    first = result.systems[0]
    assert first.quality.value == pytest.approx(23 / 3)
    assert first.top_1.value == pytest.approx(2 / 3)
    assert first.quality.low <= first.quality.value <= first.quality.high
    assert sum(row.strength.value for row in result.systems) == pytest.approx(1)
    assert "| one | 7.67" in to_markdown(result)


@pytest.mark.parametrize(
    ("strange", "said"),
    [
        ("not json", "no answers of a study"),
        (dumps(answers("r9", study="another")), "another study"),
        (dumps(answers("r9")).replace('"aone"', '"zone"'), "does not have"),
        (dumps(answers("r9")).replace('"quality":8', '"quality":80'), "between 1 and 10"),
        (dumps(answers("r1")), "read already"),
        (json.dumps({"schema": "StudyAnswers.1", "study": "study"}), "no answers of a study"),
    ],
)
def test_what_is_none_of_the_studys_is_named_and_left_out(tmp_path: Path, strange: str, said: str) -> None:
    result = read_study(write(tmp_path, answers("r1"), strange), tmp_path / "key.json")
    assert result.raters == {"lay": 1}
    assert len(result.left_out) == 1
    assert said in result.left_out[0]


def test_without_any_answer_there_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no answers to this study"):
        read_study(write(tmp_path, "{}"), tmp_path / "key.json")


def test_one_group_alone(tmp_path: Path) -> None:
    paths = write(tmp_path, answers("r1", group="expert"), answers("r2", "two"))
    assert read_study(paths, tmp_path / "key.json", "expert").raters == {"expert": 1}


def test_bradley_terry_finds_the_strengths_that_made_the_wins() -> None:
    strengths = np.array([0.5, 0.3, 0.15, 0.05])
    rng = np.random.default_rng(0)
    wins = np.zeros((4, 4))
    for system in range(4):
        for other in range(system):
            won = rng.binomial(4_000, strengths[system] / (strengths[system] + strengths[other]))
            wins[system, other], wins[other, system] = won, 4_000 - won
    assert bradley_terry(wins) == pytest.approx(strengths, abs=0.01)


def test_one_that_never_wins_still_has_a_strength() -> None:
    found = bradley_terry(np.array([[0.0, 9.0], [0.0, 0.0]]))
    assert 0 < found[1] < 0.05
    assert found.sum() == pytest.approx(1)


def test_agreement() -> None:
    same = [{"a": float(mark), "b": float(mark)} for mark in range(5)]
    opposite = [{"a": float(mark), "b": float(4 - mark)} for mark in range(5)]
    assert krippendorff_alpha(same) == pytest.approx(1)
    assert krippendorff_alpha(opposite) < 0
    assert math.isnan(krippendorff_alpha([{"a": 1.0}]))


def test_agreement_is_krippendorffs_own_example() -> None:
    """Nominal data of four observers, "Computing Krippendorff's alpha-reliability", example C: alpha is 0.743."""
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [
        {str(who): float(marks[unit]) for who, marks in enumerate(observers) if marks[unit] is not None}  # type: ignore[arg-type]
        for unit in range(12)
    ]
    assert krippendorff_alpha(units, nominal=True) == pytest.approx(0.743, abs=1e-3)
    assert krippendorff_alpha(units) == pytest.approx(0.849, abs=1e-3)  # its interval form, example E


def test_loudness_is_matched_without_clipping() -> None:
    from vem_core.audio.loudness import measure_loudness

    rng = np.random.default_rng(0)
    quiet, loud = (level * rng.standard_normal((2, 96_000)).astype(np.float32) for level in (0.01, 0.2))
    spiky = loud * 0.01
    spiky[:, ::20_000] = 0.9
    sounds = matched([quiet, loud, spiky, np.zeros_like(quiet)])
    loudness = [measure_loudness(sound) for sound in sounds[:3]]
    assert max(loudness) - min(loudness) < 0.1
    assert all(np.abs(sound).max() < 1 for sound in sounds)
    assert not sounds[3].any()


def test_the_page_cannot_be_broken_out_of() -> None:
    odd = StudyKey("study", "</script><script>alert(1)</script>", SYSTEMS, KEY.clips)
    assert "</script><script>alert" not in page_of(odd)
