"""The bridge against the fake Resolve: read, score, place, read back, and leave everything else as it was."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.fake_resolve import Bin, Edit, FakeStudio, Item, Media, Track
from fakes.movies import number_of, write_movie
from fakes.takes import make_take
from vem_core.contract.codec import from_json
from vem_core.contract.cut_sheet import CutKind, CutSheet, Wish
from vem_core.contract.errors import OutputError
from vem_core.contract.time import sample_of_frame
from vem_plugin.hosts.base import Placement
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.placement.state import PlacedTake
from vem_plugin.resolve.errors import ConnectionLost, NothingOpen, ResolveClosed
from vem_plugin.resolve.host import ResolveHostOptions, ResolveStudioHost

NTSC = Fraction(30000, 1001)
LENGTHS = (24, 30, 20, 26)


def make_edit(
    rate: Fraction = Fraction(24), start_timecode: str = "01:00:00:00", lengths: tuple[int, ...] = LENGTHS
) -> Edit:
    """An edit of shots from media of their own; on the first audio track lies somebody's dialogue."""
    edit = Edit("Reel 1", rate, start_timecode, playhead=start_timecode)
    start = edit.start
    for index, length in enumerate(lengths):
        media = Media(f"/footage/{index}.mov", 1000, round(float(rate), 3))
        edit.video[0].items.append(Item(f"{index}.mov", start, start + length, media, left_offset=10))
        start += length
    dialogue = Media("/footage/dialogue.wav", 5000, round(float(rate), 3))
    edit.audio[0].items.append(Item("dialogue.wav", edit.start, edit.start + 50, dialogue, kind="audio"))
    return edit


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio(make_edit())


@pytest.fixture
def host(studio: FakeStudio, tmp_path: Path) -> ResolveStudioHost:
    return make_host(studio, tmp_path)


def make_host(studio: FakeStudio, folder: Path, **options: object) -> ResolveStudioHost:
    return ResolveStudioHost(ResolveHostOptions(output=folder / "takes", **options), studio.connect)  # type: ignore[arg-type]


def score(host: ResolveStudioHost, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0) -> Placement:
    """Read, score and place."""
    sheet = host.read_timeline().sheet
    return host.place(score_of(sheet, folder, span=span, seed=seed))


def score_of(sheet: CutSheet, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0):  # type: ignore[no-untyped-def]
    cropped = sheet if span is None else sheet.crop(*span)
    return make_take(cropped, folder / f"job{seed}", in_frames=span[0] if span else 0, seed=seed)


def laid(edit: Edit, track: int = 1) -> list[tuple[str, int, int]]:
    """What lies on an audio track: names and offsets from the start."""
    items = edit.audio[track].items
    return [(item.name, item.start - edit.start, item.end - edit.start) for item in items]


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
    from fakes import fake_resolve

    other = fake_resolve.exported(make_edit(lengths=(24, 30, 10, 36)))
    monkeypatch.setattr(fake_resolve, "exported", lambda edit: other)
    assert any("differ at 4 places, first at frame 54" in notice for notice in host.read_timeline().notices)


def test_an_export_at_another_rate_is_not_trusted(
    studio: FakeStudio, host: ResolveStudioHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fakes import fake_resolve

    other = fake_resolve.exported(make_edit(rate=Fraction(25)))
    monkeypatch.setattr(fake_resolve, "exported", lambda edit: other)
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


def test_a_re_cut_in_the_meantime_is_said(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.edits[0].video[0].items.pop()
    with caplog.at_level(logging.WARNING):
        host.place(take)
    assert "was re-cut since it was read" in caplog.text


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


def test_the_free_edition_is_told_what_to_do(studio: FakeStudio, host: ResolveStudioHost) -> None:
    studio.product = "DaVinci Resolve"
    host_of_menu = ResolveStudioHost(connect=lambda: _free(studio))
    with pytest.raises(ResolveClosed, match="only Studio") as caught:
        host_of_menu.read_timeline()
    assert "export its timeline as OTIO" in caught.value.hint


def _free(studio: FakeStudio) -> object:
    from fakes.fake_resolve import ResolveObject

    return ResolveObject(studio)


def test_nothing_open(studio: FakeStudio, host: ResolveStudioHost) -> None:
    studio.current = None
    with pytest.raises(NothingOpen, match="No timeline is open in the project 'My film'"):
        host.read_timeline()
    studio.project_open = False
    with pytest.raises(NothingOpen, match="No project is open"):
        host.read_timeline()


Trouble = Callable[[FakeStudio], None]


def lock(studio: FakeStudio) -> None:
    studio.edits[0].audio[1].locked = True


def refuse_once(name: str) -> Trouble:
    """The first call of that name does nothing."""

    def trouble(studio: FakeStudio) -> None:
        calls = itertools.count()
        studio.refuse = lambda call: call == name and next(calls) == 0

    return trouble


def never_delete(studio: FakeStudio) -> None:
    studio.deletes_fail = 1000


NOT_PUT = "did not put the score on audio track A2"


@pytest.mark.parametrize(
    ("again", "trouble", "message"),
    [
        (False, refuse_once("AddSubFolder"), "did not make the bin"),
        (False, refuse_once("SetCurrentFolder"), "does not open the bin"),
        (False, refuse_once("ImportMedia"), "did not import"),
        (False, refuse_once("AddTrack"), "did not add an audio track"),
        (False, refuse_once("AppendToTimeline"), NOT_PUT),
        (True, lock, "is locked in Resolve"),
        (True, refuse_once("ImportMedia"), "did not import"),
        (True, never_delete, "did not delete the earlier take"),
        (True, refuse_once("AppendToTimeline"), NOT_PUT),
    ],
)
def test_what_fails_leaves_everything_as_it_was(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, again: bool, trouble: Trouble, message: str
) -> None:
    """With an earlier score on the lane (`again`) and without."""
    if again:
        score(host, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path, seed=1)
    trouble(studio)
    before, files = studio.snapshot(), sorted(tmp_path.rglob("takes/*"))
    with pytest.raises(OutputError, match=message) as caught:
        host.place(take)
    assert "put back" not in caught.value.message
    assert studio.snapshot() == before
    assert sorted(tmp_path.rglob("takes/*")) == files


EACH_TIME = ("SetCurrentFolder", "ImportMedia", "SetThirdPartyMetadata", "AppendToTimeline", "AddMarker")


@pytest.mark.parametrize(
    ("again", "call"),
    [
        *((False, call) for call in (*EACH_TIME, "AddSubFolder", "AddTrack", "SetTrackName")),
        *((True, call) for call in (*EACH_TIME, "OpenPage", "DeleteClips")),
    ],
)
def test_a_connection_that_is_lost_in_the_middle(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, again: bool, call: str
) -> None:
    """Resolve itself goes on: through a new connection everything is put back."""
    if again:
        score(host, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path, seed=1)
    before, files = studio.snapshot(), sorted(tmp_path.rglob("takes/*"))
    studio.lose_before(call)
    with pytest.raises(ConnectionLost, match="stopped answering"):
        host.place(take)
    assert studio.snapshot() == before
    assert sorted(tmp_path.rglob("takes/*")) == files


@pytest.mark.parametrize("call", ["ImportMedia", "AppendToTimeline"])
def test_a_resolve_that_is_gone_for_good(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, call: str
) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.lose_before(call, gone=True)
    with pytest.raises(
        OutputError, match=r"stopped answering\. Not everything could be put back.*media pool"
    ) as caught:
        host.place(take)
    assert "Edit > Undo" in caught.value.hint
    assert not list(tmp_path.rglob("takes/*.wav"))


def test_a_closed_project(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.project_open = False
    with pytest.raises(NothingOpen, match="No project is open"):
        host.place(take)
    studio.project_open, studio.edits, studio.current = True, [], None
    with pytest.raises(NothingOpen, match="not in the open project"):
        host.place(take)


def test_output_is_checked_before_the_work(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    host.check_output()
    studio.edits[0].audio.append(Track("VeM Score", "stereo", locked=True))
    with pytest.raises(OutputError, match=r"'VeM Score' \(A2\) is locked"):
        host.check_output()
    studio.edits[0].audio.pop()
    (tmp_path / "takes").write_text("in the way")
    with pytest.raises(OutputError, match="takes"):
        host.check_output()


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
