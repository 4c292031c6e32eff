"""CutSheet -> placement -> CutSheet: our lane changes no cut, whatever the timeline looks like."""

from __future__ import annotations

import json
from pathlib import Path

import opentimelineio as otio
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.takes import make_take
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import NoPicture, TimelineError
from vem_plugin.hosts.file import FileHost
from vem_plugin.placement.lane import PlacedAudio, find_lanes, place_score
from vem_plugin.placement.state import PlacedTake
from vem_plugin.timeline.sheet import ReadCutSheet, read_cut_sheet

RATES_HZ = [24.0, 25.0, 30.0, 60.0, 23.976, 24000 / 1001, 23.976024627685547, 29.97, 30000 / 1001, 59.94, 119.88]


@st.composite
def timelines(draw: st.DrawFn) -> otio.schema.Timeline:
    """Timelines of several tracks with clips, gaps, disabled clips, dissolves, markers and sound."""
    rate_hz = draw(st.sampled_from(RATES_HZ))

    def time(frames: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, rate_hz)

    def marker() -> otio.schema.Marker:
        name = draw(st.sampled_from(["hit", "drop", "ignore", "a quiet morning"]))
        return otio.schema.Marker(name, otio.opentime.TimeRange(time(draw(st.integers(0, 30))), time(1)))

    def clip(index: int, length: int) -> otio.schema.Clip:
        start = draw(st.integers(0, 100))
        url = f"/films/{draw(st.integers(0, 3))}.mov"
        reference = otio.schema.ExternalReference(url, otio.opentime.TimeRange(time(0), time(1000)))
        item = otio.schema.Clip(f"clip {index}", reference, otio.opentime.TimeRange(time(start), time(length)))
        item.enabled = draw(st.integers(0, 9)) > 0
        item.markers.extend(marker() for _ in range(draw(st.integers(0, 1))))
        return item

    def track(name: str, kind: str) -> otio.schema.Track:
        made = otio.schema.Track(name, kind=kind)
        for index in range(draw(st.integers(1, 6))):
            length = draw(st.integers(4, 60))
            gap = draw(st.integers(0, 3)) == 0
            if index and not gap and isinstance(made[-1], otio.schema.Clip) and draw(st.integers(0, 3)) == 0:
                half = time(draw(st.integers(1, 2)))
                made.append(otio.schema.Transition(in_offset=half, out_offset=half, transition_type="SMPTE_Dissolve"))
            made.append(otio.schema.Gap(duration=time(length)) if gap else clip(index, length))
        return made

    start = draw(st.sampled_from([None, 0, 3600, 36_000]))
    timeline = otio.schema.Timeline("edit")
    timeline.global_start_time = None if start is None else time(round(start * rate_hz))
    timeline.tracks.extend(track(f"V{index}", otio.schema.TrackKind.Video) for index in range(draw(st.integers(1, 3))))
    timeline.tracks.extend(track(f"A{index}", otio.schema.TrackKind.Audio) for index in range(draw(st.integers(0, 2))))
    timeline.tracks.markers.extend(marker() for _ in range(draw(st.integers(0, 2))))
    return timeline


def place(timeline: otio.schema.Timeline, sheet: CutSheet, span: tuple[int, int], number: int) -> None:
    take = make_take(sheet.crop(*span), None, in_frames=span[0], seed=number)
    placed = PlacedTake(number, f"edit-take{number}.wav", span[0], take.request, take.result)
    place_score(timeline, sheet, PlacedAudio(placed, f"/films/{placed.audio}", take.request.sheet.start_frames))


def reread(timeline: otio.schema.Timeline) -> ReadCutSheet:
    text = otio.adapters.write_to_string(timeline, "otio_json")
    return read_cut_sheet(otio.adapters.read_from_string(text, "otio_json"))


def others(timeline: otio.schema.Timeline) -> object:
    """The timeline as JSON without our lanes."""
    value = json.loads(timeline.to_json_string())
    tracks = value["tracks"]["children"]
    value["tracks"]["children"] = [track for track in tracks if "vem_score" not in track["metadata"]]
    return value


@settings(max_examples=40, deadline=None)
@given(timelines(), st.data())
def test_our_lane_changes_no_cut(timeline: otio.schema.Timeline, data: st.DataObject) -> None:
    try:
        before = reread(timeline)
    except NoPicture:
        return
    untouched = others(timeline)
    for number in (1, 2):
        first = data.draw(st.integers(0, before.sheet.duration_frames - 1))
        last = data.draw(st.integers(first + 1, before.sheet.duration_frames))
        place(timeline, before.sheet, (first, last), number)
        after = reread(timeline)
        assert after.sheet == before.sheet
        assert after.media == before.media
        assert others(timeline) == untouched


def test_every_real_timeline_keeps_its_cuts_and_gets_thumbnails(real_timelines: Path, tmp_path: Path) -> None:
    scored = 0
    for path in sorted(real_timelines.iterdir()):
        host = FileHost(path)
        try:
            sheet = host.read_timeline().sheet
        except TimelineError:
            continue
        timeline = host._timeline
        untouched = others(timeline)
        place(timeline, sheet, (0, sheet.duration_frames), 1)
        assert others(timeline) == untouched, path.name
        assert len(find_lanes(timeline)) == 1
        otio.adapters.write_to_file(timeline, str(tmp_path / f"{path.stem}.otio"))
        assert FileHost(tmp_path / f"{path.stem}.otio").read_timeline().sheet == sheet, path.name
        pictures = host.read_thumbnails(sheet)
        assert {thumbnail.shot for thumbnail in pictures.thumbnails} == set(range(len(sheet.shots))), path.name
        assert {thumbnail.sha256 for thumbnail in pictures.thumbnails} == set(pictures.jpegs), path.name
        scored += 1
    assert scored >= 12
