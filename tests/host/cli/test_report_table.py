"""The report as a table: it shows the nearer of beat and off-beat, and every rate beside its chance."""

from __future__ import annotations

from fractions import Fraction

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.plan import Landing
from vem_core.contract.result import AlignmentReport, AlignmentTotals, CutAlignment
from vem_plugin.commands.report_table import render_report

SHEET = CutSheet("edit", Fraction(25), 90_000, 100, (Shot(0, 40, "sea"), Shot(40, 60, "road")), (Cut(40),))
TOTALS = AlignmentTotals(0.5, 0.75, 1.0, 0.125, 0.25, 0.375, 3.0, -1.0)


def report(cut: CutAlignment) -> AlignmentReport:
    return AlignmentReport("spectral", "", (0, 24_000), (0,), 120.0, (cut,), TOTALS, TOTALS, 0.0)


def test_a_cut_on_an_off_beat_shows_the_error_to_the_off_beat() -> None:
    cut = CutAlignment(0, False, 76_800, 72_000, -250.0, -6.25, -4.0, Landing.OFF_BEAT, False, False, False)
    row = render_report(SHEET, report(cut)).splitlines()[1]
    assert row.split() == ["1", "01:00:01:15", "-4.0", "-0.10", "off-beat", "hit", "road"]


def test_a_cut_without_any_beat_is_said_so() -> None:
    cut = CutAlignment(0, False, 12_000, None, None, None, None, Landing.MISS, False, False, False)
    assert "no beat" in render_report(SHEET, report(cut))


def test_a_cut_after_the_last_beat_comes_after_the_end_and_not_seconds_late() -> None:
    cut = CutAlignment(0, False, 92_000, 24_000, -1417.0, -35.4, -1417.0, Landing.MISS, False, False, False)
    text = render_report(SHEET, report(cut))
    assert "after end" in text
    assert "1417" not in text


def test_every_rate_stands_beside_its_chance() -> None:
    cut = CutAlignment(0, False, 76_800, 76_900, 2.1, 0.05, 2.1, Landing.DOWNBEAT, True, True, True)
    text = render_report(SHEET, report(cut))
    assert text.count("(chance 12.5%)") == 2
    assert "spectral" in text


def test_a_mark_on_a_stroke_shows_the_error_of_its_own_attack_and_says_how_it_was_measured() -> None:
    cut = CutAlignment(
        0, False, 76_800, None, None, None, None, Landing.STROKE, False, False, False, stroke_error_ms=2.0
    )
    table = report(cut)
    text = render_report(SHEET, table)
    assert text.splitlines()[1].split() == ["1", "01:00:01:15", "+2.0", "+0.05", "stroke", "hit", "road"]
    assert "measured by their own attack" in text
