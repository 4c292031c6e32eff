"""The MIDI file holds the piece's notes at the piece's times, in the plan's bars."""

from __future__ import annotations

import io
from fractions import Fraction

import mido
import pytest

from fakes.score_plans import score_plan
from vem_core.composer.composition import compose
from vem_core.composer.midi import TICKS_PER_BEAT, to_midi
from vem_core.composer.piece import Piece
from vem_core.contract.plan import ScorePlan
from vem_core.contract.time import SAMPLE_RATE_HZ


def read(piece: Piece, plan: ScorePlan) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(to_midi(piece, plan)))


def seconds_by_tick(file: mido.MidiFile) -> list[tuple[int, Fraction, int]]:
    """(tick, seconds, tempo) at each tempo change, added up exactly."""
    changes, tick, at, tempo = [], 0, Fraction(0), 500_000
    for message in file.tracks[0]:
        tick += message.time
        at += Fraction(message.time * tempo, TICKS_PER_BEAT * 1_000_000)
        if message.type == "set_tempo":
            tempo = message.tempo
            changes.append((tick, at, tempo))
    return changes


def note_times_s(file: mido.MidiFile, track: mido.MidiTrack) -> list[tuple[float, int]]:
    changes = seconds_by_tick(file)
    tick, times = 0, []
    for message in track:
        tick += message.time
        if message.type == "note_on":
            start, at, tempo = next(change for change in reversed(changes) if change[0] <= tick)
            times.append((float(at + Fraction((tick - start) * tempo, TICKS_PER_BEAT * 1_000_000)), message.note))
    return times


@pytest.mark.parametrize(
    "plan",
    [
        score_plan("house", bpm=124, drift=0.04),
        score_plan("cinematic", bpm=77, drift=0.02, meters=(3, 4, 2), lead_in_s=1.9),
        score_plan("lo-fi", bpm=83.33, pick_up_beats=2, off_beat_share=0.6, lead_in_s=0.1),
    ],
    ids=["tempo changes", "mixed bars and a late first beat", "pick-up"],
)
def test_notes_come_back_at_their_times(plan: ScorePlan) -> None:
    piece = compose(plan)
    file = read(piece, plan)
    assert len(file.tracks) == len(piece.parts) + 1
    for part, track in zip(piece.parts, file.tracks[1:], strict=True):
        expected = sorted((note.start_samples / SAMPLE_RATE_HZ, note.pitch) for note in part.notes)
        found = sorted(note_times_s(file, track))
        assert len(found) == len(expected)
        for (time_s, _), (expected_s, _) in zip(found, expected, strict=True):
            assert abs(time_s - expected_s) < 0.001
    assert abs(file.length - plan.duration_samples / SAMPLE_RATE_HZ) < 0.002


def test_no_error_adds_up_over_an_hour_of_beats() -> None:
    plan = score_plan("house", form=(("groove", 1, 0.5),), bpm=100)  # type: ignore[arg-type]
    import dataclasses

    from vem_core.contract.plan import Beat, Section, SectionRole

    beats = tuple(Beat(round(beat * 48_000 * 60 / 123.457), beat // 4, beat % 4 + 1) for beat in range(7_000))
    sections = (Section(SectionRole.GROOVE, 0, 1_750, 0.5, 0, 1),)
    duration = beats[-1].samples + 48_000
    plan = dataclasses.replace(
        plan, beats=beats, sections=sections, duration_samples=duration, final_beat=len(beats) - 1, hits=()
    )
    empty = Piece(duration, (), (), compose(score_plan()).master, (), ())
    tick, at, _ = seconds_by_tick(read(empty, plan))[-1]
    assert abs(float(at) - beats[tick // TICKS_PER_BEAT].samples / SAMPLE_RATE_HZ) < 2e-6


def test_bars_have_their_time_signatures() -> None:
    plan = score_plan("cinematic", meters=(3, 4))
    signatures = [
        message.numerator for message in read(compose(plan), plan).tracks[0] if message.type == "time_signature"
    ]
    assert signatures[:4] == [3, 4, 3, 4]


def test_drums_are_on_the_percussion_channel_and_nothing_else_is() -> None:
    plan = score_plan("house")
    piece = compose(plan)
    for part, track in zip(piece.parts, read(piece, plan).tracks[1:], strict=True):
        channels = {message.channel for message in track if message.type == "note_on"}
        assert (channels == {9}) == part.patch.startswith("kit."), part.patch
