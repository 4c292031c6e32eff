"""The temp track and handles in the open Resolve timeline."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fakes.fake_resolve import FakeStudio
from fakes.resolve_edits import laid, make_edit, make_host, score_of
from fakes.resolve_project import Item, Track
from fakes.takes import write_wav24
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import OutputError
from vem_core.contract.time import sample_of_frame
from vem_plugin.client.session import core_session
from vem_plugin.hosts.base import Take
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.resolve.host import ResolveStudioHost
from vem_plugin.scoring.temp_track import listen_to
from vem_plugin.sound.temp_track import find_temp_track


@pytest.fixture
def temp_track(studio: FakeStudio, tmp_path: Path) -> Track:
    """Somebody's music on a track of its own: a kick a half second."""
    edit, path = studio.edits[0], tmp_path / "temp.wav"
    at = np.arange(5 * 48_000) / 48_000
    sound = np.sin(2 * np.pi * 60 * at) * np.exp(-((at % 0.5) / 0.05))
    soundfile.write(path, sound, 48_000, subtype="PCM_16")
    track = Track("Music", "stereo")
    track.items.append(Item("temp", edit.start, edit.start + 100, studio.add_media(str(path)), kind="audio"))
    edit.audio.append(track)
    return track


def with_handles(sheet: CutSheet, folder: Path, before: int, after: int, span: tuple[int, int]) -> Take:
    """A take of a span with music before and after it."""
    take = score_of(sheet, folder, span=span)
    delivery = dataclasses.replace(take.request.delivery, handle_before_frames=before, handle_after_frames=after)
    frames = span[1] - span[0] + before + after
    write_wav24(take.folder / "mix.wav", sample_of_frame(frames, sheet.rate))
    return dataclasses.replace(take, request=dataclasses.replace(take.request, delivery=delivery))


def test_the_temp_track_is_switched_off_when_the_take_is_placed(
    host: ResolveStudioHost, temp_track: Track, tmp_path: Path
) -> None:
    sheet = host.read_timeline().sheet
    lane = find_temp_track(host.read_lanes())
    host.place(score_of(sheet, tmp_path))
    assert temp_track.enabled
    host.place(dataclasses.replace(score_of(sheet, tmp_path, seed=1), muted_lane=lane.number))
    assert not temp_track.enabled


@pytest.mark.usefixtures("own_core")
def test_it_is_listened_to(host: ResolveStudioHost, temp_track: Track) -> None:
    sheet = host.read_timeline().sheet
    lane = find_temp_track(host.read_lanes())
    heard = listen_to(host, lane, sheet, 0, core_session, lambda progress: None)
    assert len(heard.shot_energies) == len(sheet.shots)


def test_a_track_that_changed_its_place_is_left_on_and_all_is_as_before(
    studio: FakeStudio, host: ResolveStudioHost, temp_track: Track, tmp_path: Path
) -> None:
    sheet = host.read_timeline().sheet
    temp_track.name = "Dialogue 2"
    with pytest.raises(OutputError, match="no longer 'Music'"):
        host.place(dataclasses.replace(score_of(sheet, tmp_path), muted_lane=2))
    assert temp_track.enabled
    assert [track.name for track in studio.edits[0].audio] == ["Audio 1", "Dialogue 2"]


def test_handles_are_trimmed_media(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    sheet = host.read_timeline().sheet
    placement = host.place(with_handles(sheet, tmp_path, 12, 6, (24, 74)))
    edit = studio.edits[0]
    assert laid(edit) == [("Reel 1-take1.wav", 24, 74)]
    (item,) = edit.audio[1].items
    assert item.left_offset == 12
    assert read_wave(placement.audio).samples == 68 * 2000
    assert item.media is not None
    hits = [frame for frame, marker in item.media.markers.items() if marker["color"] == "Red"]
    assert hits == [12 + 30]
    assert json.loads(item.media.third_party["vem_score"])["in_frames"] == 24


def test_a_handle_between_the_projects_frames_is_refused(tmp_path: Path) -> None:
    studio = FakeStudio(make_edit(Fraction(30)), rate=Fraction(24))
    host = make_host(studio, tmp_path)
    sheet = host.read_timeline().sheet
    with pytest.raises(OutputError, match="no whole number of frames"):
        host.place(with_handles(sheet, tmp_path, 12, 0, (0, 50)))
    assert len(studio.edits[0].audio) == 1


def test_stems_are_not_placed_and_that_is_said(host: ResolveStudioHost, tmp_path: Path) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    placement = host.place(dataclasses.replace(take, stem_lanes=True))
    assert any("only the mix is placed" in notice for notice in placement.notices)
