"""A score that the disk has no room for is refused before any of it is made, with how much it takes."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from fakes.random_edits import sheet_of
from vem_core.contract.cut_sheet import Span
from vem_core.contract.errors import OutputError
from vem_core.contract.request import Delivery, Direction, ScoreRequest, SpeechRoom
from vem_core.pipeline.disk import bytes_needed
from vem_core.pipeline.job import Job, Work
from vem_core.pipeline.ladder import score_timeline


def job(folder: Path, delivery: Delivery, *, speech: bool = False) -> Job[ScoreRequest]:
    sheet = dataclasses.replace(sheet_of(72, [24, 48]), speech=(Span(24, 12),) if speech else ())
    direction = Direction(style="lo-fi", room=SpeechRoom(9))
    return Job(ScoreRequest(sheet, direction, model="sketch", delivery=delivery), {}, folder, lambda *progress: None)


def test_a_score_that_does_not_fit_is_refused_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = job(tmp_path, Delivery(stems=True))
    needed = bytes_needed(Work.open(asked))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=needed - 1))
    with pytest.raises(OutputError, match=r"takes about 0\.0 GB of disk while it is made") as raised:
        score_timeline(asked)
    assert raised.value.details == {"needed_bytes": needed, "free_bytes": needed - 1}
    assert "stems" in raised.value.hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("speech", [False, True])
def test_what_a_score_is_said_to_take_is_more_than_its_files(tmp_path: Path, speech: bool) -> None:
    asked = job(tmp_path, Delivery(stems=True), speech=speech)
    needed = bytes_needed(Work.open(asked))
    written = sum((tmp_path / file.name).stat().st_size for file in score_timeline(asked).files)
    assert written < needed < 3 * written


def test_stems_speech_and_another_rate_take_more(tmp_path: Path) -> None:
    plain = bytes_needed(Work.open(job(tmp_path, Delivery())))
    stems = bytes_needed(Work.open(job(tmp_path, Delivery(stems=True))))
    spoken = bytes_needed(Work.open(job(tmp_path, Delivery(stems=True), speech=True)))
    converted = bytes_needed(Work.open(job(tmp_path, Delivery(stems=True, sample_rate_hz=96_000), speech=True)))
    assert plain < stems < spoken < converted
