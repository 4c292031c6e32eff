"""What stands in an FCP7 XML file, and the cuts that an audience sees of it, counted by hand; at 25 frames a second."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fakes.fcp7_files import clipitem, leaf, media_file, node, rate, remap, sequence, track, transition, xmeml
from host.formats.test_fcpxml_situations import NTSC_24, NTSC_30, NTSC_60, summary
from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.formats.fcp7 import read_fcp7
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.timeline.reading import read_timeline_file, read_timelines
from vem_plugin.timeline.sheet import ReadCutSheet, read_cut_sheet

ABC = track(clipitem("a", 0, 50, 7), clipitem("b", 50, 110, 7), clipitem("c", 110, 150, 7))


def write(folder: Path, *inside: str) -> Path:
    path = folder / "edit.xml"
    path.write_text(xmeml(*inside), encoding="utf-8")
    return path


def read(folder: Path, *inside: str) -> ReadCutSheet:
    return read_cut_sheet(read_timeline_file(write(folder, *inside)))


def scene(name: str = "scene", **options: Any) -> str:
    return sequence(ABC, name=name, **options)


def nest(start: int, end: int, first: int, inner: str, *inside: str, **options: Any) -> str:
    return clipitem("nest", start, end, first, *inside, file=inner, **options)


REFERENCE = '<sequence id="sequence-scene"/>'
FLOATS = ABC.replace("<timebase>25</timebase>", "<timebase>25.0</timebase>").replace("<end>50</end>", "<end>50.0</end>")
NO_RATE = node("rate", leaf("timebase", 0))
PLACEHOLDER = node(
    "clipitem", leaf("name", "tba"), leaf("duration", 0), NO_RATE, leaf("start", 50), leaf("end", 125), leaf("in", 0),
    leaf("out", 75), node("file", leaf("name", "tba"), NO_RATE),
)  # fmt: skip
DROP = node("marker", leaf("comment", "drop!"), leaf("in", 70), leaf("out", -1))
OFF = leaf("enabled", "FALSE")
SLUG = node(
    "generatoritem", leaf("name", "Slug"), leaf("start", 50), leaf("end", 80), leaf("in", 0), leaf("out", 30),
    node("effect", leaf("name", "Slug"), leaf("effectid", "Slug"), leaf("effecttype", "generator")),
)  # fmt: skip
TITLE = SLUG.replace("Slug", "Text")
LATE = (clipitem("b", 50, 100), clipitem("a", 0, 50))  # not in order of time


def at_rate(value: Fraction | int, start: int = 0, form: str = "NDF") -> str:
    return sequence(ABC, sequence_rate=value, start=start, form=form)


def speeds(start: int, first: int, out: int, effect: str, then: int) -> str:
    """A shot of b at a speed, 50 frames long, then b from `then` on: a cut unless the source runs on."""
    shot = clipitem("b", start, start + 50, first, effect, out=out)
    return sequence(track(clipitem("a", 0, start), shot, clipitem("b", start + 50, start + 100, then)))


SITUATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": (sequence(ABC), {"cuts": [50, 110], "length": 150, "rate": 25, "start": 0, "drop": False, "black": []}),
    "one hour": (at_rate(25, 90_000), {"cuts": [50, 110], "start": 90_000}),
    "23.976": (at_rate(NTSC_24, 86_400), {"rate": NTSC_24, "start": 86_400, "cuts": [50, 110]}),
    "29.97 non-drop": (at_rate(NTSC_30, 108_000), {"rate": NTSC_30, "start": 108_000, "drop": False}),
    "29.97 drop": (at_rate(NTSC_30, 107_892, "DF"), {"rate": NTSC_30, "start": 107_892, "drop": True}),
    "59.94 drop": (at_rate(NTSC_60, 215_784, "DF"), {"rate": NTSC_60, "start": 215_784, "drop": True}),
    "numbers with a point": (sequence(FLOATS, sequence_rate=25), {"cuts": [50, 110], "rate": 25}),
    "a rate that is NTSC by mistake": (
        sequence(ABC).replace("<timebase>25</timebase><ntsc>FALSE", "<timebase>25</timebase><ntsc>TRUE"),
        {"rate": 25, "cuts": [50, 110]},
    ),
    "a timebase that says 23.976 itself": (
        sequence(ABC).replace("<timebase>25</timebase><ntsc>FALSE", "<timebase>23.976</timebase><ntsc>TRUE"),
        {"rate": NTSC_24},
    ),
    "the start as a string": (
        at_rate(NTSC_30, 5, "DF").replace("<frame>5</frame>", "<string>01:00:00;00</string>"), {"start": 107_892}
    ),
    "no rate but in the picture's format": (
        sequence(ABC).replace(rate(25), "", 1).replace(rate(25), "", 1).replace("<video>", "<video><format>"
        f"<samplecharacteristics>{rate(NTSC_24)}</samplecharacteristics></format>"), {"rate": NTSC_24},
    ),
    "a gap": (sequence(track(clipitem("a", 0, 50), clipitem("b", 75, 100))), {"cuts": [50, 75], "black": [50]}),
    "a gap at the head": (sequence(track(clipitem("a", 25, 50))), {"cuts": [25], "black": [0], "length": 50}),
    "start and end rule, not in and out": (
        sequence(track(clipitem("a", 0, 50, 0, out=75), clipitem("b", 50, 90, 0, out=20))), {"cuts": [50], "length": 90}
    ),
    "clips of another rate": (
        sequence(track(clipitem("a", 0, 50, 0, out=30, clip_rate=15), clipitem("b", 50, 100, clip_rate=60))),
        {"cuts": [50], "length": 100, "rate": 25},
    ),
    "out of order": (sequence(track(*LATE)), {"cuts": [50], "names": ["a", "b"]}),
    "overlapping": (sequence(track(clipitem("a", 0, 60), clipitem("b", 50, 100))), {"cuts": [50], "length": 100}),
    "a placeholder": (
        sequence(track(clipitem("a", 0, 50), PLACEHOLDER, clipitem("b", 125, 200))), {"cuts": [50, 125], "length": 200}
    ),
    "a slug": (sequence(track(clipitem("a", 0, 50), SLUG, clipitem("b", 80, 100))), {"cuts": [50, 80], "black": [50]}),
    "a title over a picture": (sequence(track(clipitem("a", 0, 100)), track(TITLE)), {"cuts": [], "names": ["a"]}),
    "a track above": (
        sequence(track(clipitem("a", 0, 100)), track(clipitem("b", 20, 40))),
        {"cuts": [20, 40], "names": ["a", "b", "a"]},
    ),
    "a disabled clip": (
        sequence(track(clipitem("a", 0, 50), clipitem("b", 50, 80, 0, OFF), clipitem("c", 80, 99))),
        {"cuts": [50, 80], "black": [50]},
    ),
    "a disabled track": (
        sequence(track(clipitem("a", 0, 100)), track(OFF, clipitem("b", 20, 40))), {"cuts": []}
    ),
    "a through-edit": (
        sequence(track(clipitem("a", 0, 50, 10), clipitem("a", 50, 90, 60))), {"cuts": [], "through": [50]}
    ),
    # transitions
    "a dissolve": (
        sequence(track(clipitem("a", 0, -1, 0, out=110), transition(90, 110), clipitem("b", -1, 200, 20, out=130))),
        {"cuts": [100], "dissolves": {100: 20}, "length": 200, "names": ["a", "b"]},
    ),
    "a dissolve on the source's own frame": (
        sequence(track(clipitem("a", 0, 90, 0), clipitem("b", 90, -1, 100, out=140), transition(110, 130),
                       clipitem("b", -1, 200, 120, out=210))),
        {"cuts": [90], "through": [120]},
    ),
    "a dissolve that starts at the cut": (
        sequence(track(clipitem("a", 0, -1), transition(100, 120, "start"), clipitem("b", -1, 200))),
        {"cuts": [110], "dissolves": {110: 20}},
    ),
    "a dissolve that ends at the cut": (
        sequence(track(clipitem("a", 0, -1), transition(80, 100, "end"), clipitem("b", -1, 200))),
        {"cuts": [90], "dissolves": {90: 20}},
    ),
    "a dissolve between stated ends": (
        sequence(track(clipitem("a", 0, 100), transition(90, 110), clipitem("b", 100, 200))),
        {"cuts": [100], "dissolves": {100: 20}},
    ),
    "a dissolve of clips that overlap": (
        sequence(track(clipitem("a", 0, 110), transition(90, 110), clipitem("b", 90, 200))),
        {"cuts": [100], "dissolves": {100: 20}, "length": 200},
    ),
    "a fade in": (
        sequence(track(transition(0, 20, "start-black"), clipitem("a", -1, 100), clipitem("b", 100, 150))),
        {"cuts": [100], "length": 150},
    ),
    "a fade to black": (
        sequence(track(clipitem("a", 0, -1), transition(80, 100, "end-black"), clipitem("b", 130, 150))),
        {"cuts": [90, 130], "dissolves": {90: 20}, "black": [90]},
    ),
    "an end of -1 with nothing after": (
        sequence(track(clipitem("a", 0, 50), clipitem("b", 50, -1, 10, out=60))), {"cuts": [50], "length": 100}
    ),
    "a start of -1 with nothing before": (
        sequence(track(clipitem("a", 0, 50), clipitem("b", -1, 90))), {"cuts": [50], "length": 90}
    ),
    # nested sequences
    "nested": (
        sequence(track(clipitem("d", 0, 20), nest(20, 110, 30, scene()), clipitem("d", 110, 130, 900))),
        {"cuts": [20, 40, 100, 110], "names": ["d", "a", "b", "c", "d"]},
    ),
    "nested by reference to a later sequence": (
        sequence(track(nest(0, 150, 0, REFERENCE)), name="Film") + scene(), {"cuts": [50, 110], "length": 150}
    ),
    "nested by reference to an earlier one": (
        node("project", node("children", scene(), sequence(track(nest(0, 90, 30, REFERENCE)), name="Film"))),
        {"cuts": [20, 80], "length": 90},
    ),
    "nested twice": (
        sequence(track(nest(0, 50, 25, scene()), nest(50, 100, 100, REFERENCE))), {"cuts": [25, 50, 60]}
    ),
    "nested in nested": (
        sequence(track(nest(0, 80, 10, sequence(track(nest(0, 100, 20, scene())), name="middle")))),
        {"cuts": [20], "length": 80},
    ),
    "nested at another rate": (
        sequence(track(nest(0, 75, 0, scene(sequence_rate=50), clip_rate=50, out=150))), {"cuts": [25, 55]}
    ),
    "nested and twice as fast": (
        sequence(track(nest(0, 75, 0, scene(), remap(200)))), {"cuts": [25, 55], "length": 75}
    ),
    "nested and disabled": (
        sequence(track(clipitem("a", 0, 50), nest(50, 100, 0, scene(), OFF), clipitem("b", 100, 120))),
        {"cuts": [50, 100], "black": [50]},
    ),
    "nested but not in the file": (
        sequence(track(clipitem("a", 0, 50), nest(50, 100, 0, '<sequence id="gone"/>'))), {"cuts": [50], "length": 100}
    ),
    # speed: how in and out count differs between programs
    "twice as fast, in and out of the medium": (speeds(40, 100, 200, remap(200), 200), {"cuts": [40], "through": [90]}),
    "twice as fast, in and out at that speed": (speeds(40, 100, 150, remap(200), 300), {"cuts": [40], "through": [90]}),
    "half as fast": (speeds(40, 100, 125, remap(50), 125), {"cuts": [40], "through": [90]}),
    "a jump after half as fast": (speeds(40, 100, 125, remap(50), 150), {"cuts": [40, 90]}),
    "backwards": (speeds(40, 100, 150, remap(100, reverse=True), 100), {"cuts": [40, 90]}),
    "held": (speeds(40, 100, 150, remap(0), 100), {"cuts": [40, 90]}),
    "a ramp": (
        speeds(40, 0, 50, remap(100, keyframes=((0, 0), (25, 10), (50, 100), (99, 200))), 100),
        {"cuts": [40], "through": [90]},
    ),
    # markers
    "markers of the sequence": (
        sequence(ABC, start=90_000, markers=node("marker", leaf("name", "hit"), leaf("in", 30), leaf("out", -1))),
        {"events": {30: "hit"}},
    ),
    "markers of a clip": (
        sequence(track(clipitem("a", 20, 100, 40, DROP, file=media_file("a", start=90_000)))),
        {"cuts": [20], "events": {50: "drop"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_cuts_are_those_that_the_editor_shows(name: str, tmp_path: Path) -> None:
    document, expected = SITUATIONS[name]
    found = summary(read(tmp_path, document).sheet)
    assert {key: found[key] for key in expected} == expected


def test_sequences_that_are_in_no_other_come_first(tmp_path: Path) -> None:
    path = write(
        tmp_path, node("project", node("children", scene(), sequence(track(nest(0, 90, 0, REFERENCE)), name="F")))
    )
    assert [timeline.name for timeline in read_timelines(path)] == ["F", "scene"]


def test_a_file_defined_once_stands_for_every_reference(tmp_path: Path) -> None:
    items = [clipitem("a", 0, 50, 0), clipitem("x", 50, 100, 300, file='<file id="file-a"/>')]
    clips = list(read_timelines(write(tmp_path, sequence(track(*items))))[0].find_clips())
    assert {clip.media_reference.target_url for clip in clips} == {"file://localhost/media/a.mov"}
    assert [clip.source_range.start_time.value for clip in clips] == [0, 300]


def test_source_positions_count_from_the_files_timecode(tmp_path: Path) -> None:
    item = clipitem("a", 0, 50, 24, clip_rate=24, file=media_file("a", NTSC_24, start=86_400))
    (clip,) = read_timelines(write(tmp_path, sequence(track(item), sequence_rate=NTSC_24)))[0].find_clips()
    assert clip.source_range.start_time.value == pytest.approx(86_400 + 24 * 1000 / 1001, abs=1e-6)
    assert clip.media_reference.available_range.start_time.value == 86_400


def test_sound_is_read_with_its_first_channel_only(tmp_path: Path) -> None:
    exploded = [track(clipitem("vo", 10, 60, 25), currentExplodedTrackIndex=str(channel), totalExplodedTrackCount="2")
                for channel in (0, 1)]  # fmt: skip
    lanes = read_lanes(read_timeline_file(write(tmp_path, sequence(ABC, sound=tuple(exploded)))), Fraction(25))
    assert [[(clip.name, clip.start, clip.duration, clip.source_start_s) for clip in lane.clips] for lane in lanes] == [
        [("vo", 10, 50, 1)]
    ]


def test_sound_of_a_nested_sequence_is_heard(tmp_path: Path) -> None:
    inner = sequence(ABC, name="scene", sound=(track(clipitem("vo", 20, 60)),))
    outer = sequence(track(nest(0, 90, 30, inner)), sound=(track(nest(0, 90, 30, REFERENCE)),), name="Film")
    (lane,) = read_lanes(read_timeline_file(write(tmp_path, outer)), Fraction(25))
    assert [(clip.name, clip.start, clip.duration) for clip in lane.clips] == [("vo", 0, 30)]


def test_the_claims_are_the_files_own_numbers(tmp_path: Path) -> None:
    document = sequence(
        track(clipitem("a", 0, 50), clipitem("b", 50, -1), transition(90, 110), clipitem("c", -1, 150)),
        sequence_rate=NTSC_30, start=107_892, form="DF", duration=150,
    )  # fmt: skip
    (claims,) = read_fcp7(write(tmp_path, document)).claims
    assert (claims.rate, claims.start_frames, claims.duration_frames) == (NTSC_30, 107_892, 150)
    assert claims.item_record_frames == (("a", 0, 50),)


def test_notices_name_what_is_odd(tmp_path: Path) -> None:
    document = sequence(track(clipitem("a", 0, 60), clipitem("b", 50, 100), nest(100, 120, 0, '<sequence id="gone"/>')))
    ((overlap, gone),) = read_fcp7(write(tmp_path, document)).own_notices
    assert overlap.startswith("'a': overlapped")
    assert gone.startswith("'nest': a nested sequence whose content")


@pytest.mark.parametrize(
    ("document", "error", "said"),
    [
        (leaf("version", 1), NoPicture, "holds no sequence"),
        (sequence(track(nest(0, 50, 0, REFERENCE)), name="scene"), TimelineUnreadable, "contains itself"),
        (
            sequence(track(clipitem("a", 0, 50).replace("<end>50", "<end>NaN"))),
            TimelineUnreadable,
            "'NaN' where a number",
        ),
        (sequence(track(clipitem("a", 0, 50).replace("<end>50", "<end>1e99"))), TimelineUnreadable, "a time of 1e99"),
        (
            sequence(track(clipitem("a", 0, 50).replace("<end>50", "<end>1e999999999"))),
            TimelineUnreadable,
            "where a number",
        ),
        (
            sequence("").replace("<timebase>25", "<timebase>1e999999999"),
            TimelineUnreadable,
            "does not say its frame rate",
        ),
        (
            sequence(track(clipitem("a", 0, 50).replace("<end>50", "<end>" + "9" * 5000))),
            TimelineUnreadable,
            "where a num",
        ),
        (sequence("").replace(rate(25), ""), TimelineUnreadable, "does not say its frame rate"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    document: str, error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        read(tmp_path, document)


def test_nested_sequences_that_multiply_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_plugin.formats.fcp7.sequences.MOST_ITEMS", 1000)
    below = '<sequence id="sequence-0"/>'
    sequences = [sequence(track(*(clipitem("ab"[at % 2], at, at + 1) for at in range(10))), name="0")]
    for level in range(1, 6):
        length = 10**level
        items = [nest(at * length, (at + 1) * length, 0, below, id=f"n{level}{at}") for at in range(10)]
        sequences.append(sequence(track(*items), name=str(level)))
        below = f'<sequence id="sequence-{level}"/>'
    with pytest.raises(TimelineUnreadable, match="multiply to more than 1,000"):
        read(tmp_path, *sequences)
