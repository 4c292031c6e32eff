"""Bars as places in six languages: one by its number, the first and the last few, and what is no place."""

from __future__ import annotations

import numpy as np
import pytest

from fakes.film import film
from vem_core.contract.request import Direction
from vem_core.direction import direct, read_words
from vem_core.direction.energies import seconds_of
from vem_core.direction.exact import Bars

BARS = Bars(2.0, 40.0)


@pytest.mark.parametrize(
    ("prompt", "quiet_until_s"),
    [
        ("quiet until bar 6, then loud", 10),
        ("the first five bars quiet, then loud", 10),
        ("前五小节很安静，从第六小节开始爆发", 10),
        ("6小節目までは静かに、そこから激しく", 10),
        ("los primeros cinco compases en silencio, luego a tope", 10),
        ("die ersten fünf Takte leise, ab Takt 6 volle Energie", 10),
        ("tout doux jusqu'à la mesure 6, ensuite explosif", 10),
    ],
)
def test_what_is_quiet_until_a_bar_is_loud_after_it(prompt: str, quiet_until_s: float) -> None:
    times, levels = zip(*seconds_of(read_words(prompt, bars=BARS).arc, BARS.end_s), strict=True)
    before, after = np.interp([quiet_until_s - 1.5, quiet_until_s + 1.5], times, levels)
    assert before <= 0.3 < 0.7 <= after


@pytest.mark.parametrize("prompt", ["big, but the last four bars hushed", "kräftig, nur die letzten vier Takte leise",
                                    "plein gaz, mais les quatre dernières mesures presque rien"])  # fmt: skip
def test_the_last_bars_are_counted_from_the_end(prompt: str) -> None:
    times, levels = zip(*seconds_of(read_words(prompt, bars=BARS).arc, BARS.end_s), strict=True)
    assert np.interp(30.0, times, levels) >= 0.6
    assert np.interp(33.5, times, levels) <= 0.3


@pytest.mark.parametrize("prompt", ["8 bars of piano", "a bar in Berlin, sad piano", "quiet until bar 900, piano"])
def test_a_number_of_bars_and_other_bars_are_no_places(prompt: str) -> None:
    assert read_words(prompt, bars=BARS).arc == ()


def test_the_director_knows_where_bars_lie_once_it_knows_the_tempo() -> None:
    request, _ = film(
        [(9, 9, 9)] * 10, shot_frames=100, direction=Direction(prompt="quiet until bar 9, then loud, 96 bpm")
    )
    brief = direct(request)
    assert [shot.energy > 0.6 for shot in brief.shots] == [False] * 5 + [True] * 5  # bar 9 begins at 20 s
