"""Clips that hold others in an FCPXML file: compound, multicam, synchronised and wrapped ones, and auditions.

Every situation is at 25 frames a second; the cuts are those that an audience sees, counted by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.fcpxml_files import Kit, element
from host.formats.test_fcpxml_situations import abc, read, summary


def in_compound(*, at: int = 0, length: int = 150, start: int = 0, inner_start: int = 0, rate: int | None = None,
                retime: str = "", **attributes: str) -> Callable[[], str]:  # fmt: skip
    """A compound of a (50), b (60), c (40) between two shots of d."""

    def make() -> str:
        kit, inner = Kit(), Kit(rate or 25, inner_start)
        ref = kit.compound("scene", *abc(inner), rate=rate, start=inner_start)
        kit.resources.update({key: text for key, text in inner.resources.items() if key.startswith("a-")})
        scene = kit.inside("ref-clip", 20, length, retime, start=start, ref=ref, name="scene", **attributes)
        return kit.project(kit.clip("d", 0, 20), scene, kit.clip("d", 20 + length, 20, start=500))

    return make


def compound_in_compound() -> str:
    kit = Kit()
    inner = kit.compound("inner", *abc(kit))
    outer = kit.compound("outer", kit.clip("d", 0, 10), kit.inside("ref-clip", 10, 100, start=30, ref=inner, name="i"))
    return kit.project(kit.inside("ref-clip", 0, 100, start=5, ref=outer, name="o"))


def compound_below_and_above() -> str:
    """Within the compound, C lies over A from 10 to 30; of the compound, 20 to 45 are used."""
    kit = Kit()
    ref = kit.compound(
        "scene", kit.clip("a", 0, 50, kit.clip("c", 10, 20, lane="1", local=True)), kit.clip("b", 50, 50)
    )
    return kit.project(kit.inside("ref-clip", 0, 25, start=20, ref=ref, name="scene"), kit.clip("d", 25, 50))


def multicam(*sources: tuple[str, ...]) -> Callable[[], str]:
    """Cut between the angles of one multicam clip every 50 frames; angle y has a cut of its own at frame 70."""

    def make() -> str:
        kit = Kit()
        ref = kit.multicam("cams", x=kit.clip("a", 0, 500), y=kit.clip("b", 0, 70) + kit.clip("c", 70, 430))
        clips = []
        for index, angles in enumerate(sources):
            written = [
                element("mc-source", angleID=angle.split(":")[0], srcEnable=angle.split(":")[1]) for angle in angles
            ]
            clips.append(kit.inside("mc-clip", index * 50, 50, *written, start=index * 50, ref=ref, name="cams"))
        return kit.project(*clips)

    return make


def multicam_without_source() -> str:
    kit = Kit()
    ref = kit.multicam("cams", x=kit.clip("a", 0, 500), y=kit.clip("b", 0, 500))
    return kit.project(kit.inside("mc-clip", 0, 50, start=0, ref=ref, name="cams"), kit.clip("c", 50, 50))


def sync_clip() -> str:
    """Picture and a recorder's sound, their own time a camera's timecode; the sound runs far beyond."""
    kit = Kit(25, 90_000)
    picture = kit.clip("a", 500_000, 1000, start=500_000, local=True)
    sound = kit.clip("rec", 499_000, 5000, start=10, local=True, lane="-1",
                     ref=kit.asset("rec", hasVideo="0", hasAudio="1", duration="9000s"))  # fmt: skip
    sync = kit.inside("sync-clip", 0, 50, picture, sound, start=500_100, name="sync")
    return kit.project(sync, kit.clip("b", 50, 50))


def sync_clip_with_a_spine() -> str:
    kit = Kit()
    spine = element("spine", kit.clip("a", 0, 60, local=True), kit.clip("b", 60, 60, local=True))
    return kit.project(kit.inside("sync-clip", 0, 100, spine, start=10, name="sync"), kit.clip("c", 100, 50))


def clip_around_video() -> str:
    """The form of FCPXML up to 1.5: a clip with its picture and, connected inside, its sound."""
    kit = Kit()
    a, b = kit.asset("a", hasAudio="1"), kit.asset("b", hasAudio="1")

    def around(ref: str, at: int, start: int) -> str:
        sound = kit.inside("audio", 0, 1000, start=0, local=True, lane="-1", ref=ref, role="dialogue.dialogue-1")
        video = kit.inside("video", 0, 1000, sound, start=0, local=True, ref=ref)
        return kit.inside("clip", at, 50, video, start=start, name=ref)

    return kit.project(around(a, 0, 30), around(b, 50, 40), around(b, 100, 90))


def clip_longer_than_its_video() -> str:
    kit = Kit()
    video = kit.inside("video", 0, 30, start=0, local=True, ref=kit.asset("a"))
    return kit.project(kit.inside("clip", 0, 50, video, start=0, name="a"), kit.clip("b", 50, 50))


def audition() -> str:
    kit = Kit()
    picks = element("audition", kit.clip("b", None, 60), kit.clip("c", None, 90), offset=kit.t(50))
    return kit.project(kit.clip("a", 0, 50), picks, kit.clip("d", 110, 40))


def marker_in_compound() -> str:
    """At frame 60 of the compound, which is used from 10 on and begins at 20."""
    kit = Kit()
    ref = kit.compound("scene", kit.clip("a", 0, 50), kit.clip("b", 50, 60, kit.marker(10, "hit")))
    return kit.project(kit.clip("d", 0, 20), kit.inside("ref-clip", 20, 80, start=10, ref=ref, name="scene"))


SITUATIONS: list[tuple[Callable[[], str], dict[str, Any]]] = [
    (in_compound(), {"cuts": [20, 70, 130, 170], "names": ["d", "a", "b", "c", "d"]}),
    (in_compound(start=30, length=90), {"cuts": [20, 40, 100, 110], "names": ["d", "a", "b", "c", "d"]}),
    (in_compound(rate=50, length=75), {"cuts": [20, 45, 75, 95]}),
    (in_compound(inner_start=90_000, start=90_030, length=90), {"cuts": [20, 40, 100, 110]}),
    (in_compound(inner_start=90_000, start=30, length=90), {"cuts": [20, 40, 100, 110]}),
    (in_compound(retime='<timeMap><timept time="0s" value="0s"/><timept time="3s" value="6s"/></timeMap>', length=75),
     {"cuts": [20, 45, 75, 95]}),
    (in_compound(enabled="0"), {"cuts": [20, 170], "black": [20]}),
    (in_compound(srcEnable="audio"), {"cuts": [20, 170], "black": [20]}),
    (compound_in_compound, {"cuts": [5, 25, 85], "names": ["d", "a", "b", "c"], "length": 100}),
    (compound_below_and_above, {"cuts": [10, 25], "names": ["c", "a", "d"]}),
    (multicam(("x:all",), ("y:all",), ("x:all",)), {"cuts": [50, 70, 100], "through": []}),
    (multicam(("x:video", "y:audio"), ("x:audio", "y:video"), ("y:all",)), {"cuts": [50, 70], "through": [100]}),
    (multicam_without_source, {"cuts": [50], "names": ["cams", "c"]}),
    (sync_clip, {"cuts": [50], "names": ["sync", "b"], "length": 100}),
    (sync_clip_with_a_spine, {"cuts": [50, 100], "names": ["a", "b", "c"]}),
    (clip_around_video, {"cuts": [50], "through": [100], "length": 150}),
    (clip_longer_than_its_video, {"cuts": [30, 50], "black": [30]}),
    (audition, {"cuts": [50, 110], "names": ["a", "b", "d"]}),
    (marker_in_compound, {"cuts": [20, 60], "events": {70: "hit"}}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), SITUATIONS, ids=lambda value: getattr(value, "__qualname__", ""))
def test_the_cuts_inside_are_those_that_final_cut_shows(
    document: Callable[[], str], expected: dict[str, Any], tmp_path: Path
) -> None:
    found = summary(read(document(), tmp_path).sheet)
    assert {key: found[key] for key in expected} == expected
