"""Bars stay under speech, beside silences, in several pieces, and with handles: bit for bit before the level curve."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fakes.followed_takes import followed_take
from fakes.recuts import rebuilt, sourced_edit, trimmed
from vem_core.audio.files import read_pcm
from vem_core.audio.types import Pcm
from vem_core.contract.cut_sheet import CueStart, CutSheet, Span
from vem_core.contract.recut import Recut
from vem_core.contract.request import Delivery, Direction, ScoreRequest
from vem_core.contract.result import KeptSpan, ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_core.pipeline.job import Job
from vem_core.pipeline.ladder import score_timeline
from vem_core.pipeline.outlook import outlook_of
from vem_core.pipeline.speaking import kept_dips

Dress = Callable[[CutSheet], CutSheet]

OLD = sourced_edit(1003, median_s=2.2, cuts=7)


def recut() -> CutSheet:
    shots = list(OLD.shots)
    shots[4] = trimmed(shots[4], tail_frames=7)
    return rebuilt(OLD, shots)


def speech(sheet: CutSheet) -> CutSheet:
    return dataclasses.replace(sheet, speech=(Span(40, 50),))


def silence(sheet: CutSheet) -> CutSheet:
    return dataclasses.replace(sheet, silences=(Span(150, 40),))


def cues(sheet: CutSheet) -> CutSheet:
    return dataclasses.replace(sheet, cue_starts=(CueStart(190, "tense"),))


def plain(sheet: CutSheet) -> CutSheet:
    return sheet


def rescored(
    folder: Path, dress: Dress, delivery: Delivery = Delivery()
) -> tuple[tuple[ScoreResult, Path], tuple[ScoreResult, Path], ScoreRequest]:
    """A take, and what follows it after one shot was trimmed."""
    asked = ScoreRequest(dress(OLD), Direction(style="house"), delivery, "sketch")
    first, second = folder / "first", folder / "second"
    for made in (first, second):
        made.mkdir()
    result = score_timeline(Job(asked, {}, first, lambda *progress: None))
    take, sounds = followed_take(asked, result, first)
    again = dataclasses.replace(asked, sheet=dress(recut()), recut=Recut(take))
    return (result, first), (score_timeline(Job(again, sounds, second, lambda *progress: None)), second), again


def kept_of(result: ScoreResult) -> tuple[KeptSpan, ...]:
    assert result.refit is not None
    return result.refit.kept


def identical(before: Pcm, after: Pcm, kept: tuple[KeptSpan, ...]) -> bool:
    return bool(kept) and all(
        np.array_equal(
            after[span.start_samples : span.end_excl_samples],
            before[span.earlier_samples :][: span.end_excl_samples - span.start_samples],
        )
        for span in kept
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dress", "delivery", "file"),
    [
        pytest.param(speech, Delivery(stems=True), "unducked/mix.wav", id="speech, with stems"),
        pytest.param(silence, Delivery(), "mix.wav", id="a silence"),
        pytest.param(cues, Delivery(), "mix.wav", id="two pieces"),
        pytest.param(plain, Delivery(handle_before_frames=24, handle_after_frames=12), "mix.wav", id="handles"),
    ],
)
def test_kept_bars_are_identical(tmp_path: Path, dress: Dress, delivery: Delivery, file: str) -> None:
    (before, first), (after, second), request = rescored(tmp_path, dress, delivery)
    old, new = read_pcm(first / file), read_pcm(second / file)
    assert identical(old, new, kept_of(after))
    frames = request.sheet.duration_frames + delivery.handle_before_frames + delivery.handle_after_frames
    assert len(new) == sample_of_frame(frames, request.sheet.rate)
    assert sum(span.end_excl_samples - span.start_samples for span in kept_of(after)) > 0.25 * len(new)
    foreseen = outlook_of(Job(request, {}, tmp_path, lambda *progress: None))
    assert foreseen.take == 1
    assert 0 < foreseen.kept_share < 1
    if before.speech is not None and after.speech is not None:
        assert after.speech.measured_db == pytest.approx(8, abs=1)
        outside = slice(after.speech.curve[-1][0] + 1, None)
        heard = read_pcm(second / "mix.wav")
        assert np.array_equal(heard[outside], new[outside])  # nobody speaks: the master itself
        sources = [read_pcm(second / f.name).astype(np.int64) for f in after.files if f.role.startswith("stem:")]
        assert np.abs(sum(sources) - heard).max() < 1e-5 * 2**31  # rounding of 24 bits, part by part


def test_a_dip_over_kept_music_stays_as_deep_as_it_was() -> None:
    earlier = ((1000, 0.0), (2000, -7.5), (5000, -7.5), (6000, 0.0))
    now = ((1500, 0.0), (2500, -8.1), (5500, -8.1), (6500, 0.0))
    kept = (KeptSpan(1000, 9000, 500),)
    assert kept_dips(now, earlier, kept, 10) == tuple((at + 500, level_db) for at, level_db in earlier)
    assert kept_dips(now, earlier, (KeptSpan(2000, 9000, 1500),), 10) == now  # its beginning is new music
    moved = tuple((at + 900, level_db) for at, level_db in now)
    assert kept_dips(moved, earlier, kept, 10) == moved  # other words, elsewhere
