"""The level under speech as keyframes: they follow the curve, and stand in FCP7 XML for others to read."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.timelines import audio, clip, timeline, video
from vem_core.contract.time import sample_of_frame, snap_rate
from vem_core.speech.level_curve import gain_of
from vem_plugin.placement.level_keyframes import keyframes_of, set_level

CURVE = ((0, 0.0), (96_000, 0.0), (110_400, -8.0), (240_000, -8.0), (283_200, 0.0))
rates = st.sampled_from(["23.976", "24", "25", "29.97", "50", "60"]).map(snap_rate)


@given(st.lists(st.tuples(st.integers(4_000, 90_000), st.floats(-20, 0)), min_size=1, max_size=8), rates)
@settings(deadline=None)
def test_a_line_in_gain_or_in_db_between_keyframes_is_the_curve(steps: list[tuple[int, float]], rate: Fraction) -> None:
    """On every frame exactly, and between two frames no further off than the level moves within a frame."""
    samples = np.cumsum([length for length, _ in steps]).tolist()
    curve = [(0, 0.0), *zip(samples, (level for _, level in steps), strict=True)]
    frames = samples[-1] * rate // 48_000 + 2
    keyframes = keyframes_of(curve, rate, frames)
    at = [sample_of_frame(frame, rate) for frame, _ in keyframes]
    assert [frame for frame, _ in keyframes] == sorted({frame for frame, _ in keyframes})
    assert (keyframes[0][0], keyframes[-1][0]) == (0, frames)
    wanted_db = 20 * np.log10(gain_of(tuple(curve), at[-1] + 1))
    assert np.abs(wanted_db[at] - [level for _, level in keyframes]).max() < 1e-4
    everywhere = np.arange(at[-1] + 1)
    in_db = np.interp(everywhere, at, [level for _, level in keyframes])
    in_gain = 20 * np.log10(np.interp(everywhere, at, [10 ** (level / 20) for _, level in keyframes]))
    slopes = [abs(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(curve)]
    within_a_frame_db = max(slopes) * 48_000 / float(rate)
    assert np.abs(in_db - wanted_db).max() <= within_a_frame_db + 1e-4
    assert np.abs(in_gain - wanted_db).max() <= within_a_frame_db + 1e-4


def test_the_adapter_writes_them_and_reads_them_back(tmp_path: Path) -> None:
    made = timeline(video(clip("a", 0, 240)), audio(clip("score", 0, 240, url=str(tmp_path / "score.wav"))))
    for item in made.find_clips():
        item.media_reference.available_range = item.source_range
    score = made.tracks[1][0]
    set_level(score, CURVE, Fraction(24), 240)
    otio.adapters.write_to_file(made, str(tmp_path / "made.xml"))
    read = otio.adapters.read_from_file(str(tmp_path / "made.xml"))
    (effect,) = read.audio_tracks()[0][0].effects
    told = effect.metadata["fcp_xml"]
    assert (effect.name, told["effectid"], told["mediatype"]) == ("Audio Levels", "audiolevels", "audio")
    points = {int(key["when"]): float(key["value"]) for key in told["parameter"]["keyframe"]}
    assert points[0] == points[48] == points[240] == 1
    assert points[56] == pytest.approx(10 ** (-8 / 20), abs=1e-4)
    assert points[120] == pytest.approx(10 ** (-8 / 20), abs=1e-4)
    assert 10 ** (-8 / 20) < points[52] < 1
