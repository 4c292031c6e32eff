"""Which frames are looked at: inside their shots, around their cuts, and never too many."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fakes.takes import make_sheet
from vem_core.contract.request import ThumbnailUse
from vem_plugin.media.sampling import (
    SHOT_FRAME_BUDGET,
    SHOT_POSITIONS,
    STRIP_BUDGET,
    STRIP_FRAMES,
    choose_samples,
    strip_frames,
)

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(12)]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=20), st.sampled_from(RATES))
def test_samples_lie_in_their_shots_and_strips_around_their_cuts(durations: list[int], rate: Fraction) -> None:
    sheet = make_sheet(*durations, rate=rate)
    sampling = choose_samples(sheet)
    assert sampling.warnings == ()
    for sample in sampling.samples:
        shot = sheet.shots[sample.shot]
        if sample.use is ThumbnailUse.SHOT:
            assert shot.start_frames <= sample.record_frames < shot.end_excl_frames
        else:
            assert abs(sample.record_frames - shot.start_frames) <= rate / 4
            assert 0 <= sample.record_frames < sheet.duration_frames
    shots = [sample for sample in sampling.samples if sample.use is ThumbnailUse.SHOT]
    assert {sample.shot for sample in shots} == set(range(len(durations)))
    assert list(sampling.samples) == sorted(set(sampling.samples))


def test_a_strip_is_even_and_meets_at_the_cut() -> None:
    assert strip_frames(100, Fraction(24), 1000) == (95, 96, 98, 99, 100, 101, 103, 104)
    assert strip_frames(100, Fraction(60), 1000) == (88, 92, 96, 99, 100, 103, 107, 111)
    assert strip_frames(2, Fraction(24), 1000) == (0, 0, 0, 1, 2, 3, 5, 6)
    assert strip_frames(998, Fraction(24), 1000)[-2:] == (999, 999)


def test_a_normal_edit_gets_all() -> None:
    sheet = make_sheet(*[40] * 24)
    samples = choose_samples(sheet).samples
    assert len(samples) == 24 * len(SHOT_POSITIONS) + 23 * STRIP_FRAMES


def test_five_thousand_cuts_stay_bounded_and_say_so() -> None:
    sheet = make_sheet(*[20 + index % 7 for index in range(5001)])
    sampling = choose_samples(sheet)
    uses = [sample.use for sample in sampling.samples]
    assert uses.count(ThumbnailUse.SHOT) == SHOT_FRAME_BUDGET
    assert uses.count(ThumbnailUse.STRIP) == STRIP_BUDGET * STRIP_FRAMES
    assert len(sampling.warnings) == 2
    assert "1200 of 5001 shots" in sampling.warnings[0]
    assert "240 of 5000 cuts" in sampling.warnings[1]
    chosen = {sample.shot for sample in sampling.samples if sample.use is ThumbnailUse.SHOT}
    assert min(sheet.shots[index].duration_frames for index in chosen) >= 25


def test_many_shots_get_one_frame_each() -> None:
    sampling = choose_samples(make_sheet(*[30] * 500))
    shots = [sample for sample in sampling.samples if sample.use is ThumbnailUse.SHOT]
    assert [sample.shot for sample in shots] == list(range(500))
    assert sampling.warnings[0] == "One frame was looked at in each of the 500 shots."
