"""A silence between beats is no tempo: it counts neither as an excursion nor as a change within ten seconds."""

from __future__ import annotations

from vem_core.rhythm.budget import excursion, ten_second_change

PERIOD = 24_000


def test_a_silence_is_no_excursion_and_no_change_of_tempo() -> None:
    first = [index * PERIOD for index in range(16)]
    second = [first[-1] + 12 * PERIOD + index * PERIOD for index in range(16)]
    beats = [*first, *second]
    assert excursion(beats, [(0, float(PERIOD))]) == 0.0
    assert ten_second_change(beats, [0]) == 0.0


def test_a_beat_that_is_late_still_is() -> None:
    beats = [index * PERIOD for index in range(16)]
    beats[8] += PERIOD // 10
    assert round(excursion(beats, [(0, float(PERIOD))]), 3) == 0.1
