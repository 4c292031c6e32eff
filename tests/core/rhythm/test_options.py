"""What each degree of bending would meet and cost."""

from __future__ import annotations

import itertools

import pytest

from fakes.random_edits import random_edit
from vem_core.contract.codec import dumps, loads
from vem_core.contract.plan import Bend
from vem_core.contract.request import Direction
from vem_core.contract.tempo_options import TempoOptions
from vem_core.rhythm.budget import RhythmTraits
from vem_core.rhythm.options import REACHES, tempo_options


@pytest.fixture(scope="module")
def options() -> TempoOptions:
    return tempo_options(random_edit(3), Direction(), 0, (100, 126), RhythmTraits(Bend.GROOVE, sixteenths=True))


def test_options_travel_and_run_from_steady_to_free(options: TempoOptions) -> None:
    assert loads(TempoOptions, dumps(options)) == options
    assert options.bend is Bend.GROOVE
    assert [option.bend for option in options.options] == [*(bend for bend, _ in REACHES), Bend.FREE]


def test_what_is_promised_is_kept_and_more_freedom_meets_more(options: TempoOptions) -> None:
    for option, (_, reach) in zip(options.options[:-1], REACHES, strict=True):
        assert option.excursion <= reach + 5e-4
    met = [option.met_10_ms for option in options.options]
    assert met[0] < met[2] < met[-1]
    assert all(after >= before - 1 for before, after in itertools.pairwise(met))
    assert all(option.met_10_ms <= option.met <= option.counted == 24 for option in options.options)
