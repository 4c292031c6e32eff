"""One way to score: the same scenarios through every door give the same request, byte for byte, and the same files."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import opentimelineio as otio
import pytest

from fakes.doors import DOORS, NAME, RecordingCore, Run, lent, takes_of
from fakes.resolve_project import Edit, Item, Media, Track
from vem_core.contract.errors import GenerationError
from vem_core.contract.temp_track import TempTrack

HEARD = TempTrack((98.0, 102.0), "A minor", 0.4, (0.2, 0.5, 0.9), ("house", "techno"))
FAILS = "the core fails"


def film(
    lengths: Sequence[int] = (40, 60, 40), rate: Fraction = Fraction(24), start: str = "01:00:00:00", *lanes: Track
) -> Edit:
    """An edit of offline media, one a shot."""
    edit = Edit(NAME, rate, start)
    at = edit.start
    for index, length in enumerate(lengths):
        media = Media(f"/offline/{index}.mov", 9999, float(rate))
        edit.video[0].items.append(Item(f"shot {index}", at, at + length, media, left_offset=10))
        at += length
    for lane in lanes:
        for item in lane.items:
            item.start, item.end = edit.start + item.start, edit.start + item.end
        edit.audio.append(lane)
    return edit


def lane(name: str, start: int, end: int) -> Track:
    return Track(name, "stereo", [Item(name, start, end, Media(f"/offline/{name}.wav", 9999, 24.0), kind="audio")])


def trimmed(edit: Edit) -> None:
    """The second shot ten frames shorter, what follows earlier."""
    second, *later = edit.video[0].items[1:]
    second.end -= 10
    for item in later:
        item.start, item.end = item.start - 10, item.end - 10


def swapped(edit: Edit) -> None:
    """The first two shots in the other order."""
    first, second = edit.video[0].items[:2]
    start = first.start
    second.start, second.end = start, start + second.end - second.start
    first.start, first.end = second.end, second.end + first.end - first.start
    edit.video[0].items[:2] = [second, first]


Step = Run | Callable[[Edit], None] | str


@dataclass(frozen=True)
class Scenario:
    """An edit, and what is done to it: runs, re-cuts in between, and the core failing from there on for one run."""

    make: Callable[[], Edit]
    steps: tuple[Step, ...]


HOUSE = Run({"prompt": "dawn", "style": "house", "seed": 3})
SCENARIOS = {
    "fresh": Scenario(film, (Run(),)),
    "fresh with wishes": Scenario(film, (Run({"prompt": "dawn", "style": "house", "seed": 3, "energy": 0.5}),)),
    "nothing changed": Scenario(film, (HOUSE, Run())),
    "a re-cut": Scenario(film, (HOUSE, trimmed, Run())),
    "two shots swapped": Scenario(film, (HOUSE, swapped, Run())),
    "other words": Scenario(film, (HOUSE, Run({"prompt": "storm"}))),
    "a default in so many words": Scenario(film, (HOUSE, Run({"seed": 0}))),
    "afresh": Scenario(film, (HOUSE, trimmed, Run(afresh=True))),
    "a range": Scenario(film, (Run({"seed": 3}, span=("40", "100")),)),
    "a range again": Scenario(film, (Run({"seed": 3}, span=("40", "100")), trimmed, Run(span=("40", "90")))),
    "stems": Scenario(film, (Run({"stems": True, "seed": 2}), trimmed, Run())),
    "a temp track": Scenario(
        lambda: film((40, 60, 40), Fraction(24), "01:00:00:00", lane("Music", 0, 140)), (Run(temp_track="follow"),)
    ),
    "a temp track and a re-cut": Scenario(
        lambda: film((40, 60, 40), Fraction(24), "01:00:00:00", lane("Music", 0, 140)),
        (Run(temp_track="follow"), trimmed, Run()),
    ),
    "speech": Scenario(
        lambda: film((40, 60, 40), Fraction(24), "01:00:00:00", lane("Narration", 20, 70)),
        (Run({"seed": 1}), trimmed, Run({"room_depth_db": 12.0}), Run({"room_depth_db": 0.0}), Run()),
    ),
    "drop-frame": Scenario(
        lambda: film((400, 500, 300), Fraction(30_000, 1001), "01:00:00;00"),
        (Run({"seed": 1}, span=("01:00:10:00", "01:00:30;00")),),
    ),
    "failure in the middle": Scenario(film, (HOUSE, trimmed, FAILS, Run(), Run({"style": "ambient"}))),
    "failure at first": Scenario(film, (FAILS, Run(), HOUSE)),
}


@dataclass(frozen=True)
class Trace:
    """What the core was asked, which files lay there after each run, and which runs failed."""

    asked: tuple[tuple[str, tuple[str, ...]], ...]
    files: tuple[dict[str, str], ...]
    failed: tuple[bool, ...]


@functools.cache
def drive(door: str, name: str) -> Trace:
    scenario, core = SCENARIOS[name], RecordingCore()
    edit, files, failed = scenario.make(), [], []
    with TemporaryDirectory() as folder, lent(core, HEARD):
        for step in scenario.steps:
            if isinstance(step, Run):
                before = copy.deepcopy(edit)
                try:
                    DOORS[door](edit, Path(folder), step)
                    failed.append(False)
                except (GenerationError, otio.exceptions.OTIOError):
                    failed.append(True)
                    assert _as_it_was(edit, before)
                core.fails = False
                files.append(takes_of(Path(folder)))
                leftover = [path for path in Path(folder).rglob(".*") if path.is_file()]
                assert not leftover
            elif callable(step):
                step(edit)
            else:
                core.fails = True
    return Trace(tuple(core.asked), tuple(files), tuple(failed))


def _as_it_was(edit: Edit, before: Edit) -> bool:
    """Whether the open timeline is as it was before a run that failed."""
    return [[(item.name, item.start, item.end) for item in track.items] for track in edit.audio] == [
        [(item.name, item.start, item.end) for item in track.items] for track in before.audio
    ]


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("door", [door for door in DOORS if door != "score"])
def test_every_door_asks_the_same_and_leaves_the_same(door: str, name: str) -> None:
    expected, found = drive("score", name), drive(door, name)
    assert [json.loads(request) for request, _ in found.asked] == [json.loads(request) for request, _ in expected.asked]
    assert found == expected


def test_the_scenarios_are_what_their_names_say() -> None:
    """What the reference itself does, so that all doors are not wrong together."""
    asked = {name: [json.loads(request) for request, _ in drive("score", name).asked] for name in SCENARIOS}
    counts = {name: len(requests) for name, requests in asked.items()}
    assert counts == {
        "fresh": 1, "fresh with wishes": 1, "nothing changed": 1, "a re-cut": 2, "two shots swapped": 2,
        "other words": 2,
        "a default in so many words": 2, "afresh": 2, "a range": 1, "a range again": 2, "stems": 2, "a temp track": 1,
        "a temp track and a re-cut": 2, "speech": 3, "drop-frame": 1, "failure in the middle": 3, "failure at first": 2,
    }  # fmt: skip
    recut = {name: [request["recut"] is not None for request in requests] for name, requests in asked.items()}
    assert recut["a re-cut"] == recut["two shots swapped"] == recut["a range again"] == recut["stems"] == [False, True]
    assert recut["other words"] == recut["a default in so many words"] == recut["afresh"] == [False, False]
    assert asked["a default in so many words"][1]["seed"] == 0
    assert asked["a range"][0]["sheet"]["duration_frames"] == 60
    assert [request["direction"]["key"] for request in asked["a temp track and a re-cut"]] == ["A minor", "A minor"]
    speech = [
        (request["direction"]["room"]["depth_db"], len(request["sheet"]["speech"])) for request in asked["speech"]
    ]
    assert speech == [(8.0, 1), (12.0, 1), (0.0, 0)]
    (drop,) = asked["drop-frame"]
    assert drop["sheet"]["start_frames"] - 107_892 == 300
    assert drop["sheet"]["duration_frames"] == 600
    assert drive("score", "failure in the middle").failed == (False, True, False)
    middle = drive("score", "failure in the middle").files
    assert middle[0] == middle[1]
