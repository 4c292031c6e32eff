"""Small files that were once read wrongly, from real programs and made by hand: each as a person reads it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vem_core.contract.errors import NoPicture
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadCutSheet, read_opened

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "failing" / "timelines"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of failing timelines is not here")

CUTS: dict[str, tuple[Any, list[int]]] = {
    "edl_25fps.edl": (25, [61, 135]),
    "edl_offspeed_no_m2.edl": (24, [48, 61]),
    "edl_reels_only_through.edl": (24, [96]),
    "edl_latin1.edl": (24, [48]),
    "edl_av_channel.edl": (24, [48]),
    "edl_25fps_long.edl": (25, [35, 92, 146, 174, 217, 275, 325, 385, 442, 466, 524, 544, 594]),
    "openshot_25.edl": (25, [35, 92, 146, 174, 217]),
    "all_50p_on_25_timeline.otio": (25, [50]),
    "rate1_seconds.otio": (24, [60, 138]),
    "premiere_speed_source_frames.otio": (24, [48, 96]),
    "nan_marker.otio": (24, [48]),
    "bom.otio": (24, [48]),
    "paths_unc_windows.otio": (24, [72]),
    "paths_percent.otio": (24, [72]),
    "subtitle_named_video_track.otio": (24, [96]),
    "aaf_prints_to_stdout.aaf": (25, [50, 100]),
}
LANES = {
    "edl_audio_later.edl": ("A", 120, 216),
    "audio_track_trimmed.otio": ("DX", 24, 120),
    "audio_in_compound_on_video.otio": ("DX", 96, 192),
    "audio_head_transition.otio": ("DX", 12, 108),
}


def read(name: str) -> ReadCutSheet:
    return read_opened(open_timeline(FOLDER / name))


@pytest.mark.parametrize("name", CUTS)
def test_cuts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    rate, expected = CUTS[name]
    sheet = read(name).sheet
    assert (sheet.rate, [cut.record_frames for cut in sheet.cuts]) == (Fraction(rate), expected)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", LANES)
def test_lanes(name: str) -> None:
    opened = open_timeline(FOLDER / name)
    (lane,) = read_lanes(opened.timeline, read_opened(opened).sheet.rate)
    (heard,) = lane.clips
    assert (lane.name, heard.start, heard.start + heard.duration) == LANES[name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("edl_30_no_high_frames.edl", "--rate 23.976"),
        ("edl_overlap.edl", "Event 002 overlaps"),
        ("premiere_speed_source_frames.otio", "divided by their speeds"),
        ("nan_marker.otio", "time is no number"),
        ("rate1_seconds.otio", "which no picture has"),
    ],
)
def test_what_is_said(name: str, said: str) -> None:
    assert any(said in notice for notice in read(name).notices)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("edl_audio_leader.edl", "no video track"), ("edl_resolve_markers.edl", "not a cut list")],
)
def test_what_is_no_cut_list(name: str, reason: str) -> None:
    with pytest.raises(NoPicture, match=reason):
        read(name)
