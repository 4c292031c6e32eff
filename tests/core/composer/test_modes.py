"""A mode is heard, not only written: its own note, its chords, its home, in every style."""

from __future__ import annotations

from collections import Counter

import pytest

from fakes.score_plans import score_plan
from vem_core.composer.chords import parse_symbol
from vem_core.composer.composition import compose
from vem_core.composer.general_midi import is_kit
from vem_core.composer.keys import MODES, Key
from vem_core.composer.modes import (
    CHARACTERISTIC,
    CONTRARY,
    PLAIN,
    Bars,
    bar_in_mode,
    bars_in_mode,
    in_mode,
    relative_key,
)
from vem_core.composer.style import Family, parse_chords
from vem_core.composer.styles import list_styles

STYLE_IDS = [style.id for style in list_styles()]
LEAST_SHARE = 0.04
"""Of a piece's notes; 5 % in nearly all; rock, whose guitars play roots and fifths, has less."""


@pytest.mark.parametrize("mode", MODES)
def test_every_progression_of_every_style_is_in_its_mode(mode: str) -> None:
    """Its notes, the note that tells it, and a home; in the plain modes leading notes and borrowed chords as well."""
    steps = set(MODES[mode])
    family = Family.MAJOR if Key(0, mode).is_major else Family.MINOR
    for style in list_styles():
        for progression in style.harmony.progressions:
            suits = mode in progression.modes if progression.modes else progression.family is family
            if not suits:
                continue
            bars = bars_in_mode(progression.bars, mode)
            heard = {semitones for bar in bars for symbol in bar for _, semitones in symbol.members}
            where = f"{style.id}: {progression.chords}"
            assert CHARACTERISTIC[mode] in heard, where
            if mode not in PLAIN:
                assert heard <= steps, where
            assert sounding(bars, CHARACTERISTIC[mode]) > sounding(bars, CONTRARY[mode]), where
        for cadence in style.harmony.cadences:
            closing = bar_in_mode(parse_chords(cadence.half)[0] + parse_chords(cadence.full)[0], mode)
            assert not sounding((closing,), CONTRARY[mode]), f"{style.id}: {cadence.half}, {cadence.full}"


def sounding(bars: Bars, semitones: int) -> float:
    """How many bars have a note so many semitones above the tonic, in shares of a bar."""
    return sum(any(above == semitones for _, above in symbol.members[:4]) / len(bar) for bar in bars for symbol in bar)


def test_borrowed_chords_give_way_where_they_would_outweigh_the_mode() -> None:
    mixolydian, blue = (parse_chords(text) for text in ("I | bVII:p | V | I", "I | bVII | V | V"))
    assert bars_in_mode(mixolydian, "major") == parse_chords("I | V:p | V | I")
    assert bars_in_mode(blue, "major") == blue, "as a colour they stay"


@pytest.mark.parametrize(
    ("numeral", "mode", "becomes"),
    [
        ("iv", "dorian", "IV"),
        ("bVImaj7", "dorian", "IV7"),
        ("IV", "lydian", "II"),
        ("V7", "lydian", "Vmaj7"),
        ("bII", "phrygian", "bII"),
        ("V", "phrygian", "bII"),
        ("V", "mixolydian", "bVII"),
        ("v", "harmonic minor", "V"),
        ("i", "locrian", "idim"),
        ("I:3", "lydian", "I:3"),
        ("V7/vi", "minor", "V7/vi"),
    ],
)
def test_a_degree_has_the_chord_of_the_mode(numeral: str, mode: str, becomes: str) -> None:
    assert in_mode(parse_symbol(numeral), mode) == parse_symbol(becomes)


@pytest.mark.parametrize(
    ("key", "relative"),
    [("A minor", "C major"), ("C lydian", "A dorian"), ("D dorian", "F lydian"), ("G mixolydian", "E phrygian")],
)
def test_a_relative_key_has_the_same_notes(key: str, relative: str) -> None:
    found = relative_key(Key.parse(key))
    assert found == Key.parse(relative)
    assert found.pitch_classes == Key.parse(key).pitch_classes


@pytest.mark.parametrize("style", STYLE_IDS)
def test_a_piece_sounds_in_the_mode_it_is_labelled_with(style: str) -> None:
    for number, mode in enumerate(MODES):
        if (number + STYLE_IDS.index(style)) % 2:
            continue  # the other half of the modes is played in the next style
        key = Key.parse(f"{'ABCDEFG'[number % 7]} {mode}")
        piece = compose(score_plan(style, key=f"{'ABCDEFG'[number % 7]} {mode}", seed=number))
        sounds = Counter(
            (note.pitch - key.tonic) % 12
            for part in piece.parts
            if not is_kit(part.patch) and not part.patch.startswith("fx.")
            for note in part.notes
        )
        own, other = sounds[CHARACTERISTIC[mode]], sounds[CONTRARY[mode]]
        assert own >= LEAST_SHARE * sounds.total(), mode
        assert own > other, mode
        ends = piece.chords[-1].start_samples
        home = sum(chord.duration_samples for chord in piece.chords[:-1] if chord.root == key.tonic)
        assert home >= 0.08 * ends, mode
