"""Who plays when: instruments that are asked for in a part of the piece only, in words and in the notes."""

from __future__ import annotations

import pytest

from vem_core.composer.composition import compose
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct, read_words
from vem_core.direction.parts import PartWish, in_shares, in_turn, over_shots
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.weights import weigh_cuts
from vem_core.training.beat_corpus import random_edit


@pytest.mark.parametrize(
    ("prompt", "instrument", "how", "begin", "end", "elsewhere"),
    [
        ("drums only in the second half", "drums", "with", 0.5, 1.0, "without"),
        ("no drums until the last third", "drums", "without", 0.0, 0.75, "with"),
        ("starts with a solo cello, strings later", "cello", "only", 0.0, 1 / 3, ""),
        ("ab der Mitte kommen Streicher dazu", "strings", "with", 0.5, 1.0, "without"),
        ("batería solo al final", "drums", "with", 0.8, 1.0, "without"),
        ("la guitare seule au début, puis la batterie entre à la moitié", "guitar", "only", 0.0, 1 / 3, ""),
        ("pas de batterie avant la fin", "drums", "without", 0.0, 0.85, "with"),
        ("violines hasta la mitad, después solo piano", "piano", "only", 0.5, 1.0, ""),
        ("前半はピアノだけ、後半からドラム", "piano", "only", 0.0, 0.5, ""),
        ("前半段只有钢琴，后半段加入鼓", "drums", "with", 0.5, 1.0, "without"),
    ],
)
def test_an_instrument_of_a_part_is_asked_for_there(
    prompt: str, instrument: str, how: str, begin: float, end: float, elsewhere: str
) -> None:
    said = read_words(prompt)
    assert PartWish(instrument, how, begin, end, elsewhere) in said.parts
    assert said.only == ()
    assert instrument not in (*said.with_, *said.without)


@pytest.mark.parametrize(
    "prompt",
    ["quiet piano at the start, loud drums at the end", "piano until the end", "half-time feel, no horns", "sad piano"],
)
def test_what_holds_for_the_whole_piece_is_no_part(prompt: str) -> None:
    assert read_words(prompt).parts == ()


def test_parts_become_players_of_shots() -> None:
    wishes = in_turn(in_shares(read_words("only piano at first, drums from 0:05 on").parts, 10.0, 1000.0))
    assert over_shots(wishes, [0.1, 0.4, 0.9]) == [
        (("piano",), (), ("drums",)),
        (("piano",), (), ("drums",)),
        ((), ("drums",), ()),
    ]


def test_drums_of_the_second_half_rest_in_the_first() -> None:
    sheet = random_edit(20, 15)
    request = ScoreRequest(sheet, Direction(prompt="rock, drums only in the second half"))
    brief = direct(request)
    assert brief.instruments.with_ == ("drums",)
    piece = compose(plan_as_briefed(request, brief, weigh_cuts(sheet)))
    kits = [note.start_samples for part in piece.parts if part.patch.startswith("kit.") for note in part.notes]
    half = piece.duration_samples / 2
    assert kits
    assert sum(start < 0.85 * half for start in kits) < 0.05 * len(kits)
