"""What `vem plan` prints of the curve."""

from __future__ import annotations

from vem_core.contract.plan import Bend
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_plugin.commands.plan import render_options


def test_the_curve_has_a_row_for_each_degree_with_both_sides() -> None:
    steady = TempoOption(Bend.STEADY, 0.0, 0.0, 20, 7, 36, 0.68, 0.16, (123.0,))
    groove = TempoOption(Bend.GROOVE, 0.0198, 0.034, 35, 33, 36, 0.68, 0.16, (121.4, 124.6))
    lines = render_options(TempoOptions(Bend.GROOVE, (steady, groove))).splitlines()
    assert len(lines) == 4
    assert lines[1].split()[:5] == ["steady", "0.0%", "0.0%", "19%", "(chance"]
    for word in ("groove", "2.0%", "3.4%", "92% (chance 16%)", "97% (chance 68%)", "121-125"):
        assert word in lines[2]
    assert lines[1].count("#") < lines[2].count("#")
    assert lines[3].startswith("`vem score` would take groove")


def test_a_film_without_cuts_has_a_curve_too() -> None:
    none = TempoOption(Bend.STEADY, 0.0, 0.0, 0, 0, 0, 0.6, 0.1, (100.0,))
    assert "0%" in render_options(TempoOptions(Bend.STEADY, (none,)))
