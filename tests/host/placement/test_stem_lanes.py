"""Stems on lanes of their own, range by range; and a lane that is muted whatever placing moves."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take
from fakes.timelines import audio, clip
from vem_plugin.hosts.base import Take
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.timeline.reading import read_timeline_file

LENGTHS = (184, 100, 100)


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    return write_edit(tmp_path / "edit.otio", LENGTHS)


def place(path: Path, folder: Path, span: tuple[int, int], *, stem_lanes: bool, seed: int = 0) -> None:
    host = FileHost(path, FileHostOptions())
    sheet = host.read_timeline().sheet.crop(*span)
    made = make_take(sheet, folder / f"made {seed}", in_frames=span[0], seed=seed, extras=True)
    host.place(Take(made.request, made.result, made.folder, span[0], stem_lanes))


def heard(path: Path) -> dict[str, list[tuple[int, int, bool]]]:
    """Where each lane of ours has music, and whether it is switched on: (start, length, enabled)."""
    scored = read_timeline_file(path.with_name("edit.vem") / "edit.scored.otio")
    lanes: dict[str, list[tuple[int, int, bool]]] = {}
    for track in scored.audio_tracks():
        for item in track:
            if isinstance(item, otio.schema.Clip):
                span = item.trimmed_range_in_parent()
                placed = (int(span.start_time.value), int(span.duration.value), item.enabled)
                lanes.setdefault(track.name, []).append(placed)
    return lanes


def test_a_second_range_leaves_the_stems_of_the_first(edit: Path, tmp_path: Path) -> None:
    place(edit, tmp_path, (0, 184), stem_lanes=True, seed=1)
    place(edit, tmp_path, (184, 384), stem_lanes=False, seed=2)
    assert heard(edit) == {
        "VeM Score": [(0, 184, False), (184, 200, True)],
        "VeM Score: drums": [(0, 184, True)],
    }
    place(edit, tmp_path, (184, 384), stem_lanes=True, seed=3)
    assert heard(edit) == {
        "VeM Score": [(0, 184, False), (184, 200, False)],
        "VeM Score: drums": [(0, 184, True), (184, 200, True)],
    }


def test_a_range_over_the_seam_takes_of_each_what_it_covers(edit: Path, tmp_path: Path) -> None:
    place(edit, tmp_path, (0, 184), stem_lanes=True, seed=1)
    place(edit, tmp_path, (100, 284), stem_lanes=False, seed=2)
    assert heard(edit) == {
        "VeM Score": [(0, 100, False), (100, 184, True)],
        "VeM Score: drums": [(0, 100, True)],
    }


def test_a_score_of_the_whole_takes_all_stems(edit: Path, tmp_path: Path) -> None:
    place(edit, tmp_path, (0, 184), stem_lanes=True, seed=1)
    place(edit, tmp_path, (0, 384), stem_lanes=False, seed=2)
    assert heard(edit) == {"VeM Score": [(0, 384, True)]}


def test_the_temp_track_is_muted_though_our_lane_stands_before_it_and_goes(tmp_path: Path) -> None:
    """Number 2 as it was read is number 1 once the empty lane of stems is gone."""
    path = write_edit(tmp_path / "edit.otio", LENGTHS)
    options = FileHostOptions(in_place=True)
    sheet = FileHost(path).read_timeline().sheet
    first = make_take(sheet, tmp_path / "one", seed=1, extras=True)
    FileHost(path, options).place(Take(first.request, first.result, first.folder, 0, stem_lanes=True))
    timeline = read_timeline_file(path)
    for name in ("Music", "Effects"):
        timeline.tracks.append(audio(clip(name, 0, 384), name=name))
    otio.adapters.write_to_file(timeline, str(path))
    host = FileHost(path, options)
    number = next(lane.number for lane in host.read_lanes() if lane.name == "Music")
    second = make_take(sheet, tmp_path / "two", seed=2)
    host.place(Take(second.request, second.result, second.folder, 0, muted_lane=number))
    enabled = {track.name: track.enabled for track in read_timeline_file(path).audio_tracks()}
    assert enabled == {"VeM Score": True, "Music": False, "Effects": True}
