"""Arcs of energy: the one that a curve is like."""

from __future__ import annotations

import pytest

from vem_core.contract.plan import Arc
from vem_core.rhythm.energy import nearest_arc


@pytest.mark.parametrize(
    ("points", "arc"),
    [
        ([(0.0, 0.2), (1.0, 0.9)], Arc.RISE),
        ([(0.0, 0.8), (0.5, 0.2), (1.0, 0.9)], Arc.FALL_AND_RISE),
        ([(0.0, 0.3), (0.15, 0.8), (0.9, 0.8), (1.0, 0.7)], Arc.PLATEAU),
        ([(0.0, 0.2), (0.65, 0.25), (0.75, 0.9), (1.0, 0.9)], Arc.LATE_BLOOM),
        ([(0.0, 0.1), (0.45, 0.6), (1.0, 0.1)], Arc.ARCH),
        ([(0.0, 0.7), (1.0, 0.74)], Arc.STEADY),
        ([(0.0, 0.9), (1.0, 0.1)], None),  # what falls from end to end has no name
    ],
)
def test_a_curve_is_called_by_the_arc_it_is_most_like(points: list[tuple[float, float]], arc: Arc | None) -> None:
    assert nearest_arc(points) is arc
