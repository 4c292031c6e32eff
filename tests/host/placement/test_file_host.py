"""The file host end to end: a timeline file and its media in; WAV, JSON and a scored timeline out."""

from __future__ import annotations

import datetime
import errno
import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import opentimelineio as otio
import pytest

from fakes.movies import number_of, write_movie
from fakes.takes import make_take, write_wav24
from vem_core.contract import atomic
from vem_core.contract.codec import from_json
from vem_core.contract.errors import AudioError, OutputError, VemError
from vem_core.contract.request import ScoreRequest, ThumbnailUse
from vem_core.contract.time import sample_of_frame
from vem_plugin.hosts.base import Placement
from vem_plugin.hosts.file import FileHost, FileHostOptions, MediaStart
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.placement.lane import find_lanes, placed_takes
from vem_plugin.placement.state import PlacedTake

RATE = Fraction(24000, 1001)
SHOTS = [("a.mov", 86_400 + 10, 24), ("b.mov", 0, 30), ("a.mov", 86_400 + 60, 20), ("missing.mov", 0, 26)]


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """A four-shot edit at 23.976 that starts at one hour; the camera's medium has a timecode, one medium is missing."""
    write_movie(tmp_path / "a.mov", 100, RATE, timecode="01:00:00:00")
    write_movie(tmp_path / "b.mov", 60, RATE)
    return write_edit(tmp_path / "edit.otio")


def write_edit(path: Path) -> Path:
    def time(frames: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, 23.976)

    timeline = otio.schema.Timeline("edit", global_start_time=time(86_400))
    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for name, start, length in SHOTS:
        available = otio.opentime.TimeRange(time(start // 86_400 * 86_400), time(100))
        reference = otio.schema.ExternalReference(str(path.parent / name), available)
        track.append(otio.schema.Clip(name, reference, otio.opentime.TimeRange(time(start), time(length))))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def score(
    host: FileHost, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0, extras: bool = False
) -> Placement:
    sheet = host.read_timeline().sheet
    scored = sheet if span is None else sheet.crop(*span)
    return host.place(make_take(scored, folder / "job", in_frames=span[0] if span else 0, seed=seed, extras=extras))


def folder_hash(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "job" not in path.parts
    }


def test_a_score_lies_beside_the_timeline(edit: Path) -> None:
    before = edit.read_bytes()
    host = FileHost(edit)
    placement = score(host, edit.parent)
    folder = edit.parent / "edit.vem"
    assert placement == Placement(folder / "edit-take1.wav", folder / "edit.scored.otio", folder / "edit-take1.json")
    assert sorted(path.name for path in folder.iterdir()) == ["edit-take1.json", "edit-take1.wav", "edit.scored.otio"]
    assert edit.read_bytes() == before
    wave = read_wave(placement.audio)
    assert wave.samples == sample_of_frame(100, RATE)
    assert wave.extension is not None
    assert wave.extension.time_reference_samples == 86_400 * 2002
    scored = otio.adapters.read_from_file(str(placement.timeline))
    clip = find_lanes(scored)[0][0]
    assert clip.media_reference.target_url == str(placement.audio)
    assert clip.source_range == clip.media_reference.available_range
    assert clip.source_range.start_time == otio.opentime.RationalTime(86_400, 23.976)
    assert scored.duration() == otio.adapters.read_from_file(str(edit)).duration()
    saved = from_json(PlacedTake, json.loads(placement.score.read_text(encoding="utf-8")))
    assert saved == placed_takes(scored)[0]


def test_a_range_begins_later(edit: Path) -> None:
    placement = score(FileHost(edit), edit.parent, span=(30, 70))
    wave = read_wave(placement.audio)
    assert wave.samples == sample_of_frame(40, RATE)
    assert wave.extension is not None
    assert wave.extension.time_reference_samples == 86_430 * 2002
    scored = otio.adapters.read_from_file(str(placement.timeline))
    assert scored.range_of_child(find_lanes(scored)[0][1]).start_time.value == 30


def test_the_scored_timeline_has_the_same_cuts(edit: Path) -> None:
    placement = score(FileHost(edit), edit.parent)
    assert placement.timeline is not None
    assert FileHost(placement.timeline).read_timeline().sheet == FileHost(edit).read_timeline().sheet


def test_takes_are_numbered_on_and_kept_when_asked(edit: Path) -> None:
    for seed in (1, 2):
        score(FileHost(edit), edit.parent, seed=seed)
    placement = score(FileHost(edit, FileHostOptions(keep_takes=True)), edit.parent, seed=3)
    assert placement.audio.name == "edit-take3.wav"
    scored = otio.adapters.read_from_file(str(placement.timeline))
    (clip,) = find_lanes(scored)[0]
    assert set(clip.media_references()) == {"DEFAULT_MEDIA", "take 2"}  # take 1 was replaced without being kept
    placement = score(FileHost(edit, FileHostOptions(keep_takes=True)), edit.parent, seed=4)
    scored = otio.adapters.read_from_file(str(placement.timeline))
    assert [take.result.seed for take in placed_takes(scored)] == [4, 2, 3]


def test_cues_of_one_timeline_gather_on_the_lane(edit: Path) -> None:
    score(FileHost(edit), edit.parent, span=(0, 30))
    placement = score(FileHost(edit), edit.parent, span=(50, 90))
    scored = otio.adapters.read_from_file(str(placement.timeline))
    assert [take.in_frames for take in placed_takes(scored)] == [0, 50]


def test_a_scored_timeline_is_scored_again_without_touching_it(edit: Path) -> None:
    first = score(FileHost(edit), edit.parent)
    assert first.timeline is not None
    before = first.timeline.read_bytes()
    second = score(FileHost(first.timeline), edit.parent, seed=5)
    assert first.timeline.read_bytes() == before
    assert second.timeline == first.timeline.with_name("edit.scored-2.otio")
    assert second.audio == first.audio.with_name("edit-take2.wav")
    scored = otio.adapters.read_from_file(str(second.timeline))
    assert len(find_lanes(scored)) == 1
    assert [take.result.seed for take in placed_takes(scored)] == [5]


def test_in_place_makes_a_backup(edit: Path) -> None:
    before = edit.read_bytes()
    for number in (1, 2):
        placement = score(FileHost(edit, FileHostOptions(in_place=True)), edit.parent, seed=number)
        assert placement.timeline == edit
    assert (edit.parent / "edit.backup-1.otio").read_bytes() == before
    assert (edit.parent / "edit.backup-2.otio").exists()
    scored = otio.adapters.read_from_file(str(edit))
    assert [take.take for take in placed_takes(scored)] == [2]


def test_in_place_keeps_what_was_saved_in_the_meantime(edit: Path) -> None:
    host = FileHost(edit, FileHostOptions(in_place=True))
    host.read_timeline()
    graded = otio.adapters.read_from_file(str(edit))
    graded.metadata["note"] = "graded"
    otio.adapters.write_to_file(graded, str(edit))
    placement = score(host, edit.parent)
    scored = otio.adapters.read_from_file(str(edit))
    assert (placement.timeline, scored.metadata["note"]) == (edit, "graded")
    assert len(find_lanes(scored)) == 1


def test_in_place_leaves_a_timeline_alone_that_was_re_cut(edit: Path) -> None:
    host = FileHost(edit, FileHostOptions(in_place=True))
    host.read_timeline()
    recut = otio.adapters.read_from_file(str(edit))
    del recut.tracks[0][0]
    otio.adapters.write_to_file(recut, str(edit))
    before = edit.read_bytes()
    placement = score(host, edit.parent)
    assert edit.read_bytes() == before
    assert placement.timeline == edit.parent / "edit.vem" / "edit.scored.otio"


def test_in_place_keeps_the_format(edit: Path) -> None:
    before = edit.read_bytes()
    host = FileHost(edit, FileHostOptions(in_place=True, timeline_suffix=".xml"))
    with pytest.raises(OutputError, match="keeps its format"):
        host.check_output()
    assert edit.read_bytes() == before


def test_in_place_needs_a_file_of_one_timeline(edit: Path) -> None:
    collection = otio.schema.SerializableCollection("bin", [otio.adapters.read_from_file(str(edit))])
    otio.adapters.write_to_file(collection, str(edit))
    before = edit.read_bytes()
    with pytest.raises(OutputError, match="cannot hold a score in place"):
        score(FileHost(edit, FileHostOptions(in_place=True)), edit.parent)
    assert edit.read_bytes() == before
    assert not (edit.parent / "edit.vem").exists()
    assert score(FileHost(edit), edit.parent).timeline == edit.parent / "edit.vem" / "edit.scored.otio"


def test_equal_scores_of_one_moment_give_equal_files(edit: Path) -> None:
    hashes = []
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5)
    for name in ("one", "two"):
        options = FileHostOptions(output=edit.parent / name, relative_paths=True, originated=moment)
        score(FileHost(edit, options), edit.parent, extras=True)
        hashes.append(folder_hash(edit.parent / name))
    assert hashes[0] == hashes[1]
    assert set(hashes[0]) == {
        "edit-take1.wav",
        "edit-take1.json",
        "edit-take1.mid",
        "edit-take1-stems/drums.wav",
        "edit.scored.otio",
    }


def test_options_shape_the_clip(edit: Path) -> None:
    options = FileHostOptions(
        relative_paths=True,
        media_start=MediaStart.ZERO,
        track_name="Musik",
        originated=datetime.datetime(2026, 1, 2, 3, 4, 5),
    )
    placement = score(FileHost(edit, options), edit.parent)
    scored = otio.adapters.read_from_file(str(placement.timeline))
    lane = scored.tracks[-1]
    assert lane.name == "Musik"
    assert lane[0].media_reference.target_url == "edit-take1.wav"
    assert lane[0].source_range.start_time.value == 0
    extension = read_wave(placement.audio).extension
    assert extension is not None
    assert extension.originated == options.originated


def test_other_formats_are_written_beside_the_music(edit: Path) -> None:
    placement = score(FileHost(edit, FileHostOptions(timeline_suffix=".xml")), edit.parent)
    assert placement.timeline is not None
    assert placement.timeline.name == "edit.scored.xml"
    assert b"edit-take1.wav" in placement.timeline.read_bytes()


@pytest.mark.parametrize("failing", ["edit-take1.wav", "edit-take1.json", "edit.scored.otio"])
def test_a_full_disk_leaves_nothing_behind(edit: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    flush = atomic._flush

    def full(path: Path) -> None:
        if path.name.startswith(f".{Path(failing).stem}.") and path.suffix == Path(failing).suffix:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(path)

    monkeypatch.setattr(atomic, "_flush", full)
    with pytest.raises(OutputError, match="the disk is full"):
        score(FileHost(edit), edit.parent)
    assert list((edit.parent / "edit.vem").iterdir()) == []


def test_a_file_in_the_way_of_the_folder_is_named(edit: Path) -> None:
    (edit.parent / "edit.vem").write_text("in the way")
    with pytest.raises(OutputError, match=r"edit\.vem"):
        score(FileHost(edit), edit.parent)


def test_a_core_cannot_write_outside_its_folder(edit: Path) -> None:
    host = FileHost(edit)
    take = make_take(host.read_timeline().sheet, edit.parent / "job", extras=True)
    files = tuple(replace(file, name="../../evil.mid") if file.role == "midi" else file for file in take.result.files)
    with pytest.raises(OutputError, match="outside its folder"):
        host.place(replace(take, result=replace(take.result, files=files)))
    assert list((edit.parent / "edit.vem").glob("*.wav")) == []


def test_music_of_another_length_is_refused(edit: Path) -> None:
    host = FileHost(edit)
    take = make_take(host.read_timeline().sheet, edit.parent / "job")
    write_wav24(take.folder / "mix.wav", 1000)
    with pytest.raises(AudioError, match="1000 samples instead of 200200"):
        host.place(take)
    assert list((edit.parent / "edit.vem").iterdir()) == []


def test_thumbnails_show_the_frames_of_the_edit(edit: Path) -> None:
    host = FileHost(edit)
    sheet = host.read_timeline().sheet
    pictures = host.read_thumbnails(sheet)
    assert len(pictures.warnings) == 1
    assert "missing.mov" in pictures.warnings[0]
    request = ScoreRequest(sheet=sheet, thumbnails=pictures.thumbnails)
    assert len(request.thumbnails) == 4 * 3 + 3 * 8
    for thumbnail in pictures.thumbnails:
        shown = next(index for index in range(4) if thumbnail.record_frames < sheet.shots[index].end_excl_frames)
        name, source, _ = SHOTS[shown]
        assert thumbnail.placeholder == (name == "missing.mov")
        if not thumbnail.placeholder:
            frame = source % 86_400 + thumbnail.record_frames - sheet.shots[shown].start_frames
            assert number_of(open_jpeg(pictures.jpegs[thumbnail.sha256])) == frame, thumbnail
    assert pictures == host.read_thumbnails(sheet)


def test_thumbnails_of_a_range_show_the_same_frames(edit: Path) -> None:
    host = FileHost(edit)
    sheet = host.read_timeline().sheet
    whole = {(t.record_frames, t.use): t.sha256 for t in host.read_thumbnails(sheet).thumbnails}
    cropped = host.read_thumbnails(sheet.crop(24, 74)).thumbnails
    strips = [t for t in cropped if t.use is ThumbnailUse.STRIP]
    assert strips
    assert all(whole[t.record_frames + 24, t.use] == t.sha256 for t in strips)


def open_jpeg(content: bytes) -> object:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(content))


def test_a_preview_lies_beside_the_wav_or_where_it_is_wanted(edit: Path) -> None:
    host = FileHost(edit)
    placement = score(host, edit.parent, span=(0, 30))
    sheet = host.read_timeline().sheet.crop(0, 30)
    assert host.write_preview(sheet, placement) == placement.audio.with_suffix(".mp4")
    wanted = edit.parent / "new" / "watch.mp4"
    assert host.write_preview(sheet, placement, wanted) == wanted
    with av.open(str(wanted)) as container:
        numbers = [number_of(frame.to_image()) for frame in container.decode(video=0)]
    assert numbers == [*range(10, 34), *range(6)]


def test_errors_of_the_host_are_the_products_own(tmp_path: Path) -> None:
    with pytest.raises(VemError):
        FileHost(tmp_path / "missing.otio").read_timeline()
