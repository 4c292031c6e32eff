"""Homes of a refitted plan: found again so that kept bars and gaps keep one budget together."""

from __future__ import annotations

import itertools

import pytest

from vem_core.contract.plan import Bend
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.refit.homes import Stretch, common_homes, settled_homes
from vem_core.rhythm.budget import BUDGETS

BUDGET = BUDGETS[Bend.GROOVE]
HOME = 24_000  # half a second


def bars_of(*periods: float) -> list[Stretch]:
    """Bars of four even beats, one after the other, all planned at `HOME`."""
    starts = [0, *itertools.accumulate(round(4 * period) for period in periods)]
    return [
        Stretch(tuple(round(start + (end - start) * beat / 4) for beat in range(5)), HOME)
        for start, end in itertools.pairwise(starts)
    ]


def test_bars_on_both_sides_of_a_home_share_it() -> None:
    """Four per cent apart, each is two from a home between them."""
    homes = settled_homes(bars_of(*[HOME] * 8, HOME * 1.038, *[HOME] * 8), BUDGET)
    assert homes is not None
    within = [home for home in homes if abs(HOME * 1.038 / home - 1) <= BUDGET.excursion]
    assert within
    assert all(abs(HOME / home - 1) <= BUDGET.excursion for home in homes)
    lasts = sum(home == within[0] for home in homes) * 4 * HOME / SAMPLE_RATE_HZ
    assert lasts >= 8.0


@pytest.mark.parametrize("away", [1.045, 0.955])
def test_a_bar_farther_from_its_neighbours_than_the_budget_is_refused(away: float) -> None:
    assert settled_homes(bars_of(*[HOME] * 8, HOME * away, *[HOME] * 8), BUDGET) is None


def test_a_home_holds_for_a_section_at_least() -> None:
    """Two bars at another tempo have none of their own; five, which last ten seconds, have."""
    short, long = (bars_of(*[HOME] * 8, *[HOME * 1.06] * bars, *[HOME] * 8) for bars in (2, 5))
    assert settled_homes(short, BUDGET) is None
    homes = settled_homes(long, BUDGET)
    assert homes is not None
    assert len(set(homes)) >= 2


def test_a_home_may_change_by_so_much_from_section_to_section() -> None:
    assert settled_homes(bars_of(*[HOME] * 8, *[HOME * 1.15] * 8), BUDGET) is None


def test_homes_that_were_stay_where_nothing_speaks_against_them() -> None:
    assert settled_homes(bars_of(HOME, HOME * 1.01, HOME * 0.99, HOME), BUDGET) == [HOME] * 4


def test_common_homes_are_within_reach_of_every_beat() -> None:
    found = common_homes(bars_of(HOME, HOME * 1.02), BUDGET.excursion)
    assert found is not None
    assert all(abs(HOME * period / home - 1) <= BUDGET.excursion for home in found for period in (1.0, 1.02))
    assert common_homes(bars_of(HOME, HOME * 1.05), BUDGET.excursion) is None
    assert common_homes([], BUDGET.excursion) is None
