"""Music that is heard while it is made."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from fakes.random_edits import sheet_of
from vem_core.audio.files import read_audio
from vem_core.contract.cut_sheet import CueStart
from vem_core.contract.progress import PREVIEW_FILE, SCRATCH_FOLDER, Stage
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation import preview as previews
from vem_core.generation import sketch
from vem_core.generation.preview import PREVIEW_LEVEL_DB, Preview
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline


def heard(folder: Path) -> np.ndarray:
    return np.fromfile(folder / PREVIEW_FILE, "<i2").reshape(-1, 2).T


def test_what_is_complete_is_appended_and_what_was_heard_stays(tmp_path: Path) -> None:
    preview, ones = Preview(tmp_path), np.full((2, 10), 0.1, np.float32)
    preview.hear(0, ones)
    assert not (tmp_path / PREVIEW_FILE).exists()
    preview.begin(5)
    preview.hear(0, ones)
    preview.hear(8, 2 * ones)
    level = 0.1 * 10 ** (PREVIEW_LEVEL_DB / 20) * 32_767
    assert heard(tmp_path)[0] == pytest.approx([0] * 5 + [level] * 10 + [2 * level] * 8, abs=1)


def test_no_more_is_kept_than_is_heard_before_the_rest_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "MOST_PREVIEW_S", 1)
    preview = Preview(tmp_path)
    preview.begin(0)
    for second in range(3):
        preview.hear(second * 32_000, np.zeros((2, 32_000), np.float32))
    assert heard(tmp_path).shape == (2, SAMPLE_RATE_HZ)


@pytest.mark.parametrize("cues", [(), (CueStart(0, "calm"), CueStart(130, "tense"))])
def test_the_preview_is_the_music_that_is_made(
    cues: tuple[CueStart, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sketch, "_LONG_SAMPLES", 4 * SAMPLE_RATE_HZ)
    monkeypatch.setattr(sketch, "_OPENING_SAMPLES", SAMPLE_RATE_HZ)
    lengths, last = [], np.zeros((2, 0))

    def listen(stage: Stage, *progress: object) -> None:
        nonlocal last
        path = tmp_path / SCRATCH_FOLDER
        if (path / PREVIEW_FILE).exists():
            last = heard(path)
            lengths.append(last.shape[1])

    sheet = dataclasses.replace(sheet_of(240, [40, 70, 100, 130, 170, 205]), cue_starts=cues)
    request = ScoreRequest(sheet, Direction(style="lo-fi"), model="sketch", seed=5)
    result = score_timeline(Job(request, {}, tmp_path, listen))
    made = read_audio(tmp_path / result.files[0].name)
    assert lengths[0] == SAMPLE_RATE_HZ  # the opening, before all of it was composed
    assert last.shape == made.shape
    assert np.corrcoef(last[0], made[0])[0, 1] > 0.999
