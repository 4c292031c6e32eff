"""Cut sheets: what they refuse, and cropping."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, DroppedBoundary, DropReason, Event, Shot, SourceSpan
from vem_core.contract.errors import ContractError

SOURCE = SourceSpan("a.mov#00000000", 1000.0, Fraction(25))


def sheet(lengths: list[int], **extra: Any) -> CutSheet:
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    shots = tuple(
        Shot(start, length, f"s{start}", source=SOURCE) for start, length in zip(starts, lengths, strict=True)
    )
    return CutSheet("x", Fraction(25), 90_000, sum(lengths), shots, tuple(Cut(start) for start in starts[1:]), **extra)


lengths = st.lists(st.integers(1, 12), min_size=1, max_size=6)


@given(lengths, st.data())
def test_a_crop_keeps_what_lies_inside(given_lengths: list[int], data: st.DataObject) -> None:
    whole = sheet(given_lengths)
    start = data.draw(st.integers(0, whole.duration_frames - 1))
    end = data.draw(st.integers(start + 1, whole.duration_frames))
    part = whole.crop(start, end)
    assert part.duration_frames == end - start
    assert part.start_frames == whole.start_frames + start
    assert [cut.record_frames + start for cut in part.cuts] == [
        cut.record_frames for cut in whole.cuts if start < cut.record_frames < end
    ]
    for frame in range(part.duration_frames):
        (inside,) = [shot for shot in part.shots if shot.start_frames <= frame < shot.end_excl_frames]
        (before,) = [shot for shot in whole.shots if shot.start_frames <= frame + start < shot.end_excl_frames]
        assert inside.name == before.name


@given(lengths)
def test_the_whole_crop_is_the_sheet(given_lengths: list[int]) -> None:
    whole = sheet(given_lengths)
    assert whole.crop(0, whole.duration_frames) == whole


@given(st.data())
def test_cropping_twice_is_cropping_once(data: st.DataObject) -> None:
    whole = sheet([30, 20, 50], events=(Event(10), Event(60)))
    a, b = sorted(data.draw(st.lists(st.integers(0, 100), min_size=2, max_size=2, unique=True)))
    c, d = sorted(data.draw(st.lists(st.integers(0, b - a), min_size=2, max_size=2, unique=True)))
    assert whole.crop(a, b).crop(c, d) == whole.crop(a + c, a + d)


def test_a_cropped_source_advances_by_its_own_rate_and_speed() -> None:
    fast = SourceSpan("a.mov#00000000", 1000.0, Fraction(50), speed=-2.0)
    whole = CutSheet("x", Fraction(25), 0, 100, (Shot(0, 100, source=fast),), ())
    (shot,) = whole.crop(10, 100).shots
    assert shot.source is not None
    assert shot.source.start_frames == 1000.0 - 10 * 2 * 2


def test_events_dropped_boundaries_and_nominal_frames_move_along() -> None:
    shots = (Shot(0, 40), Shot(40, 60))
    whole = CutSheet(
        "x",
        Fraction(24),
        0,
        100,
        shots,
        (Cut(40, CutKind.DISSOLVE, nominal_frames=35, extent_frames=10),),
        (Event(20), Event(50)),
        (DroppedBoundary(30, DropReason.THROUGH_EDIT), DroppedBoundary(90, DropReason.OVERLAY)),
    )
    part = whole.crop(25, 80)
    assert (part.cuts[0].record_frames, part.cuts[0].nominal_frames) == (15, 10)
    assert [event.record_frames for event in part.events] == [25]
    assert [boundary.record_frames for boundary in part.dropped] == [5]


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5), (0, 101)])
def test_spans_that_are_not_inside(start: int, end: int) -> None:
    with pytest.raises(ContractError):
        sheet([100]).crop(start, end)


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_frames": 0, "shots": ()},
        {"rate": Fraction(0)},
        {"shots": (Shot(0, 10), Shot(11, 10))},
        {"shots": (Shot(0, 10), Shot(10, 0))},
        {"shots": (Shot(0, 10),)},
        {"cuts": ()},
        {"cuts": (Cut(9),)},
        {"events": (Event(20),)},
        {"events": (Event(5), Event(3))},
        {"events": (Event(-1),)},
    ],
)
def test_sheets_that_contradict_themselves(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "name": "x",
        "rate": Fraction(24),
        "start_frames": 0,
        "duration_frames": 20,
        "shots": (Shot(0, 10), Shot(10, 10)),
        "cuts": (Cut(10),),
    }
    CutSheet(**right)
    with pytest.raises(ContractError):
        CutSheet(**{**right, **wrong})
