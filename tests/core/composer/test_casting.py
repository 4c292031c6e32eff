"""Casting: a style with other players, for every style there is."""

from __future__ import annotations

import pytest

from vem_core.composer.casting import cast_style, may_play, voices_of
from vem_core.composer.composition import compose
from vem_core.composer.instruments import instruments, is_played_by, own_patches
from vem_core.composer.piece import Piece
from vem_core.composer.style import Style
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.plan import Casting
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.weights import weigh_cuts
from vem_core.synth.patches import PATCHES
from vem_core.training.beat_corpus import random_edit

SHEET = random_edit(5, 7)
STYLES = list_styles()


def piece_of(prompt: str, style: str) -> Piece:
    request = ScoreRequest(SHEET, Direction(prompt=prompt, style=style))
    return compose(plan_as_briefed(request, direct(request), weigh_cuts(SHEET)))


def patches_of(piece: Piece) -> set[str]:
    return {part.patch for part in piece.parts}


def test_a_style_that_nobody_casts_is_the_style_itself() -> None:
    for style in STYLES:
        assert cast_style(style, Casting()) is style


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)
def test_solo_piano_is_a_piano_and_nothing_else_in_every_style(style: Style) -> None:
    piece = piece_of("solo piano", style.id)
    assert patches_of(piece) <= {"keys.piano", "keys.felt"}
    assert {part.name for part in piece.parts} == {"piano"}
    assert sum(len(part.notes) for part in piece.parts) > 20


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)
def test_no_drums_is_no_drum_stem_and_only_strings_are_strings(style: Style) -> None:
    quiet = piece_of("no drums", style.id)
    assert not [part for part in quiet.parts if part.name == "drums" or part.patch.startswith("kit.")]
    assert patches_of(quiet)
    strings = piece_of("only strings", style.id)
    assert patches_of(strings)
    assert all(is_played_by(patch, "strings") for patch in patches_of(strings))


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)
def test_what_is_asked_for_plays_and_what_is_not_wanted_does_not(style: Style) -> None:
    piece = piece_of("with guitar and choir, no bass and no brass", style.id)
    for name in ("guitar", "choir"):
        assert any(is_played_by(patch, name) for patch in patches_of(piece)), name
    for name in ("bass", "brass"):
        assert not any(is_played_by(patch, name) for patch in patches_of(piece)), name


def test_drums_alone_are_drums_alone() -> None:
    assert patches_of(piece_of("drums only", "rock")) == {"kit.rock"}


def test_few_notes_are_fewer_and_many_are_more() -> None:
    sparse, usual, dense = (
        sum(len(part.notes) for part in piece_of(prompt, "cinematic").parts)
        for prompt in ("very sparse", "", "dense, layered")
    )
    assert sparse < 0.7 * usual
    assert dense > usual


def test_a_hat_that_is_not_wanted_leaves_the_rest_of_the_kit() -> None:
    kit = next(part for part in piece_of("no hi-hat", "house").parts if part.name == "drums")
    keys = {note.pitch for note in kit.notes}
    assert not keys & {42, 44, 46}
    assert 36 in keys


def test_brighter_moods_lie_higher() -> None:
    style = style_by_id("cinematic")
    dark, bright = (cast_style(style, Casting(valence=valence)) for valence in (-1.0, 1.0))
    for low, high in zip(dark.parts, bright.parts, strict=True):
        assert low.register[0] <= high.register[0]


def test_every_instrument_is_a_patch() -> None:
    for name, instrument in instruments().items():
        for patch in own_patches(name):
            assert patch in PATCHES, name
        assert not instrument.of or instrument.of in instruments()
    assert not may_play("keys.piano", (), ("piano",))
    assert may_play("keys.felt", ("piano",), ("drums",))


@pytest.mark.parametrize(
    ("words", "name"), [("no hi-hats", "hi-hat"), ("without kick drum", "kick"), ("no cymbals", "cymbals")]
)
@pytest.mark.parametrize("style", ["funk", "trap"])
def test_a_single_drum_is_left_out_and_the_others_play(style: str, words: str, name: str) -> None:
    kits = [part for part in piece_of(words, style).parts if part.patch.startswith("kit.")]
    played = {note.pitch for part in kits for note in part.notes}
    assert played
    assert not played & voices_of(name)
    usual = {note.pitch for part in piece_of("", style).parts if part.patch.startswith("kit.") for note in part.notes}
    assert usual & voices_of(name)


def test_claps_stay_when_the_drums_go() -> None:
    drums = cast_style(style_by_id("hip-hop"), Casting(with_=("claps",), without=("drums",))).drums
    assert drums is not None
    assert any(groove.clap for groove in drums.grooves)
    assert not any(groove.kick or groove.snare or groove.hat for groove in drums.grooves)


def test_a_tambourine_that_is_asked_for_has_a_part_in_every_groove() -> None:
    drums = cast_style(style_by_id("acoustic"), Casting(with_=("tambourine",))).drums
    assert drums is not None
    assert any(groove.tambourine for groove in drums.grooves)
