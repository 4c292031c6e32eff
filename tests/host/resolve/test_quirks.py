"""Each habit of Resolve's against the fake that has it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_objects import ItemObject, MediaObject, TimelineObject
from fakes.resolve_project import Edit, Item, Track
from fakes.takes import write_wav24
from vem_core.contract.errors import RateError
from vem_plugin.resolve import quirks
from vem_plugin.resolve.errors import ConnectionLost
from vem_plugin.resolve.scripting import talking


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio(Edit("Reel 1"))


@pytest.fixture
def timeline(studio: FakeStudio) -> Any:
    return TimelineObject(studio, studio.edits[0])


@pytest.mark.parametrize(("answer", "expected"), [(True, True), (False, False), (None, False), ("no package", False)])
def test_only_true_is_a_yes(answer: object, expected: bool) -> None:
    assert quirks.accepted(answer) is expected


def test_a_text_instead_of_a_refusal_is_none(studio: FakeStudio) -> None:
    answer = MediaObject(studio, studio.add_media("/a.wav")).TranscribeAudio()
    assert answer
    assert not quirks.accepted(answer)


@pytest.mark.parametrize("answer", [None, [], [None], [None, None]])
def test_refusals_list_nothing(answer: list[None] | None) -> None:
    assert quirks.listed(answer) == []


def test_dir_tells_what_a_version_offers(studio: FakeStudio, timeline: Any) -> None:
    assert hasattr(timeline, "GetSettings")
    assert not quirks.offers(timeline, "GetSettings")
    studio.version = (21, 1)
    assert quirks.offers(timeline, "GetSettings")


@pytest.mark.parametrize("version", [(19, 1), (20, 3, 2), (21, 1)])
def test_transitions_are_told_from_clips_and_generators(studio: FakeStudio, version: tuple[int, ...]) -> None:
    studio.version = version
    media = studio.add_media("/a.mov")
    items: Any = [
        ItemObject(studio, Item("clip", 0, 10, media)),
        ItemObject(studio, Item("dissolve", 5, 15, kind="transition")),
        ItemObject(studio, Item("title", 10, 20, kind="generator")),
    ]
    clips, transitions = quirks.split_transitions(items)
    assert [item.GetName() for item in clips] == ["clip", "title"]
    assert [item.GetName() for item in transitions] == ["dissolve"]
    assert quirks.split_transitions([]) == ([], [])


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (23.976, Fraction(24000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("29.97 DF", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (47.952, Fraction(48000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        ("25", Fraction(25)),
        (24.0, Fraction(24)),
    ],
)
def test_rates_arrive_as_rounded_numbers_or_texts(setting: str | float, expected: Fraction) -> None:
    assert quirks.frame_rate(setting) == expected


@pytest.mark.parametrize("setting", [None, "", "DF", "fast"])
def test_what_is_no_rate_is_said(setting: str | None) -> None:
    with pytest.raises(RateError):
        quirks.frame_rate(setting)


def test_frames_on_the_timeline_are_absolute(timeline: Any) -> None:
    assert quirks.record_frame(timeline, 10) == 86_410
    assert quirks.offset_frames(timeline.GetStartFrame(), 86_410.0) == 10


def test_a_timeline_may_start_in_drop_frame(studio: FakeStudio) -> None:
    edit = Edit("DF", Fraction(30000, 1001), "01:00:00;00")
    assert quirks.record_frame(TimelineObject(studio, edit), 0) == 107_892  # type: ignore[arg-type]
    assert quirks.is_drop_frame(edit.start_timecode)
    assert not quirks.is_drop_frame("01:00:00:00")


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)])
@pytest.mark.parametrize("media_rate", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)])
@pytest.mark.parametrize("frames", [1, 7, 100, 12_345])
def test_a_sound_of_whole_frames_covers_its_range(
    tmp_path: Path, rate: Fraction, media_rate: Fraction, frames: int
) -> None:
    """Resolve rounds down twice: at import to whole frames of the media, on the timeline to whole record frames."""
    source = quirks.source_frames(frames, rate, media_rate)
    samples = quirks.whole_frame_samples(source, media_rate)
    assert samples * media_rate // 48_000 == source
    placed = source * rate // media_rate
    assert frames <= placed <= frames + rate / media_rate
    assert (samples - 1) * media_rate // 48_000 < source, "more silence than needed"


def test_a_wav_takes_the_projects_rate_for_good(studio: FakeStudio, tmp_path: Path) -> None:
    write_wav24(tmp_path / "a.wav", 48_000)
    pool = studio.connect().GetProjectManager().GetCurrentProject().GetMediaPool()
    (item,) = pool.ImportMedia([str(tmp_path / "a.wav")])
    studio.rate = Fraction(30000, 1001)
    assert quirks.frame_rate(item.GetClipProperty("FPS")) == 24


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (None, None),
        ({}, None),
        ({"in": 0, "out": 0}, (0, 1)),  # the out frame is part of the range
        ({"in": 30, "out": 59}, (30, 60)),
        ({"in": 30}, (30, 100)),
        ({"out": 59}, (0, 60)),
        ({"in": -5, "out": 500}, (0, 100)),
        ({"in": 100, "out": 120}, None),
    ],
)
def test_in_and_out(marks: dict[str, float] | None, expected: tuple[int, int] | None) -> None:
    assert quirks.mark_range(marks, 100) == expected


@pytest.mark.parametrize(("failures", "expected"), [(0, True), (1, True), (2, True), (3, False)])
def test_deleting_needs_the_edit_page_and_patience(
    studio: FakeStudio, timeline: Any, failures: int, expected: bool
) -> None:
    start = studio.edits[0].start
    kept, gone = (Item(name, start + at, start + at + 5, kind="audio") for at, name in ((0, "kept"), (5, "gone")))
    studio.edits[0].audio[0].items += [kept, gone]
    studio.page, studio.deletes_fail = "fairlight", failures
    assert quirks.delete_items(studio.connect(), timeline, [ItemObject(studio, gone)]) is expected  # type: ignore[list-item]
    assert studio.edits[0].audio[0].items == ([kept] if expected else [kept, gone])


def test_an_answer_about_deleting_is_not_believed(studio: FakeStudio, timeline: Any) -> None:
    item = Item("music", 86_400, 86_410, kind="audio")
    studio.edits[0].audio[0] = Track("locked", "stereo", [item], locked=True)
    studio.page, studio.deletes_fail = "edit", 0
    assert quirks.delete_items(studio.connect(), timeline, [ItemObject(studio, item)]) is False  # type: ignore[list-item]


def test_new_tracks_are_mono_unless_told(studio: FakeStudio, timeline: Any) -> None:
    timeline.AddTrack("audio")
    assert timeline.GetTrackSubType("audio", 2) == "mono"
    assert quirks.add_stereo_track(timeline, "Ours") == 3
    assert timeline.GetTrackSubType("audio", 3) == "stereo"
    assert timeline.GetTrackName("audio", 3) == "Ours"
    studio.refuse = lambda call: call == "AddTrack"
    assert quirks.add_stereo_track(timeline, "Ours") is None


def test_the_export_type_is_the_live_one(studio: FakeStudio, timeline: Any, tmp_path: Path) -> None:
    resolve = studio.connect()
    assert timeline.Export(str(tmp_path / "a.otio"), "OTIO") is False
    assert quirks.export_type(resolve) == resolve.EXPORT_OTIO


def test_a_lost_connection_is_said(studio: FakeStudio, timeline: Any) -> None:
    studio.running = False
    with pytest.raises(ConnectionLost), talking():
        timeline.GetName()
    assert studio.connect() is None


def test_level_and_fades_are_told_since_21_1() -> None:
    item = Item("music.wav", 0, 10, kind="audio", volume_db=-3.0)
    old, new = FakeStudio(version=(21, 0, 4)), FakeStudio(version=(21, 1, 0))
    assert quirks.clip_sound(ItemObject(old, item)) is None  # type: ignore[arg-type]
    told = quirks.clip_sound(ItemObject(new, item))  # type: ignore[arg-type]
    assert told == quirks.ClipSound(-3.0, {"fadeIn": 0.0, "fadeOut": 0.0})
    other = Item("more.wav", 0, 10, kind="audio")
    assert quirks.set_clip_sound(ItemObject(new, other), quirks.ClipSound(-3.0, {"fadeIn": 6.0}))  # type: ignore[arg-type]
    assert (other.volume_db, other.fades) == (-3.0, {"fadeIn": 6.0})


def test_some_calls_need_a_second_try() -> None:
    answers = iter([False, True])
    assert quirks.retried(lambda: next(answers))
    assert not quirks.retried(lambda: False)
