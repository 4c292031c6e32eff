"""The scored timeline works where it is opened: addresses lead where they led, ranges count as the reader counts."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_plugin.hosts.base import Placement
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.desks import Desk, guess_desk, rebase_addresses
from vem_plugin.placement.lane import find_lanes


def scored(path: Path, folder: Path, **options: object) -> Placement:
    host = FileHost(path, FileHostOptions(**options))  # type: ignore[arg-type]
    return host.place(make_take(host.read_timeline().sheet, folder / "job"))


def our_clip(placement: Placement) -> otio.schema.Clip:
    (clip,) = find_lanes(otio.adapters.read_from_file(str(placement.timeline)))[0]
    return clip


@pytest.mark.parametrize(
    ("desk", "as_url", "start"),
    [
        (Desk.RESOLVE, False, 86_400),
        (Desk.PREMIERE, True, 86_400),
        (Desk.KDENLIVE, False, 0),
        (Desk.FCP, True, 86_400),
        (Desk.AVID, False, 86_400),
        (Desk.GENERIC, True, 0),
        (None, False, 86_400),
    ],
)
def test_every_editor_gets_its_own_spelling(tmp_path: Path, desk: Desk | None, as_url: bool, start: int) -> None:
    placement = scored(write_edit(tmp_path / "my edit.otio", [30, 20]), tmp_path, desk=desk)
    clip = our_clip(placement)
    assert clip.media_reference.target_url == (placement.audio.as_uri() if as_url else str(placement.audio))
    assert clip.source_range == clip.media_reference.available_range
    assert clip.source_range.start_time.value == start


def test_relative_addresses_lead_to_the_same_files(tmp_path: Path) -> None:
    for name in ("offline", "frames"):
        (tmp_path / name).mkdir()
    path = write_edit(tmp_path / "edit.otio", [30, 20])
    timeline = otio.adapters.read_from_file(str(path))
    sequence = otio.schema.ImageSequenceReference("frames/", "shot.", ".exr", frame_zero_padding=4, rate=24)
    sequence.available_range = otio.opentime.TimeRange(duration=otio.opentime.RationalTime(100, 24))
    inner = otio.schema.Track(kind=otio.schema.TrackKind.Video)
    inner.append(otio.schema.Clip("nested", sequence, sequence.available_range))
    stack = otio.schema.Stack("compound")
    stack.append(inner)
    timeline.tracks[0].append(stack)
    timeline.tracks[0][0].media_reference.target_url = "offline/a%20b.mov"
    timeline.tracks[0][1].media_reference.target_url = "/absolute/1.mov"
    otio.adapters.write_to_file(timeline, str(path))
    placement = scored(path, tmp_path)
    after = otio.adapters.read_from_file(str(placement.timeline))
    addresses = [
        getattr(clip.media_reference, "target_url", None) or clip.media_reference.target_url_base
        for clip in after.find_clips()
        if clip.name != "edit-take1.wav"
    ]
    assert addresses == ["../offline/a%20b.mov", "/absolute/1.mov", "../frames/"]


def test_windows_addresses_keep_their_slashes_and_in_place_nothing_moves(tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(write_edit(tmp_path / "edit.otio", [30])))
    reference = timeline.tracks[0][0].media_reference
    reference.target_url = "clips\\a.mov"
    rebase_addresses(timeline, tmp_path, tmp_path)
    assert reference.target_url == "clips\\a.mov"
    rebase_addresses(timeline, tmp_path, tmp_path / "edit.vem")
    assert reference.target_url == "..\\clips\\a.mov"


def test_who_wrote_a_timeline_is_seen_in_it() -> None:
    timeline = otio.schema.Timeline()
    assert guess_desk(timeline, ".otio") is None
    assert guess_desk(timeline, ".fcpxml") is Desk.FCP
    timeline.metadata["Resolve_OTIO"] = {}
    assert guess_desk(timeline, ".otio") is Desk.RESOLVE


def test_a_lane_gets_premieres_channels_where_another_has_them(tmp_path: Path) -> None:
    path = write_edit(tmp_path / "edit.otio", [30, 20])
    timeline = otio.adapters.read_from_file(str(path))
    timeline.metadata["PremierePro_OTIO"] = {"MetadataVersion": 1}
    dialogue = otio.schema.Track("Audio 1", kind=otio.schema.TrackKind.Audio)
    dialogue.metadata["PremierePro_OTIO"] = {"AudioChannels": 2}
    timeline.tracks.append(dialogue)
    otio.adapters.write_to_file(timeline, str(path))
    placement = scored(path, tmp_path)
    after = otio.adapters.read_from_file(str(placement.timeline))
    assert dict(find_lanes(after)[0].metadata["PremierePro_OTIO"]) == {"AudioChannels": 2}
    assert our_clip(placement).media_reference.target_url == placement.audio.as_uri()
