"""The documentary of docs/editors/documentary.md: one shot is trimmed, the music stays, and the narrator is heard."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import opentimelineio as otio
import pytest

from fakes.ear import session_with
from vem_core.audio.files import read_pcm
from vem_core.audio.types import Pcm
from vem_core.contract.time import sample_of_frame
from vem_core.contract.wishes import Wishes
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.hosts.file import FileHost
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import Outcome
from vem_plugin.sound.temp_track import TempTrackUse

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="the narrator, espeak-ng, is not installed"),
]

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "make_documentary_cut.py"
DUCK_DB, TRIMMED_SHOT, TRIMMED_FRAMES = 9.0, 21, 8


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_documentary_cut", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scored(path: Path, client: HttpCoreClient, order: Order) -> Outcome:
    session, _ = session_with(FileHost(path), client)
    return session.run(order)


def trim_a_shot(path: Path) -> None:
    """Take frames off the end of one shot; all lanes of sound are cut there, too, as an editor ripples."""
    timeline = otio.adapters.read_from_file(str(path))
    picture = timeline.video_tracks()[0]
    clip = picture[TRIMMED_SHOT]
    at = picture.range_of_child_at_index(TRIMMED_SHOT).end_time_exclusive().to_frames() - TRIMMED_FRAMES
    clip.source_range = otio.opentime.TimeRange(
        clip.source_range.start_time, clip.source_range.duration - otio.opentime.RationalTime(TRIMMED_FRAMES, 24)
    )
    for lane in timeline.audio_tracks():
        (whole,) = lane
        second = whole.deepcopy()
        span, rate = whole.source_range, whole.source_range.duration.rate
        rest = span.duration - otio.opentime.RationalTime(at + TRIMMED_FRAMES, rate)
        whole.source_range = otio.opentime.TimeRange(span.start_time, otio.opentime.RationalTime(at, rate))
        second.source_range = otio.opentime.TimeRange(otio.opentime.RationalTime(at + TRIMMED_FRAMES, rate), rest)
        lane.append(second)
    otio.adapters.write_to_file(timeline, str(path))


def master_of(outcome: Outcome) -> Pcm:
    """The music as it was before its level went down."""
    audio = outcome.placement.audio
    return read_pcm(audio.with_name(f"{audio.stem}-unducked") / "mix.wav")


def test_a_trimmed_shot_keeps_the_music_and_the_narrator_is_heard(
    example: ModuleType, client: HttpCoreClient, tmp_path: Path
) -> None:
    (tmp_path / "media").mkdir()
    example.write_narration(tmp_path / "media" / "narration.wav")
    example.write_temp_track(tmp_path / "media" / "temp.wav")
    path = tmp_path / "flood.otio"
    otio.adapters.write_to_file(example.timeline(), str(path))
    wishes = Wishes(
        style="documentary", model="sketch", seed=5, room_depth_db=DUCK_DB, loudness_lufs=-23.0,
        handle_before_frames=24, handle_after_frames=24,
    )  # fmt: skip
    before = scored(path, client, Order(wishes, temp_track=TempTrackUse.FOLLOW))
    trim_a_shot(path)
    after = scored(path, client, Order(temp_track=TempTrackUse.FOLLOW))
    refit, old, new = after.result.refit, master_of(before), master_of(after)
    assert refit is not None, json.dumps(after.new_piece_reason)
    for span in refit.kept:
        length = span.end_excl_samples - span.start_samples
        assert np.array_equal(new[span.start_samples :][:length], old[span.earlier_samples :][:length])
    assert refit.kept_samples >= 0.85 * len(new), refit.summary
    fresh, speech = before.result.speech, after.result.speech
    assert fresh is not None
    assert speech is not None
    assert fresh.measured_db is not None
    assert fresh.measured_db >= DUCK_DB - 1  # softer still where the arrangement alone makes more room
    assert speech.measured_db == pytest.approx(fresh.measured_db, abs=0.5)
    moved = sample_of_frame(TRIMMED_FRAMES, after.sheet.rate)
    *_, down_before, _, _ = fresh.curve
    *_, down, _, _ = speech.curve
    assert down[0] == pytest.approx(down_before[0] - moved, abs=sample_of_frame(1, after.sheet.rate))
