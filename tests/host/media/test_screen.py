"""The monitor's pictures: each record frame shows the very source frame of the edit."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PIL import Image

from fakes.edits import write_edit
from fakes.movies import number_of, write_movie
from vem_plugin.hosts.file import FileHost, FileHostOptions

RATE = Fraction(24)


@pytest.fixture
def host(tmp_path: Path) -> FileHost:
    """Two shots of one movie, from its frames 30 and 5 on, and one that is offline."""
    (tmp_path / "offline").mkdir()
    write_movie(tmp_path / "offline" / "0.mov", 80, RATE)
    edit = write_edit(tmp_path / "edit.otio", [20, 16, 12], rate=RATE)
    timeline = otio.adapters.read_from_file(str(edit))
    for clip, start, name in zip(timeline.video_tracks()[0], (30, 5, 0), ("0.mov", "0.mov", "gone.mov"), strict=True):
        length = clip.source_range.duration
        clip.source_range = otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), length)
        clip.media_reference.target_url = f"offline/{name}"
        clip.media_reference.available_range = None
    otio.adapters.write_to_file(timeline, str(edit))
    return FileHost(edit, FileHostOptions())


@pytest.mark.parametrize(("record", "source"), [(0, 30), (7, 37), (19, 49), (20, 5), (35, 20), (3, 33)])
def test_a_record_frame_shows_its_source_frame(host: FileHost, record: int, source: int) -> None:
    jpeg = host.read_frame(record)
    assert jpeg is not None
    assert number_of(Image.open(io.BytesIO(jpeg))) == source


@pytest.mark.parametrize("record", [-1, 36, 48, 1000])
def test_offline_media_and_frames_outside_give_no_picture(host: FileHost, record: int) -> None:
    assert host.read_frame(record) is None
