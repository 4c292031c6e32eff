"""A score is found by its sound: under any name, in any folder, with nothing left of our metadata."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.takes import make_take, write_wav24
from vem_core.contract.errors import InputError
from vem_core.contract.result import AudioFile
from vem_plugin.hosts.base import Placement
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.broadcast_wave import read_wave, sound_sha256
from vem_plugin.placement.lane import find_lanes, find_stem_lanes
from vem_plugin.placement.state import MIX, PlacedTake
from vem_plugin.placement.writing import write_timeline
from vem_plugin.takes.earlier import EarlierScore
from vem_plugin.takes.listing import takes_on_disk
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.recognising import Recogniser, take_from
from vem_plugin.takes.removing import unused_files

LENGTHS = [30, 25, 20, 25]
SHORTER = [30, 20, 20, 25]


def scored(folder: Path, *, stems: bool = False, span: tuple[int, int] | None = None) -> Placement:
    """`v1.otio`, scored."""
    host = FileHost(write_edit(folder / "v1.otio", LENGTHS))
    sheet = host.read_timeline().sheet
    take = make_take(
        sheet.crop(*span) if span else sheet, folder / "job", in_frames=span[0] if span else 0, extras=True
    )
    files = tuple(_with_sound(folder / "job", file) for file in take.result.files)
    take = dataclasses.replace(take, result=dataclasses.replace(take.result, files=files), stem_lanes=stems)
    return host.place(take)


def _with_sound(folder: Path, file: AudioFile) -> AudioFile:
    return dataclasses.replace(file, sound_sha256=sound_sha256(folder / file.name) if file.channels else "")


def saved_by_an_editor(
    placement: Placement,
    target: Path,
    lengths: list[int] = SHORTER,
    *,
    lane: str = "VeM Score",
    address: Callable[[str], str] = lambda address: address,
) -> Path:
    """A re-cut of the scored timeline as an editor saves it that drops metadata; our WAVs are still on their lanes."""
    before = otio.adapters.read_from_file(str(placement.timeline))
    timeline = otio.adapters.read_from_file(str(write_edit(target, lengths)))
    for index, old in enumerate(before.audio_tracks()):
        track = otio.schema.Track(name=lane if index == 0 else f"A{index + 1}", kind=otio.schema.TrackKind.Audio)
        for item in old:
            if isinstance(item, otio.schema.Clip):
                url = address(item.media_reference.target_url)
                reference = otio.schema.ExternalReference(url, item.available_range())
                track.append(otio.schema.Clip("music", reference, item.source_range))
            else:
                track.append(otio.schema.Gap(duration=item.duration()))
        timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(target))
    return target


def found_on(path: Path, in_frames: int = 0) -> EarlierScore:
    host = FileHost(path)
    earlier = host.earlier_score(in_frames, host.read_timeline().sheet)
    assert earlier is not None
    assert isinstance(earlier.take, PlacedTake)
    return earlier


@pytest.mark.parametrize("lane", ["VeM Score", "A1", "Musik"])
def test_metadata_stripped_lane_renamed_under_a_new_name(tmp_path: Path, lane: str) -> None:
    placement = scored(tmp_path)
    earlier = found_on(saved_by_an_editor(placement, tmp_path / "v2.otio", lane=lane))
    assert earlier.sounds == {MIX: placement.audio, "stem:drums": tmp_path / "v1.vem" / "v1-take1-stems" / "drums.wav"}


@pytest.mark.parametrize("ending", [".xml", ".fcpxml"])
def test_other_formats_bring_no_metadata_and_the_score_is_found(tmp_path: Path, ending: str) -> None:
    placement = scored(tmp_path)
    timeline = otio.adapters.read_from_file(str(saved_by_an_editor(placement, tmp_path / "v2.otio", lane="A1")))
    path = tmp_path / f"v3{ending}"
    write_timeline(timeline, path, placement.audio.name)
    assert found_on(path).sounds[MIX] == placement.audio


def test_the_wav_alone_is_enough_in_a_new_folder_under_a_new_name(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    other = tmp_path / "elsewhere"
    other.mkdir()
    moved = shutil.move(placement.audio, other / "music copy (2).wav")
    timeline = saved_by_an_editor(placement, other / "cut.otio", address=lambda address: str(moved))
    (tmp_path / "v1.vem").rename(tmp_path / "hidden")
    earlier = found_on(timeline)
    assert earlier.sounds == {MIX: Path(moved)}
    assert isinstance(earlier.take, PlacedTake)
    assert earlier.take.audio == "v1-take1.wav"


def test_a_wav_without_its_chunks_is_found_by_its_hash_in_the_library(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    bare = tmp_path / "consolidated.wav"
    write_wav24(bare, read_wave(placement.audio).samples)  # the same noise, and nothing beside it
    assert sound_sha256(bare) == sound_sha256(placement.audio)
    earlier = found_on(saved_by_an_editor(placement, tmp_path / "v2.otio", address=lambda address: str(bare)))
    assert earlier.sounds[MIX] == bare


def test_a_volume_that_is_not_there_is_found_by_identity(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    timeline = saved_by_an_editor(
        placement, tmp_path / "v2.otio", address=lambda address: f"/Volumes/Old Disk/{Path(address).name}"
    )
    assert found_on(timeline).sounds[MIX] == placement.audio


def test_stems_are_found_and_their_lanes_replaced(tmp_path: Path) -> None:
    placement = scored(tmp_path, stems=True)
    timeline = saved_by_an_editor(placement, tmp_path / "v2.otio", lane="A1")
    host = FileHost(timeline)
    sheet = host.read_timeline().sheet
    assert set(found_on(timeline).sounds) == {MIX, "stem:drums"}
    assert host.read_lanes() == ()  # none of it is taken for somebody else's sound
    after = host.place(make_take(sheet, tmp_path / "job2", extras=True))
    placed = otio.adapters.read_from_file(str(after.timeline))
    assert len(find_lanes(placed)) == 1
    assert find_stem_lanes(placed) == []
    assert len(placed.audio_tracks()) == 1


def test_several_copies_are_one_score_and_are_replaced_together(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    timeline_path = saved_by_an_editor(placement, tmp_path / "v2.otio", lane="A1")
    timeline = otio.adapters.read_from_file(str(timeline_path))
    timeline.tracks.append(timeline.audio_tracks()[0].deepcopy())
    otio.adapters.write_to_file(timeline, str(timeline_path))
    host = FileHost(timeline_path)
    after = host.place(make_take(host.read_timeline().sheet, tmp_path / "job2", seed=5))
    placed = otio.adapters.read_from_file(str(after.timeline))
    clips = [item for track in placed.audio_tracks() for item in track if isinstance(item, otio.schema.Clip)]
    assert [clip.media_reference.target_url for clip in clips] == [str(after.audio)]
    assert placement.audio.is_file()


def test_a_range_that_begins_elsewhere_now_is_found_by_its_picture(tmp_path: Path) -> None:
    placement = scored(tmp_path, span=(30, 75))
    timeline = saved_by_an_editor(placement, tmp_path / "v2.otio", [20, 25, 20, 25])
    host = FileHost(timeline)
    sheet = host.read_timeline().sheet
    found = host.earlier_score(20, sheet.crop(20, 65))
    assert found is not None
    assert isinstance(found.take, PlacedTake)
    assert host.earlier_score(0, sheet.crop(0, 20)) is None


def test_a_take_that_a_timeline_elsewhere_plays_is_not_unused(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    other = tmp_path / "elsewhere"
    other.mkdir()
    timeline = saved_by_an_editor(placement, other / "cut.otio")
    assert found_on(timeline).sounds[MIX] == placement.audio
    for path in (tmp_path / "v1.otio", placement.timeline):
        assert path is not None
        path.unlink()
    names = OutputNames.beside(tmp_path / "v1.otio")
    (take,) = takes_on_disk(tmp_path / "v1.otio", names)
    assert take.timelines == (timeline,)
    assert unused_files([take], names) == ()
    timeline.unlink()
    (take,) = takes_on_disk(tmp_path / "v1.otio", names)
    assert placement.audio in unused_files([take], names)


def test_other_music_is_never_taken_for_ours(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    foreign = tmp_path / "song.wav"
    write_wav24(foreign, read_wave(placement.audio).samples, seed=99)
    shutil.copy(placement.score, tmp_path / "song.json")  # what lies beside it says otherwise
    timeline = saved_by_an_editor(placement, tmp_path / "v2.otio", lane="A1", address=lambda address: str(foreign))
    host = FileHost(timeline)
    assert host.earlier_score() is None
    assert [lane.name for lane in host.read_lanes()] == ["A1"]


def test_a_state_in_a_wav_of_other_samples_is_nobodys(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    content = bytearray(placement.audio.read_bytes())
    content[read_wave(placement.audio).data_offset_bytes + 5] ^= 1
    (tmp_path / "far").mkdir()
    changed = tmp_path / "far" / "changed.wav"
    changed.write_bytes(content)
    assert Recogniser().of_file(changed) is None
    assert Recogniser().of_file(placement.audio) is not None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_pipes_folders_and_addresses_of_the_network_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    recogniser = Recogniser([tmp_path], lambda address: tmp_path / "pipe.wav")
    for address in ("pipe.wav", "http://example.org/x.wav", "", "//server/share/x.wav"):
        assert recogniser.of_address(address) is None
    assert Recogniser().of_file(tmp_path) is None


def test_a_take_is_named_by_its_wav_its_json_or_its_number(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    library = FileHost(tmp_path / "v1.otio").library_folder()
    for text in (str(placement.audio), str(placement.score), "1"):
        take, sounds = take_from(text, library)
        assert (take.take, sounds[MIX]) == (1, placement.audio)
        assert set(sounds) == {MIX, "stem:drums"}
    for text in ("7", str(tmp_path / "v1.otio"), str(tmp_path / "none.json")):
        with pytest.raises(InputError):
            take_from(text, library)


def test_a_take_under_another_name_keeps_its_number_and_its_file(tmp_path: Path) -> None:
    placement = scored(tmp_path)
    before = placement.audio.read_bytes()
    timeline = saved_by_an_editor(placement, tmp_path / "v2.otio")
    host = FileHost(timeline, FileHostOptions(in_place=True))
    host.earlier_score()
    after = host.place(make_take(host.read_timeline().sheet, tmp_path / "job2", seed=5))
    assert after.audio == tmp_path / "v2.vem" / "v2-take1.wav"
    assert placement.audio.read_bytes() == before
