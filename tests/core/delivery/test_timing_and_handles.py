"""Beats early or late, a tolerance of one's own, and music before and after the range."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.random_edits import random_edit, sheet_of
from vem_core.contract.cut_sheet import CutSheet, Event, Span, Wish
from vem_core.contract.errors import ContractError
from vem_core.contract.plan import Bend, Landing
from vem_core.contract.request import AudioFormat, Delivery, Direction, ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_core.cues.handles import with_handles
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.rhythm.planner import plan_score

MET = (Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT)


def scored(request: ScoreRequest, folder: Path) -> ScoreResult:
    return score_timeline(Job(request, {}, folder, lambda stage, done, steps, message: None))


@pytest.mark.parametrize("offset_ms", [-80.0, -41.7, 0.0, 60.0])
def test_planned_beats_fall_as_far_from_their_cuts_as_was_asked(offset_ms: float) -> None:
    sheet = random_edit(5)
    direction = Direction(bend=Bend.FREE, beat_offset_ms=offset_ms)  # free: most cuts are met on beats
    plan = plan_score(sheet, direction, 0, tempo_range_bpm=(80, 160), style="a", mood="b")
    beats = np.array([beat.samples for beat in plan.beats])
    met = [hit for hit in plan.hits if hit.landing in (Landing.DOWNBEAT, Landing.BEAT)]
    assert len(met) >= 0.7 * len(plan.hits)
    for hit in met:
        cut = sample_of_frame(sheet.cuts[hit.index].record_frames, sheet.rate)
        assert abs(beats[np.abs(beats - hit.target_samples).argmin()] - cut - offset_ms * 48) <= 2001


def test_measured_beats_are_early_by_two_frames_and_the_file_is_as_long_as_ever(tmp_path: Path) -> None:
    sheet = sheet_of(24 * 16, [60, 120, 168, 240, 300])
    early = scored(ScoreRequest(sheet, Direction(style="house", beat_offset_ms=-2000 / 24)), tmp_path)
    assert early.report.with_off_beats.hit_rate_1_frame >= 0.8
    for cut in early.report.cuts:
        assert cut.target_samples == sample_of_frame(sheet.cuts[cut.index].record_frames - 2, sheet.rate)
    assert early.files[0].samples == 16 * 48_000


def test_a_wider_tolerance_meets_more_cuts_with_a_steady_tempo() -> None:
    met = {}
    for tolerance_ms in (None, 100.0):
        landings: list[Landing] = []
        for seed in range(6):
            direction = Direction(bend=Bend.STEADY, hit_tolerance_ms=tolerance_ms)
            plan = plan_score(random_edit(seed), direction, 0, tempo_range_bpm=(80, 160), style="a", mood="b")
            landings += [hit.landing for hit in plan.hits]
        met[tolerance_ms] = np.mean([landing in MET for landing in landings])
    assert met[100.0] > met[None] + 0.15


def test_the_report_tells_the_share_within_the_tolerance(tmp_path: Path) -> None:
    sheet = sheet_of(24 * 10, [60, 131, 168])
    totals = scored(ScoreRequest(sheet, Direction(style="house", hit_tolerance_ms=80)), tmp_path).report.with_off_beats
    assert totals.hit_rate_tolerance is not None
    assert totals.chance_tolerance is not None
    assert totals.hit_rate_1_frame <= totals.hit_rate_tolerance <= totals.hit_rate_100_ms
    assert totals.chance_1_frame <= totals.chance_tolerance <= totals.chance_100_ms


def test_what_cannot_be_is_refused() -> None:
    for wrong in ({"beat_offset_ms": 900.0}, {"hit_tolerance_ms": 1.0}):
        with pytest.raises(ContractError):
            Direction(**wrong)  # type: ignore[arg-type]


def with_everything() -> CutSheet:
    return dataclasses.replace(
        sheet_of(24 * 14, [60, 131, 200, 260], start_frames=86_400),
        events=(Event(100, Wish.HIT, "punch"),),
        silences=(Span(280, 56),),
        speech=(Span(140, 40),),
    )


def test_handles_make_the_file_longer_and_change_nothing_in_the_range(tmp_path: Path) -> None:
    sheet = with_everything()
    delivery = Delivery(handle_before_frames=24, handle_after_frames=12, format=AudioFormat.FLAC, stems=True)
    result = scored(ScoreRequest(sheet, Direction(style="house"), delivery), tmp_path)
    mix = result.file("mix")
    assert mix is not None
    assert (mix.samples, mix.handle_samples) == ((24 * 14 + 36) * 2000, 48_000)
    assert all(file.samples == mix.samples for file in result.files)
    assert result.plan.duration_samples == 14 * 48_000
    assert all(0 <= beat.samples <= 14 * 48_000 for beat in result.plan.beats)
    assert result.plan.beats[0].bar == 0
    by_moment = {(cut.event, cut.index): cut for cut in result.report.cuts}
    assert by_moment[True, 0].target_samples == 100 * 2000
    assert by_moment[True, 0].hit_1_frame
    sound, _ = soundfile.read(tmp_path / "mix.wav")
    assert np.abs(sound[:48_000]).max() > 0.001  # music in the handle
    assert not np.any(sound[48_000 + 281 * 2000 :])  # the silence at the end goes on through its handle


def test_what_a_score_of_several_pieces_does_not_have_is_said(tmp_path: Path) -> None:
    sheet = dataclasses.replace(sheet_of(24 * 10, [60, 180]), silences=(Span(96, 48),))
    result = scored(ScoreRequest(sheet, Direction(style="ambient"), Delivery(midi=True)), tmp_path)
    assert "A score of several pieces has no MIDI file." in result.warnings


def test_a_request_without_handles_stays_as_it_is() -> None:
    request = ScoreRequest(with_everything())
    assert with_handles(request) is request
    padded = with_handles(dataclasses.replace(request, delivery=Delivery(handle_before_frames=5))).sheet
    assert (padded.start_frames, padded.duration_frames) == (86_395, 24 * 14 + 5)
    assert padded.crop(5, padded.duration_frames).cuts == request.sheet.cuts
