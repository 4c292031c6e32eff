"""Plan features: instants come back from cell and offset, phases turn once a beat, chords are what they are called."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.piece import Chord
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import ScorePlan, SectionRole
from vem_core.models.features import (
    LEAD_SHEET_CHANNELS,
    RHYTHM_CHANNELS,
    LeadSheet,
    Transition,
    chord_intervals,
    latent_count,
    lead_sheet_features,
    lead_sheet_of,
    rhythm_features,
)
from vem_core.models.scenes import SceneIndex, scene_index

NO_LEAD_SHEET = LeadSheet()


def index_of(plan: ScorePlan) -> SceneIndex:
    starts = np.array(plan.shot_starts_samples) / 1920
    return scene_index(starts, np.zeros(len(starts)), latent_count(plan.duration_samples))


def rhythm(plan: ScorePlan, name: str, transitions: tuple[Transition, ...] = ()) -> np.ndarray:
    return rhythm_features(plan, transitions)[0, RHYTHM_CHANNELS.index(name)].numpy()


def lead(plan: ScorePlan, name: str, sheet: LeadSheet = NO_LEAD_SHEET) -> np.ndarray:
    return lead_sheet_features(plan, sheet, index_of(plan))[0, LEAD_SHEET_CHANNELS.index(name)].numpy()


def instants(plan: ScorePlan, name: str, transitions: tuple[Transition, ...] = ()) -> np.ndarray:
    """Samples of the instants that a pair of channels stands for."""
    cells = np.flatnonzero(rhythm(plan, name, transitions))
    return (cells + 0.5 + rhythm(plan, f"{name} offset", transitions)[cells]) * 1920


@pytest.mark.parametrize("bpm", [63.0, 100.0, 171.3])
def test_every_beat_comes_back_to_the_sample(bpm: float) -> None:
    plan = score_plan(bpm=bpm, drift=0.02)
    np.testing.assert_allclose(instants(plan, "beat"), [beat.samples for beat in plan.beats], atol=1)
    downbeats = [beat.samples for beat in plan.beats if beat.number == 1]
    np.testing.assert_allclose(instants(plan, "downbeat"), downbeats, atol=1)


@given(st.lists(st.floats(0, 800), min_size=1, max_size=20, unique_by=int))
def test_every_cut_comes_back(positions: list[float]) -> None:
    transitions = tuple(Transition(position) for position in sorted(positions))
    found = instants(score_plan(), "cut", transitions) / 1920
    np.testing.assert_allclose(found, sorted(positions), atol=1e-3)


def test_the_phase_turns_once_a_beat() -> None:
    plan = score_plan(bpm=100)
    angle = np.arctan2(rhythm(plan, "beat phase sine"), rhythm(plan, "beat phase cosine")) / (2 * np.pi) % 1
    beats = np.array([beat.samples for beat in plan.beats]) / 1920
    for cell in range(40, 200):
        exact = np.interp(cell + 0.5, beats, np.arange(len(beats))) % 1
        assert min(abs(angle[cell] - exact), 1 - abs(angle[cell] - exact)) < 1e-3


def test_the_tempo_is_in_octaves_from_120() -> None:
    assert float(rhythm(score_plan(bpm=60), "tempo")[50]) == pytest.approx(-1, abs=0.01)
    assert float(rhythm(score_plan(bpm=120), "tempo")[50]) == pytest.approx(0, abs=0.01)


def test_dissolves_cover_their_extent() -> None:
    row = rhythm(score_plan(), "dissolve", (Transition(30.0, 10.0), Transition(60.0)))
    assert np.flatnonzero(row).tolist() == list(range(25, 35))


def test_hits_carry_their_weight() -> None:
    plan = score_plan(hit_every_beats=8)
    heavy = dataclasses.replace(plan, hits=tuple(dataclasses.replace(hit, weight=0.7) for hit in plan.hits))
    weights = rhythm(heavy, "hit weight")
    assert np.count_nonzero(weights) == len({hit.target_samples // 1920 for hit in plan.hits})
    np.testing.assert_allclose(weights[weights > 0], 0.7, atol=1e-6)


def test_a_plan_without_beats_has_still_features() -> None:
    plan = score_plan()
    silent = dataclasses.replace(plan, beats=(), hits=(), sections=())
    features = rhythm_features(silent, ())
    assert features.shape == (1, len(RHYTHM_CHANNELS), latent_count(plan.duration_samples))
    assert not features.any()
    assert bool(torch.isfinite(lead_sheet_features(silent, LeadSheet(), index_of(plan))).all())


def test_a_chord_sounds_where_it_is_written() -> None:
    plan = score_plan()
    sheet = LeadSheet((Chord(19_200, 38_400, 9, "min7", "i7"),))
    names = [name for name in LEAD_SHEET_CHANNELS if name.startswith("chord has")]
    rows = np.stack([lead(plan, name, sheet) for name in names])
    assert np.flatnonzero(rows[:, 20]).tolist() == [0, 4, 7, 9]  # A C E G
    assert not rows[:, :10].any()
    assert not rows[:, 30:].any()
    assert np.flatnonzero(lead(plan, "root is A", sheet)).tolist() == list(range(10, 30))
    assert np.flatnonzero(lead(plan, "chord change", sheet)).tolist() == [10]


def test_every_chord_of_every_style_is_known() -> None:
    for style in list_styles():
        sheet = lead_sheet_of(compose(score_plan(style.id)))
        assert sheet.chords
        assert all(0 in chord_intervals(chord.quality) for chord in sheet.chords)


def test_an_unknown_chord_is_refused() -> None:
    with pytest.raises(ContractError, match="no chord quality"):
        chord_intervals("maj13#11")


def test_energy_follows_the_shots() -> None:
    plan = score_plan()
    energy = lead(plan, "energy")
    starts = np.array(plan.shot_starts_samples) / 1920
    for shot, value in enumerate(plan.shot_energies):
        assert float(energy[int(starts[shot]) + 2]) == pytest.approx(value, abs=1e-5)


def test_sections_tile_the_score() -> None:
    plan = score_plan()
    rows = np.stack([lead(plan, f"section is {role.value}") for role in SectionRole])
    np.testing.assert_allclose(rows.sum(0), 1.0)


def test_density_counts_notes() -> None:
    plan = score_plan()
    busy = lead(plan, "density", lead_sheet_of(compose(plan)))
    assert float(busy.max()) > 0.1
    assert float(busy.min()) >= 0.0


def test_the_tail_is_marked() -> None:
    plan = score_plan(tail_s=3.0)
    assert int(lead(plan, "after the last hit").sum()) == pytest.approx(75, abs=2)
