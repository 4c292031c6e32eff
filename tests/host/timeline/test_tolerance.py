"""What is not needed cannot refuse a timeline; what is unclear is said."""

from __future__ import annotations

import itertools
from typing import Any

import opentimelineio as otio
import pytest

from fakes.timelines import audio, clip, compound, gap, generator, marked, retimed, span, timeline, video
from vem_core.contract.cut_sheet import DropReason
from vem_plugin.formats.reading import Claims
from vem_plugin.timeline.claims import disagreements
from vem_plugin.timeline.reading import OpenedTimeline
from vem_plugin.timeline.sheet import ReadCutSheet, read_cut_sheet, read_opened

NAN = float("nan")


def cuts(read: ReadCutSheet) -> list[int]:
    return [cut.record_frames for cut in read.sheet.cuts]


@pytest.mark.parametrize("at", [(NAN, 1), (0, NAN), (1e300, 1)])
def test_a_marker_at_no_time_is_left_out_and_said(at: tuple[float, float]) -> None:
    item = marked(marked(clip("a", 0, 48), *at[:1], "hit", length=at[1]), 24, "hit")
    read = read_cut_sheet(timeline(video(item, clip("b", 0, 48))))
    assert (cuts(read), [event.record_frames for event in read.sheet.events]) == ([48], [24])
    assert read.notices == ("Marker 'hit' left out: its time is no number.",)


@pytest.mark.parametrize("extent", [span(NAN, 10), span(0, NAN), span(0, 1e300), span(0, 10, 1e300)])
def test_a_mediums_impossible_range_is_left_out_and_said(extent: otio.opentime.TimeRange) -> None:
    reference = otio.schema.ExternalReference("/m/a.mov", extent)
    read = read_cut_sheet(timeline(video(clip("a", 0, 48, reference=reference), clip("b", 0, 48))))
    assert cuts(read) == [48]
    assert any("media of 'a' state times or speeds that are no numbers" in notice for notice in read.notices)


def test_a_clip_without_any_media_reference_is_a_picture() -> None:
    item = clip("a", 0, 48)
    item.set_media_references({"other": otio.schema.MissingReference()}, "other")
    text = timeline(video(item, clip("b", 0, 48))).to_json_string().replace('"other"', '"gone"', 1)
    assert cuts(read_cut_sheet(otio.adapters.read_from_string(text, "otio_json"))) == [48]


LANES = ["Subtitles", "Titles", "captions EN", "ST Subtitle 1", "Lower Thirds"]


@pytest.mark.parametrize("name", LANES)
def test_clips_without_media_on_a_lane_of_titles_lie_over_the_picture(name: str) -> None:
    words = otio.schema.Clip("Hello there", otio.schema.MissingReference(), span(0, 48))
    lower = video(clip("a", 0, 96), clip("b", 0, 96))
    read = read_cut_sheet(timeline(lower, video(gap(24), words, name=name)))
    assert (cuts(read), {boundary.reason for boundary in read.sheet.dropped}) == ([96], {DropReason.OVERLAY})
    assert "Hello there" in read.sheet.shots[0].words
    words = otio.schema.Clip("Hello there", otio.schema.MissingReference(), span(0, 48))
    lower = video(clip("a", 0, 96), clip("b", 0, 96))
    assert cuts(read_cut_sheet(timeline(lower, video(gap(24), words, name="V2")))) == [24, 72, 96]


def test_clips_with_media_on_a_lane_of_titles_are_pictures() -> None:
    lower = video(clip("a", 0, 96))
    read = read_cut_sheet(timeline(lower, video(gap(24), clip("card", 0, 24), name="Titles")))
    assert cuts(read) == [24, 48]


SPELLINGS = [
    ("/m/My Clip#1.mov", "file:///m/My%20Clip%231.mov"),
    ("/m/My Clip.mov", "/m/My%20Clip.mov"),
    ("\\\\nas\\vol\\A.mov", "file://nas/vol/A.mov"),
    ("\\\\nas\\vol\\A.mov", "file://///NAS/vol/A.mov"),
    ("\\\\?\\UNC\\nas\\vol\\A.mov", "//nas/vol/A.mov"),
    ("C:\\x\\B.mov", "\\\\?\\C:\\x\\B.mov"),
    ("C:\\x\\B.mov", "file:///C:/x/B.mov"),
    ("C:\\Footage\\B.MOV", "file://localhost/c%3a/footage/b.mov"),
    ("/m/Ba\u0308r.mov", "/m/B\u00e4r.mov"),
    ("/m//a/./b.mov", "/m/a/b.mov"),
]


@pytest.mark.parametrize("pair", SPELLINGS)
def test_one_file_in_two_spellings_is_one_medium(pair: tuple[str, str]) -> None:
    for first, second in itertools.permutations(pair):
        read = read_cut_sheet(timeline(video(clip("a", 0, 48, url=first), clip("a", 48, 24, url=second))))
        assert cuts(read) == []


@pytest.mark.parametrize("pair", [("/m/a.mov", "/m/A.mov"), ("/m/a.mov", "/n/a.mov"), ("//a/b.mov", "/a/b.mov")])
def test_two_files_are_two_media(pair: tuple[str, str]) -> None:
    read = read_cut_sheet(timeline(video(clip("a", 0, 48, url=pair[0]), clip("a", 48, 24, url=pair[1]))))
    assert cuts(read) == [48]


def speeds(*, v2: Any = None, source_lengths: bool) -> otio.schema.Timeline:
    """Shot b at double speed, 48 frames of record: written as 48 (OpenTimelineIO's way) or as the 96 it uses."""
    fast = retimed(clip("b", 0, 96 if source_lengths else 48), 2.0)
    picture = video(clip("a", 0, 48), fast, clip("c", 0, 48))
    sound = audio(clip("sa", 0, 48), clip("sb", 0, 48), clip("sc", 0, 48))
    return timeline(picture, sound)


def test_the_convention_of_retimed_clips_is_the_one_that_the_lanes_agree_under() -> None:
    usual = read_cut_sheet(speeds(source_lengths=False))
    assert (cuts(usual), usual.notices) == ([48, 96], ())
    other = read_cut_sheet(speeds(source_lengths=True))
    assert (cuts(other), other.sheet.duration_frames) == ([48, 96], 144)
    assert [notice for notice in other.notices if "divided by their speeds" in notice]
    assert other.media[1].speed == 2


def test_without_another_lane_opentimelineios_own_convention_holds() -> None:
    made = timeline(video(clip("a", 0, 48), retimed(clip("b", 0, 96), 2.0), clip("c", 0, 48)))
    assert cuts(read_cut_sheet(made)) == [48, 144]


def test_lanes_that_agree_under_neither_convention_change_nothing() -> None:
    made = speeds(source_lengths=True)
    made.tracks[1][1].source_range = span(0, 50)
    assert cuts(read_cut_sheet(made)) == [48, 144]


def opened(claims: Claims) -> list[str]:
    made = timeline(video(clip("a", 0, 48), clip("b", 0, 24), gap(24)), start=86_400)
    return list(read_opened(OpenedTimeline(made, (), claims)).notices)


def test_a_files_own_numbers_are_held_against_what_was_read() -> None:
    right = Claims(24, 86_400, 96, (("a", 0, 48), ("b", 48, 72)))  # type: ignore[arg-type]
    assert opened(right) == []
    assert opened(Claims()) == []
    assert opened(Claims(rate=25)) == [  # type: ignore[arg-type]
        "The file says 25 frames per second; it was read at 24."
    ]
    assert opened(Claims(start_frames=0)) == ["The file says that it starts at frame 0; it was read from 86400."]
    assert opened(Claims(duration_frames=72)) == ["The file says that its picture lasts 72 frames; 96 were read."]
    reaching = Claims(duration_frames=11, item_record_frames=(("b", 48, 72), ("gap", 72, 96)))
    assert opened(reaching) == [
        "The file states a length of 11 frames, but its own items reach to frame 96: that was read."
    ]
    moved = Claims(item_record_frames=(("a", 0, 48), ("b", 49, 72), ("c", 72, 90)))
    assert opened(moved) == [
        "The file says that 'b' stands at frames 49 to 72; it was read at 48 to 72, and 1 more items likewise."
    ]


def test_positions_in_a_timeline_that_cannot_be_laid_out_are_not_compared() -> None:
    made = timeline(video(compound(video(clip("a", 0, 48))), generator("Text", 10)))
    sheet = read_cut_sheet(made).sheet
    assert list(disagreements(made, sheet, Claims(item_record_frames=(("a", 0, 48),)))) == []
