"""Guests: each instrument that is asked for by name plays as its players do, is in reach, and is heard."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from fakes.score_plans import score_plan
from vem_core.audio.loudness import measure_loudness
from vem_core.composer.casting import cast_style
from vem_core.composer.composition import compose
from vem_core.composer.drafts import Draft
from vem_core.composer.form import read_form
from vem_core.composer.guests import as_played, guest_parts, guests
from vem_core.composer.instruments import instruments, is_played_by, own_patches
from vem_core.composer.piece import NoteFunction, Part, Piece
from vem_core.composer.style import Kind
from vem_core.composer.styles import list_styles, style_by_id
from vem_core.contract.plan import Casting, SectionRole
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth import render
from vem_core.synth.patches import PATCHES

HOSTS = ("indie-pop", "cinematic", "corporate")
SINGERS = [name for name, guest in guests().items() if guest.single]
_ARC = ((SectionRole.INTRO, 2, 0.25), (SectionRole.GROOVE, 4, 0.5), (SectionRole.CLIMAX, 4, 0.9))
_LEAST_HEARD_LU = 14.0
"""How far below the mix an instrument that was asked for may lie, gated, at most."""


@functools.cache
def piece_of(style: str, casting: Casting, seed: int = 1) -> Piece:
    plan = score_plan(style, form=_ARC, bpm=110, hit_every_beats=6, seed=seed)
    return compose(dataclasses.replace(plan, casting=casting))


def played_on(piece: Piece, name: str) -> list[Part]:
    return [part for part in piece.parts if is_played_by(part.patch, name)]


def kinds_of(style: str, casting: Casting, name: str) -> set[Kind]:
    parts = cast_style(style_by_id(style), casting).parts
    return {part.kind for part in parts if is_played_by(part.patches[0], name)}


def pitches_of(parts: list[Part]) -> Iterator[int]:
    return (note.pitch for part in parts for note in part.notes)


def test_every_guest_is_an_instrument_with_a_sound_of_its_own() -> None:
    taken = Counter(patch for name in guests() for patch in own_patches(name))
    assert set(taken.values()) == {1}
    assert set(taken) <= set(PATCHES)
    for name, guest in guests().items():
        assert name in instruments()
        low, high = guest.reach or (0, 127)
        for part, _ in guest_parts(name, style_by_id("corporate"), alone=True, patches=own_patches(name)):
            assert low <= part.register[0] < part.register[1] <= high


@pytest.mark.parametrize("style", HOSTS)
@pytest.mark.parametrize("name", guests())
def test_a_guest_plays_throughout_and_in_reach_beside_the_band(name: str, style: str) -> None:
    piece = piece_of(style, Casting(with_=(name,)))
    own = played_on(piece, name)
    notes = [note for part in own for note in part.notes]
    assert len(notes) >= 4  # a drone is struck again every four bars
    first, last = min(note.start_samples for note in notes), max(note.start_samples for note in notes)
    assert first < 0.35 * piece.duration_samples
    assert last > 0.6 * piece.duration_samples
    assert len(piece.parts) > len(own)
    low, high = guests()[name].reach or (0, 127)
    assert all(low <= pitch <= high for pitch in pitches_of(own))


@pytest.mark.parametrize("style", HOSTS)
@pytest.mark.parametrize("name", guests())
def test_a_guest_alone_is_alone_and_in_reach(name: str, style: str) -> None:
    piece = piece_of(style, Casting(only=(name,)))
    assert piece.parts
    assert played_on(piece, name) == list(piece.parts)
    low, high = guests()[name].reach or (0, 127)
    assert all(low <= pitch <= high for pitch in pitches_of(list(piece.parts)))


@pytest.mark.parametrize("style", HOSTS)
@pytest.mark.parametrize("name", SINGERS)
@pytest.mark.parametrize("alone", [False, True])
def test_who_has_one_note_at_a_time_plays_no_chords(name: str, style: str, alone: bool) -> None:
    casting = Casting(only=(name,)) if alone else Casting(with_=(name,))
    for part in played_on(piece_of(style, casting), name):
        starts = Counter(note.start_samples for note in part.notes)
        assert max(starts.values()) == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ukulele", Kind.COMP), ("banjo", Kind.ARPEGGIO), ("tuba", Kind.BASS), ("timpani", Kind.BASS),
        ("whistling", Kind.MOTIF), ("harmonica", Kind.MOTIF), ("mandolin", Kind.MOTIF), ("xylophone", Kind.ARPEGGIO),
        ("music-box", Kind.ARPEGGIO), ("pizzicato", Kind.COMP), ("didgeridoo", Kind.DRONE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", HOSTS)
def test_a_guest_does_what_it_is_asked_for(name: str, kind: Kind, style: str) -> None:
    kinds = kinds_of(style, Casting(with_=(name,)), name)
    assert kind in kinds
    assert Kind.PAD not in kinds


@pytest.mark.parametrize("style", HOSTS)
def test_who_whistles_has_the_tune_and_a_tuba_the_bass(style: str) -> None:
    parts = cast_style(style_by_id(style), Casting(with_=("whistling", "tuba"))).parts
    assert [part.patches for part in parts if part.kind is Kind.MOTIF] == [("wind.whistle",)]
    assert [part.patches for part in parts if part.kind is Kind.BASS] == [("brass.tuba",)]


def test_a_bass_that_was_asked_for_too_stays_beside_the_tuba() -> None:
    parts = cast_style(style_by_id("corporate"), Casting(with_=("bass", "tuba"))).parts
    assert sum(part.kind is Kind.BASS for part in parts) == 2


@pytest.mark.parametrize("style", HOSTS)
def test_ukulele_and_whistling_are_strums_and_a_tune(style: str) -> None:
    piece = piece_of(style, Casting(only=("ukulele", "whistling")))
    ukulele, whistle = played_on(piece, "ukulele"), played_on(piece, "whistling")
    assert len(ukulele) + len(whistle) == len(piece.parts)
    chords = Counter(note.start_samples // 2_400 for note in ukulele[0].notes)
    assert max(chords.values()) >= 3
    assert any(note.function is NoteFunction.MOTIF for part in whistle for note in part.notes)
    assert min(pitches_of(whistle)) >= 67


def test_a_timpani_stays_when_the_rest_of_the_percussion_goes() -> None:
    piece = piece_of("cinematic", Casting(with_=("timpani",), without=("percussion", "drums")))
    assert played_on(piece, "timpani")
    assert not any(part.patch.startswith("kit.") for part in piece.parts)


def test_what_was_refused_does_not_come_as_a_guest() -> None:
    piece = piece_of("indie-pop", Casting(with_=("guitar",), without=("ukulele", "banjo")))
    assert not played_on(piece, "ukulele")
    assert not played_on(piece, "banjo")


def test_long_notes_of_a_mandolin_are_strokes_and_short_ones_are_not() -> None:
    form = read_form(score_plan("acoustic", form=_ARC, bpm=120), 120)
    long = Draft(4.0, 2.0, 70, 0.7, NoteFunction.MOTIF)
    short = Draft(6.0, 0.5, 72, 0.7, NoteFunction.MOTIF)
    chord = Draft(8.0, 2.0, 74, 0.7, NoteFunction.CHORD)
    strokes = as_played([long, short, chord], "pluck.mandolin", form)
    rolled = [stroke for stroke in strokes if stroke.pitch == 70]
    seconds = {round((b.start - a.start) / 2, 4) for a, b in pairwise(rolled)}  # 120 BPM
    assert len(seconds) == 1
    assert 0.06 < seconds.pop() < 0.13
    assert rolled[0].start == 4.0
    assert rolled[-1].end == pytest.approx(6.0)
    assert rolled[0].velocity > rolled[1].velocity
    assert strokes[-2:] == [short, chord]
    assert as_played([long, short, chord], "pluck.guitar", form) == [long, short, chord]


def test_only_styles_whose_own_bands_have_them_play_guests_unasked() -> None:
    patches = {patch for name, guest in guests().items() if guest.reach for patch in own_patches(name)}
    having = {style.id for style in list_styles() for part in style.parts if patches & set(part.patches)}
    assert having == {"children", "comedy", "world"}  # a ukulele; a tuba, a whistle and a xylophone; a sitar


@pytest.mark.slow
@pytest.mark.parametrize("style", HOSTS)
@pytest.mark.parametrize("name", guests())
def test_a_guest_is_heard_in_the_mix(name: str, style: str) -> None:
    piece = piece_of(style, Casting(with_=(name,)))
    alone = dataclasses.replace(piece, parts=tuple(played_on(piece, name)))
    mix, own = (measure_loudness(render(each, 0, stems=False).mix) for each in (piece, alone))
    assert own > mix - _LEAST_HEARD_LU
    assert piece.duration_samples > 10 * SAMPLE_RATE_HZ
