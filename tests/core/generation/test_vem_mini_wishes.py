"""An editor's wishes and the neural model: room for speech, silences, cues, handles and a followed temp track.

The weights are tiny and random: nothing here says how it sounds, only that each wish reaches the model or is met
around it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.random_edits import sheet_of
from vem_core.audio.types import Audio
from vem_core.composer.composition import compose
from vem_core.contract.cut_sheet import CueStart, CutSheet, Event, Span, Wish
from vem_core.contract.plan import Landing, ScorePlan
from vem_core.contract.request import Delivery, Direction, ScoreRequest, SpeechRoom
from vem_core.contract.result import ScoreResult
from vem_core.contract.temp_track import TempTrack
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation import vem_mini
from vem_core.models.features import lead_sheet_of
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import SamplingSettings
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.rhythm.planner import plan_score

SECOND = SAMPLE_RATE_HZ


@pytest.fixture(scope="module", autouse=True)
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is bundled as vem-mini, for as long as this file runs."""
    folder = tmp_path_factory.mktemp("vem") / "tiny"
    random_pipeline("tiny").save_pretrained(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vem_mini, "bundled_weights", lambda: folder)
        patch.setattr(vem_mini, "default_settings", lambda: SamplingSettings(steps=1, guidance=1.0))
        yield


def edit() -> CutSheet:
    """Half a minute with a narrator, a punch inside a shot, a silence, and a cue with words of its own."""
    return dataclasses.replace(
        sheet_of(24 * 30, [70, 130, 260, 330, 470, 560]),
        events=(Event(100, Wish.HIT, "punch"),),
        silences=(Span(240, 96),),
        cue_starts=(CueStart(470, "house"),),
        speech=(Span(24, 96, "Narration"),),
    )


def scored(folder: Path, sheet: CutSheet, direction: Direction, **fields: object) -> tuple[ScoreResult, Audio]:
    request = ScoreRequest(sheet, direction, model="vem-mini", seed=3, **fields)  # type: ignore[arg-type]
    result = score_timeline(Job(request, {}, folder, lambda stage, done, steps, message: None))
    sound, _ = soundfile.read(folder / "mix.wav", dtype="float32")
    return result, sound.T


def test_silences_cues_handles_and_speech_are_done_around_the_model(tmp_path: Path) -> None:
    delivery = Delivery(stems=True, midi=True, handle_before_frames=24, handle_after_frames=12)
    direction = Direction(style="cinematic", room=SpeechRoom(9.0))
    result, sound = scored(tmp_path, edit(), direction, delivery=delivery)
    assert result.model == "vem-mini"
    assert sound.shape == (2, round(31.5 * SECOND))
    assert not np.any(sound[:, 11 * SECOND : 15 * SECOND])  # the silence, after a second of handle
    assert np.any(sound[:, : SECOND // 2])
    assert result.plan.duration_samples == 30 * SECOND
    assert {hit.index for hit in result.plan.hits if hit.landing is Landing.SILENT} == {2, 3}
    assert result.speech is not None
    assert result.speech.measured_db is not None
    assert result.speech.measured_db >= 9.0
    assert result.speech.steepest_db_per_s <= 9.0 / 0.3 * 1.01
    assert any("makes no stems" in warning for warning in result.warnings)
    assert any("several pieces has no MIDI" in warning for warning in result.warnings)
    assert result.rights is not None
    assert result.rights.paid_work


def planned(direction: Direction) -> ScorePlan:
    sheet = dataclasses.replace(sheet_of(24 * 24, [70, 130, 260, 330, 470]), speech=(Span(8 * 24, 12 * 24),))
    return plan_score(sheet, direction, 2, tempo_range_bpm=(90, 110), style="corporate", mood="bright")


def test_the_lead_sheet_that_the_model_reads_is_thinner_under_speech() -> None:
    """The arrangement's part of the room reaches the model as density, which it was trained to follow."""

    def notes_under_speech(direction: Direction) -> float:
        density = lead_sheet_of(compose(planned(direction))).density
        return float(np.mean([notes for samples, notes in density if 9 * SECOND <= samples < 19 * SECOND]))

    free = notes_under_speech(Direction(energy=0.7, room=SpeechRoom(thin=False)))
    assert notes_under_speech(Direction(energy=0.7)) < 0.8 * free


def test_a_followed_temp_track_reaches_the_model_as_tempo_key_energy_and_style(tmp_path: Path) -> None:
    heard = TempTrack((96.0, 104.0), "D minor", 0.3, (0.1, None, 0.9, 0.9), ("ambient", "cinematic"))
    sheet = sheet_of(24 * 16, [96, 192, 288])
    result, followed = scored(tmp_path / "a", sheet, Direction(style="documentary").following(heard))
    assert (result.plan.style, result.plan.key) == ("documentary", "D minor")  # the editor's style, its key
    assert result.plan.shot_energies[0] < result.plan.shot_energies[2]
    spans_s = np.diff([beat.samples for beat in result.plan.beats]) / SECOND
    assert 95 <= 60 / np.median(spans_s) <= 105
    _, plain = scored(tmp_path / "b", sheet, Direction(style="documentary"))
    assert not np.array_equal(followed, plain)


def test_beats_early_by_taste_are_planned_for_the_model_too(tmp_path: Path) -> None:
    sheet = sheet_of(24 * 12, [96, 192])
    wanted = Direction(style="house", beat_offset_ms=-40.0, hit_tolerance_ms=60.0)
    result, _ = scored(tmp_path, sheet, wanted)
    assert [hit.target_samples for hit in result.plan.hits] == [4 * SECOND - 1920, 8 * SECOND - 1920]
    assert result.report.beats_only.hit_rate_tolerance is not None
