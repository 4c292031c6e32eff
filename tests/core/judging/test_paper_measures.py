"""The nine measures: known values, and the weak points that they are known for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.judging import paper_measures as paper

INSTANTS = st.lists(st.integers(0, 300), max_size=12, unique=True).map(
    lambda ticks: [tick / 10 for tick in sorted(ticks)]
)


def test_inception_score_is_one_where_all_sound_alike_and_the_number_of_kinds_where_each_is_clear() -> None:
    alike = np.tile([0.2, 0.3, 0.5], (4, 1))
    clear = np.eye(4)
    assert paper.inception_score(alike) == pytest.approx(1.0)
    assert paper.inception_score(clear) == pytest.approx(4.0, rel=1e-3)


def test_frechet_audio_distance_of_a_shift_is_its_square() -> None:
    sounds = np.random.default_rng(0).standard_normal((400, 5))
    shifted = sounds + np.array([3.0, 0, 0, 0, 0])
    assert paper.frechet_audio_distance(sounds, sounds) == pytest.approx(0, abs=1e-8)
    assert paper.frechet_audio_distance(shifted, sounds) == pytest.approx(9.0)


def test_divergence_is_zero_for_the_same_and_grows_as_tags_part() -> None:
    reference = np.array([0.8, 0.1, 0.1])
    near, far = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.1, 0.8])
    assert paper.kullback_leibler_divergence(reference, reference) == 0
    assert 0 < paper.kullback_leibler_divergence(near, reference) < paper.kullback_leibler_divergence(far, reference)


def test_divergence_runs_from_the_real_music_to_the_generated() -> None:
    generated, reference = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    wanted = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)
    assert paper.kullback_leibler_divergence(generated, reference) == pytest.approx(wanted)


def test_scores_are_cosines() -> None:
    one, other = np.array([1.0, 0.0]), np.array([1.0, 1.0])
    assert paper.clap_score(one, other) == pytest.approx(math.sqrt(0.5))
    assert paper.languagebind_score(3 * one, one) == pytest.approx(1.0)
    assert paper.languagebind_score(np.zeros(2), one) == 0


def test_shots_count_by_their_length() -> None:
    assert paper.time_weighted([1.0, 0.0], [3.0, 1.0]) == pytest.approx(0.75)
    for scores, lengths in (([], []), ([1.0], [0.0]), ([1.0], [1.0, 2.0])):
        with pytest.raises(ValueError, match="each shot"):
            paper.time_weighted(scores, lengths)


def test_shared_beats_over_all_beats() -> None:
    assert paper.beat_iou([1.0, 2.0, 3.0], [1.4, 2.4]) == pytest.approx(2 / 3)
    assert paper.beat_iou([1.0], [1.6]) == 0
    assert paper.beat_iou([], []) == 0


def test_a_beat_is_shared_once() -> None:
    assert paper.transition_beat_iou([1.0, 1.1, 1.2], [1.0]) == pytest.approx(1 / 3)


@given(INSTANTS, INSTANTS)
def test_as_many_are_shared_as_can_be(one: list[float], other: list[float]) -> None:
    """The slow twin: the largest matching of the graph of pairs in reach."""
    from scipy.optimize import linear_sum_assignment

    union = len(one) + len(other)
    shared = 0
    if one and other:
        in_reach = np.abs(np.subtract.outer(one, other)) <= 0.5 + 1e-9
        rows, columns = linear_sum_assignment(-in_reach.astype(float))
        shared = int(in_reach[rows, columns].sum())
    expected = shared / (union - shared) if union else 0.0
    found = paper.intersection_over_union(one, other, 0.5 + 1e-9)
    assert found == pytest.approx(expected)
    assert found == pytest.approx(paper.intersection_over_union(other, one, 0.5 + 1e-9))


def test_transition_beat_iou_cannot_see_alignment() -> None:
    """From 60 BPM on every instant is near some beat: a blind metronome scores like a beat on every cut."""
    rng = np.random.default_rng(0)
    blind, on_every_cut = [], []
    for _ in range(200):
        cuts = np.cumsum(rng.gamma(4, 0.25, 24))
        beats = np.arange(rng.uniform(0, 0.5), 30, 0.5)
        snapped = np.sort(np.unique([*cuts, *(beat for beat in beats if np.abs(cuts - beat).min() > 0.25)]))
        blind.append(paper.transition_beat_iou(cuts.tolist(), beats.tolist()))
        on_every_cut.append(paper.transition_beat_iou(cuts.tolist(), snapped.tolist()))
    assert abs(np.mean(blind) - np.mean(on_every_cut)) < 0.07
    tight = [paper.intersection_over_union([1.0, 2.2], [1.0, 1.5, 2.0], tolerance) for tolerance in (0.5, 0.04)]
    assert tight[0] > 2 * tight[1]
