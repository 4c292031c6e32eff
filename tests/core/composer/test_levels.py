"""More or less of one player, on notes and on the sound."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vem_core.audio.loudness import measure_loudness
from vem_core.audio.mastering import master
from vem_core.audio.types import Audio
from vem_core.composer.casting import voices_of
from vem_core.composer.composition import compose
from vem_core.composer.levels import with_levels
from vem_core.composer.piece import Channel, Note, Part, Piece
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.direction import direct
from vem_core.pipeline.planning import plan_as_briefed
from vem_core.rhythm.weights import weigh_cuts
from vem_core.synth import render
from vem_core.training.beat_corpus import random_edit

SHEET = random_edit(5, 7)
NEAR_DB = 1.5
"""What cuts that stand out by a player more or less, and the glue of the mix, may change beside the fader."""


def piece_of(prompt: str, style: str) -> Piece:
    request = ScoreRequest(SHEET, Direction(prompt=prompt, style=style))
    return compose(plan_as_briefed(request, direct(request), weigh_cuts(SHEET)))


def level_db(audio: Audio) -> float:
    """The mean power, dB."""
    return 10 * math.log10(float(np.square(audio).mean()) + 1e-12)


def test_less_strings_and_more_cello_are_each_where_they_were_asked() -> None:
    notes = (Note(0, 1000, 60, 0.5),)
    parts = [Part("lead", patch, notes) for patch in ("strings.ensemble", "strings.cello", "keys.piano")]
    changed = with_levels(parts, (("strings", -6.0), ("cello", 4.0)))
    assert [part.channel.gain_db for part in changed] == [-6.0, 4.0, 0.0]


def test_a_voice_of_a_kit_has_a_fader_of_its_own_in_the_same_stem() -> None:
    hat, kick = min(voices_of("hi-hat")), min(voices_of("kick"))
    kit = Part("drums", "kit.acoustic", (Note(0, 1, kick, 0.8), Note(0, 1, hat, 0.5)), Channel(gain_db=-1.0))
    rest, hats = with_levels([kit], (("hi-hat", -6.0),))
    assert {part.name for part in (rest, hats)} == {"drums"}
    assert [note.pitch for note in hats.notes] == [hat]
    assert (rest.channel.gain_db, hats.channel.gain_db) == (-1.0, -7.0)


def test_less_of_a_player_leaves_every_note_as_it_was() -> None:
    whole, less = piece_of("", "funk"), piece_of("less drums", "funk")
    assert [(p.name, [(n.start_samples, n.pitch) for n in p.notes]) for p in whole.parts] == [
        (p.name, [(n.start_samples, n.pitch) for n in p.notes]) for p in less.parts
    ]


@pytest.mark.parametrize(
    ("style", "words", "stem", "change"),
    [
        ("funk", "less drums", "drums", -6.0),
        ("rock", "a bit less drums", "drums", -3.0),
        ("house", "much less bass", "bass", -10.5),
    ],
)
def test_less_is_heard_in_its_stem_and_the_master_is_as_loud_as_before(
    style: str, words: str, stem: str, change: float
) -> None:
    usual, asked = (render(piece_of(prompt, style), 0) for prompt in ("", words))
    assert level_db(asked.stems[stem]) - level_db(usual.stems[stem]) == pytest.approx(change, abs=NEAR_DB)
    loudness = [measure_loudness(master(rendering.mix, -16.0, -1.0)[0]) for rendering in (usual, asked)]
    assert loudness[0] == pytest.approx(loudness[1], abs=0.3)


def test_louder_is_heard_beside_what_the_same_player_plays_without_it() -> None:
    usual, asked = (render(piece_of(prompt, "corporate"), 0) for prompt in ("with strings", "strings 4 dB louder"))
    assert level_db(asked.stems["strings"]) - level_db(usual.stems["strings"]) == pytest.approx(4.0, abs=NEAR_DB)


def test_more_of_a_player_who_is_not_in_the_band_lets_it_join() -> None:
    piece = piece_of("more choir", "house")
    assert any(part.name == "choir" for part in piece.parts)
