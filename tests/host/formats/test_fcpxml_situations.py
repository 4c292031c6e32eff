"""What stands in an FCPXML file, and the cuts that an audience sees of it, counted by hand.

Every situation is at 25 frames a second unless its name says otherwise; `abc` are clips of three media.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fakes.fcpxml_files import Kit, element, seconds
from vem_core.contract.cut_sheet import CutSheet
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import ReadCutSheet, read_cut_sheet

GENERATORS = ".../Generators.localized/Backgrounds.localized/Clouds.localized/Clouds.motn"


def read(document: str, folder: Path) -> ReadCutSheet:
    path = folder / "edit.fcpxml"
    path.write_text(document, encoding="utf-8")
    return read_cut_sheet(read_timeline_file(path))


def summary(sheet: CutSheet) -> dict[str, Any]:
    """What the situations below state: cuts, and whatever else is out of the ordinary."""
    told = {
        "rate": sheet.rate,
        "start": sheet.start_frames,
        "length": sheet.duration_frames,
        "drop": sheet.drop_frame,
        "dissolves": {cut.record_frames: cut.extent_frames for cut in sheet.cuts if cut.extent_frames},
        "black": [shot.start_frames for shot in sheet.shots if not shot.picture],
        "events": {event.record_frames: event.wish.value for event in sheet.events},
        "through": [boundary.record_frames for boundary in sheet.dropped if boundary.reason.value == "through-edit"],
        "names": [shot.name for shot in sheet.shots if shot.picture],
    }
    return {"cuts": [cut.record_frames for cut in sheet.cuts], **told}


def abc(kit: Kit, *, offsets: bool = True) -> list[str]:
    """Three shots of 50, 60 and 40 frames."""
    places = (0, 50, 110) if offsets else (None, None, None)
    return [kit.clip(name, at, length, start=7)
            for name, at, length in zip("abc", places, (50, 60, 40), strict=True)]  # fmt: skip


ABC = {"cuts": [50, 110], "length": 150}
NTSC_24, NTSC_30, NTSC_60 = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)


def at_rate(rate: Fraction | int, start: int = 0, form: str = "NDF") -> Callable[[], str]:
    return lambda: (kit := Kit(rate, start, form)).project(*abc(kit), length=150)


def offsets_from_zero() -> str:
    kit = Kit(25, 90_000)
    return kit.project(*(kit.clip(name, at, length, local=True)
                         for name, at, length in (("a", 0, 50), ("b", 50, 60), ("c", 110, 40))))  # fmt: skip


def offsets_missing() -> str:
    kit = Kit(25, 90_000)
    return kit.project(*abc(kit, offsets=False))


def format_by_name(name: str, rate: Fraction) -> Callable[[], str]:
    def make() -> str:
        kit = Kit(rate)
        kit.format("r1", name=name)
        return kit.project(*abc(kit))

    return make


def format_missing() -> str:
    kit = Kit(30)
    kit.format("r1", name="FFVideoFormatRateUndefined")
    return kit.project(kit.clip("a", 0, 49), kit.clip("b", 49, 61))


def decimal_times() -> str:
    kit = Kit()
    return kit.project(element("asset-clip", ref=kit.asset("a"), offset="0.0s", duration="2.0s"),
                       element("asset-clip", ref=kit.asset("b"), offset="2.0s", duration="1.4s"))  # fmt: skip


def gap() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.inside("gap", 50, 25, start=90_000), kit.clip("b", 75, 50))


def hole() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.clip("b", 75, 50))


def leading_hole() -> str:
    kit = Kit(25, 90_000)
    return kit.project(kit.clip("a", 30, 50), kit.clip("b", 80, 50))


def trailing_gap() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50), kit.inside("gap", 100, 25))


def connected() -> str:
    """B lies over A from frame 50 to 100: A's own time begins at 250."""
    kit = Kit(25, 90_000)
    b = kit.clip("b", 300, 50, lane="1", local=True)
    return kit.project(kit.clip("a", 0, 150, b, start=250), kit.clip("c", 150, 50))


def connected_beyond_the_end() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 100, kit.clip("b", 60, 90, lane="1", local=True)))


def connected_to_gap() -> str:
    kit = Kit(25, 90_000)
    b = kit.clip("b", 90_010, 20, lane="1", local=True)
    return kit.project(kit.clip("a", 0, 50), kit.inside("gap", 50, 50, b, start=90_000), kit.clip("c", 100, 50))


def connected_below() -> str:
    kit = Kit()
    b = kit.clip("b", 10, 20, lane="-1", local=True)
    return kit.project(kit.clip("a", 0, 50, b), kit.clip("c", 50, 50))


def connected_below_a_gap() -> str:
    kit = Kit()
    b = kit.clip("b", 10, 30, lane="-1", local=True)
    return kit.project(kit.clip("a", 0, 50), kit.inside("gap", 50, 50, b, start=0), kit.clip("c", 100, 50))


def two_lanes() -> str:
    kit = Kit()
    b = kit.clip("b", 20, 60, lane="1", local=True)
    c = kit.clip("c", 40, 20, lane="2", local=True)
    return kit.project(kit.clip("a", 0, 100, b, c))


def overlapping_on_one_lane() -> str:
    """As some programs write it; what begins later lies above."""
    kit = Kit()
    b = kit.clip("b", 20, 60, lane="1", local=True)
    c = kit.clip("c", 40, 20, lane="1", local=True)
    return kit.project(kit.clip("a", 0, 100, b, c))


def connected_to_connected() -> str:
    """C hangs on B, whose own time begins at 500, and B on A."""
    kit = Kit()
    c = kit.clip("c", 510, 10, lane="1", local=True)
    b = kit.clip("b", 20, 40, c, start=500, lane="1", local=True)
    return kit.project(kit.clip("a", 0, 100, b))


def secondary_storyline() -> str:
    kit = Kit(25, 90_000)
    story = element(
        "spine", kit.clip("b", 0, 20, local=True),
        kit.inside("transition", 15, 10, local=True, name="Cross Dissolve"),
        kit.clip("c", 20, 30, start=100, local=True), lane="1", offset=kit.t(40),
    )  # fmt: skip
    return kit.project(kit.clip("a", 0, 150, story, start=0))


def dissolve(at: int, length: int) -> Callable[[], str]:
    def make() -> str:
        kit = Kit(25, 90_000)
        fade = kit.inside(
            "transition", at, length, element("filter-video", name="Cross Dissolve"), name="Cross Dissolve"
        )
        return kit.project(kit.clip("a", 0, 100, start=50), fade, kit.clip("b", 100, 100, start=50))

    return make


def dissolve_without_offset() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", None, 100), kit.inside("transition", None, 20), kit.clip("b", None, 100))


def dissolve_of_overlapping_clips() -> str:
    """Clips written as long as they are seen: they overlap by the whole transition."""
    kit = Kit()
    return kit.project(kit.clip("a", 0, 110), kit.inside("transition", 90, 20), kit.clip("b", 90, 110))


def fade_in() -> str:
    kit = Kit()
    return kit.project(kit.inside("transition", 0, 20), kit.clip("a", 0, 100), kit.clip("b", 100, 50))


def fade_to_black() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 100), kit.inside("transition", 80, 20), kit.inside("gap", 100, 30),
                       kit.clip("b", 130, 50))  # fmt: skip


def fade_from_gap() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 100), kit.inside("gap", 100, 30), kit.inside("transition", 130, 20),
                       kit.clip("b", 130, 50))  # fmt: skip


def crossfade_of_sound() -> str:
    kit = Kit()
    fade = kit.inside("transition", 90, 20, element("filter-audio", name="Audio Crossfade"), name="Audio Crossfade")
    return kit.project(kit.clip("a", 0, 100), fade, kit.clip("b", 100, 100))


def still() -> str:
    kit = Kit()
    kit.format("rs", name="FFVideoFormatRateUndefined", width="4000")
    ref = kit.asset("photo", src="file:///media/photo.jpg", duration="0s", format="rs")
    first = kit.clip("photo", 50, 50, tag="video", ref=ref, start=90_000)
    second = kit.clip("photo", 100, 50, tag="video", ref=ref, start=90_500)
    return kit.project(kit.clip("a", 0, 50), first, second, kit.clip("b", 150, 50))


def retimed(*points: tuple[int, int], start: int = 0, length: int = 100, then: int = 0) -> Callable[[], str]:
    """A retimed shot of b, then b again from source frame `then`: a cut unless the source runs on."""

    def make() -> str:
        kit = Kit()
        map_ = element("timeMap", *(element("timept", time=kit.t(at), value=kit.t(value), interp="smooth2")
                                    for at, value in points))  # fmt: skip
        return kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, length, map_, start=start),
                           kit.clip("b", 50 + length, 50, start=then), kit.clip("c", 100 + length, 50))  # fmt: skip

    return make


def conformed(enabled: str | None, then: Fraction) -> Callable[[], str]:
    """Media at 24 in a timeline at 25; the second clip starts at media frame `then`."""

    def make() -> str:
        kit = Kit()
        ref = kit.asset("film", format=kit.format("r24", frameDuration="1/24s"))
        rate = element("conform-rate", scaleEnabled=enabled, srcFrameRate="24")
        first = element("asset-clip", rate, ref=ref, name="film", offset="0s", start="10s", duration=kit.t(50))
        second = element("asset-clip", rate, ref=ref, name="film", offset=kit.t(50),
                         start=seconds(then, Fraction(24)), duration=kit.t(50))  # fmt: skip
        return kit.project(first, second, kit.clip("c", 100, 50))

    return make


def disabled() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50, enabled="0"), kit.clip("c", 100, 50))


def disabled_connected() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 100, kit.clip("b", 20, 30, lane="1", local=True, enabled="0")))


def title_above() -> str:
    kit = Kit()
    text = element("text", element("text-style", "A name"))
    title = kit.clip("Name", 20, 30, text, tag="title", lane="1", local=True, ref=kit.effect("Basic Title"))
    return kit.project(kit.clip("a", 0, 100, title), kit.clip("b", 100, 50))


def title_alone() -> str:
    kit = Kit()
    title = kit.clip("Name", 50, 50, tag="title", start=90_000, ref=kit.effect("Basic Title"))
    return kit.project(kit.clip("a", 0, 50), title, kit.clip("b", 100, 50))


def generator_above() -> str:
    kit = Kit()
    clouds = kit.clip("Clouds", 20, 30, tag="video", lane="1", local=True, ref=kit.effect("Clouds", GENERATORS))
    return kit.project(kit.clip("a", 0, 100, clouds))


def caption() -> str:
    kit = Kit()
    said = kit.inside("caption", 20, 30, element("text", "Hello"), lane="1", local=True, name="Hello")
    return kit.project(kit.clip("a", 0, 100, said), kit.clip("b", 100, 50))


def through_edit() -> str:
    kit = Kit()
    return kit.project(
        kit.clip("a", 0, 50, start=10), kit.clip("a", 50, 50, start=60), kit.clip("a", 100, 50, start=10)
    )


def sound_alone_in_the_storyline() -> str:
    kit = Kit()
    ref = kit.asset("song", hasVideo="0", hasAudio="1")
    return kit.project(kit.clip("a", 0, 50), kit.clip("song", 50, 50, ref=ref), kit.clip("b", 100, 50))


def picture_switched_off() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50, srcEnable="audio"), kit.clip("c", 100, 50))


def markers() -> str:
    kit = Kit(25, 90_000)
    marks = [kit.marker(260, "hit"), kit.marker(280, "Look", completed="0", note="drop: the door"),
             kit.marker(265, "Part 2 hit", "chapter-marker"), kit.marker(10, "hit before the clip"),
             kit.marker(700, "hit after it")]  # fmt: skip
    return kit.project(kit.clip("a", 0, 100, *marks, start=250), kit.clip("b", 100, 50))


def marker_in_retimed_clip() -> str:
    """At half speed: own frame 120 of a clip that begins at 100 is frame 20 of the record."""
    kit = Kit()
    map_ = element("timeMap", element("timept", time="0s", value="0s"), element("timept", time="40s", value="20s"))
    return kit.project(kit.clip("a", 0, 100, map_, kit.marker(120, "hit"), start=100), kit.clip("b", 100, 50))


def marker_in_conformed_clip() -> str:
    """Media at 24 taken one for one at 25: media frame 264 of a clip from 240 is record frame 24."""
    kit = Kit()
    ref = kit.asset("film", format=kit.format("r24", frameDuration="1/24s"))
    rate = element("conform-rate", srcFrameRate="24")
    mark = element("marker", start="11s", duration="1/24s", value="hit")
    film = element("asset-clip", rate, mark, ref=ref, offset="0s", start="10s", duration=kit.t(100))
    return kit.project(film, kit.clip("b", 100, 50))


def marker_in_gap() -> str:
    kit = Kit()
    return kit.project(kit.clip("a", 0, 50), kit.inside("gap", 50, 50, kit.marker(90_025, "hit"), start=90_000),
                       kit.clip("b", 100, 50))  # fmt: skip


def bare_sequence() -> str:
    """The root of FCPXML 1.2 and of programs that still write it: no library, no event."""
    kit = Kit()
    sequence = kit.sequence(*abc(kit))
    kit.file()
    resources = element("resources", *kit.resources.values())
    return f'<fcpxml version="1.8">{resources}{element("project", sequence, name="Edit")}</fcpxml>'


SITUATIONS: list[tuple[Callable[[], str], dict[str, Any]]] = [
    (at_rate(25), ABC | {"rate": 25, "start": 0, "drop": False, "dissolves": {}, "black": []}),
    (at_rate(25, 90_000), ABC | {"start": 90_000}),
    (at_rate(24, 86_400), ABC | {"rate": 24, "start": 86_400}),
    (at_rate(NTSC_24), ABC | {"rate": NTSC_24}),
    (at_rate(NTSC_24, 86_400), ABC | {"rate": NTSC_24, "start": 86_400}),
    (at_rate(NTSC_30, 108_000), ABC | {"rate": NTSC_30, "start": 108_000, "drop": False}),
    (at_rate(NTSC_30, 107_892, "DF"), ABC | {"rate": NTSC_30, "start": 107_892, "drop": True}),
    (at_rate(NTSC_30, 1234, "DF"), ABC | {"start": 1234, "drop": True}),
    (at_rate(50, 180_000), ABC | {"rate": 50, "start": 180_000}),
    (at_rate(NTSC_60, 215_784, "DF"), ABC | {"rate": NTSC_60, "start": 215_784, "drop": True}),
    (at_rate(60), ABC | {"rate": 60}),
    (offsets_from_zero, ABC | {"start": 90_000, "black": []}),
    (offsets_missing, ABC | {"start": 90_000, "black": []}),
    (format_by_name("FFVideoFormat1080p25", Fraction(25)), ABC | {"rate": 25}),
    (format_by_name("FFVideoFormat1080p2398", NTSC_24), ABC | {"rate": NTSC_24}),
    (format_by_name("FFVideoFormat720x486i5994", NTSC_30), ABC | {"rate": NTSC_30}),
    (format_by_name("FFVideoFormat3840x2160p5994", NTSC_60), ABC | {"rate": NTSC_60}),
    (format_by_name("FFVideoFormat1080i50", Fraction(25)), ABC | {"rate": 25}),
    (format_missing, {"cuts": [49], "length": 110, "rate": 30}),
    (decimal_times, {"cuts": [50], "length": 85}),
    (gap, {"cuts": [50, 75], "black": [50], "length": 125}),
    (hole, {"cuts": [50, 75], "black": [50], "length": 125}),
    (leading_hole, {"cuts": [30, 80], "black": [0], "length": 130}),
    (trailing_gap, {"cuts": [50, 100], "black": [100], "length": 125}),
    (connected, {"cuts": [50, 100, 150], "names": ["a", "b", "a", "c"], "length": 200}),
    (connected_beyond_the_end, {"cuts": [60], "length": 150}),
    (connected_to_gap, {"cuts": [50, 60, 80, 100], "black": [50, 80]}),
    (connected_below, {"cuts": [50], "names": ["a", "c"]}),
    (connected_below_a_gap, {"cuts": [50, 60, 90, 100], "black": [50, 90]}),
    (two_lanes, {"cuts": [20, 40, 60, 80], "names": ["a", "b", "c", "b", "a"]}),
    (overlapping_on_one_lane, {"cuts": [20, 40, 60, 80], "names": ["a", "b", "c", "b", "a"]}),
    (connected_to_connected, {"cuts": [20, 30, 40, 60], "names": ["a", "b", "c", "b", "a"]}),
    (secondary_storyline, {"cuts": [40, 60, 90], "dissolves": {60: 10}, "names": ["a", "b", "c", "a"]}),
    (dissolve(90, 20), {"cuts": [100], "dissolves": {100: 20}, "length": 200}),
    (dissolve(88, 25), {"cuts": [100], "dissolves": {100: 25}}),
    (dissolve(100, 20), {"cuts": [110], "dissolves": {110: 20}}),
    (dissolve(80, 20), {"cuts": [90], "dissolves": {90: 20}}),
    (dissolve_without_offset, {"cuts": [100], "dissolves": {100: 20}, "length": 200}),
    (dissolve_of_overlapping_clips, {"cuts": [100], "dissolves": {100: 20}, "length": 200}),
    (fade_in, {"cuts": [100], "dissolves": {}, "black": []}),
    (fade_to_black, {"cuts": [90, 130], "dissolves": {90: 20}, "black": [90]}),
    (fade_from_gap, {"cuts": [100, 140], "dissolves": {140: 20}, "black": [100]}),
    (crossfade_of_sound, {"cuts": [100], "dissolves": {}}),
    (still, {"cuts": [50, 150], "through": [100]}),
    (retimed((0, 0), (1000, 2000), length=50, then=100), {"cuts": [50, 150], "through": [100]}),
    (retimed((0, 0), (1000, 2000), length=50, then=50), {"cuts": [50, 100, 150], "through": []}),
    (retimed((0, 0), (1000, 500), start=200, then=150), {"cuts": [50, 200], "through": [150]}),
    (retimed((0, 1000), (1000, 0), start=100, then=800), {"cuts": [50, 150, 200]}),  # backwards, then on
    (retimed((0, 300), (1000, 300), then=300), {"cuts": [50, 150, 200]}),  # a freeze frame, then the same frame moves
    (retimed((0, 0), (40, 40), (60, 120), (1000, 1060), then=160), {"cuts": [50, 200], "through": [150]}),  # a ramp
    (retimed((0, 0), (40, 40), (60, 40), (1000, 980), then=80), {"cuts": [50, 90, 110, 200], "through": [150]}),  # held
    (conformed(None, Fraction(290)), {"cuts": [100], "through": [50]}),
    (conformed("0", Fraction(288)), {"cuts": [100], "through": [50]}),
    (conformed(None, Fraction(292)), {"cuts": [50, 100], "through": []}),
    (disabled, {"cuts": [50, 100], "black": [50]}),
    (disabled_connected, {"cuts": [], "length": 100}),
    (title_above, {"cuts": [100], "names": ["a", "b"]}),
    (title_alone, {"cuts": [50, 100], "names": ["a", "Name", "b"]}),
    (generator_above, {"cuts": [20, 50], "names": ["a", "Clouds", "a"]}),
    (caption, {"cuts": [100]}),
    (through_edit, {"cuts": [100], "through": [50]}),
    (sound_alone_in_the_storyline, {"cuts": [50, 100], "black": [50]}),
    (picture_switched_off, {"cuts": [50, 100], "black": [50]}),
    (markers, {"cuts": [100], "events": {10: "hit", 15: "hit", 30: "drop"}}),
    (marker_in_retimed_clip, {"cuts": [100], "events": {20: "hit"}}),
    (marker_in_conformed_clip, {"cuts": [100], "events": {24: "hit"}}),
    (marker_in_gap, {"cuts": [50, 100], "events": {75: "hit"}}),
    (bare_sequence, ABC),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), SITUATIONS, ids=lambda value: getattr(value, "__qualname__", ""))
def test_the_cuts_are_those_that_final_cut_shows(
    document: Callable[[], str], expected: dict[str, Any], tmp_path: Path
) -> None:
    found = summary(read(document(), tmp_path).sheet)
    assert {key: found[key] for key in expected} == expected


def test_there_are_enough_of_them() -> None:
    assert len(SITUATIONS) >= 40
