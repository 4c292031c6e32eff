"""Sound stands on the pictures' clock: whatever moves a picture moves a sound in its place."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from fakes.timelines import audio, clip, compound, dissolve, gap, retimed, span, timeline, video
from vem_plugin.sound.lanes import AudioLane, read_lanes
from vem_plugin.sound.roles import Role

RATE = Fraction(24)
FILM = ("film", 0, 480)


def lanes(*tracks: Any, **extra: Any) -> tuple[AudioLane, ...]:
    return read_lanes(timeline(video(clip(*FILM)), *tracks, **extra), RATE)


def places(lane: AudioLane) -> list[tuple[str, object, object, float]]:
    """Name, start, end and seconds into the file."""
    return [(clip.name, clip.start, clip.start + clip.duration, float(clip.source_start_s)) for clip in lane.clips]


def trimmed(track: otio.schema.Track, start: float, length: float) -> otio.schema.Track:
    track.source_range = span(start, length)
    return track


def test_a_trimmed_track() -> None:
    (lane,) = lanes(trimmed(audio(gap(48), clip("vo", 0, 96), gap(300)), 24, 240))
    assert places(lane) == [("vo", 24, 120, 0)]
    (lane,) = lanes(trimmed(audio(gap(48), clip("vo", 0, 96)), 72, 48))
    assert places(lane) == [("vo", 0, 48, 1)]


def test_a_trimmed_stack_trims_sound_and_picture_alike() -> None:
    made = timeline(video(clip(*FILM)), audio(gap(48), clip("vo", 0, 96)))
    made.tracks.source_range = span(24, 240)
    (lane,) = read_lanes(made, RATE)
    assert places(lane) == [("vo", 24, 120, 0)]


@pytest.mark.parametrize("speed", [2.0, 0.5, -1.0])
def test_a_retimed_compound(speed: float) -> None:
    inside = compound(audio(gap(12), clip("vo", 0, 24)), start=0, length=36)
    (lane,) = lanes(audio(gap(24), retimed(inside, speed)))
    assert [place[1:3] for place in places(lane)] == [{2.0: (30, 42), 0.5: (48, 60), -1.0: (24, 48)}[speed]]
    assert lane.clips[0].speed == speed


def test_a_head_transition_delays_sound_as_it_delays_pictures() -> None:
    (lane,) = lanes(audio(dissolve(12, 12), clip("vo", 24, 96), name="DX"))
    assert places(lane) == [("vo", 12, 108, 1)]


def test_a_crossfade_moves_nothing() -> None:
    (lane,) = lanes(audio(clip("a", 0, 48), dissolve(6, 6), clip("b", 24, 48)))
    assert places(lane) == [("a", 0, 48, 0), ("b", 48, 96, 1)]


def test_a_crossfade_is_heard_from_handle_to_handle() -> None:
    (lane,) = lanes(audio(clip("a", 0, 48), dissolve(6, 4), clip("b", 24, 48), dissolve(12, 0)))
    one, other = lane.clips
    assert (one.fade_in, one.fade_out, one.heard) == (None, (42, 52), (0, 52))
    assert (other.fade_in, other.fade_out, other.heard) == ((42, 52), (84, 96), (42, 96))


def test_a_crossfade_inside_a_retimed_compound_is_as_long_as_it_is_there() -> None:
    inside = compound(audio(clip("a", 0, 48), dissolve(6, 6), clip("b", 24, 48)), start=0, length=96)
    (lane,) = lanes(audio(retimed(inside, 2.0)))
    assert [clip.heard for clip in lane.clips] == [(0, 27), (21, 48)]


def test_a_dialogue_lane_inside_a_compound_on_a_video_track_is_heard() -> None:
    inside = compound(video(clip("i", 0, 96)), audio(clip("i", 24, 96), name="DX"), start=0, length=96)
    (lane,) = read_lanes(timeline(video(clip("a", 0, 96), inside)), RATE)
    assert (lane.number, lane.name, lane.role, lane.inside) == (1, "DX", Role.SPEECH, True)
    assert places(lane) == [("i", 96, 192, 1)]
    assert lane.clips[0].role is Role.SPEECH


def test_a_compound_on_both_kinds_of_track_is_heard_once() -> None:
    def inside() -> otio.schema.Stack:
        return compound(video(clip("i", 0, 96)), audio(clip("i", 24, 96), name="DX"), start=0, length=96)

    made = timeline(video(gap(48), inside()), audio(gap(48), inside(), name="A1"))
    (lane,) = read_lanes(made, RATE)
    assert (lane.name, lane.inside, places(lane)) == ("A1", False, [("i", 48, 144, 1)])


def test_the_sound_of_pictures_themselves_is_on_the_sound_lanes_only() -> None:
    assert lanes() == ()


def test_lanes_do_not_hide_each_other_inside_a_compound() -> None:
    inside = compound(audio(clip("a", 0, 48), name="VO"), audio(clip("b", 0, 48), name="MX"), start=0, length=48)
    (lane,) = lanes(audio(inside))
    assert {(clip.name, clip.role) for clip in lane.clips} == {("a", Role.SPEECH), ("b", Role.MUSIC)}
    assert [clip.start for clip in lane.clips] == [0, 0]


def test_the_outer_lanes_role_goes_first() -> None:
    inside = compound(audio(clip("a", 0, 48), name="VO"), start=0, length=48)
    (lane,) = lanes(audio(inside, name="Music"))
    assert lane.clips[0].role is Role.MUSIC


def test_sound_that_runs_on_after_the_picture_is_not_cut_off() -> None:
    (lane,) = read_lanes(timeline(video(clip("a", 0, 48)), audio(clip("mx", 0, 480))), RATE)
    assert places(lane) == [("mx", 0, 480, 0)]


def test_lanes_that_are_off_or_unreadable() -> None:
    off = audio(clip("a", 0, 48))
    off.enabled = False
    bad = audio(clip("a", 0, float("nan")), name="bad")
    found = lanes(off, bad, audio(clip("b", 0, 48)))
    assert [(lane.number, lane.name, len(lane.clips)) for lane in found] == [(2, "bad", 0), (3, "A1", 1)]


def test_tracks_stamped_with_their_record_timecode() -> None:
    """As OpenTimelineIO's EDL adapter writes tracks: sound that begins later is stamped later."""
    picture = video(clip("a", 0, 240), source_range=span(-86_400, 240))
    made = timeline(picture, trimmed(audio(clip("vo", 0, 96)), -86_520, 96))
    (lane,) = read_lanes(made, RATE)
    assert places(lane) == [("vo", 120, 216, 0)]


def test_a_retimed_clip_of_the_other_convention() -> None:
    picture = video(clip("a", 0, 48), clip("b", 0, 48), clip("c", 0, 48))
    sound = audio(clip("a", 0, 48), retimed(clip("b", 0, 96), 2.0), clip("c", 0, 48))
    (lane,) = read_lanes(timeline(picture, sound), RATE)
    assert [place[1:3] for place in places(lane)] == [(0, 48), (48, 96), (96, 144)]
