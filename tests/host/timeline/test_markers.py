"""Markers: wishes at cuts, events inside shots, and words."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from fakes.timelines import clip, compound, dissolve, generator, marked, retimed, span, timeline, video
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_plugin.timeline.markers import tolerance_frames, wish_in, words_beside_wish
from vem_plugin.timeline.record_clock import exact_rate
from vem_plugin.timeline.sheet import read_cut_sheet


def sheet_of(made: otio.schema.Timeline) -> CutSheet:
    return read_cut_sheet(made).sheet


def edit(start: float | None = None) -> otio.schema.Timeline:
    """Cuts at 50 and 100 of 150."""
    return timeline(video(clip("a", 0, 50), clip("b", 1000, 50), clip("c", 0, 50)), start=start)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("hit", Wish.HIT),
        ("HIT", Wish.HIT),
        ("Hit!", Wish.HIT),
        ("drop", Wish.DROP),
        ("Drop: the chorus comes in here with everything", Wish.DROP),
        ("big hit here", Wish.HIT),
        ("[ignore]", Wish.IGNORE),
        ("the crowd waits and then #drop when he lands", Wish.DROP),
        ("the man is hit by a car in the rain", Wish.AUTO),
        ("a drop of water falls into the glass", Wish.AUTO),
        ("white", Wish.AUTO),
        ("backdrop", Wish.AUTO),
        ("", Wish.AUTO),
    ],
)
def test_wishes_in_texts(text: str, wish: Wish) -> None:
    assert wish_in(text) is wish


@pytest.mark.parametrize("frame", [48, 49, 50, 51, 52])
def test_a_marker_near_a_cut_is_about_the_cut(frame: int) -> None:
    made = edit()
    marked(made.tracks, frame, "hit")
    sheet = sheet_of(made)
    assert [cut.wish for cut in sheet.cuts] == [Wish.HIT, Wish.AUTO]
    assert not sheet.events


def test_the_tolerance_is_two_frames_or_eighty_milliseconds() -> None:
    assert [tolerance_frames(exact_rate(rate)) for rate in (23.976, 25, 29.97, 60, 119.88)] == [2, 2, 2, 5, 10]


@pytest.mark.parametrize(("text", "wish"), [("hit", Wish.HIT), ("drop", Wish.DROP)])
def test_a_marker_inside_a_shot_is_an_event(text: str, wish: Wish) -> None:
    made = edit()
    marked(made.tracks, 60, "Logo", comment=text)
    (event,) = sheet_of(made).events
    assert (event.record_frames, event.wish, event.label) == (60, wish, f"Logo: {text}")


def test_an_ignore_marker_inside_a_shot_changes_nothing() -> None:
    made = edit()
    marked(made.tracks, 60, "ignore")
    sheet = sheet_of(made)
    assert not sheet.events
    assert {cut.wish for cut in sheet.cuts} == {Wish.AUTO}


def test_an_ignore_range_is_about_all_cuts_in_it() -> None:
    made = edit()
    marked(made.tracks, 45, "ignore", length=60)
    assert [cut.wish for cut in sheet_of(made).cuts] == [Wish.IGNORE, Wish.IGNORE]


def test_of_several_wishes_at_one_cut_the_strongest_counts() -> None:
    made = edit()
    for text in ("hit", "drop", "ignore"):
        marked(made.tracks, 50, text)
    assert sheet_of(made).cuts[0].wish is Wish.DROP


def test_a_marker_anywhere_in_a_dissolve_is_about_the_dissolve() -> None:
    made = timeline(video(clip("a", 0, 50), dissolve(0, 20), clip("b", 50, 50)))
    marked(made.tracks, 51, "drop")
    (cut,) = sheet_of(made).cuts
    assert (cut.record_frames, cut.wish) == (60, Wish.DROP)


def test_clip_markers_are_in_the_time_of_the_media() -> None:
    made = timeline(video(clip("a", 0, 50), marked(clip("b", 1000, 50), 1020, "hit")))
    assert [event.record_frames for event in sheet_of(made).events] == [70]


def test_clip_markers_outside_the_used_part_are_not_seen() -> None:
    made = timeline(video(clip("a", 0, 50), marked(clip("b", 1000, 50), 1080, "hit")))
    assert not sheet_of(made).events


def test_markers_of_retimed_clips() -> None:
    made = timeline(video(clip("a", 0, 50), retimed(marked(clip("b", 1000, 50), 1040, "hit"), 2.0)))
    assert [event.record_frames for event in sheet_of(made).events] == [70]


def test_track_markers_and_markers_inside_compound_clips() -> None:
    inner = compound(video(marked(clip("b", 0, 60), 30, "hit")), start=10, length=50)
    made = timeline(marked(video(clip("a", 0, 50), inner), 20, "drop"))
    assert [(event.record_frames, event.wish) for event in sheet_of(made).events] == [(20, Wish.DROP), (70, Wish.HIT)]


def test_timeline_markers_written_as_timecode() -> None:
    made = edit(start=86400)
    marked(made.tracks, 86400 + 50, "drop")
    assert sheet_of(made).cuts[0].wish is Wish.DROP


def test_markers_of_titles_count_and_those_of_sound_and_disabled_clips_do_not() -> None:
    title = marked(generator("Text+", 20), 5, "hit")
    off = marked(clip("x", 0, 20), 8, "drop")
    off.enabled = False
    made = timeline(video(clip("a", 0, 50)), video(title, name="V2"), video(off, name="V3"))
    sound = otio.schema.Track("A1", [marked(clip("music", 0, 50), 30, "hit")], kind="Audio")
    made.tracks.append(sound)
    assert [event.record_frames for event in sheet_of(made).events] == [5]


def test_free_text_becomes_words_of_the_shot() -> None:
    made = edit()
    marked(made.tracks, 70, "Marker 3", comment="She opens the letter")
    sheet = sheet_of(made)
    assert sheet.shots[1].words == ("She opens the letter",)
    assert not sheet.events


def test_markers_beyond_the_end_are_left_out() -> None:
    made = edit()
    marked(made.tracks, 150, "hit")
    marked(made.tracks, 9000, "hit")
    sheet = sheet_of(made)
    assert not sheet.events
    assert {cut.wish for cut in sheet.cuts} == {Wish.AUTO}


def test_edl_markers_are_record_timecode() -> None:
    item = clip("a", 86500, 100)
    marker = otio.schema.Marker("hit", span(86440, 1), metadata={"cmx_3600": {"color": "RED"}})
    item.markers.append(marker)
    stamped = video(item, clip("b", 0, 10), source_range=span(-86400, 110))
    assert [event.record_frames for event in sheet_of(timeline(stamped)).events] == [40]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hit", ""),
        ("[ignore]", ""),
        ("#DROP!", ""),
        ("big hit here", ""),
        ("drop: the chorus", "the chorus"),
        ("Hit - she turns round", "she turns round"),
        ("logo hit", "logo"),
        ("the crowd waits #drop when he lands", "the crowd waits when he lands"),
        ("the man is hit by a car in the rain", "the man is hit by a car in the rain"),
        ("a backdrop", "a backdrop"),
        ("", ""),
    ],
)
def test_what_a_wish_says_of_the_picture(text: str, words: str) -> None:
    assert words_beside_wish(text) == words


@pytest.mark.parametrize("text", ["hit", "drop", "ignore", "music out", "music in", "cue: tense, low strings"])
@pytest.mark.parametrize("frame", [50, 70])
def test_a_command_describes_no_shot(frame: int, text: str) -> None:
    made = edit()
    marked(made.tracks, frame, text)
    sheet = sheet_of(made)
    assert [shot.words for shot in sheet.shots] == [(), (), ()]
    assert not any(cut.label for cut in sheet.cuts)


def test_what_stands_beside_a_command_describes_its_shot() -> None:
    made = edit()
    marked(made.tracks, 70, "drop: the chorus")
    assert sheet_of(made).shots[1].words == ("the chorus",)
