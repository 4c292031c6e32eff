"""Where the picture of each shot comes from: file, first frame, direction, sequence."""

from __future__ import annotations

import opentimelineio as otio
import pytest

from fakes.timelines import (
    clip,
    dissolve,
    gap,
    generator,
    retimed,
    span,
    time,
    timeline,
    video,
)
from vem_plugin.timeline.sheet import read_cut_sheet
from vem_plugin.timeline.shot_media import MediaKind


def test_the_source_of_a_shot_is_recognisable_and_gives_no_path_away() -> None:
    read = read_cut_sheet(timeline(video(clip("a", 100, 10, url="file:///secret/client/B%C3%A4r.mov"))))
    source = read.sheet.shots[0].source
    assert source is not None
    assert source.media.startswith("Bär.mov#")
    assert len(source.media) == len("Bär.mov#") + 8
    assert "secret" not in source.media


@pytest.mark.parametrize("url", ["/a/50% #1?.mov", r"C:\Footage\50% #1?.mov"])
def test_odd_characters_in_bare_paths(url: str) -> None:
    read = read_cut_sheet(timeline(video(clip("a", 0, 10, url=url))))
    assert read.media[0].target_url == url
    assert read.sheet.shots[0].source.media.startswith("50% #1?.mov#")  # type: ignore[union-attr]


def test_reversed_clips_run_from_their_end() -> None:
    read = read_cut_sheet(timeline(video(retimed(clip("a", 100, 10), -2.0))))
    media = read.media[0]
    assert (media.source_frame(0), media.source_frame(9)) == (119, 101)


def test_media_at_another_rate_is_counted_in_its_own_frames() -> None:
    reference = otio.schema.ExternalReference("/a.mov", span(0, 1000, 50.0))
    read = read_cut_sheet(timeline(video(clip("a", 25, 50, rate=25.0, reference=reference))))
    media = read.media[0]
    assert (media.source_start_frames, media.source_rate, media.source_position(10)) == (50, 50, 70)


def test_stills_that_state_a_rate_of_zero() -> None:
    reference = otio.schema.ExternalReference("/a.png", otio.opentime.TimeRange(time(0, 0), time(1, 0)))
    read = read_cut_sheet(timeline(video(clip("a", 0, 50, reference=reference))))
    assert read.media[0].available_start_frames is None


def test_resolve_counts_retimed_ranges_in_retimed_frames() -> None:
    reference = otio.schema.ExternalReference("/a.mov", span(86400, 1000))
    made = timeline(video(retimed(clip("a", 86450, 10, reference=reference), 2.0)))
    made.metadata["Resolve_OTIO"] = {}
    assert read_cut_sheet(made).media[0].source_start_frames == 86500


def test_image_sequences_say_how_they_are_named() -> None:
    reference = otio.schema.ImageSequenceReference(
        "file:///shots/",
        "010_",
        ".exr",
        start_frame=1001,
        rate=24,
        frame_zero_padding=4,
        available_range=span(0, 99),
    )
    (media,) = read_cut_sheet(timeline(video(clip("a", 10, 20, reference=reference)))).media
    assert media.kind is MediaKind.IMAGE_SEQUENCE
    assert media.sequence is not None
    assert (media.sequence.start_number, media.sequence.zero_padding) == (1001, 4)


def test_media_tiles_the_sheet() -> None:
    made = timeline(
        video(clip("a", 0, 30), dissolve(0, 9), clip("b", 20, 30), clip("b", 50, 9), gap(7), clip("c", 0, 12)),
        video(gap(10), clip("d", 0, 5), gap(1), generator("Text+", 70), name="V2"),
    )
    read = read_cut_sheet(made)
    ends = [0, *(media.record_end_excl_frames for media in read.media)]
    assert [media.record_start_frames for media in read.media] == ends[:-1]
    assert ends[-1] == read.sheet.duration_frames
    for frame in range(read.sheet.duration_frames):
        media = read.media_at(frame)
        shot = read.sheet.shots[media.shot]
        assert shot.start_frames <= frame < shot.end_excl_frames
