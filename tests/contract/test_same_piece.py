"""Whether a re-cut is the same piece: decided in one place, for what is asked of the whole piece and nothing else."""

from __future__ import annotations

import dataclasses
import itertools
import typing

import pytest

from fakes.takes import make_sheet, make_take
from vem_core.contract.direction import Direction, SpeechRoom
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, shot_boundaries_samples
from vem_core.contract.plan import AccentBudget, Bend, Ending
from vem_core.contract.recut import EarlierTake, Recut
from vem_core.contract.request import Delivery, Device, ScoreRequest
from vem_core.contract.same_piece import (
    WHOLE_PIECE,
    WITHIN_A_PIECE,
    as_new_piece,
    contradictions,
    new_piece_notice,
    other_weights_notice,
)
from vem_core.contract.temp_track import TempTrack

SHEET = make_sheet(48, 60, 36)
BEFORE = Direction(prompt="dusk", style="ambient", tempo_bpm=(60.0, 70.0), energy=0.4)

OTHER_OF_THE_WHOLE: dict[str, object] = {
    "prompt": "a storm",
    "style": "techno",
    "mood": "tense",
    "key": "C minor",
    "tempo_bpm": (130.0, 140.0),
    "bend": Bend.FREE,
    "accents": AccentBudget.MANY,
    "energy": 0.9,
    "beat_offset_ms": -40.0,
    "ignore_picture": True,
}
OTHER_WITHIN: dict[str, object] = {
    "shot_energies": (0.1, None, None),
    "shot_words": ("", "rain", ""),
    "ending": Ending.FADE,
    "room": SpeechRoom(depth_db=12.0),
    "hit_tolerance_ms": 60.0,
    "temp_track": TempTrack(None, "A minor", 0.2, (0.2, None, 0.8), ("house",)),
}


def asked(direction: Direction = BEFORE, **others: typing.Any) -> ScoreRequest:
    """A request that follows a take of `BEFORE` with seed 5."""
    result = make_take(SHEET, None).result
    earlier = EarlierTake(3, SHEET, result.plan, result.report, "sketch", direction=BEFORE, seed=5)
    return dataclasses.replace(ScoreRequest(SHEET, direction, seed=5, recut=Recut(earlier)), **others)


def parse_of(overall: GlobalCues) -> Parse:
    bounds = shot_boundaries_samples(SHEET)
    cues = tuple(StoryboardCue(start, end - start) for start, end in itertools.pairwise(bounds))
    return Parse("bundled", bounds[-1], overall, cues, ())


def test_every_field_of_a_direction_is_on_one_side() -> None:
    fields = {field.name for field in dataclasses.fields(Direction)}
    assert fields == set(WHOLE_PIECE) | WITHIN_A_PIECE
    assert (set(OTHER_OF_THE_WHOLE), set(OTHER_WITHIN)) == (set(WHOLE_PIECE), set(WITHIN_A_PIECE))


@pytest.mark.parametrize("name", sorted(OTHER_OF_THE_WHOLE))
def test_another_wish_for_the_whole_is_another_piece(name: str) -> None:
    request = asked(dataclasses.replace(BEFORE, **{name: OTHER_OF_THE_WHOLE[name]}))
    assert contradictions(request) == (name,)
    assert as_new_piece(request).recut is None
    assert "take 3" in new_piece_notice(request)


def test_taking_a_wish_back_is_another_piece_too() -> None:
    assert contradictions(asked(Direction())) == ("prompt", "style", "tempo_bpm", "energy")


@pytest.mark.parametrize("name", sorted(OTHER_WITHIN))
def test_what_may_change_within_a_piece_leaves_it_the_same(name: str) -> None:
    request = asked(dataclasses.replace(BEFORE, **{name: OTHER_WITHIN[name]}))
    assert contradictions(request) == ()
    assert as_new_piece(request) is request
    assert new_piece_notice(request) == ""


def test_cut_model_device_and_delivery_do_not_make_a_new_piece() -> None:
    other = make_sheet(48, 24, 36)
    request = asked(
        sheet=other, model="vem-mini", device=Device.CPU, delivery=Delivery(loudness_lufs=-23.0, stems=True)
    )
    assert contradictions(request) == ()


def test_another_seed_is_another_piece() -> None:
    assert contradictions(asked(seed=0)) == ("seed",)
    assert contradictions(dataclasses.replace(asked(seed=0), recut=None)) == ()


def test_another_description_of_the_whole_is_another_piece_where_both_are_known() -> None:
    calm, tense = parse_of(GlobalCues(style="ambient")), parse_of(GlobalCues(style="techno"))
    request = asked(parse=tense)
    assert request.recut is not None
    told = dataclasses.replace(request.recut.earlier, overall=calm.overall)
    assert contradictions(request) == ()
    assert contradictions(dataclasses.replace(request, recut=Recut(told))) == ("description",)
    assert contradictions(dataclasses.replace(request, recut=Recut(told), parse=calm)) == ()
    assert contradictions(dataclasses.replace(request, recut=Recut(told), parse=None)) == ()


def test_a_take_of_which_no_wishes_are_known_contradicts_none() -> None:
    request = asked(Direction(style="techno"), seed=9)
    assert request.recut is not None
    unknown = dataclasses.replace(request.recut.earlier, direction=None, seed=None)
    assert contradictions(dataclasses.replace(request, recut=Recut(unknown))) == ()


@pytest.mark.parametrize(
    ("earlier", "model", "now", "said"),
    [("aa", "vem-mini", "bb", True), ("aa", "vem-mini", "aa", False), ("", "vem-mini", "bb", False),
     ("aa", "sketch", "", False)],
)  # fmt: skip
def test_other_weights_of_the_same_model_are_said(earlier: str, model: str, now: str, said: bool) -> None:
    recut = asked().recut
    assert recut is not None
    before = dataclasses.replace(recut.earlier, model="vem-mini", model_sha256=earlier)
    notice = other_weights_notice(before, model, now)
    assert bool(notice) == said
    assert not said or notice.startswith("Take 3 was played by other weights of vem-mini")
