"""From folders to one table, with ears that hear clicks and tones: counted, compared, written."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.toy_films import toy_ears, toy_take, toy_takes
from vem_core.audio.types import Audio
from vem_core.contract.errors import InputError
from vem_core.judging.bootstrap import difference_interval, mean_interval
from vem_core.judging.films import FilmManifest, FilmSet
from vem_core.judging.judgement import Judgement, from_text, to_text
from vem_core.judging.judging import Sources, judge
from vem_core.judging.measures import MEASURES, measure_by_id
from vem_core.judging.systems import System
from vem_core.judging.tables import to_csv, to_markdown
from vem_core.judging.writing import write_judgement

RATE_HZ = 48_000


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[FilmSet, Path]:
    """Four films: music that fits, silence, music that lacks a film and has a broken one."""
    folder = tmp_path_factory.mktemp("world")
    takes = toy_takes(toy_ears(), 4)
    films = FilmSet(FilmManifest("toys", "1", tuple(take.seen.film for take in takes)), folder)
    for take in takes:
        name = take.seen.film.id
        write(folder / "fits" / f"{name}.wav", take.music)
        write(folder / "silent" / f"{name}.wav", np.zeros_like(take.music))
        write(folder / "partly" / f"{name}.wav", take.music[:, RATE_HZ:])
        write(folder / "real" / f"{name}.wav", take.music)
    (folder / "partly" / "toy-0.wav").unlink()
    (folder / "partly" / "toy-1.wav").write_bytes(b"broken")
    return films, folder


@pytest.fixture(scope="module")
def judgement(world: tuple[FilmSet, Path]) -> Judgement:
    films, folder = world
    systems = [System(name, folder / name, "plain") for name in ("fits", "silent", "partly")]
    sources = Sources(references=System("real", folder / "real", "plain"))
    return judge(systems, films, toy_ears(), sources, lambda text: None)


def write(path: Path, music: Audio) -> None:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, music.T, RATE_HZ, subtype="FLOAT")


def test_missing_and_broken_films_are_counted_and_named(judgement: Judgement) -> None:
    partly = judgement.systems[2]
    assert partly.missing == ("toy-0",)
    assert [each.film for each in partly.broken] == ["toy-1"]
    assert "cannot be read" in partly.broken[0].reason
    assert partly.films == ("toy-2", "toy-3")
    assert [len(row.films) for row in judgement.systems] == [4, 4, 2]


def test_pairs_are_compared_on_common_films_only(judgement: Judgement) -> None:
    assert {(pair.one, pair.other): pair.films for pair in judgement.pairs} == {
        ("fits", "silent"): 4, ("fits", "partly"): 2, ("silent", "partly"): 2}  # fmt: skip
    difference = judgement.pairs[0].differences["hit_beats_1_frame"]
    assert difference is not None
    assert difference.value == pytest.approx(1.0)


def test_what_fits_wins_on_every_measure_that_can_see_it(judgement: Judgement) -> None:
    fits, silent = judgement.systems[0].figures, judgement.systems[1].figures
    for measure in ("clap", "tw_clap", "biou", "tbiou", "gain_beats_1_frame", "gain_eighths_10_ms"):
        better, worse = fits[measure], silent[measure]
        assert better is not None
        assert worse is not None
        assert better.low > worse.high, measure


def test_what_was_not_given_is_said_and_not_guessed(judgement: Judgement) -> None:
    page = to_markdown(judgement)
    assert judgement.systems[0].figures["lb"] is None  # no movies
    assert "LB: needs LanguageBind (--languagebind) and movies." in page
    assert "FAD (MTT): needs musicnn" in page


def test_silence_has_no_loudness_and_the_table_says_silent(judgement: Judgement) -> None:
    assert "silent" in to_markdown(judgement)
    loudness = judgement.systems[1].figures["loudness_lufs"]
    assert loudness is None or loudness.value == -math.inf


def test_the_json_comes_back_as_it_was(judgement: Judgement) -> None:
    text = to_text(judgement)
    assert to_text(from_text(text)) == text
    assert json.loads(text)["schema"] == "Judgement.1"
    with pytest.raises(InputError, match="no judgement"):
        from_text("{}")


def test_the_csv_has_a_line_for_each_figure_and_difference(judgement: Judgement) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(judgement))))
    of_fits = [row for row in rows if row["system"] == "fits" and not row["less"]]
    measured = [name for name, found in judgement.systems[0].figures.items() if found is not None]
    assert [row["measure"] for row in of_fits] == measured
    assert any(row["less"] == "silent" for row in rows)


def test_the_four_files_are_written(judgement: Judgement, tmp_path: Path) -> None:
    write_judgement(judgement, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "judgement.csv", "judgement.json", "judgement.md", "judgement.png"]  # fmt: skip
    assert (tmp_path / "out" / "judgement.png").stat().st_size > 5_000


def test_music_that_is_too_long_is_cut_and_its_length_named(world: tuple[FilmSet, Path], tmp_path: Path) -> None:
    take = toy_take(0, toy_ears())
    twice = np.concatenate([take.music, take.music], axis=1)
    write(tmp_path / "toy-0.wav", twice)
    films = world[0].only(frozenset({"toy-0"}))
    judged = judge([System("long", tmp_path, "plain")], films, toy_ears(), Sources(), lambda text: None).systems[0]
    length, tbiou = judged.figures["length_error_ms"], judged.figures["tbiou"]
    assert length is not None
    assert tbiou is not None
    assert length.value == pytest.approx(1000 * take.music.shape[1] / RATE_HZ, abs=1)
    assert tbiou.value > 0.1  # beats after the film are not counted against it


def test_one_film_has_no_interval_and_two_have_one() -> None:
    assert mean_interval([]) is None
    assert mean_interval([math.nan]) is None
    assert mean_interval([2.0]) == (2.0, 2.0, 2.0)
    found = mean_interval([1.0, 2.0, 3.0, math.nan])
    assert found is not None
    assert found.low < found.value == 2.0 < found.high


def test_a_difference_leaves_out_films_that_lack_either() -> None:
    found = difference_interval([1.0, 2.0, math.nan], [0.0, 1.0, 5.0])
    assert found == (1.0, 1.0, 1.0)


def test_bootstrap_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        found = mean_interval(rng.normal(1.0, 1.0, 40).tolist(), draws=400)
        assert found is not None
        held += found.low <= 1.0 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_measures_have_ids_of_their_own_and_say_what_they_mean() -> None:
    assert len({measure.id for measure in MEASURES}) == len(MEASURES)
    assert all(measure.meaning for measure in MEASURES)
    assert measure_by_id("tbiou").name == "TBIoU"
    assert {field.name for field in dataclasses.fields(measure_by_id("is"))} >= {"better", "needs"}
