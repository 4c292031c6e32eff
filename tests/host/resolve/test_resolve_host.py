"""The bridge against the fake Resolve: read, score, place, read back, and leave everything else as it was."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import pytest

from fakes import resolve_objects
from fakes.fake_resolve import FakeStudio
from fakes.movies import number_of, write_movie
from fakes.resolve_edits import laid, make_edit, make_host, score, score_of
from fakes.resolve_export import exported
from fakes.resolve_project import Bin, Edit, Item, Media, Track
from fakes.takes import make_take
from vem_core.contract.codec import from_json
from vem_core.contract.cut_sheet import CutKind, Wish
from vem_core.contract.time import sample_of_frame
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.placement.state import PlacedTake
from vem_plugin.resolve.host import ResolveStudioHost

NTSC = Fraction(30000, 1001)


def test_the_cuts_of_the_open_timeline(host: ResolveStudioHost) -> None:
    reading = host.read_timeline()
    assert reading.sheet.name == "Reel 1"
    assert reading.sheet.start_frames == 86_400
    assert [cut.record_frames for cut in reading.sheet.cuts] == [24, 54, 74]
    assert reading.notices == ()


@pytest.mark.parametrize("version", [(20, 3, 2), (21, 1)])
@pytest.mark.parametrize("exports", [True, False])
def test_a_dissolve_is_one_cut_with_the_export_and_without(
    studio: FakeStudio, host: ResolveStudioHost, version: tuple[int, ...], exports: bool
) -> None:
    studio.version, studio.exports = version, exports
    edit = studio.edits[0]
    edit.video[0].items.insert(1, Item("Cross Dissolve", edit.start + 18, edit.start + 30, kind="transition"))
    edit.video[0].items[3].enabled = False
    edit.markers[54.0] = {"name": "drop", "duration": 1.0, "note": ""}
    reading = host.read_timeline()
    cuts = reading.sheet.cuts
    assert [(cut.record_frames, cut.kind, cut.extent_frames) for cut in cuts] == [
        (24, CutKind.DISSOLVE, 12),
        (54, CutKind.CUT, 0),
        (74, CutKind.CUT, 0),
    ]
    assert [shot.picture for shot in reading.sheet.shots] == [True, True, False, True]
    assert cuts[1].wish is Wish.DROP
    assert bool(reading.notices) != exports


def test_both_ways_of_reading_give_one_cut_list(studio: FakeStudio, host: ResolveStudioHost) -> None:
    edit = studio.edits[0]
    title = Item("Title", edit.start + 5, edit.start + 15, kind="generator")
    edit.video.append(
        Track("Video 2", items=[title, Item("x", edit.start + 60, edit.start + 80, studio.add_media("/x"))])
    )
    exported = host.read_timeline().sheet
    studio.exports = False
    assert [cut.record_frames for cut in host.read_timeline().sheet.cuts] == [
        cut.record_frames for cut in exported.cuts
    ]


def test_an_export_that_says_otherwise_is_mentioned(
    studio: FakeStudio, host: ResolveStudioHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = exported(make_edit(lengths=(24, 30, 10, 36)))
    monkeypatch.setattr(resolve_objects, "exported", lambda edit: other)
    assert any("differ at 4 places, first at frame 54" in notice for notice in host.read_timeline().notices)


def test_an_export_at_another_rate_is_not_trusted(
    studio: FakeStudio, host: ResolveStudioHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = exported(make_edit(rate=Fraction(25)))
    monkeypatch.setattr(resolve_objects, "exported", lambda edit: other)
    reading = host.read_timeline()
    assert reading.sheet.rate == 24
    assert any("item by item" in notice for notice in reading.notices)


@pytest.mark.parametrize(
    ("rate", "start_timecode", "start_frames", "drop"),
    [
        (Fraction(24000, 1001), "01:00:00:00", 86_400, False),
        (Fraction(25), "10:00:00:00", 900_000, False),
        (NTSC, "01:00:00:00", 108_000, False),
        (NTSC, "01:00:00;00", 107_892, True),
        (Fraction(60000, 1001), "00:00:00:00", 0, False),
        (Fraction(120000, 1001), "01:00:00:00", 432_000, False),
    ],
)
def test_rates_and_starts(tmp_path: Path, rate: Fraction, start_timecode: str, start_frames: int, drop: bool) -> None:
    studio = FakeStudio(make_edit(rate, start_timecode), rate=rate)
    host = make_host(studio, tmp_path)
    sheet = host.read_timeline().sheet
    assert (sheet.rate, sheet.start_frames, sheet.drop_frame) == (rate, start_frames, drop)
    placement = host.place(score_of(sheet, tmp_path, span=(31, 77)))
    assert laid(studio.edits[0]) == [("Reel 1-take1.wav", 31, 77)]
    assert read_wave(placement.audio).samples * rate >= 46 * 48_000


def test_a_score_lies_on_a_stereo_track_of_ours(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    placement = score(host, tmp_path)
    edit = studio.edits[0]
    assert laid(edit) == [("Reel 1-take1.wav", 0, 100)]
    assert (edit.audio[1].name, edit.audio[1].subtype) == ("VeM Score", "stereo")
    assert laid(edit, 0) == [("dialogue.wav", 0, 50)]
    assert placement.audio == tmp_path / "takes" / "Reel 1-take1.wav"
    assert placement.timeline is None
    saved = from_json(PlacedTake, json.loads(placement.score.read_text(encoding="utf-8")))
    assert saved.request.sheet == host.read_timeline().sheet
    (ours,) = [folder for folder in studio.root.bins if folder.name == "VeM Score"]
    (media,) = ours.clips
    assert media.path == str(placement.audio)
    assert json.loads(media.third_party["vem_score"])["seed"] == 0


def test_markers_lie_on_the_music_itself(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    score(host, tmp_path)
    media = studio.edits[0].audio[1].items[0].media
    assert media is not None
    hits = [frame for frame, marker in media.markers.items() if marker["color"] == "Red"]
    assert hits == [24, 54, 74]
    assert media.markers[0.0]["color"] == "Green"
    assert json.loads(media.markers[24.0]["customData"]) == {"vem_score": {"kind": "hit"}}
    assert studio.edits[0].markers == {}


def test_a_new_score_replaces_ours_and_nothing_else(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    score(host, tmp_path)
    edit = studio.edits[0]
    effect = Item(
        "whoosh.wav", edit.start + 120, edit.start + 140, studio.add_media("/footage/whoosh.wav"), kind="audio"
    )
    edit.audio[1].items.append(effect)
    edit.audio[1].name = "Music"
    edit.video[0].items.pop()  # a re-cut
    score(host, tmp_path, seed=1)
    assert laid(edit) == [("Reel 1-take2.wav", 0, 74), ("whoosh.wav", 120, 140)]
    assert len(edit.audio) == 2
    names = [
        Path(media.path).name for folder in studio.root.bins if folder.name == "VeM Score" for media in folder.clips
    ]
    assert names == ["Reel 1-take1.wav", "Reel 1-take2.wav"]  # earlier takes stay within reach


def test_a_range_overwrites_what_it_covers(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    score(host, tmp_path)
    score(host, tmp_path, span=(30, 60), seed=1)
    edit = studio.edits[0]
    assert laid(edit) == [("Reel 1-take1.wav", 0, 30), ("Reel 1-take2.wav", 30, 60), ("Reel 1-take1.wav", 60, 100)]
    assert [item.left_offset for item in edit.audio[1].items] == [0, 0, 60]
    score(host, tmp_path, seed=2)
    assert laid(edit) == [("Reel 1-take3.wav", 0, 100)]


def test_a_users_item_in_the_way_sends_the_score_to_another_track(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    score(host, tmp_path)
    edit = studio.edits[0]
    mine = Item("mine.wav", edit.start + 40, edit.start + 60, studio.add_media("/footage/mine.wav"), kind="audio")
    edit.audio[1].items[:] = [mine]
    score(host, tmp_path, seed=1)
    assert laid(edit) == [("mine.wav", 40, 60)]
    assert edit.audio[2].name == "VeM Score 2"
    assert laid(edit, 2) == [("Reel 1-take2.wav", 0, 100)]
    score(host, tmp_path, seed=2)
    assert laid(edit, 2) == [("Reel 1-take3.wav", 0, 100)]
    assert len(edit.audio) == 3


def test_scores_are_known_by_their_files_where_resolve_lost_the_metadata(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    studio.keeps_metadata = False
    score(host, tmp_path)
    assert "recognised by its file" in caplog.text
    score(host, tmp_path, seed=1)
    assert laid(studio.edits[0]) == [("Reel 1-take2.wav", 0, 100)]


@pytest.mark.parametrize("state", [True, False])
def test_a_wav_alone_is_known_by_what_it_says_of_itself(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, state: bool
) -> None:
    studio.keeps_metadata = False
    sheet = host.read_timeline().sheet
    first = host.place(dataclasses.replace(make_take(sheet, tmp_path / "job"), embed_state=state))
    first.score.unlink()
    score(host, tmp_path, seed=1)
    assert (("Reel 1-take1.wav", 0, 100) not in laid(studio.edits[0])) is state


def test_lanes_of_two_names_leave_each_other_alone(studio: FakeStudio, tmp_path: Path) -> None:
    score(make_host(studio, tmp_path), tmp_path)
    score(make_host(studio, tmp_path, track_name="Alternative"), tmp_path, seed=1)
    score(make_host(studio, tmp_path), tmp_path, seed=2)
    assert laid(studio.edits[0], 1) == [("Reel 1-take3.wav", 0, 100)]
    assert laid(studio.edits[0], 2) == [("Reel 1-take2.wav", 0, 100)]


@pytest.mark.parametrize("page", ["color", "fairlight", "media", "edit"])
def test_what_the_editor_looked_at_is_put_back(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, page: str
) -> None:
    edit = studio.edits[0]
    edit.marks = {"video": {"in": 30, "out": 59}}
    edit.playhead = "01:00:02:05"
    score(host, tmp_path)
    studio.page = page
    score(host, tmp_path, seed=1)  # deletes, for which the Edit page must be open
    assert (studio.page, edit.playhead, studio.current_bin.name) == (page, "01:00:02:05", "Footage")
    assert edit.marks == {"video": {"in": 30, "out": 59}}


def test_in_and_out_are_read(studio: FakeStudio, host: ResolveStudioHost) -> None:
    assert host.read_range() is None
    studio.edits[0].marks = {"video": {"in": 30, "out": 59}}
    reading = host.read_timeline()
    assert host.read_range() == (30, 60)
    assert "In and Out are set in Resolve: 01:00:01:06 to 01:00:02:11." in reading.notices
    studio.edits[0].marks = {"audio": {"in": 40}}
    host.read_timeline()
    assert host.read_range() == (40, 100)


def test_another_timeline_may_be_open_by_then(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    other = make_edit()
    studio.edits.append(other)
    studio.current = other
    host.place(take)
    assert studio.current is other
    assert len(other.audio) == 1
    assert laid(studio.edits[0]) == [("Reel 1-take1.wav", 0, 100)]


def test_a_re_cut_in_the_meantime_is_said(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.edits[0].video[0].items.pop()
    (notice,) = host.place(take).notices
    assert "was re-cut since it was read" in notice


def test_a_wav_keeps_the_projects_rate(tmp_path: Path) -> None:
    """A timeline at 25 in a project at 24: lengths are in the WAV's frames, and rounded down on the way back."""
    studio = FakeStudio(make_edit(Fraction(25)), rate=Fraction(24))
    host = make_host(studio, tmp_path)
    sheet = host.read_timeline().sheet
    placement = host.place(score_of(sheet, tmp_path, span=(7, 98)))
    ((_, start, end),) = laid(studio.edits[0])
    assert start == 7
    assert 98 <= end <= 100
    exact = sample_of_frame(91, Fraction(25))
    assert exact <= read_wave(placement.audio).samples <= exact + 2 * 2000


def test_padding_is_silence_after_the_music(tmp_path: Path) -> None:
    studio = FakeStudio(make_edit(NTSC), rate=NTSC)
    host = make_host(studio, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path, span=(0, 34))
    exact = sample_of_frame(34, NTSC)  # 54454.4, rounded down: one sample short of 34 whole frames
    placement = host.place(take)
    wave = read_wave(placement.audio)
    assert (exact, wave.samples) == (54_454, 54_455)
    assert wave.extension is not None
    assert wave.extension.time_reference_samples == sample_of_frame(108_000, NTSC)
    data = placement.audio.read_bytes()[wave.data_offset_bytes :]
    source = (tmp_path / "job0" / "mix.wav").read_bytes()
    assert data[: exact * 6] == source[-exact * 6 :]
    assert data[exact * 6 : (exact + 1) * 6] == bytes(6)
    assert laid(studio.edits[0]) == [("Reel 1-take1.wav", 0, 34)]


def test_thumbnails_come_from_the_media(tmp_path: Path) -> None:
    import io

    from PIL import Image

    movie = write_movie(tmp_path / "a.mov", 60)
    edit = Edit("Reel", video=[Track("Video 1", items=[])])
    media = Media(str(movie), 60, 24)
    for left, start, end in ((30, 0, 12), (5, 12, 24)):
        edit.video[0].items.append(Item("a.mov", edit.start + start, edit.start + end, media, left))
    for exports in (True, False):
        studio = FakeStudio(edit)
        studio.exports = exports
        host = make_host(studio, tmp_path)
        pictures = host.read_thumbnails(host.read_timeline().sheet)
        first = pictures.thumbnails[0]
        shown = number_of(Image.open(io.BytesIO(pictures.jpegs[first.sha256])))
        assert shown == 30 + first.record_frames, exports


def test_a_bin_of_our_name_is_used(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    studio.root.bins.append(Bin("VeM Score"))
    score(host, tmp_path)
    assert [folder.name for folder in studio.root.bins] == ["Footage", "VeM Score"]


def test_a_mono_track_of_our_name_is_left_alone(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    studio.edits[0].audio.append(Track("VeM Score", "mono"))
    score(host, tmp_path)
    edit = studio.edits[0]
    assert laid(edit, 1) == []
    assert laid(edit, 2) == [("Reel 1-take1.wav", 0, 100)]


def test_names_become_names_of_files(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    studio.edits[0].name = 'Reel 1/2: "fine" #3?'
    placement = score(host, tmp_path)
    assert placement.audio.name == "Reel 1_2_ _fine_ #3_-take1.wav"


def test_large_timelines_take_few_questions_a_clip(tmp_path: Path) -> None:
    """Each call goes to another process, and a film has thousands of clips."""
    edit = make_edit(lengths=(10,) * 500)
    dialogue = edit.audio[0].items[0].media
    edit.audio[0].items[:] = [
        Item("line.wav", edit.start + at, edit.start + at + 5, dialogue, kind="audio") for at in range(0, 5000, 10)
    ]
    studio = FakeStudio(edit)
    host = make_host(studio, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path)
    assert len(studio.calls) < 4 * 500
    studio.calls.clear()
    host.place(take)
    sounds_looked_at = 3 * 500  # before placing, twice; when the lane is looked for, once
    assert len([call for call in studio.calls if call != "AddMarker"]) < 3 * 500 + sounds_looked_at + 200


def test_an_older_resolve_that_tells_less_is_scored_as_well(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    studio.version = (18, 6)
    studio.edits[0].marks = {"video": {"in": 30, "out": 59}}
    score(host, tmp_path)
    assert host.read_range() is None
    score(host, tmp_path, seed=1)
    assert laid(studio.edits[0]) == [("Reel 1-take2.wav", 0, 100)]
    assert studio.edits[0].audio[1].subtype == "stereo"
    assert studio.edits[0].marks == {"video": {"in": 30, "out": 59}}


def test_where_takes_go_is_known_before_reading(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = host.output_names()
    assert (names.folder, names.name) == (tmp_path / "takes", "Reel 1")
    monkeypatch.setattr("platformdirs.user_music_dir", lambda: str(tmp_path / "Music"))
    names = ResolveStudioHost(connect=studio.connect).output_names()
    assert names.folder == tmp_path / "Music" / "VeM Score" / "My film"
