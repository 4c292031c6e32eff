"""Edit decision lists as editors write them: each situation with the cuts that a person finds in its timecodes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vem_core.contract.cut_sheet import CutKind, CutSheet, DropReason, Wish
from vem_core.contract.errors import NoPicture, TimelineUnreadable
from vem_plugin.formats.edl.events import parse_events
from vem_plugin.sound.lanes import AudioLane, read_lanes
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import ReadCutSheet, ReadingOptions, read_opened

HEAD = "TITLE: Film\nFCM: NON-DROP FRAME\n\n"


def read(folder: Path, text: str | bytes, rate: Fraction | None = Fraction(24), **options: Any) -> ReadCutSheet:
    path = folder / "film.edl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_opened(open_timeline(path, rate=rate), ReadingOptions(rate=rate, **options))


def cuts(read: ReadCutSheet) -> list[int]:
    return [cut.record_frames for cut in read.sheet.cuts]


def lanes(folder: Path, text: str) -> tuple[AudioLane, ...]:
    (folder / "film.edl").write_text(text)
    return read_lanes(open_timeline(folder / "film.edl", rate=Fraction(24)).timeline, Fraction(24))


def black(sheet: CutSheet) -> list[int]:
    return [shot.start_frames for shot in sheet.shots if not shot.picture]


ONE = "001  R1       V     C        00:10:00:00 00:10:02:00 01:00:00:00 01:00:02:00\n"
TWO = "002  R2       V     C        00:20:00:00 00:20:02:00 01:00:02:00 01:00:04:00\n"
THREE = "003  R3       V     C        00:30:00:00 00:30:02:00 01:00:04:00 01:00:06:00\n"

SITUATIONS = {
    "three cuts": (HEAD + ONE + TWO + THREE, [48, 96]),
    "no header at all": (ONE + TWO, [48]),
    "windows line ends": ((HEAD + ONE + TWO).replace("\n", "\r\n"), [48]),
    "old mac line ends": ((HEAD + ONE + TWO).replace("\n", "\r"), [48]),
    "a blank line after each event": ((HEAD + ONE + TWO + THREE).replace("\n", "\n\n"), [48, 96]),
    "tabs between the columns": (HEAD + ONE.replace("  ", "\t") + TWO.replace("  ", "\t"), [48]),
    "sorted by source (C mode)": (HEAD + TWO + THREE + ONE, [48, 96]),
    "six digits and a long reel (File128)": (
        HEAD
        + "000001  A001_C002_0815XY_001_A_LONG_NAME_OF_A_REEL V C 00:10:00:00 00:10:02:00 01:00:00:00 01:00:02:00\n"
        + "000002  A001_C003_0815XY_001_A_LONG_NAME_OF_A_REEL V C 00:20:00:00 00:20:02:00 01:00:02:00 01:00:04:00\n",
        [48],
    ),
    "a reel with spaces": (HEAD + ONE.replace("R1      ", "CARD 1 A") + TWO, [48]),
    "no reel": (HEAD + ONE.replace("R1", "  ") + TWO, [48]),
    "sound beside the picture": (HEAD + ONE.replace(" V    ", " AA/V ") + TWO.replace(" V    ", " B    "), [48]),
    "the same event for picture and sound": (
        HEAD + ONE + ONE.replace(" V ", " A ") + TWO + TWO.replace(" V ", " A2"),
        [48],
    ),
    "a through-edit by reel": (
        HEAD + ONE + "002  R1 V C 00:10:02:00 00:10:04:00 01:00:02:00 01:00:04:00\n" + THREE,
        [96],
    ),
    "one reel, two clip names": (
        HEAD
        + ONE
        + "* FROM CLIP NAME: A.MOV\n"
        + "002  R1 V C 00:10:02:00 00:10:04:00 01:00:02:00 01:00:04:00\n* FROM CLIP NAME: B.MOV\n",
        [48],
    ),
    "one clip name on two reels": (
        HEAD
        + ONE
        + "* FROM CLIP NAME: INTERVIEW\n"
        + "002  R2 V C 00:10:02:00 00:10:04:00 01:00:02:00 01:00:04:00\n* FROM CLIP NAME: INTERVIEW\n",
        [48],
    ),
    "black between": (HEAD + ONE + "002  BL V C 00:00:00:00 00:00:02:00 01:00:02:00 01:00:04:00\n" + THREE, [48, 96]),
    "a hole is black": (HEAD + ONE + THREE, [48, 96]),
    "faster without an M2 note: the record's length counts": (
        HEAD + ONE + "002  R2 V C 00:20:00:00 00:20:01:01 01:00:02:00 01:00:02:13\n"
        "003  R3 V C 00:30:00:00 00:30:02:00 01:00:02:13 01:00:04:13\n",
        [48, 61],
    ),
    "an M2 note": (HEAD + ONE + TWO + "M2   R2       048.0                00:20:00:00\n" + THREE, [48, 96]),
    "a reversed event": (HEAD + ONE + TWO + "M2   R2      -024.0                00:20:00:00\n" + THREE, [48, 96]),
    "a freeze frame": (
        HEAD + ONE + "002  R1 V C 00:10:02:00 00:10:02:01 01:00:02:00 01:00:04:00\nM2   R1 000.0 00:10:02:00\n" + THREE,
        [48, 96],
    ),
    "a source from before midnight": (
        HEAD + ONE + "002  R2 V C 23:59:59:00 24:00:01:00 01:00:02:00 01:00:04:00\n",
        [48],
    ),
    "an event of no length": (HEAD + ONE + "002  R9 V C 00:01:00:00 00:01:00:00 01:00:02:00 01:00:02:00\n" + TWO, [48]),
    "a source at 30 frames": (HEAD + ONE + "002  R2 V C 00:20:00:29 00:20:02:29 01:00:02:00 01:00:04:00\n", [48]),
    "a second picture track": (
        HEAD + ONE + TWO + "003  R3 V2 C 00:30:00:00 00:30:00:12 01:00:01:00 01:00:01:12\n",
        [24, 36, 48],
    ),
    "a reel that is called like a channel": (HEAD + ONE.replace("R1", "A1") + TWO.replace("R2", "V1"), [48]),
    "notes of Final Cut Pro 7": (
        HEAD + ONE + "FINAL CUT PRO REEL: Tape 1 REPLACED BY: R1\n\n" + TWO,
        [48],
    ),
    "corrections of colour": (
        HEAD + ONE + "* ASC_SOP (1.0 1.0 1.0)(0.0 0.0 0.0)(1.0 1.0 1.0)\n* ASC_SAT 0.9\n" + TWO,
        [48],
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_situations(name: str, tmp_path: Path) -> None:
    text, expected = SITUATIONS[name]
    found = read(tmp_path, text)
    assert (cuts(found), found.sheet.start_frames) == (expected, 86_400)
    assert not any("The file says" in notice for notice in found.notices)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_byte_order_marks(mark: bytes, tmp_path: Path) -> None:
    encoding = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}[mark]
    assert cuts(read(tmp_path, mark + (HEAD + ONE + TWO).encode(encoding))) == [48]


def test_names_in_latin_1(tmp_path: Path) -> None:
    found = read(tmp_path, (HEAD + ONE + "* FROM CLIP NAME: CAFÉ.MOV\n" + TWO).encode("latin-1"))
    assert found.sheet.shots[0].name == "CAFÉ.MOV"
    assert cuts(found) == [48]


DISSOLVE = (
    "002  R1       V     C        00:10:02:00 00:10:02:00 01:00:02:00 01:00:02:00\n"
    "002  R2       V     D    024 00:20:00:00 00:20:02:00 01:00:02:00 01:00:04:00\n"
    "* FROM CLIP NAME: ONE.MOV\n* TO CLIP NAME: TWO.MOV\n"
)


@pytest.mark.parametrize(
    ("text", "frame", "nominal", "extent"),
    [
        (HEAD + ONE + DISSOLVE, 60, 48, 24),
        (HEAD + ONE + DISSOLVE.replace("D    024", "W001 024"), 60, 48, 24),
        (HEAD + ONE + DISSOLVE.replace("D    024", "D    001"), 48, None, 1),
        (HEAD + ONE + DISSOLVE.splitlines(keepends=True)[1], 60, 48, 24),
    ],
    ids=["dissolve", "wipe", "of one frame", "without the line it comes from"],
)
def test_dissolves_and_wipes(text: str, frame: int, nominal: int | None, extent: int, tmp_path: Path) -> None:
    (cut,) = read(tmp_path, text).sheet.cuts
    assert (cut.kind, cut.record_frames, cut.nominal_frames, cut.extent_frames) == (
        CutKind.DISSOLVE,
        frame,
        nominal,
        extent,
    )


def test_a_dissolve_names_both_clips(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ONE.replace("\n", "\n* FROM CLIP NAME: ONE.MOV\n") + DISSOLVE)
    assert [shot.name for shot in found.sheet.shots] == ["ONE.MOV", "TWO.MOV"]


def test_a_picture_of_its_own_that_is_mixed_away_at_once(tmp_path: Path) -> None:
    """R9 is cut to at 48 and dissolves into R2 until 72: the dissolve's middle is 60."""
    found = read(tmp_path, HEAD + ONE + DISSOLVE.replace("R1  ", "R9  ").replace("ONE.MOV", "NINE.MOV"))
    assert [(cut.record_frames, cut.extent_frames) for cut in found.sheet.cuts] == [(48, 0), (60, 24)]
    assert [shot.name for shot in found.sheet.shots] == ["R1", "NINE.MOV", "TWO.MOV"]


def test_a_dissolve_at_the_head_of_a_list(tmp_path: Path) -> None:
    (cut,) = read(tmp_path, HEAD + DISSOLVE).sheet.cuts
    assert (cut.record_frames, cut.extent_frames) == (12, 24)


def test_fades_from_and_to_black(tmp_path: Path) -> None:
    text = (
        HEAD
        + "001  BL V C 00:00:00:00 00:00:00:00 01:00:00:00 01:00:00:00\n"
        + "001  R1 V D 024 00:10:00:00 00:10:04:00 01:00:00:00 01:00:04:00\n* TO CLIP NAME: ONE.MOV\n"
        + "002  R1 V C 00:10:04:00 00:10:04:00 01:00:04:00 01:00:04:00\n"
        + "002  BL V D 024 00:00:00:00 00:00:02:00 01:00:04:00 01:00:06:00\n"
        + "003  BL V C 00:00:00:00 00:00:00:00 01:00:06:00 01:00:06:00\n"
        + "003  R3 V D 012 00:30:00:00 00:30:02:00 01:00:06:00 01:00:08:00\n* TO CLIP NAME: THREE.MOV\n"
    )
    found = read(tmp_path, text)
    assert [(cut.record_frames, cut.nominal_frames, cut.extent_frames) for cut in found.sheet.cuts] == [
        (108, 96, 24),
        (150, 144, 12),
    ]
    assert black(found.sheet) == [108]
    assert found.sheet.duration_frames == 192


def test_a_black_event_of_no_length_before_a_cut_is_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ONE + "002  BL V C 00:00:00:01 00:00:00:01 01:00:02:00 01:00:02:00\n" + TWO)
    assert (cuts(found), black(found.sheet)) == ([48], [])


def test_keys_lie_over_the_picture(tmp_path: Path) -> None:
    text = (
        HEAD
        + ONE.replace("C  ", "K B")
        + "001  TITLES V K 012 00:00:10:00 00:00:11:00 01:00:00:12 01:00:01:12\n* KEY CLIP NAME: LOWER THIRD\n"
        + TWO
    )
    found = read(tmp_path, text)
    assert (cuts(found), {boundary.reason for boundary in found.sheet.dropped}) == ([48], {DropReason.OVERLAY})
    assert cuts(read(tmp_path, text, keep_overlays=True)) == [12, 36, 48]


def test_speeds_of_m2_notes(tmp_path: Path) -> None:
    motion = "M2   R2      {}                00:20:00:00\n"
    for written, speed in (("048.0", 2), ("-024.0", -1), ("012.0", Fraction(1, 2)), ("000.0", 0)):
        found = read(tmp_path, HEAD + ONE + TWO + motion.format(written) + THREE)
        assert found.media[1].speed == speed, written
    fast = read(tmp_path, HEAD + ONE + TWO.replace("00:20:02:00", "00:20:04:00"))
    assert fast.media[1].speed == 2


def test_the_lengths_say_what_a_rounded_m2_note_means(tmp_path: Path) -> None:
    text = HEAD + ONE + TWO.replace("00:20:02:00", "00:20:04:00") + "M2   R2       047.9                00:20:00:00\n"
    assert read(tmp_path, text, Fraction(24000, 1001)).media[1].speed == 2


def test_overlaps_are_named_by_event_and_the_later_one_stands(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ONE + TWO.replace("01:00:02:00 01:00:04:00", "01:00:01:12 01:00:03:12"))
    assert cuts(found) == [36]
    (notice,) = [notice for notice in found.notices if "overlaps" in notice]
    assert "Event 002 overlaps event 001 by 12 frames from 01:00:01:12" in notice


def test_an_event_recorded_over_the_middle_of_another(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        HEAD
        + "001  R1 V C 00:10:00:00 00:10:10:00 01:00:00:00 01:00:10:00\n"
        + "002  R2 V C 00:20:00:00 00:20:01:00 01:00:02:00 01:00:03:00\n",
    )
    assert cuts(found) == [48, 72]
    assert [media.source_start_frames for media in found.media] == [14_400, 28_800, 14_472]


@pytest.mark.parametrize(
    ("stamps", "reason"),
    [
        ("00:20:00:00 00:20:02:00 01:00:04:00 01:00:02:00", "Event 002 ends at 01:00:02:00, before it begins"),
        ("00:20:00:00 00:20:02:00 01:00:02:00 01:00:04:24", "Event 002 has frame number 24"),
        ("00:20:00:00 00:20:02:00 01:00:02:00 01:61:04:00", "Event 002: 01:61:04:00 does not exist"),
    ],
)
def test_times_that_cannot_be_are_refused_by_event(stamps: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match=reason):
        read(tmp_path, f"{HEAD}{ONE}002  R2       V     C        {stamps}\n")


def test_a_line_that_should_have_been_an_event_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ONE + TWO + "003  R3  V  X  00:30:00:00 00:30:02:00 01:00:04:00 01:00:06:00\n")
    assert cuts(found) == [48]
    assert any("Line 6 looks like an event" in notice for notice in found.notices)


def test_a_list_of_sound_alone_shows_no_picture(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="no video track"):
        read(tmp_path, HEAD + ONE.replace(" V ", " A ") + TWO.replace(" V ", " A "))


@pytest.mark.parametrize("text", ["TITLE: x\n", "hello\n", "\x00\x01"])
def test_a_file_without_events_is_refused_with_the_reason(text: str, tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="it holds no events"):
        read(tmp_path, text)


RESOLVE_MARKERS = (
    "001  001      V     C        01:00:02:00 01:00:02:01 01:00:02:00 01:00:02:01\n"
    " |C:ResolveColorBlue |M:Marker 1 |D:1\n\n"
    "002  001      V     C        01:00:03:12 01:00:03:13 01:00:03:12 01:00:03:13\n"
    "on the beat |C:ResolveColorRed |M:hit |D:12\n"
)


def test_a_list_of_resolves_markers_is_no_cut_list(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="list of 2 markers, not a cut list") as caught:
        read(tmp_path, HEAD + RESOLVE_MARKERS)
    assert "Export the timeline" in caught.value.hint


def test_resolves_markers_among_events_are_markers(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ONE + TWO + RESOLVE_MARKERS)
    assert cuts(found) == [48]
    assert [(event.record_frames, event.wish) for event in found.sheet.events] == [(84, Wish.HIT)]
    assert found.sheet.cuts[0].wish is Wish.AUTO


def test_locators_are_markers_at_their_record_time(tmp_path: Path) -> None:
    text = HEAD + ONE + "* LOC: 01:00:01:00 RED     HIT\n* LOC: 01:00:02:00 GREEN   drop: the chorus\n" + TWO
    found = read(tmp_path, text)
    assert [(event.record_frames, event.wish) for event in found.sheet.events] == [(24, Wish.HIT)]
    assert found.sheet.cuts[0].wish is Wish.DROP


def test_comments_are_words_and_directives_are_not(tmp_path: Path) -> None:
    text = HEAD + ONE + "* COMMENT: rain on the harbour\n* AVX2 EFFECT, RESIZE\n* A man waits\n" + TWO
    assert read(tmp_path, text).sheet.shots[0].words == ("rain on the harbour", "A man waits")


def test_sound_lies_on_its_lanes_at_record_time(tmp_path: Path) -> None:
    text = (
        HEAD
        + ONE
        + TWO
        + "003  V1 A  C 00:30:00:00 00:30:01:00 01:00:01:00 01:00:02:00\n* FROM CLIP NAME: VO.WAV\n"
        + "004  V2 A2 C 00:30:00:00 00:30:01:00 01:00:02:12 01:00:03:12\n* FROM CLIP NAME: ATMO.WAV\n"
        + "005  V3 AA C 00:30:00:00 00:30:00:12 01:00:03:12 01:00:04:00\n* FROM CLIP NAME: MUSIC.WAV\n"
    )
    found = lanes(tmp_path, text)
    assert [(lane.name, [(clip.name, clip.start, clip.duration) for clip in lane.clips]) for lane in found] == [
        ("A", [("VO.WAV", 24, 24), ("MUSIC.WAV", 84, 12)]),
        ("A2", [("ATMO.WAV", 60, 24), ("MUSIC.WAV", 84, 12)]),
    ]


def test_split_edits_and_more_audio_channels(tmp_path: Path) -> None:
    text = (
        HEAD
        + ONE
        + "002  R2 V C 00:20:00:00 00:20:02:00 01:00:02:00 01:00:04:00\n"
        + "SPLIT:    AUDIO DELAY=  00:00:00:12\n"
        + "002  R2 A C 00:20:00:12 00:20:02:00 01:00:02:12 01:00:04:00\nAUD  3\n"
    )
    found = lanes(tmp_path, text)
    assert [(lane.name, lane.clips[0].start) for lane in found] == [("A", 60), ("A3", 60)]


def test_channels_and_reels_are_told_apart() -> None:
    (line,) = parse_events("001  A1A2V    AA/V  C        00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00").lines
    assert (line.reel, line.video, line.audio) == ("A1A2V", (1,), (1, 2))


def test_a_very_long_line_costs_nothing() -> None:
    assert parse_events("001  " + "x " * 500_000).lines == []
