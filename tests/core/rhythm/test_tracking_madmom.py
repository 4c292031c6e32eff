"""madmom beside today's numpy: what it is lent is taken back, and the batched networks answer as its own do."""

from __future__ import annotations

import collections
import doctest
import importlib.util
import sys

import mir_eval
import numpy as np
import pytest

from fakes.band import RATE_HZ, drifting_beats, play_band
from vem_core.contract.errors import CoreError
from vem_core.rhythm.tracking import madmom_shim, tracker_by_id

needs_madmom = pytest.mark.skipif(importlib.util.find_spec("madmom") is None, reason="madmom is not installed")


@needs_madmom
def test_nothing_that_was_lent_is_left_behind() -> None:
    checker = doctest.OutputChecker
    madmom = madmom_shim.load_madmom()
    assert not hasattr(np, "in1d")
    assert not hasattr(np, "float")
    assert not hasattr(collections, "MutableSequence")
    assert doctest.OutputChecker is checker
    assert madmom_shim.load_madmom() is madmom


@needs_madmom
def test_it_finds_the_beats_and_says_what_its_licence_is() -> None:
    beats = drifting_beats(9, 120, 0.02, seed=1)
    tracker = tracker_by_id("madmom")
    tracked = tracker.track(play_band(beats, 9, seed=1))
    assert mir_eval.beat.f_measure(beats / RATE_HZ, np.array(tracked.beats_samples) / RATE_HZ) > 0.95
    assert "non-commercial" in tracker.licence_note


@needs_madmom
def test_the_batched_networks_answer_as_one_by_one() -> None:
    from vem_core.rhythm.tracking.madmom_tracker import _processors, evaluate_ensemble

    networks = _processors().networks
    features = np.random.default_rng(0).random((40, 314)).astype(np.float32)
    one_by_one = np.mean([network(features) for network in networks], axis=0)
    assert np.abs(evaluate_ensemble(networks, features) - one_by_one).max() < 1e-5


@needs_madmom
@pytest.mark.parametrize("samples", [1, 4_000, 5 * RATE_HZ])
def test_silence_has_no_beats(samples: int) -> None:
    assert tracker_by_id("madmom").track(np.zeros((2, samples), np.float32)).beats_samples == ()


def test_without_madmom_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    madmom_shim.load_madmom.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "madmom"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "madmom", None)
    try:
        with pytest.raises(CoreError, match="not installed") as caught:
            tracker_by_id("madmom")
        assert "pip install" in caught.value.hint
    finally:
        madmom_shim.load_madmom.cache_clear()
