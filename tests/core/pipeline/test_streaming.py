"""A score is the same to the last bit whatever the length of the blocks and stretches that it is made in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.random_edits import sheet_of
from vem_core.audio.tape import blocks
from vem_core.contract.cut_sheet import CueStart, Span
from vem_core.contract.progress import SCRATCH_FOLDER
from vem_core.contract.request import AudioFormat, Delivery, Direction, ScoreRequest, SpeechRoom
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.synth import render


def film() -> ScoreRequest:
    """Two cues, speech, stems, another rate: ten seconds of all that a feature film's score is made of."""
    sheet = sheet_of(240, [40, 70, 100, 130, 170, 205])
    sheet = dataclasses.replace(sheet, cue_starts=(CueStart(0, "calm"), CueStart(130, "tense")), speech=(Span(72, 48),))
    delivery = Delivery(stems=True, format=AudioFormat.FLAC, sample_rate_hz=44_100, loudness_lufs=-12.0)
    return ScoreRequest(sheet, Direction(style="lo-fi", room=SpeechRoom(9)), model="sketch", delivery=delivery, seed=5)


def scored(folder: Path) -> ScoreResult:
    folder.mkdir()
    result = score_timeline(Job(film(), {}, folder, lambda *progress: None))
    assert not (folder / SCRATCH_FOLDER).exists()
    return result


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> ScoreResult:
    return scored(tmp_path_factory.mktemp("plain") / "score")


@pytest.mark.parametrize(
    "samples",
    [pytest.param(1_920, marks=pytest.mark.slow), SAMPLE_RATE_HZ, pytest.param(2**40, marks=pytest.mark.slow)],
)
def test_blocks_of_any_length_make_the_same_score(
    samples: int, plainly: ScoreResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(blocks.__kwdefaults__, "size", samples)
    monkeypatch.setitem(render.__kwdefaults__, "stretch_samples", samples)
    result = scored(tmp_path / "score")
    assert {file.role for file in result.files} > {"mix", "stem:drums", "delivery:mix"}
    assert result.files == plainly.files
    assert result.report == plainly.report
    assert result.speech == plainly.speech
    assert result.downmix is not None
    assert plainly.downmix is not None
    assert result.downmix.mono_loss_db == pytest.approx(plainly.downmix.mono_loss_db, abs=1e-9)
