"""What a re-score would keep, in words that an editor reads before the button."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fakes.takes import make_sheet
from vem_core.contract.outlook import PieceOutlook, RecutOutlook
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.wishes import Wishes
from vem_plugin.scoring.foresight import in_words
from vem_plugin.scoring.temp_track import still_follows

REQUEST = ScoreRequest(make_sheet(48, 48, 48, rate=Fraction(24), start_frames=86_400))


def piece(share: float, new: tuple[tuple[int, int], ...], start: int = 0, end: int = 144) -> PieceOutlook:
    return PieceOutlook(start, end, share, new, 40, 10, 8, 9)


def test_the_bars_that_are_new_are_named() -> None:
    words = in_words(RecutOutlook(2, 3, 0.829, (piece(0.829, ((12, 16), (40, 40))),)), REQUEST)
    assert words == (
        "3 shots changed: 82 % of take 2 stays; bars 12-16 and 40 are new.",
        "It would meet 8 of 10 cuts; a new piece (--afresh) would meet 9, and keep nothing.",
    )


def test_one_bar_and_none() -> None:
    assert in_words(RecutOutlook(1, 1, 0.9, (piece(0.9, ((7, 7),)),)), REQUEST)[0].endswith("; bar 7 is new.")
    assert in_words(RecutOutlook(1, 1, 1.0, (piece(1.0, ()),)), REQUEST)[0] == "1 shot changed: 100 % of take 1 stays."


def test_what_else_is_to_be_known_comes_last() -> None:
    outlook = RecutOutlook(1, 1, 0.9, (piece(0.9, ((7, 7),)),), notices=("Other weights.",))
    assert in_words(outlook, REQUEST)[-1] == "Other weights."
    nothing = RecutOutlook(1, 1, 0.0, (piece(0.0, ((1, 40),)),), "Nothing stays.", ("Other weights.",))
    words = in_words(nothing, REQUEST)
    assert (words[0], words[-1]) == ("Nothing stays.", "Other weights.")


def test_every_piece_is_named_where_there_are_several() -> None:
    pieces = (piece(1.0, (), 0, 72), piece(0.5, ((3, 4),), 72, 144))
    words = in_words(RecutOutlook(1, 2, 0.75, pieces), REQUEST)
    assert words[:3] == (
        "2 shots changed: 75 % of take 1 stays.",
        "01:00:00:00-01:00:03:00: 100 % stays.",
        "01:00:03:00-01:00:06:00: 50 % stays; bars 3-4 are new.",
    )


def test_a_new_piece_is_announced_with_its_reason() -> None:
    outlook = RecutOutlook(None, 0, 0.0, reason="Other wishes than take 1 had (style): a new piece is made.")
    assert in_words(outlook, REQUEST) == (outlook.reason,)


@pytest.mark.parametrize(
    ("heard", "was", "follows"),
    [
        ((118.0, 122.0), (119.0, 121.0), True),
        ((118.0, 122.0), (89.0, 91.0), False),
        ((118.0, 122.0), None, False),
        (None, (118.0, 122.0), False),
    ],
)
def test_a_take_goes_on_following_the_temp_track_that_it_followed(
    heard: tuple[float, float] | None, was: tuple[float, float] | None, follows: bool
) -> None:
    wishes = Wishes() if heard is None else Wishes(tempo_bpm=heard)
    assert still_follows(wishes, Wishes(), Direction(tempo_bpm=was)) is follows
    assert not still_follows(wishes, Wishes(tempo_bpm=(100.0, 110.0)), Direction(tempo_bpm=was))
