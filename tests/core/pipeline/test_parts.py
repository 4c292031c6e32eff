"""Pieces after a re-cut: each follows the one that most of its picture belonged to, with what is asked of it."""

from __future__ import annotations

import dataclasses

import pytest

from fakes.recuts import rebuilt, sourced_edit
from vem_core.contract.cut_sheet import CueStart, CutSheet, Span
from vem_core.contract.recut import EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Delivery, Direction, ScoreRequest
from vem_core.contract.result import AlignmentReport, AlignmentTotals, PlayedPart
from vem_core.cues.handles import with_handles
from vem_core.pipeline.parts import earlier_parts, followed_parts, is_plain
from vem_core.rhythm.planner import plan_score

NOTHING = AlignmentTotals(0, 0, 0, 0, 0, 0, None, None)
REPORT = AlignmentReport("none", "", (), (), None, (), NOTHING, NOTHING, 0.0)
OLD = sourced_edit(1003, median_s=2.2, cuts=9)
MIDDLE = OLD.cuts[4].record_frames


def plan(sheet: CutSheet) -> object:
    return plan_score(sheet, Direction(), 0, tempo_range_bpm=(100, 126), style="house", mood="", key="A minor")


def part(sheet: CutSheet, start: int, end: int) -> PlayedPart:
    return PlayedPart(start, end, plan(sheet.crop(start, end)), (0, 24_000), (0,))  # type: ignore[arg-type]


def in_two(sheet: CutSheet, at: int = MIDDLE) -> CutSheet:
    return dataclasses.replace(sheet, cue_starts=(CueStart(at),))


def take_of(sheet: CutSheet, *parts: PlayedPart, before: int = 0, after: int = 0) -> EarlierTake:
    return EarlierTake(
        1,
        sheet,
        plan(dataclasses.replace(sheet, cue_starts=(), silences=())),  # type: ignore[arg-type]
        REPORT,
        "sketch",
        gain_db=0.0,
        direction=Direction(),
        parts=parts,
        handle_before_frames=before,
        handle_after_frames=after,
    )


def test_one_piece_at_one_level_is_plain_and_nothing_else() -> None:
    request = ScoreRequest(OLD, recut=Recut(take_of(OLD)))
    assert is_plain(request)
    assert is_plain(dataclasses.replace(request, sheet=dataclasses.replace(OLD, speech=(Span(5, 20),))))
    assert not is_plain(dataclasses.replace(request, sheet=in_two(OLD)))
    assert not is_plain(dataclasses.replace(request, delivery=Delivery(handle_before_frames=12)))
    before = take_of(in_two(OLD), part(OLD, 0, MIDDLE), part(OLD, MIDDLE, OLD.duration_frames))
    assert not is_plain(dataclasses.replace(request, recut=Recut(before)))


def test_pieces_follow_their_picture_when_they_change_places() -> None:
    end = OLD.duration_frames
    before = take_of(in_two(OLD), part(OLD, 0, MIDDLE), part(OLD, MIDDLE, end))
    swapped = rebuilt(OLD, (*OLD.shots[5:], *OLD.shots[:5]))
    request = ScoreRequest(in_two(swapped, end - MIDDLE), recut=Recut(before))
    first, second = followed_parts(request, request)
    assert first.earlier is not None
    assert second.earlier is not None
    assert first.earlier.start_samples > 0 == second.earlier.start_samples
    assert first.earlier.take.sheet.shots[0].source == OLD.shots[5].source
    assert first.request.recut is not None
    assert first.request.recut.earlier.report.beats_samples == (0, 24_000)


def test_both_halves_of_a_piece_that_a_silence_parts_follow_it() -> None:
    request = ScoreRequest(dataclasses.replace(OLD, silences=(Span(MIDDLE, 40),)), recut=Recut(take_of(OLD)))
    parts = list(followed_parts(request, request))
    assert [each.earlier is not None for each in parts] == [True, True]
    assert {each.earlier.start_samples for each in parts if each.earlier} == {0}


def test_ranges_are_those_of_each_piece_and_handles_move_them() -> None:
    before, sheet = 24, in_two(OLD)
    delivery = Delivery(handle_before_frames=before, handle_after_frames=12)
    request = ScoreRequest(sheet, delivery=delivery)
    whole = with_handles(request)
    edge = MIDDLE + before
    pieces = (part(whole.sheet, 0, edge), part(whole.sheet, edge, whole.sheet.duration_frames))
    earlier = take_of(sheet, *pieces, before=before, after=12)
    varied = Variation(FrameRange(MIDDLE - 10, MIDDLE + 15), 7)
    recut = Recut(earlier, (FrameRange(0, 5),), (varied,))
    first, second = followed_parts(dataclasses.replace(request, recut=recut), whole)
    assert first.request.recut is not None
    assert second.request.recut is not None
    assert first.request.recut.locked == (FrameRange(24, 29),)
    assert first.request.recut.varied == (Variation(FrameRange(edge - 10, edge), 7),)
    assert second.request.recut.locked == ()
    assert second.request.recut.varied == (Variation(FrameRange(0, 15), 7),)


@pytest.mark.parametrize("sheet", [in_two(OLD), dataclasses.replace(OLD, silences=(Span(30, 40),))])
def test_a_take_of_an_earlier_version_that_does_not_say_enough_is_not_guessed_at(sheet: CutSheet) -> None:
    assert earlier_parts(take_of(sheet)) == ()
    assert earlier_parts(take_of(OLD, before=24)) == ()


def test_handles_do_not_move_the_picture_under_the_range() -> None:
    padded = with_handles(ScoreRequest(OLD, delivery=Delivery(handle_before_frames=24))).sheet
    source, was = padded.shots[0].source, OLD.shots[0].source
    assert source is not None
    assert was is not None
    assert source.start_frames + 24 == pytest.approx(was.start_frames)
