"""Random timelines, written as FCPXML and FCP7 XML by small writers that know nothing of the product, and by its own.

They come back with the same cuts, rate, start and length, at all rates that editors use.
"""

from __future__ import annotations

import itertools
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import opentimelineio as otio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.fcp7_files import clipitem, rate, sequence, track, transition, xmeml
from fakes.fcpxml_files import Kit
from fakes.timelines import span
from vem_core.contract.time import frame_of_timecode
from vem_plugin.placement.writing import write_timeline
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet

NTSC = {24: Fraction(24000, 1001), 30: Fraction(30000, 1001), 60: Fraction(60000, 1001)}
CLOCKS = [
    (NTSC[24], "NDF"), (Fraction(24), "NDF"), (Fraction(25), "NDF"), (NTSC[30], "NDF"), (NTSC[30], "DF"),
    (Fraction(50), "NDF"), (NTSC[60], "NDF"), (NTSC[60], "DF"),
]  # fmt: skip


class Shot(NamedTuple):
    """A shot of a medium, or black; `dissolve` frames on either side of its end lead into the next."""

    medium: str  # empty: black
    length: int
    first: int
    dissolve: int = 0


class Edit(NamedTuple):
    rate: Fraction
    form: str
    start: int
    shots: tuple[Shot, ...]
    above: tuple[tuple[int, int], ...]  # (first frame, length) of clips on the lane above, apart from each other

    @property
    def length(self) -> int:
        return sum(shot.length for shot in self.shots)

    @property
    def positions(self) -> list[int]:
        return [sum(shot.length for shot in self.shots[:index]) for index in range(len(self.shots))]

    def cuts(self) -> list[int]:
        """What an audience sees: a slow reading, frame by frame."""
        pictures: list[object] = []
        for index, shot in enumerate(self.shots):
            pictures += [(index if shot.medium else None)] * shot.length
        for number, (first, length) in enumerate(self.above):
            pictures[first : first + length] = [("above", number)] * length
        return [frame for frame in range(1, len(pictures)) if pictures[frame] != pictures[frame - 1]]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    exact, form = draw(st.sampled_from(CLOCKS))
    hour = frame_of_timecode("01:00:00;00" if form == "DF" else "01:00:00:00", exact)
    shots: list[Shot] = []
    for index in range(draw(st.integers(1, 8))):
        black = draw(st.booleans()) and bool(shots) and bool(shots[-1].medium)
        medium = "" if black else f"m{index}"
        shots.append(Shot(medium, draw(st.integers(20, 90)), draw(st.integers(10, 500))))
    if not any(shot.medium for shot in shots):
        shots.append(Shot("m", 30, 10))
    if not shots[-1].medium:
        shots.append(Shot("last", 25, 10))
    for index, (before, after) in enumerate(itertools.pairwise(shots)):
        if before.medium and after.medium and draw(st.booleans()):
            shots[index] = before._replace(dissolve=draw(st.integers(1, 8)))
    total = sum(shot.length for shot in shots)
    edges = sorted(draw(st.sets(st.integers(0, total), max_size=4)))
    joints = {sum(shot.length for shot in shots[: index + 1]) for index, shot in enumerate(shots) if shot.dissolve}
    above = [(first, last - first) for first, last in zip(edges[::2], edges[1::2], strict=False)]  # an odd one is over
    apart = [(first, length) for first, length in above
             if not any(first - 9 < joint < first + length + 9 for joint in joints)]  # fmt: skip
    return Edit(exact, form, draw(st.sampled_from([0, hour])), tuple(shots), tuple(apart))


def as_fcpxml(edit: Edit) -> str:
    kit = Kit(edit.rate, edit.start, edit.form)
    story = []
    for position, shot in zip(edit.positions, edit.shots, strict=True):
        local = shot.first if shot.medium else 777
        above = [kit.clip(f"above{first}", local + first - position, length, lane="1", local=True, start=33)
                 for first, length in edit.above if position <= first < position + shot.length]  # fmt: skip
        if shot.medium:
            story.append(kit.clip(shot.medium, position, shot.length, *above, start=local))
        else:
            story.append(kit.inside("gap", position, shot.length, *above, start=local))
        if shot.dissolve:
            at = position + shot.length - shot.dissolve
            story.append(kit.inside("transition", at, 2 * shot.dissolve, name="Cross Dissolve"))
    return kit.project(*story, length=edit.length)


def as_fcp7(edit: Edit) -> str:
    items, head = [], 0
    for position, shot in zip(edit.positions, edit.shots, strict=True):
        end = position + shot.length
        if shot.medium:
            out = shot.first + shot.length + shot.dissolve
            start = -1 if head else position
            items.append(clipitem(shot.medium, start, -1 if shot.dissolve else end, shot.first - head, out=out,
                                  clip_rate=edit.rate))  # fmt: skip
        if shot.dissolve:
            items.append(transition(end - shot.dissolve, end + shot.dissolve))
        head = shot.dissolve
    above = [clipitem(f"above{first}", first, first + length, 33, clip_rate=edit.rate) for first, length in edit.above]
    tracks = [track(*items), *([track(*above)] if above else [])]
    return xmeml(sequence(*tracks, sequence_rate=edit.rate, start=edit.start, form=edit.form, duration=edit.length))


def as_otio(edit: Edit) -> otio.schema.Timeline:
    value = float(edit.rate)
    main = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for shot in edit.shots:
        if shot.medium:
            media = otio.schema.ExternalReference(f"/media/{shot.medium} 'q' & #1.mov", span(0, 5000, value))
            main.append(otio.schema.Clip(f"{shot.medium} <\"'&>", media, span(shot.first, shot.length, value)))
        else:
            main.append(otio.schema.Gap(source_range=span(0, shot.length, value)))
        if shot.dissolve:
            offset = otio.opentime.RationalTime(shot.dissolve, value)
            main.append(otio.schema.Transition("Cross Dissolve", "SMPTE_Dissolve", offset, offset))
    timeline = otio.schema.Timeline('It\'s <an> "edit" & more', global_start_time=span(edit.start, 0, value).start_time)
    timeline.tracks.append(main)
    if edit.above:
        upper, position = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video), 0
        for first, length in edit.above:
            upper.append(otio.schema.Gap(source_range=span(0, first - position, value)))
            media = otio.schema.ExternalReference(f"/media/above{first}.mov", span(0, 5000, value))
            upper.append(otio.schema.Clip("above", media, span(33, length, value)))
            position = first + length
        timeline.tracks.append(upper)
    timeline.metadata["fcpxml"] = {"timecode": {"displayformat": edit.form}}
    return timeline


def check(edit: Edit, path: Path) -> None:
    sheet = read_cut_sheet(read_timeline_file(path)).sheet
    assert (sheet.rate, sheet.start_frames, sheet.duration_frames) == (edit.rate, edit.start, edit.length)
    assert sheet.drop_frame is (edit.form == "DF")
    assert [cut.record_frames for cut in sheet.cuts] == edit.cuts()
    joints = {edit.positions[index + 1]: 2 * shot.dissolve for index, shot in enumerate(edit.shots) if shot.dissolve}
    assert {cut.record_frames: cut.extent_frames for cut in sheet.cuts if cut.extent_frames} == joints


@pytest.mark.parametrize(("suffix", "write"), [(".fcpxml", as_fcpxml), (".xml", as_fcp7)])
@settings(max_examples=60, deadline=None)
@given(edit=edits())
def test_random_timelines_come_back_from_small_writers(suffix: str, write: object, edit: Edit) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"edit{suffix}"
        path.write_text(write(edit), encoding="utf-8")  # type: ignore[operator]
        check(edit, path)


@pytest.mark.parametrize("suffix", [".fcpxml", ".xml"])
@settings(max_examples=30, deadline=None)
@given(edit=edits())
def test_random_timelines_come_back_from_the_products_writers(suffix: str, edit: Edit) -> None:
    made = as_otio(edit)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"edit{suffix}"
        write_timeline(made, path)
        check(edit, path)
        read = read_timeline_file(path)
        assert read.name == made.name
        assert {clip.name for clip in read.find_clips()} == {clip.name for clip in made.find_clips()}


def test_rates_are_written_as_the_small_writers_think() -> None:
    assert rate(NTSC[24]) == "<rate><timebase>24</timebase><ntsc>TRUE</ntsc></rate>"
    assert Kit(NTSC[24]).t(48) == "48048/24000s"
