"""Our lane: where the clip stands, what it says, and that nothing of anybody else's changes."""

from __future__ import annotations

import copy
import json
from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.takes import make_sheet, make_take
from vem_core.contract.codec import content_hash
from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.hosts.base import Take
from vem_plugin.placement.lane import LaneOptions, PlacedAudio, find_lanes, is_our_item, place_score, placed_takes
from vem_plugin.placement.markers import MarkerDetail
from vem_plugin.placement.state import PlacedTake, ours

SHEET = make_sheet(24, 48, 24)  # 4 s at 24 fps, starting at one hour
DEFAULTS = LaneOptions()


def timeline_of(sheet: CutSheet, *, rate_hz: float | None = None, start: bool = True) -> otio.schema.Timeline:
    """A timeline with a picture track of the sheet's shots and a dialogue track."""
    rate_hz = float(sheet.rate) if rate_hz is None else rate_hz

    def time(frames: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, rate_hz)

    timeline = otio.schema.Timeline("edit", global_start_time=time(sheet.start_frames) if start else None)
    picture = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for shot in sheet.shots:
        picture.append(
            otio.schema.Clip(shot.name, source_range=otio.opentime.TimeRange(time(0), time(shot.duration_frames)))
        )
    dialogue = otio.schema.Track(
        "Audio 1", kind=otio.schema.TrackKind.Audio, metadata={"Resolve_OTIO": {"Locked": False}}
    )
    dialogue.append(otio.schema.Clip("voice", source_range=otio.opentime.TimeRange(time(7), time(1))))
    timeline.tracks.extend([picture, dialogue])
    return timeline


def audio_of(take: Take, number: int = 1) -> PlacedAudio:
    name = f"edit-take{number}.wav"
    placed = PlacedTake(number, name, take.in_frames, take.request, take.result)
    return PlacedAudio(placed, f"/scores/{name}", take.request.sheet.start_frames)


def place(
    timeline: otio.schema.Timeline,
    *,
    sheet: CutSheet = SHEET,
    span: tuple[int, int] | None = None,
    number: int = 1,
    earlier: tuple[PlacedAudio, ...] = (),
    options: LaneOptions = DEFAULTS,
) -> otio.schema.Clip:
    scored = sheet if span is None else sheet.crop(*span)
    take = make_take(scored, None, in_frames=0 if span is None else span[0], seed=number)
    return place_score(timeline, sheet, audio_of(take, number), earlier, options)


def without_our_lanes(timeline: otio.schema.Timeline) -> object:
    """The timeline as JSON, its lanes of ours left out."""
    value = json.loads(timeline.to_json_string())
    value["tracks"]["children"] = [
        track for track in value["tracks"]["children"] if "vem_score" not in track["metadata"]
    ]
    return value


def record_span(timeline: otio.schema.Timeline, clip: otio.schema.Clip) -> tuple[float, float]:
    span = timeline.range_of_child(clip)
    return span.start_time.value, span.duration.value


def test_the_lane_is_a_stereo_track_that_resolve_knows() -> None:
    timeline = timeline_of(SHEET)
    clip = place(timeline)
    (lane,) = find_lanes(timeline)
    assert (lane.name, lane.kind, lane.source_range) == ("VeM Score", "Audio", None)
    assert lane.metadata["Resolve_OTIO"]["Audio Type"] == "Stereo"
    assert timeline.tracks[-1] is lane
    assert list(lane) == [clip]
    assert clip.metadata["Resolve_OTIO"]["Channels"][1]["Source Channel ID"] == 1
    reference = clip.media_reference
    assert reference.target_url == "/scores/edit-take1.wav"
    assert clip.source_range == reference.available_range
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (86_400, 96)
    assert record_span(timeline, clip) == (0, 96)


def test_nothing_of_anybody_else_changes() -> None:
    timeline = timeline_of(SHEET)
    before = without_our_lanes(timeline)
    for number, span in enumerate([None, (10, 40), None], start=1):
        place(timeline, span=span, number=number)
        assert without_our_lanes(timeline) == before


def test_a_range_stands_at_its_place() -> None:
    timeline = timeline_of(SHEET)
    clip = place(timeline, span=(30, 70))
    assert record_span(timeline, clip) == (30, 40)
    assert clip.source_range.start_time.value == 86_430
    assert isinstance(find_lanes(timeline)[0][0], otio.schema.Gap)


def test_scoring_again_replaces() -> None:
    timeline = timeline_of(SHEET)
    place(timeline)
    clip = place(timeline, number=2)
    (lane,) = find_lanes(timeline)
    assert list(lane) == [clip]
    assert [take.take for take in placed_takes(timeline)] == [2]


def test_a_range_overwrites_only_itself() -> None:
    timeline = timeline_of(SHEET)
    place(timeline)
    clip = place(timeline, span=(30, 70), number=2)
    (lane,) = find_lanes(timeline)
    assert [record_span(timeline, item) for item in lane] == [(0, 30), (30, 40), (70, 26)]
    assert lane[1] is clip
    assert lane[2].source_range.start_time.value == 86_470
    whole = place(timeline, number=3)
    assert list(find_lanes(timeline)[0]) == [whole]


def test_two_cues_stand_side_by_side() -> None:
    timeline = timeline_of(SHEET)
    place(timeline, span=(60, 90))
    place(timeline, span=(10, 40), number=2)
    (lane,) = find_lanes(timeline)
    assert [record_span(timeline, item) for item in lane] == [(0, 10), (10, 30), (40, 20), (60, 30)]
    assert {take.take for take in placed_takes(timeline)} == {1, 2}


def test_what_others_put_on_the_lane_stays_at_its_place() -> None:
    timeline = timeline_of(SHEET)
    place(timeline, span=(0, 40))
    (lane,) = find_lanes(timeline)
    sting = otio.schema.Clip("sting", source_range=otio.opentime.TimeRange(*[otio.opentime.RationalTime(10, 24)] * 2))
    lane.append(otio.schema.Gap(duration=otio.opentime.RationalTime(20, 24)))
    lane.append(sting)
    assert record_span(timeline, sting) == (60, 10)
    place(timeline, span=(20, 60), number=2)
    assert record_span(timeline, sting) == (60, 10)
    assert len(find_lanes(timeline)) == 1
    clip = place(timeline, number=3)  # the whole timeline: the sting is in the way
    lanes = find_lanes(timeline)
    assert [lane.name for lane in lanes] == ["VeM Score", "VeM Score 2"]
    assert record_span(timeline, sting) == (60, 10)
    assert [item for item in lanes[0] if is_our_item(item)] == []
    assert list(lanes[1]) == [clip]
    clip = place(timeline, number=4)
    assert [list(lane) for lane in find_lanes(timeline)][1] == [clip]


def test_the_editors_own_work_on_the_clip_survives_a_new_take() -> None:
    timeline = timeline_of(SHEET)
    clip = place(timeline)
    clip.effects.append(otio.schema.Effect("volume", effect_name="Volume", metadata={"dB": -6}))
    clip.markers.append(otio.schema.Marker("check this", clip.source_range))
    clip.enabled = False
    fade = otio.schema.Transition(
        "fade", in_offset=otio.opentime.RationalTime(12, 24), out_offset=otio.opentime.RationalTime(0, 24)
    )
    clip.parent().append(fade)
    again = place(timeline, number=2)
    assert [effect.name for effect in again.effects] == ["volume"]
    assert [marker.name for marker in again.markers if not ours(marker)] == ["check this"]
    assert not again.enabled
    assert again.parent()[-1] is fade
    assert list(place(timeline, span=(0, 50), number=3).effects) == []


def test_a_renamed_lane_is_found_by_its_tag() -> None:
    timeline = timeline_of(SHEET)
    place(timeline)
    find_lanes(timeline)[0].name = "Music"
    place(timeline, number=2)
    (lane,) = find_lanes(timeline)
    assert (lane.name, len(lane)) == ("Music", 1)


def test_a_lane_that_lost_its_tag_is_found_by_its_audio() -> None:
    timeline = timeline_of(SHEET)
    clip = place(timeline)
    for thing in (clip, clip.parent(), clip.media_reference):
        del thing.metadata["vem_score"]
    assert find_lanes(timeline) == []
    options = LaneOptions(our_files=frozenset({"edit-take1.wav"}))
    again = place(timeline, number=2, options=options)
    assert [list(lane) for lane in find_lanes(timeline, options)] == [[again]]
    assert len(timeline.tracks) == 3


def test_another_name_is_another_lane() -> None:
    timeline = timeline_of(SHEET)
    place(timeline)
    place(timeline, number=2, options=LaneOptions(track_name="Alternative"))
    assert [track.name for track in timeline.tracks] == ["Video 1", "Audio 1", "VeM Score", "Alternative"]


def test_earlier_takes_stay_as_media_references() -> None:
    timeline = timeline_of(SHEET)
    first = audio_of(make_take(SHEET, None, seed=1), 1)
    clip = place(timeline, number=2, earlier=(first,))
    assert set(clip.media_references()) == {"DEFAULT_MEDIA", "take 1"}
    assert clip.active_media_reference_key == "DEFAULT_MEDIA"
    assert clip.media_reference.name == "edit-take2.wav"
    read = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
    assert [(take.take, take.result.seed) for take in placed_takes(read)] == [(2, 2), (1, 1)]
    assert [take["take"] for take in ours(clip)["takes"]] == [1, 2]


def test_the_state_is_enough_to_score_again() -> None:
    timeline = timeline_of(SHEET)
    clip = place(timeline)
    read = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
    (take,) = placed_takes(read)
    assert take.request == make_take(SHEET, None, seed=1).request
    assert content_hash(take.request) == ours(clip)["request_sha256"] == take.result.request_sha256
    assert (ours(clip)["model"], ours(clip)["seed"], ours(clip)["tool_version"]) == ("sketch", 1, "0.1.0")
    broken = copy.deepcopy(read)
    tag = find_lanes(broken)[0][0].metadata["vem_score"]
    tag["state"] = tag["state"].replace("request", "reqest")
    assert placed_takes(broken) == ()
    assert find_lanes(broken)


@pytest.mark.parametrize(
    ("detail", "kinds"),
    [
        (MarkerDetail.NONE, []),
        (MarkerDetail.HITS, ["hit", "hit"]),
        (MarkerDetail.BARS, ["bar", "hit", "bar", "hit", "bar"]),
        (MarkerDetail.BEATS, ["bar", "beat", "hit", "beat", "bar", "hit", "beat", "beat", "bar"]),
    ],
)
def test_markers_tell_hits_bars_and_beats(detail: MarkerDetail, kinds: list[str]) -> None:
    sheet = make_sheet(24, 36, 48)  # 120 BPM at 24 fps: a beat each 12 frames
    clip = place(timeline_of(sheet), sheet=sheet, options=LaneOptions(markers=detail))
    found = [ours(marker)["kind"] for marker in clip.markers]
    assert found == kinds
    hits = [marker for marker in clip.markers if ours(marker)["kind"] == "hit"]
    assert [(m.marked_range.start_time.value, m.name, m.color) for m in hits] == [
        (86_424, "Cut 1: beat", "RED"),
        (86_460, "Cut 2: beat", "RED"),
    ][: len(hits)]
    frames = [marker.marked_range.start_time.value for marker in clip.markers]
    assert frames == sorted(set(frames))


def test_a_trimmed_timeline_keeps_record_and_picture_together() -> None:
    timeline = timeline_of(SHEET)
    timeline.tracks.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(24, 24), otio.opentime.RationalTime(72, 24)
    )
    sheet = make_sheet(48, 24)
    clip = place(timeline, sheet=sheet, span=(0, 48))
    assert clip.range_in_parent().start_time.value == 24


@pytest.mark.parametrize("spelling", [23.976, 23.98, 23.976024627685547, 24000 / 1001])
def test_the_timelines_own_spelling_of_its_rate_is_used(spelling: float) -> None:
    sheet = make_sheet(24, 30, rate=Fraction(24000, 1001))
    timeline = timeline_of(sheet, rate_hz=spelling)
    clip = place(timeline, sheet=sheet)
    assert clip.duration() == timeline.tracks[0].duration()
    assert timeline.duration() == timeline.tracks[0].duration()


RATES = [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120)]


@settings(max_examples=30, deadline=None)
@given(
    data=st.data(),
    rate=st.sampled_from(RATES),
    start=st.sampled_from([None, 0, 86_400, 864_000]),
    durations=st.lists(st.integers(1, 90), min_size=1, max_size=12),
)
def test_any_series_of_takes_leaves_the_rest_alone(
    data: st.DataObject,
    rate: Fraction,
    start: int | None,
    durations: list[int],
) -> None:
    sheet = make_sheet(*durations, rate=rate, start_frames=start or 0)
    timeline = timeline_of(sheet, start=start is not None)
    before = without_our_lanes(timeline)
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        first = data.draw(st.integers(0, sheet.duration_frames - 1))
        last = data.draw(st.integers(first + 1, sheet.duration_frames))
        clip = place(timeline, sheet=sheet, span=(first, last), number=number)
        assert record_span(timeline, clip) == (first, last - first)
        assert without_our_lanes(timeline) == before
        (lane,) = find_lanes(timeline)
        assert lane.duration().value <= sheet.duration_frames
        assert timeline.duration() == timeline.tracks[0].duration()
