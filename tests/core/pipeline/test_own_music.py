"""A score of the user's own music, from request to files, and after a re-cut."""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile

from fakes.band import RATE_HZ, drifting_beats, play_band
from fakes.recuts import rebuilt, sourced_edit, trimmed
from vem_core.audio.files import read_audio, read_pcm
from vem_core.compute.model_store import ModelStore
from vem_core.contract.cut_sheet import CutSheet, Span
from vem_core.contract.errors import AudioError, ContractError
from vem_core.contract.own_music import OWN_MUSIC, MusicStem, OwnMusic
from vem_core.contract.plan import Bend
from vem_core.contract.recut import EarlierSound, EarlierTake, FrameRange, Recut, Variation
from vem_core.contract.request import Delivery, Direction, ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.same_piece import contradictions
from vem_core.contract.time import sample_of_frame
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.pipeline.outlook import outlook_of
from vem_core.rhythm.budget import BUDGETS, plan_excursion, plan_ten_second_change

SECONDS = 50
SHEET = sourced_edit(7, median_s=2.2, cuts=10)


def wav(sound: np.ndarray, form: str = "WAV") -> bytes:
    whole = io.BytesIO()
    soundfile.write(whole, sound.T, RATE_HZ, format=form, subtype="PCM_24" if form != "OGG" else None)
    return whole.getvalue()


@cache
def band() -> np.ndarray:
    return play_band(drifting_beats(SECONDS - 1.5, 116, 0.0, seed=5), SECONDS, seed=5)


def request_for(song: bytes, sheet: CutSheet = SHEET, stems: Mapping[str, bytes] | None = None) -> ScoreRequest:
    parts = tuple(MusicStem(name, hashlib.sha256(stem).hexdigest()) for name, stem in (stems or {}).items())
    music = OwnMusic(hashlib.sha256(song).hexdigest(), "song.wav", parts)
    return ScoreRequest(sheet, model=OWN_MUSIC, music=music)


MODELS = ModelStore()
"""As in a core, which scores one job after the other: a song is listened to once."""


def scored(request: ScoreRequest, files: Mapping[str, bytes], folder: Path) -> ScoreResult:
    folder.mkdir(exist_ok=True)
    return score_timeline(Job(request, dict(files), folder, lambda *progress: None, MODELS))


def by_hash(*contents: bytes) -> dict[str, bytes]:
    return {hashlib.sha256(content).hexdigest(): content for content in contents}


class Made(NamedTuple):
    song: bytes
    request: ScoreRequest
    result: ScoreResult
    folder: Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The edit scored with the whole song."""
    song, folder = wav(band()), tmp_path_factory.mktemp("made")
    request = request_for(song)
    return Made(song, request, scored(request, by_hash(song), folder), folder)


def test_cuts_are_met_within_the_budget_of_composed_music(made: Made) -> None:
    result = made.result
    mix = result.file("mix")
    assert mix is not None
    assert mix.samples == sample_of_frame(SHEET.duration_frames, SHEET.rate)
    totals = result.report.with_off_beats
    assert totals.hit_rate_1_frame >= 2 * totals.chance_1_frame
    budget = BUDGETS[Bend.GROOVE]
    assert plan_excursion(result.plan) <= budget.excursion + 1e-4
    assert plan_ten_second_change(result.plan) <= budget.ten_second_change + 1e-4
    assert result.model == OWN_MUSIC
    assert result.rights is not None
    assert "its own licence" in result.rights.statement


@pytest.mark.parametrize("form", ["FLAC", "OGG"])
def test_whatever_the_form_of_the_file(form: str, tmp_path: Path) -> None:
    song = wav(band()[:, : 20 * RATE_HZ], form)
    assert scored(request_for(song), by_hash(song), tmp_path).report.with_off_beats.hit_rate_1_frame > 0.4


def test_stems_are_cut_alike_and_sum_to_the_mix(tmp_path: Path) -> None:
    low = 0.5 * band()
    song, drums, rest = wav(band()), wav(low), wav(band() - low)
    request = request_for(song, stems={"drums": drums, "rest": rest})
    request = dataclasses.replace(request, delivery=Delivery(stems=True))
    result = scored(request, by_hash(song, drums, rest), tmp_path)
    assert {file.role for file in result.files} >= {"mix", "stem:drums", "stem:rest"}
    mix, *parts = (
        read_audio(tmp_path / file.name) for file in result.files if file.role in ("mix", "stem:drums", "stem:rest")
    )
    assert np.abs(mix - np.sum(parts, axis=0)).max() < 1e-4


def recut(request: ScoreRequest, result: ScoreResult, folder: Path, sheet: CutSheet) -> tuple[ScoreRequest, bytes]:
    data = (folder / "mix.wav").read_bytes()
    file = result.file("mix")
    assert file is not None
    earlier = EarlierTake(
        1, request.sheet, result.plan, result.report, result.model, gain_db=file.gain_db, levels=file.levels,
        sounds=(EarlierSound("mix", hashlib.sha256(data).hexdigest()),), direction=request.direction,
        seed=request.seed, music=request.music,
    )  # fmt: skip
    return dataclasses.replace(request, sheet=sheet, recut=Recut(earlier)), data


def test_a_recut_keeps_the_bars_whose_picture_stayed(made: Made, tmp_path: Path) -> None:
    shots = list(SHEET.shots)
    shots[4] = trimmed(shots[4], tail_frames=7)
    asked, mix = recut(made.request, made.result, made.folder, rebuilt(SHEET, shots))
    after = scored(asked, by_hash(made.song, mix), tmp_path)
    assert after.refit is not None
    assert after.refit.kept
    old, new = (read_pcm(folder / "mix.wav") for folder in (made.folder, tmp_path))
    for span in after.refit.kept:
        length = span.end_excl_samples - span.start_samples
        assert np.array_equal(new[span.start_samples :][:length], old[span.earlier_samples :][:length])
    assert all(beat.source_samples is not None for beat in after.plan.beats)
    job = Job(asked, by_hash(made.song), tmp_path, lambda *progress: None, MODELS)
    assert outlook_of(job).kept_share == pytest.approx(after.refit.kept_samples / len(new), abs=0.02)


def test_a_varied_range_plays_something_else_of_the_song(made: Made, tmp_path: Path) -> None:
    where = FrameRange(180, 300)
    asked, mix = recut(made.request, made.result, made.folder, SHEET)
    assert asked.recut is not None
    played = []
    for seed in (1, 2):
        varied = dataclasses.replace(asked, recut=dataclasses.replace(asked.recut, varied=(Variation(where, seed),)))
        after = scored(varied, by_hash(made.song, mix), tmp_path / str(seed))
        assert after.refit is not None
        pairs = list(zip(made.result.plan.beats, after.plan.beats, strict=True))
        assert [old.samples for old, _ in pairs] == [new.samples for _, new in pairs]
        at = [(sample_of_frame(f, SHEET.rate)) for f in (where.start_frames, where.end_excl_frames)]
        inside = [(old, new) for old, new in pairs if at[0] <= old.samples < at[1]]
        assert all(old.source_samples != new.source_samples for old, new in inside)
        outside = [(old, new) for old, new in pairs if not at[0] - 96_000 <= old.samples < at[1] + 96_000]
        assert all(old.source_samples == new.source_samples for old, new in outside)
        played.append([new.source_samples for _, new in inside])
    assert played[0] != played[1]


def test_another_song_is_another_piece(tmp_path: Path) -> None:
    song = wav(band()[:, : 20 * RATE_HZ])
    request = request_for(song)
    result = scored(request, by_hash(song), tmp_path)
    asked, _ = recut(request, result, tmp_path, SHEET)
    assert contradictions(asked) == ()
    other = dataclasses.replace(asked, music=OwnMusic("0" * 64, "other.wav"))
    assert contradictions(other) == ("music",)
    assert contradictions(dataclasses.replace(asked, music=None, model="sketch")) == ("music",)


def test_silences_and_handles_as_for_music_that_is_made(tmp_path: Path) -> None:
    song = wav(band())
    sheet = dataclasses.replace(SHEET, silences=(Span(200, 260),))
    request = dataclasses.replace(request_for(song, sheet), delivery=Delivery(handle_before_frames=24))
    result = scored(request, by_hash(song), tmp_path)
    mix = read_audio(tmp_path / "mix.wav")
    start, end = (sample_of_frame(24 + frame, SHEET.rate) for frame in (215, 255))
    assert mix.shape[1] == sample_of_frame(SHEET.duration_frames + 24, SHEET.rate)
    assert np.abs(mix[:, start:end]).max() < 1e-3
    assert len(result.parts) == 2


def test_a_song_without_a_pulse_is_one_sentence(tmp_path: Path) -> None:
    song = wav(np.zeros((2, RATE_HZ), np.float32))
    with pytest.raises(AudioError, match="No beat can be heard"):
        scored(request_for(song), by_hash(song), tmp_path)


def test_music_and_model_belong_together() -> None:
    with pytest.raises(ContractError, match="own-music"):
        ScoreRequest(SHEET, Direction(), model="sketch", music=OwnMusic("0" * 64))
    with pytest.raises(ContractError, match="own-music"):
        ScoreRequest(SHEET, Direction(), model=OWN_MUSIC)
    with pytest.raises(ContractError, match="one word"):
        MusicStem("../drums", "0" * 64)
