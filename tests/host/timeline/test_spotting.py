"""Music out, music in and cues: markers that say where there is music at all."""

from __future__ import annotations

import dataclasses

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.random_edits import sheet_of as plain_sheet
from fakes.timelines import clip, marked, timeline, video
from vem_core.contract.cut_sheet import CueStart, Cut, CutSheet, Span, Wish
from vem_plugin.timeline.sheet import ReadingOptions, read_cut_sheet
from vem_plugin.timeline.spotting import Sign, Signpost, sign_in, spot


def edit() -> otio.schema.Timeline:
    """Cuts at 50 and 100 of 150."""
    return timeline(video(clip("a", 0, 50), clip("b", 1000, 50), clip("c", 0, 50)))


def sheet_of(made: otio.schema.Timeline, *, all_markers_hit: bool = False) -> CutSheet:
    return read_cut_sheet(made, ReadingOptions(all_markers_hit=all_markers_hit)).sheet


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("music out", (Sign.MUSIC_OUT, "")),
        ("Music Out!", (Sign.MUSIC_OUT, "")),
        ("MX OUT", (Sign.MUSIC_OUT, "")),
        ("no music", (Sign.MUSIC_OUT, "")),
        ("silence", (Sign.MUSIC_OUT, "")),
        ("Music out: she reads the letter", (Sign.MUSIC_OUT, "she reads the letter")),
        ("music in", (Sign.MUSIC_IN, "")),
        ("music back in", (Sign.MUSIC_IN, "")),
        ("cue", (Sign.CUE, "")),
        ("cue: tense, low strings", (Sign.CUE, "tense, low strings")),
        ("Cue 2 - the chase", (Sign.CUE, "the chase")),
        ("the silence of the lake", None),
        ("they talk about music", None),
        ("rescue", None),
        ("hit", None),
        ("", None),
    ],
)
def test_signs_in_texts(text: str, sign: tuple[Sign, str] | None) -> None:
    assert sign_in(text) == sign


def test_a_range_that_says_music_out_is_a_silence_and_no_words() -> None:
    made = edit()
    marked(made.tracks, 60, "music out", length=30, comment="she reads")
    sheet = sheet_of(made)
    assert sheet.silences == (Span(60, 30, "she reads"),)
    assert not sheet.events
    assert not any("music" in word for shot in sheet.shots for word in shot.words)


def test_the_edges_of_a_silence_near_a_cut_are_on_it() -> None:
    made = edit()
    marked(made.tracks, 51, "music out", length=48)
    assert sheet_of(made).silences == (Span(50, 50),)


def test_out_and_in_are_a_silence_and_out_alone_lasts_to_the_end() -> None:
    made = edit()
    marked(made.tracks, 20, "music out")
    marked(made.tracks, 70, "music in")
    assert sheet_of(made).silences == (Span(20, 50),)
    alone = edit()
    marked(alone.tracks, 110, "music out")
    reading = read_cut_sheet(alone)
    assert reading.sheet.silences == (Span(110, 40),)
    assert any("music in" in notice for notice in reading.notices)


def test_cues_begin_pieces_and_one_in_a_silence_waits_for_its_end() -> None:
    made = edit()
    marked(made.tracks, 49, "cue: chase")
    marked(made.tracks, 110, "music out", length=20)
    marked(made.tracks, 115, "cue: home")
    assert sheet_of(made).cue_starts == (CueStart(50, "chase"), CueStart(130, "home"))


@pytest.mark.parametrize("text", ["logo", "The final punch", "Title 2", "end title"])
def test_the_name_of_a_moment_is_a_hit(text: str) -> None:
    made = edit()
    marked(made.tracks, 70, text)
    (event,) = sheet_of(made).events
    assert (event.record_frames, event.wish) == (70, Wish.HIT)


def test_other_words_are_events_only_where_asked() -> None:
    made = edit()
    marked(made.tracks, 70, "she turns round")
    marked(made.tracks, 51, "a wide view")
    assert not sheet_of(made).events
    (event,) = sheet_of(made, all_markers_hit=True).events
    assert (event.record_frames, event.wish, event.label) == (70, Wish.HIT, "she turns round")


@given(
    st.lists(st.tuples(st.integers(0, 299), st.integers(1, 80), st.sampled_from(Sign)), max_size=12),
    st.lists(st.integers(1, 299), unique=True, max_size=8),
)
def test_whatever_the_markers_say_the_sheet_can_be_cut_up(posts: list[tuple[int, int, Sign]], cuts: list[int]) -> None:
    signposts = [Signpost(start, min(300, start + length), sign, "") for start, length, sign in sorted(posts, key=str)]
    signposts.sort(key=lambda post: post.start)
    spotting = spot(signposts, [Cut(frame) for frame in sorted(cuts)], 300, 2)
    sheet = plain_sheet(300, sorted(cuts))
    sheet = dataclasses.replace(sheet, silences=spotting.silences, cue_starts=spotting.cue_starts)  # checks itself
    assert not any(sheet.is_silent_at(cue.record_frames) for cue in sheet.cue_starts)
    for post in signposts:
        if post.sign is Sign.MUSIC_OUT and post.end_excl > post.start + 6:
            middle = (post.start + post.end_excl) // 2
            assert sheet.is_silent_at(middle)
