"""The energies that pictures make: a course of its own in every film, held where the picture stays what it was."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.parse import VisualContent
from vem_core.direction.affect import as_music
from vem_core.direction.energies import energies_over
from vem_core.direction.sight import ShotSight
from vem_core.training.beat_corpus import random_edit

SHEET = random_edit(7, 11)
KNOWN = VisualContent(known=True)


def sights(arousals: list[float], changes: list[float], sheet: CutSheet = SHEET) -> list[ShotSight]:
    changes_seen = [None, *changes[1:]]
    pairs = zip(arousals, changes_seen, strict=True)
    found = [ShotSight(KNOWN, 0.0, arousal, 0.6, 0.0, 0.0, change) for arousal, change in pairs]
    assert len(found) == len(sheet.shots)
    return found


def energies(arousals: list[float], changes: list[float]) -> np.ndarray:
    return np.array(energies_over(SHEET, Direction(), arousals=arousals, sights=sights(arousals, changes)))


def test_a_quiet_film_has_a_course_too() -> None:
    arousals = list(np.linspace(-0.5, -0.3, 12))
    found = energies(arousals, [1.0] * 12)
    assert np.corrcoef(found, arousals)[0, 1] > 0.8
    assert found.std() > 0.08


def test_shots_that_look_alike_make_no_course() -> None:
    flat = energies([0.1] * 12, [0.0] * 12)
    assert flat.std() < 0.06


def test_energy_moves_more_where_the_picture_changes() -> None:
    arousals = [0.4, -0.4] * 6
    changes = [1.0, 1.0, 0.0, 0.0] * 3
    steps = np.abs(np.diff(energies(arousals, changes)))
    great = np.array(changes[1:]) > 0.5
    assert steps[great].mean() > steps[~great].mean()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12), st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_energies_stay_in_range(arousals: list[float], changes: list[float]) -> None:
    found = energies(arousals, changes)
    assert found.min() >= 0.03
    assert found.max() <= 1.0


def test_what_is_seen_is_spread_as_music_is() -> None:
    assert as_music(-0.05, 0.11) == (0.1, 0.2)
    calm, stirred = as_music(0.0, -0.2), as_music(0.0, 0.4)
    assert stirred[1] - calm[1] > 0.6
    assert as_music(5.0, -5.0) == (1.0, -1.0)
