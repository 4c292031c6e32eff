"""Room for speech: measured on the mix, on beats, and never pumping."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.random_edits import random_edit, sheet_of
from fakes.voices import SENTENCES, laid_out, spoken, vocoded
from vem_core.audio.loudness import block_powers
from vem_core.audio.types import Audio
from vem_core.composer.composition import compose
from vem_core.composer.piece import NoteFunction
from vem_core.contract.cut_sheet import CutSheet, Event, Span, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Ending
from vem_core.contract.request import Direction, ScoreRequest, SpeechRoom
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.rhythm.planner import plan_score
from vem_core.speech.level_curve import SHORTEST_STAY_S, dips_under, gain_of
from vem_core.speech.room import make_room, report_room, speech_spans

SECOND = SAMPLE_RATE_HZ


def edit_with_speech(*spans: tuple[float, float], seconds: int = 40) -> CutSheet:
    """Cuts every two to four seconds at 24 frames, and speech over [start, end) seconds."""
    cuts = [frame for frame in (60, 140, 210, 300, 360, 450, 540, 600, 690, 760, 850) if frame < seconds * 24]
    speech = tuple(Span(round(start * 24), round((end - start) * 24)) for start, end in spans)
    return dataclasses.replace(sheet_of(seconds * 24, cuts), speech=speech)


def scored(request: ScoreRequest, folder: Path) -> tuple[ScoreResult, Audio]:
    result = score_timeline(Job(request, {}, folder, lambda stage, done, steps, message: None))
    sound, _ = soundfile.read(folder / "mix.wav", dtype="float32")
    return result, sound.T


def speech_to_music_db(voice: Audio, music: Audio, where: np.ndarray) -> float:
    """How far the voice lies above the music over some tenths of a second, by K-weighted power."""
    spoken, played = (block_powers(np.stack([side, side]) if side.ndim == 1 else side) for side in (voice, music))
    return float(10 * np.log10(spoken[spoken > 1e-7].mean() / played[where].mean()))


@pytest.mark.parametrize(
    "style", ["documentary", *(pytest.param(style, marks=pytest.mark.slow) for style in ("cinematic", "house", "rock"))]
)
def test_speech_lies_above_the_music_by_the_depth_more_than_it_would_outside(style: str, tmp_path: Path) -> None:
    """Noise-vocoded speech at about -20 LUFS; its level is compared with that of the music under it and outside."""
    depth_db = 9.0
    sheet = edit_with_speech((6.0, 13.0), (22.0, 28.5))
    request = ScoreRequest(sheet, Direction(style=style, room=SpeechRoom(depth_db)), seed=4)
    result, music = scored(request, tmp_path)
    voice = laid_out(40.0, [(6.0, vocoded(7.0)), (22.0, vocoded(6.5, seed=1))])
    tenths = np.arange(400) / 10
    under = ((tenths >= 6) & (tenths < 12.9)) | ((tenths >= 22) & (tenths < 28.4))
    outside = (tenths < 4.5) | ((tenths >= 17.0) & (tenths < 20.5)) | ((tenths >= 32.5) & (tenths < 36))
    gained = speech_to_music_db(voice, music, under) - speech_to_music_db(voice, music, outside)
    assert gained >= depth_db - 1.5  # the stretches outside are this test's own choice
    assert result.speech is not None
    assert result.speech.measured_db is not None
    assert result.speech.measured_db >= depth_db
    assert result.speech.steepest_db_per_s <= depth_db / 0.3 * 1.01


def test_a_narrator_said_by_espeak_is_given_room(tmp_path: Path) -> None:
    first, second = (spoken(text, tmp_path) for text in SENTENCES[2:])
    spans = ((8.0, 8.0 + len(first) / SECOND), (20.0, 20.0 + len(second) / SECOND))
    sheet = edit_with_speech(*spans)
    result, music = scored(ScoreRequest(sheet, Direction(style="documentary", room=SpeechRoom(10))), tmp_path)
    voice = laid_out(40.0, [(8.0, first), (20.0, second)])
    assert result.speech is not None
    assert result.speech.measured_db is not None
    assert result.speech.measured_db >= 10
    tenths = np.arange(400) / 10
    under = np.zeros(400, bool)
    for start, end in spans:
        under |= (tenths >= start) & (tenths < end - 0.1)
    assert speech_to_music_db(voice, music, under) > 3  # at the same nominal loudness the voice is well above


def test_the_arrangement_thins_out_and_nobody_leads_under_speech() -> None:
    sheet = edit_with_speech((8.0, 20.0))

    def piece_of(direction: Direction) -> tuple[list[int], list[int]]:
        plan = plan_score(sheet, direction, 2, tempo_range_bpm=(90, 110), style="corporate", mood="bright")
        piece = compose(plan)
        bars = [beat.samples for beat in plan.beats if beat.number == 1]
        inside = [bar for bar in bars if bar >= 8.5 * SECOND and bar + 3 * SECOND < 19.5 * SECOND]
        span = (inside[0], inside[-1])
        notes = [note for part in piece.parts for note in part.notes if span[0] <= note.start_samples < span[1]]
        leads = [n.start_samples for n in notes if n.function in (NoteFunction.MOTIF, NoteFunction.ANSWER)]
        return [note.start_samples for note in notes], leads

    free, free_leads = piece_of(Direction(energy=0.7, room=SpeechRoom(thin=False)))
    thinned, leads = piece_of(Direction(energy=0.7))
    assert not leads
    assert len(free_leads) > 5
    assert len(thinned) < 0.8 * len(free)


@pytest.mark.parametrize("style", ["hip-hop", "house", "trap"])
def test_no_sampled_voice_talks_over_who_speaks(style: str) -> None:
    sheet = edit_with_speech((8.0, 20.0))

    def syllables_of(direction: Direction) -> list[int]:
        plan = plan_score(sheet, direction, 2, tempo_range_bpm=(100, 120), style=style, mood="confident")
        voices = [part for part in compose(plan).parts if part.patch.startswith("voice.")]
        starts = [note.start_samples for part in voices for note in part.notes]
        return [start for start in starts if 8.5 * SECOND <= start < 17 * SECOND]

    assert syllables_of(Direction(energy=0.8, room=SpeechRoom(thin=False)))
    assert not syllables_of(Direction(energy=0.8))


speech_lists = st.lists(st.tuples(st.floats(0.2, 5), st.floats(0.3, 4)), min_size=1, max_size=4)


@given(speech_lists, st.floats(1, 25), st.floats(0.05, 1.5), st.floats(0.1, 3), st.floats(0.3, 1.2), st.integers(0, 99))
@settings(max_examples=12, deadline=None)
def test_no_curve_pumps_or_is_late(
    lengths: list[tuple[float, float]], depth_db: float, attack_s: float, release_s: float, beat_s: float, seed: int
) -> None:
    """The slope is bounded, the level is down when speech begins, and what comes back up stays up a while."""
    at, speech = 1.0, []
    for gap_s, length_s in lengths:
        speech.append((at + gap_s, at + gap_s + length_s))
        at += gap_s + length_s
    seconds = int(at) + 6
    sheet = dataclasses.replace(
        sheet_of(seconds * 100, []),
        rate=random_edit(0).rate * 100 / 24,
        speech=tuple(Span(round(a * 100), max(1, round(b * 100) - round(a * 100))) for a, b in speech),
    )
    room = SpeechRoom(depth_db, attack_s, release_s)
    plan = plan_score(sheet, Direction(tempo_bpm=(60 / beat_s, 60 / beat_s), ending=Ending.CUT), 0,
                      tempo_range_bpm=(60, 200), style="house", mood="calm")  # fmt: skip
    noise = np.random.default_rng(seed).standard_normal((2, plan.duration_samples)).astype(np.float32) * 0.05
    made = make_room(noise, sheet, plan, room)
    report = report_room(made, noise, room)
    assert report is not None
    assert report.steepest_db_per_s <= depth_db / min(attack_s, release_s) * 1.05
    gain_db = 20 * np.log10(gain_of(made.curve, plan.duration_samples))
    for start, end in speech_spans(sheet):
        assert gain_db[start : end - 1].max() < -0.9 * depth_db
    for earlier, later in itertools.pairwise(made.dips):
        assert later.leave - earlier.back >= SHORTEST_STAY_S * SECOND
    if report.measured_db is not None:
        assert report.measured_db >= depth_db


def test_the_music_comes_back_on_a_beat() -> None:
    beats = [round(index * 0.5 * SECOND) for index in range(60)]
    bars = beats[::4]
    room = SpeechRoom(8, 0.3, 0.9)
    (dip,) = dips_under([(3 * SECOND, 7 * SECOND)], beats, bars, room, 30 * SECOND)
    assert dip.back == 8 * SECOND  # 7.9 s is the first instant, 8.0 s a downbeat
    (dip,) = dips_under([(3 * SECOND, round(5.2 * SECOND))], beats, bars[::8], room, 30 * SECOND)
    assert dip.back in beats
    both = dips_under([(3 * SECOND, 5 * SECOND), (6 * SECOND, 8 * SECOND)], beats, bars, room, 30 * SECOND)
    assert len(both) == 1


def test_speech_over_everything_goes_down_by_the_depth(tmp_path: Path) -> None:
    sheet = edit_with_speech((0.0, 20.0), seconds=20)
    result, _ = scored(ScoreRequest(sheet, Direction(style="ambient", room=SpeechRoom(6))), tmp_path)
    assert result.speech is not None
    assert result.speech.measured_db is None
    assert min(level for _, level in result.speech.curve) == -6


def test_a_hit_under_speech_is_met_and_stays_soft(tmp_path: Path) -> None:
    sheet = dataclasses.replace(
        edit_with_speech((6.0, 12.0), seconds=20), events=(Event(8 * 24 + 5, Wish.HIT, "punch"),)
    )
    result, _ = scored(ScoreRequest(sheet, Direction(style="house", room=SpeechRoom(8)), seed=1), tmp_path)
    (event,) = [cut for cut in result.report.cuts if cut.event]
    assert abs(event.off_beat_error_ms or 1e9) <= 1000 / 24
    assert result.speech is not None
    assert result.speech.measured_db is not None
    assert result.speech.measured_db >= 8


def test_no_room_is_made_where_none_is_wanted(tmp_path: Path) -> None:
    sheet = edit_with_speech((4.0, 9.0), seconds=12)
    quiet = Direction(style="ambient", room=SpeechRoom(0))
    result, _ = scored(ScoreRequest(sheet, quiet), tmp_path)
    assert result.speech is None
    assert result.plan.speech_samples == ()
    with pytest.raises(ContractError, match="40 dB"):
        SpeechRoom(-1)


def test_stems_get_the_same_curve() -> None:
    sheet = edit_with_speech((4.0, 9.0), seconds=12)
    plan = plan_score(sheet, Direction(), 0, tempo_range_bpm=(90, 110), style="house", mood="calm")
    noise = np.random.default_rng(0).standard_normal((2, 2, plan.duration_samples)).astype(np.float32) * 0.05
    made = make_room(noise.sum(0), sheet, plan, SpeechRoom(12))
    mix, first, second = (made.lowered(sound)[:, :] for sound in (noise.sum(0), *noise))
    assert np.abs(mix - first - second).max() < 1e-6
    assert np.abs(mix).mean() < np.abs(noise.sum(0)).mean()


def test_the_curve_says_what_is_heard_and_does_as_much_as_was_asked() -> None:
    sheet = edit_with_speech((4.0, 9.0), seconds=20)
    plan = plan_score(sheet, Direction(), 0, tempo_range_bpm=(90, 110), style="house", mood="calm")
    noise = np.random.default_rng(0).standard_normal((2, plan.duration_samples)).astype(np.float32) * 0.05
    made = make_room(noise, sheet, plan, SpeechRoom(12))
    report = report_room(made, noise, SpeechRoom(12))
    assert report is not None
    assert report.measured_db is not None
    assert report.measured_db >= 12
    assert np.abs(made.lowered(noise)[:, :] - noise * gain_of(report.curve, noise.shape[1])).max() == 0
