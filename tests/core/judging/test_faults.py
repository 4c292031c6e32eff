"""Each planted fault moves the measures that should see it, in the right way, and leaves the others where they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes.toy_films import tone_taggers, toy_ears, toy_take, toy_takes
from vem_core.judging.baselines import best_metronome, clicks, metronome
from vem_core.judging.faults import FAULTS, Effect, effects_of_all, effects_table, reversed_film
from vem_core.judging.hearing import hear

ROOT = Path(__file__).resolve().parents[3]
EARS = toy_ears(taggers=tone_taggers())

SEEN_BY = {
    "music of another film": {"clap", "lb", "tw_clap", "tw_lb", "kld", "biou", "gain_beats_1_frame", "event_gain"},
    "half a beat late": {"hit_beats_10_ms", "gain_beats_1_frame", "gain_beats_100_ms"},
    "cuts reversed": {"gain_beats_10_ms", "gain_beats_1_frame", "event_gain"},
    "noise": {"fad_mtt", "fad_msd", "kld", "is"},
    "12 dB quieter": set(),
    "words of another film": {"clap", "tw_clap", "tempo_obeyed", "style_heard"},
    "stops early": {"length_error_ms", "biou", "hit_beats_1_frame"},
}
"""What must say that it got worse."""

MOVED_BY = {"noise": {"quiet_floor_db", "loudness_lufs"}, "12 dB quieter": {"loudness_lufs"}}

BLIND_TO = {
    "half a beat late": {"clap", "lb", "tempo_obeyed", "tbiou", "length_error_ms", "hit_eighths_1_frame"},
    "cuts reversed": {"clap", "lb", "biou", "tempo_obeyed", "loudness_lufs"},
    "12 dB quieter": {"clap", "biou", "tbiou", "hit_beats_10_ms", "event_own", "quiet_floor_db", "accent_share"},
    "words of another film": {"lb", "tw_lb", "biou", "tbiou", "hit_beats_10_ms", "event_own", "loudness_lufs"},
    "music of another film": {"tbiou", "is", "fad_mtt"},  # the same music, in the wrong places
}


@pytest.fixture(scope="module")
def effects() -> dict[str, dict[str, Effect]]:
    return effects_of_all(toy_takes(EARS), EARS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_by_what_should_see_it(effects: dict[str, dict[str, Effect]], fault: str) -> None:
    assert {measure for measure in SEEN_BY[fault] if not effects[fault][measure].is_worse} == set()
    assert {measure for measure in MOVED_BY.get(fault, set()) if not effects[fault][measure].is_seen} == set()


@pytest.mark.parametrize("fault", BLIND_TO)
def test_and_by_nothing_that_should_not(effects: dict[str, dict[str, Effect]], fault: str) -> None:
    assert {measure for measure in BLIND_TO[fault] if effects[fault][measure].is_seen} == set()


def test_every_fault_is_seen_by_something(effects: dict[str, dict[str, Effect]]) -> None:
    assert {fault for fault, found in effects.items() if not any(effect.is_seen for effect in found.values())} == set()
    table = effects_table(effects)
    assert "| TBIoU | blind" in table
    assert table.count("\n") > 20


@pytest.mark.slow
def test_a_metronome_that_never_saw_the_film_scores_tbiou_like_a_beat_on_every_cut() -> None:
    ears, blind, fitted = toy_ears(), [], []
    for index in range(6):
        take = toy_take(index, ears)
        film = take.seen.film
        grid = np.arange(0.13, film.duration_s, take.period_samples / 48_000)
        cuts = np.array(film.cuts_s)
        apart = np.abs(cuts[:, None] - grid[None, :]).min(axis=0) > 0.5 * take.period_samples / 48_000
        heard = [
            hear(take.seen, clicks(film, instants), ears).values for instants in (grid, np.union1d(cuts, grid[apart]))
        ]
        blind.append(heard[0])
        fitted.append(heard[1])
    means = {
        measure: [float(np.mean([each[measure] for each in side])) for side in (blind, fitted)]
        for measure in ("tbiou", "hit_beats_1_frame")
    }
    assert abs(means["tbiou"][0] - means["tbiou"][1]) < 0.05
    assert means["hit_beats_1_frame"][1] - means["hit_beats_1_frame"][0] > 0.6


def test_the_best_constant_tempo_meets_more_cuts_than_a_blind_one() -> None:
    ears = toy_ears()
    take = toy_take(2, ears)
    best, blind = (
        hear(take.seen, make(take.seen.film), ears).values["hit_beats_1_frame"] for make in (best_metronome, metronome)
    )
    assert best == 1.0 > blind


def test_the_table_in_the_records_is_this_one(effects: dict[str, dict[str, Effect]]) -> None:
    page = (ROOT / "docs/records/planted-faults.md").read_text(encoding="utf-8")
    assert effects_table(effects) in page, "write it again: python benchmarks/planted_faults.py"


def test_reversed_twice_is_as_before() -> None:
    film = toy_take(1, toy_ears()).seen.film
    assert reversed_film(reversed_film(film)) == film != reversed_film(film)
