"""Chords are read as written, and lead into each other as voices would."""

from __future__ import annotations

import itertools

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.chords import Harmony, parse_symbol
from vem_core.composer.composition import compose
from vem_core.composer.harmony import lead
from vem_core.composer.keys import Key
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import ContractError, DirectionError


@pytest.mark.parametrize(
    ("key", "numeral", "notes"),
    [
        ("A minor", "i", "A C E"),
        ("A minor", "bVI", "F A C"),
        ("A minor", "V7", "E G# B D"),
        ("C major", "V7/vi", "E G# B D"),
        ("C major", "iim7b5", "D F Ab C"),
        ("D dorian", "IV9", "G B D F A"),
        ("Eb major", "Vsus4", "Bb Eb F"),
        ("C lydian", "II:p", "D F# A"),
    ],
)
def test_numerals_become_notes(key: str, numeral: str, notes: str) -> None:
    harmony = Harmony(Key.parse(key), parse_symbol(numeral))
    expected = {Key.parse(name).tonic for name in notes.split()}
    assert set(harmony.pitch_classes) == expected


def test_the_chord_bends_the_scale() -> None:
    scale = Harmony(Key.parse("A minor"), parse_symbol("V7")).scale
    assert 8 in scale  # G sharp, the leading note
    assert 7 not in scale


def test_the_bass_of_an_inversion_and_of_a_pedal() -> None:
    key = Key.parse("C major")
    assert Harmony(key, parse_symbol("I:3")).bass == 4
    assert Harmony(key, parse_symbol("IV:p")).bass == 0
    assert Harmony(key, parse_symbol("V")).bass == 7


@pytest.mark.parametrize("text", ["", "VIII", "iV", "h", "I7b9", "V/", "I:2"])
def test_what_is_no_chord_is_refused(text: str) -> None:
    with pytest.raises(ContractError):
        parse_symbol(text)


@pytest.mark.parametrize("text", ["", "H", "A blues", "minor"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(DirectionError):
        Key.parse(text)


def test_short_names_of_keys() -> None:
    assert Key.parse("Am") == Key(9, "minor")
    assert Key.parse("Bb") == Key(10, "major")
    assert Key.parse(" f# Dorian ") == Key(6, "dorian")


def test_voices_move_little_and_stay_in_their_register() -> None:
    key = Key.parse("C major")
    for style in list_styles():
        for progression in style.harmony.progressions:
            chords = [Harmony(key, symbol) for bar in progression.bars for symbol in bar]
            voicing: tuple[int, ...] = ()
            moves = []
            for chord in chords * 2:
                following = lead(voicing, chord.pitch_classes, chord.bass, (52, 76), 4)
                assert following[0] >= 52
                assert following[-1] <= 76
                if voicing:
                    moves += [abs(now - before) for before, now in zip(voicing, following, strict=True)]
                voicing = following
            assert sum(moves) / len(moves) <= 3.0, progression.chords


def test_sections_close_with_a_cadence() -> None:
    plan = score_plan("cinematic", key="A minor")
    piece = compose(plan)
    first_beats = {beat.bar: beat.samples for beat in reversed(plan.beats)}
    climax = next(section for section in plan.sections if section.role == "climax")
    start = first_beats[climax.first_bar]
    before = [chord for chord in piece.chords if chord.start_samples < start][-1]
    assert before.numeral == "V"
    for earlier, later in itertools.pairwise(piece.chords):
        assert earlier.start_samples < later.start_samples
