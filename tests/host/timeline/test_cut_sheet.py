"""Which boundaries of a timeline are cuts, and at which frames."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from fakes.timelines import (
    audio,
    clip,
    compound,
    dissolve,
    gap,
    generator,
    marked,
    retimed,
    span,
    timeline,
    video,
)
from vem_core.contract.cut_sheet import CutKind, DropReason
from vem_core.contract.errors import NoPicture, TimelineError, TimelineUnreadable
from vem_plugin.timeline.sheet import ReadingOptions, read_cut_sheet
from vem_plugin.timeline.shot_media import MediaKind


def switched_off(item: otio.core.Item) -> otio.core.Item:
    item.enabled = False
    return item


def cuts(made: otio.schema.Timeline, **options: object) -> list[int]:
    return [cut.record_frames for cut in read_cut_sheet(made, ReadingOptions(**options)).sheet.cuts]


def dropped(made: otio.schema.Timeline, **options: object) -> list[tuple[int, DropReason]]:
    sheet = read_cut_sheet(made, ReadingOptions(**options)).sheet
    return [(boundary.record_frames, boundary.reason) for boundary in sheet.dropped]


# Plain edits


def test_a_cut_stands_where_each_clip_but_the_first_begins() -> None:
    read = read_cut_sheet(timeline(video(clip("a", 10, 24), clip("b", 5, 30), clip("c", 0, 1))))
    assert [cut.record_frames for cut in read.sheet.cuts] == [24, 54]
    assert read.sheet.duration_frames == 55
    assert [shot.name for shot in read.sheet.shots] == ["a", "b", "c"]
    assert read.notices == ()


def test_one_clip_has_no_cut() -> None:
    assert cuts(timeline(video(clip("a", 0, 100)))) == []


def test_a_clip_without_source_range_shows_all_its_media() -> None:
    reference = otio.schema.ExternalReference("/b.mov", span(100, 6))
    whole = otio.schema.Clip("b", reference)
    read = read_cut_sheet(timeline(video(clip("a", 0, 10), whole)))
    assert read.sheet.duration_frames == 16
    assert read.media[1].source_start_frames == 100


def test_a_clip_of_unknown_length_is_named() -> None:
    with pytest.raises(TimelineUnreadable, match="'lost' has neither"):
        cuts(timeline(video(clip("a", 0, 10), otio.schema.Clip("lost", otio.schema.ExternalReference("/b.mov")))))


def test_clips_of_no_length_are_passed_over() -> None:
    assert cuts(timeline(video(clip("a", 0, 10), clip("empty", 0, 0), clip("b", 0, 10)))) == [10]


def test_hundreds_of_cuts_two_frames_apart() -> None:
    made = timeline(video(*(clip(f"n{i}", i * 7, 2) for i in range(500))))
    assert cuts(made) == list(range(2, 1000, 2))


def test_clips_shorter_than_a_frame_do_not_break_the_order() -> None:
    made = timeline(video(clip("a", 0, 10), *(clip(f"n{i}", 0, 0.25) for i in range(6)), clip("b", 0, 10)))
    sheet = read_cut_sheet(made).sheet
    assert [shot.duration_frames for shot in sheet.shots] == [10, 1, 1, 10]


# What lies over what


def test_the_upper_track_hides_the_lower() -> None:
    lower = video(clip("a", 0, 50), clip("b", 0, 50))
    upper = video(gap(20), clip("c", 0, 60), name="V2")
    assert cuts(timeline(lower, upper)) == [20, 80]


def test_a_clip_above_the_middle_of_another_makes_two_cuts() -> None:
    made = timeline(video(clip("a", 0, 100)), video(gap(40), clip("b", 0, 20), name="V2"))
    read = read_cut_sheet(made)
    assert [shot.name for shot in read.sheet.shots] == ["a", "b", "a"]
    assert read.media[2].source_start_frames == 60


@pytest.mark.parametrize("hidden", ["track", "clip"])
def test_disabled_tracks_and_clips_show_what_is_beneath(hidden: str) -> None:
    upper_clip = clip("b", 0, 20)
    upper = video(gap(40), upper_clip, name="V2")
    (upper if hidden == "track" else upper_clip).enabled = False
    assert cuts(timeline(video(clip("a", 0, 100)), upper)) == []


def test_a_disabled_clip_with_nothing_beneath_is_black() -> None:
    off = clip("b", 0, 20)
    off.enabled = False
    read = read_cut_sheet(timeline(video(clip("a", 0, 30), off, clip("c", 0, 10))))
    assert [(shot.picture, shot.duration_frames) for shot in read.sheet.shots] == [(True, 30), (False, 20), (True, 10)]
    assert read.media[1].kind is MediaKind.BLACK


def test_gap_to_gap_is_no_cut() -> None:
    made = timeline(video(clip("a", 0, 10), gap(5), gap(5), clip("b", 0, 10)))
    assert cuts(made) == [10, 20]


def test_black_generator_to_gap_is_no_cut_and_says_why() -> None:
    made = timeline(video(clip("a", 0, 10), generator("Black Video", 5), gap(5), clip("b", 0, 10)))
    assert cuts(made) == [10, 20]
    assert dropped(made) == [(15, DropReason.BLACK)]


def test_a_gap_at_the_head_counts_from_the_start() -> None:
    read = read_cut_sheet(timeline(video(gap(12), clip("a", 0, 10))))
    assert [cut.record_frames for cut in read.sheet.cuts] == [12]
    assert not read.sheet.shots[0].picture


def test_sound_makes_no_cuts_and_does_not_lengthen_the_picture() -> None:
    read = read_cut_sheet(timeline(video(clip("a", 0, 10), clip("b", 0, 10)), audio(clip("s", 0, 25), clip("t", 0, 9))))
    assert read.sheet.duration_frames == 20
    assert "14 frames after the picture" in read.notices[0]


def test_one_track_can_be_chosen() -> None:
    made = timeline(
        video(clip("a", 0, 50), clip("b", 0, 50), name="Main"),
        video(gap(20), clip("c", 0, 60), name="Cutaways"),
        video(gap(100), name="Empty"),
    )
    assert cuts(made, tracks="1") == cuts(made, tracks="Main") == [50]
    assert cuts(made, tracks="topmost") == cuts(made, tracks="2") == [20, 80]
    with pytest.raises(TimelineError, match="no video track 'V9'") as caught:
        cuts(made, tracks="V9")
    assert "2 'Cutaways'" in caught.value.hint
    with pytest.raises(NoPicture):
        cuts(made, tracks="Empty")


# Compound clips


def test_cuts_inside_a_trimmed_compound_clip() -> None:
    inner = compound(video(clip("b", 0, 30), clip("c", 0, 30), clip("d", 0, 30)), start=20, length=50)
    assert cuts(timeline(video(clip("a", 0, 100), inner, clip("e", 0, 10)))) == [100, 110, 140, 150]


def test_sources_inside_a_compound_clip_follow_its_trim() -> None:
    inner = compound(video(clip("b", 1000, 30), clip("c", 500, 30)), start=20, length=40)
    read = read_cut_sheet(timeline(video(inner)))
    assert [media.source_start_frames for media in read.media] == [1020, 500]


def test_a_retimed_compound_clip_stretches_what_is_inside() -> None:
    inner = retimed(compound(video(clip("b", 0, 40), clip("c", 0, 40)), start=0, length=40), 2.0)
    read = read_cut_sheet(timeline(video(clip("a", 0, 10), inner)))
    assert [cut.record_frames for cut in read.sheet.cuts] == [10, 30]
    assert [shot.source.speed for shot in read.sheet.shots if shot.source] == [1.0, 2.0, 2.0]


def test_a_reversed_compound_clip_shows_its_end_first() -> None:
    inner = retimed(compound(video(clip("b", 0, 10), clip("c", 0, 30)), start=0, length=40), -1.0)
    read = read_cut_sheet(timeline(video(inner)))
    assert [shot.name for shot in read.sheet.shots] == ["c", "b"]
    assert [cut.record_frames for cut in read.sheet.cuts] == [30]
    assert read.media[0].source_frame(0) == 29
    assert read.media[0].source_frame(29) == 0


def test_a_frozen_compound_clip_is_one_picture() -> None:
    inner = compound(video(clip("b", 100, 10), clip("c", 0, 30)), start=4, length=36)
    inner.effects.append(otio.schema.FreezeFrame())
    read = read_cut_sheet(timeline(video(clip("a", 0, 10), inner)))
    assert [cut.record_frames for cut in read.sheet.cuts] == [10]
    assert [read.media[1].source_frame(frame) for frame in (10, 45)] == [104, 104]


def test_several_depths_and_a_track_inside_a_track() -> None:
    deepest = compound(video(clip("x", 0, 8), clip("y", 0, 8)), start=4, length=8)
    nested = otio.schema.Track("inner", [clip("b", 0, 6), deepest], kind="Video", source_range=span(2, 10))
    assert cuts(timeline(video(clip("a", 0, 10), nested, clip("z", 0, 5)))) == [10, 14, 18, 20]


def test_a_compound_clip_without_content_is_still_a_picture() -> None:
    made = timeline(video(clip("a", 0, 10), compound(start=0, length=20, name="Scene 4"), clip("b", 0, 5)))
    read = read_cut_sheet(made)
    assert [cut.record_frames for cut in read.sheet.cuts] == [10, 30]
    assert read.sheet.shots[1].name == "Scene 4"


# Transitions


def test_a_dissolve_is_one_cut_at_the_middle_of_its_extent() -> None:
    made = timeline(video(clip("a", 0, 50), dissolve(0, 11), clip("b", 20, 50)))
    (cut,) = read_cut_sheet(made).sheet.cuts
    assert (cut.record_frames, cut.nominal_frames, cut.extent_frames) == (55, 50, 11)  # halves go down
    assert cut.kind is CutKind.DISSOLVE


def test_a_centred_dissolve_needs_no_nominal_frame() -> None:
    (cut,) = read_cut_sheet(timeline(video(clip("a", 0, 50), dissolve(6, 6), clip("b", 20, 50)))).sheet.cuts
    assert (cut.record_frames, cut.nominal_frames, cut.extent_frames) == (50, None, 12)


def test_the_shots_beside_a_dissolve_reach_to_its_middle() -> None:
    read = read_cut_sheet(timeline(video(clip("a", 0, 50), dissolve(0, 10), clip("b", 20, 50))))
    assert [(shot.record_start_frames, shot.source_start_frames) for shot in read.media] == [(0, 0), (55, 25)]


def test_transitions_at_head_and_tail_are_no_cuts_and_add_their_handles() -> None:
    made = timeline(video(dissolve(10, 10), clip("a", 50, 50), clip("b", 0, 50), dissolve(5, 10)))
    read = read_cut_sheet(made)
    assert [cut.record_frames for cut in read.sheet.cuts] == [60]
    assert read.sheet.duration_frames == made.duration().value == 120
    assert read.media[0].source_start_frames == 40


def test_a_fade_from_black_is_a_dissolve() -> None:
    (cut,) = read_cut_sheet(timeline(video(gap(20), dissolve(0, 10), clip("a", 50, 50)))).sheet.cuts
    assert (cut.record_frames, cut.kind) == (25, CutKind.DISSOLVE)


def test_a_dissolve_hidden_by_an_upper_clip_is_a_plain_cut() -> None:
    lower = video(clip("a", 0, 50), dissolve(6, 6), clip("b", 20, 50))
    sheet = read_cut_sheet(timeline(lower, video(gap(50), clip("c", 0, 50), name="V2"))).sheet
    assert [(cut.record_frames, cut.kind) for cut in sheet.cuts] == [(50, CutKind.CUT)]


def test_an_upper_clip_that_fades_in_over_a_picture_is_a_dissolve() -> None:
    upper = video(gap(30), dissolve(0, 10), clip("c", 10, 20), dissolve(10, 0), gap(5), name="V2")
    sheet = read_cut_sheet(timeline(video(clip("a", 0, 100)), upper)).sheet
    assert [(cut.record_frames, cut.nominal_frames) for cut in sheet.cuts] == [(35, 30), (45, 50)]


def test_transitions_that_overlap_fall_back_to_the_edit() -> None:
    made = timeline(video(clip("a", 0, 50), dissolve(0, 40), clip("b", 20, 4), dissolve(40, 0), clip("c", 90, 50)))
    read = read_cut_sheet(made)
    assert [cut.record_frames for cut in read.sheet.cuts] == [50, 54]
    assert any("reaches beyond its neighbours" in notice for notice in read.notices)


# Through-edits


def test_through_edits_are_dropped_and_counted() -> None:
    made = timeline(video(clip("a", 0, 10), clip("a", 10, 10), clip("b", 0, 10)))
    assert cuts(made) == [20]
    assert dropped(made) == [(10, DropReason.THROUGH_EDIT)]
    assert cuts(made, keep_through_edits=True) == [10, 20]
    read = read_cut_sheet(made)
    assert [media.shot for media in read.media] == [0, 0, 1]
    assert "1 through-edit left out" in read.notices[0]


def test_a_jump_of_one_frame_is_a_cut() -> None:
    assert cuts(timeline(video(clip("a", 0, 10), clip("a", 11, 10)))) == [10]


def test_through_edits_may_be_off_by_less_than_a_frame() -> None:
    assert cuts(timeline(video(clip("a", 37008.099992, 10), clip("a", 37018, 10)))) == []


def test_through_edits_at_double_speed() -> None:
    fast = [retimed(clip("a", 100, 10), 2.0), retimed(clip("a", 120, 10), 2.0)]
    assert cuts(timeline(video(*fast))) == []
    wrong = [retimed(clip("a", 100, 10), 2.0), retimed(clip("a", 110, 10), 2.0)]
    assert cuts(timeline(video(*wrong))) == [10]


def test_a_ramp_runs_on_but_a_change_of_direction_and_a_freeze_do_not() -> None:
    assert cuts(timeline(video(clip("a", 0, 10), retimed(clip("a", 10, 10), 2.0)))) == []
    assert cuts(timeline(video(clip("a", 0, 10), retimed(clip("a", 0, 10), -1.0)))) == [10]
    assert cuts(timeline(video(clip("a", 0, 10), retimed(clip("a", 10, 10), 0.0)))) == [10]


def test_a_still_cut_in_two_runs_on() -> None:
    still = {"url": "/footage/map.png"}
    assert cuts(timeline(video(clip("map", 0, 10, **still), clip("map", 0, 10, **still)))) == []


def test_a_dissolve_between_two_parts_of_one_shot_is_no_cut() -> None:
    assert cuts(timeline(video(clip("a", 0, 10), dissolve(2, 2), clip("a", 10, 10)))) == []


def test_clips_without_media_run_on_by_name() -> None:
    missing = otio.schema.MissingReference
    parts = [clip("a", 0, 10, reference=missing()), clip("a", 10, 10, reference=missing())]
    assert cuts(timeline(video(*parts))) == []
    nameless = [clip("", 0, 10, reference=missing()), clip("", 10, 10, reference=missing())]
    assert cuts(timeline(video(*nameless))) == [10]


def conformed(parts: int) -> otio.schema.Timeline:
    return timeline(video(*(clip("film", 20 * i, 20) for i in range(parts))))


def test_a_conformed_movie_keeps_its_cuts_and_says_so() -> None:
    read = read_cut_sheet(conformed(10))
    assert read.sheet.conformed
    assert len(read.sheet.cuts) == 9
    assert "finished film" in read.notices[0]
    assert cuts(conformed(10), keep_through_edits=False) == []


def test_a_few_razor_marks_are_no_conformed_movie() -> None:
    read = read_cut_sheet(conformed(4))
    assert not read.sheet.conformed
    assert not read.sheet.cuts


def test_razor_marks_in_a_normal_edit_are_no_conformed_movie() -> None:
    parts = [piece for i in range(20) for piece in (clip(f"c{i}", 0, 10), clip(f"c{i}", 10, 10))]
    assert cuts(timeline(video(*parts))) == list(range(20, 400, 20))


# Overlays

OVERLAYS = {
    "title generator": lambda: generator("Text+", 20),
    "slug that names a title": lambda: generator("Slug", 20, name="Opening title"),
    "adjustment layer": lambda: clip("Adjustment Layer", 0, 20, reference=otio.schema.MissingReference()),
    "adjustment clip generator": lambda: generator("Adjustment Clip", 20),
    "title without media": lambda: clip("Lower Third", 0, 20, reference=otio.schema.MissingReference()),
    "still with an alpha channel": lambda: clip("Overlay", 0, 20, url="/gfx/lower_third_01.png"),
    "nameless effect": lambda: retimed(clip("", 0, 20, reference=otio.schema.MissingReference()), 1.0),
}


@pytest.mark.parametrize("kind", OVERLAYS)
def test_overlays_leave_the_picture_unchanged(kind: str) -> None:
    made = timeline(video(clip("a", 0, 50), clip("b", 0, 50)), video(gap(40), OVERLAYS[kind](), name="V2"))
    assert cuts(made) == [50]
    assert dropped(made) == [(40, DropReason.OVERLAY), (60, DropReason.OVERLAY)]
    assert cuts(made, keep_overlays=True) == [40, 50, 60]


def test_a_title_over_black_is_a_picture() -> None:
    made = timeline(video(clip("a", 0, 50)), video(gap(50), generator("Text+", 20), name="V2"))
    read = read_cut_sheet(made)
    assert [cut.record_frames for cut in read.sheet.cuts] == [50]
    assert read.media[1].kind is MediaKind.GENERATOR


def test_a_title_half_over_a_picture_cuts_only_where_the_picture_ends() -> None:
    made = timeline(video(clip("a", 0, 50), gap(50)), video(gap(40), generator("Text+", 30), name="V2"))
    assert cuts(made) == [50, 70]


def test_opaque_generators_hide_the_picture() -> None:
    made = timeline(video(clip("a", 0, 50)), video(gap(20), generator("SMPTEBars", 10), name="V2"))
    assert cuts(made) == [20, 30]


# Nothing to see


@pytest.mark.parametrize(
    "made",
    [
        timeline(),
        timeline(video()),
        timeline(audio(clip("a", 0, 10))),
        timeline(video(gap(10))),
        timeline(video(clip("a", 0, 0))),
        timeline(video(switched_off(clip("a", 0, 10)))),
        timeline(video(generator("Black Video", 10))),
    ],
    ids=["empty", "empty track", "sound only", "gap only", "zero length", "all disabled", "black"],
)
def test_timelines_without_picture(made: otio.schema.Timeline) -> None:
    with pytest.raises(NoPicture) as caught:
        read_cut_sheet(made)
    assert caught.value.message.endswith(".")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_times_that_are_no_numbers(bad: float) -> None:
    with pytest.raises(TimelineError):
        read_cut_sheet(timeline(video(clip("a", 0, 10), clip("b", bad, 10))))


def test_negative_lengths_are_refused() -> None:
    with pytest.raises(TimelineUnreadable, match="negative length"):
        read_cut_sheet(timeline(video(clip("a", 0, 10), clip("b", 0, -10))))


def test_reading_leaves_the_timeline_as_it_was() -> None:
    made = timeline(video(clip("a", 0, 10), marked(clip("b", 0, 10), 3, "hit"), compound(start=0, length=5)))
    before = made.to_json_string()
    read_cut_sheet(made)
    assert made.to_json_string() == before
