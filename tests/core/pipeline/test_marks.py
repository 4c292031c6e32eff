"""The demo edit's marks, a hit, a drop and the logo at the end: in every style each is heard where it was asked for."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vem_core.composer.composition import compose
from vem_core.composer.piece import Part
from vem_core.composer.styles import list_styles
from vem_core.contract.codec import dumps, loads
from vem_core.contract.cut_sheet import Wish
from vem_core.contract.plan import Landing
from vem_core.contract.request import Direction, ScoreRequest
from vem_core.contract.result import ScoreResult
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.rhythm.planner_hits import MET
from vem_core.rhythm.strokes import strokes_around
from vem_core.synth import render
from vem_plugin.demo.edit import demo_timeline
from vem_plugin.timeline.sheet import read_cut_sheet

SHEET = read_cut_sheet(demo_timeline()).sheet
MARKS = tuple(index for index, cut in enumerate(SHEET.cuts) if cut.wish in (Wish.HIT, Wish.DROP))
QUIET = ("comedy", "horror", "string-quartet")
"""Where the beat tracker loses the pulse: quiet endings, plucked strings, no drums."""

FRAME_SAMPLES = float(SAMPLE_RATE_HZ / SHEET.rate)
_BESIDE_SAMPLES = 2_880  # 60 ms


def scored(style: str, folder: Path) -> ScoreResult:
    request = ScoreRequest(SHEET, Direction(style=style), seed=0)
    return score_timeline(Job(request, {}, folder, lambda *progress: None))


def check_marks(result: ScoreResult) -> None:
    assert len(MARKS) == 3
    frame_ms = 1000 / float(SHEET.rate)
    for cut in (result.report.cuts[index] for index in MARKS):
        assert cut.landing in (*MET, Landing.STROKE)
        assert cut.nearest_error_ms is not None
        assert abs(cut.nearest_error_ms) <= frame_ms
        assert (cut.stroke_error_ms is not None) == (cut.landing is Landing.STROKE)
    by_strokes = {index for index, cut in enumerate(result.report.cuts) if cut.landing is Landing.STROKE}
    assert by_strokes <= set(MARKS)  # other cuts are measured by beats alone


@pytest.fixture(scope="module")
def score_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ScoreResult]:
    """The score in a style, made once."""
    return functools.cache(lambda style: scored(style, tmp_path_factory.mktemp(style)))


@pytest.mark.parametrize("style", QUIET)
def test_marks_are_heard_where_the_tracker_loses_the_pulse(style: str, score_in: Callable[[str], ScoreResult]) -> None:
    result = score_in(style)
    check_marks(result)
    assert loads(ScoreResult, dumps(result)) == result


@pytest.mark.slow
@pytest.mark.parametrize("style", [style.id for style in list_styles() if style.id not in QUIET])
def test_marks_are_heard_in_every_style(style: str, tmp_path: Path) -> None:
    check_marks(scored(style, tmp_path))


@pytest.mark.parametrize("style", QUIET)
def test_a_mark_that_nobody_strikes_is_not_heard(style: str, score_in: Callable[[str], ScoreResult]) -> None:
    """The same score with the notes that begin at the marks left out: its plan still claims them."""
    plan = score_in(style).plan
    at = [sample_of_frame(SHEET.cuts[index].record_frames, SHEET.rate) for index in MARKS]

    def without(part: Part) -> Part:
        kept = (note for note in part.notes if min(abs(note.start_samples - mark) for mark in at) > _BESIDE_SAMPLES)
        return dataclasses.replace(part, notes=tuple(kept))

    piece = compose(plan)
    mix = render(dataclasses.replace(piece, parts=tuple(map(without, piece.parts))), 0, stems=False).mix
    for mark in at:
        strokes = strokes_around(lambda start, end: mix[:, start:end], mark, mix.shape[1]).strokes_samples
        assert np.all(np.abs(strokes - mark) > FRAME_SAMPLES)  # there may be none at all
