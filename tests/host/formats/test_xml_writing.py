"""What our writers of FCPXML and FCP7 XML make of names, addresses, speeds, markers and sound; and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from fakes.takes import make_take
from fakes.timelines import audio, clip, compound, gap, generator, marked, retimed, span, timeline, video
from vem_core.contract.errors import OutputError
from vem_plugin.formats.fcp7 import read_fcp7, write_fcp7
from vem_plugin.formats.fcpxml import read_fcpxml, write_fcpxml
from vem_plugin.formats.laying import lanes_of
from vem_plugin.formats.media_urls import media_url
from vem_plugin.formats.writing import Clock
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.editor_formats import write_interchange
from vem_plugin.placement.level_keyframes import set_level
from vem_plugin.placement.writing import write_timeline
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet

SUFFIXES = (".fcpxml", ".xml")
LONG = span(0, 5000)


def with_media(*items: otio.schema.Clip) -> list[otio.schema.Clip]:
    """Clips whose media state their range."""
    for item in items:
        item.media_reference.available_range = LONG
    return list(items)


def there_and_back(made: otio.schema.Timeline, folder: Path, suffix: str) -> otio.schema.Timeline:
    path = folder / f"edit{suffix}"
    write_timeline(made, path)
    return read_timeline_file(path)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("/media/a b.mov", "file:///media/a%20b.mov"),
        ("/media/it's #1 50%?.mov", "file:///media/it's%20%231%2050%25%3F.mov"),
        ("/médias/é.mov", "file:///m%C3%A9dias/%C3%A9.mov"),
        ("C:\\clips\\a b.mov", "file:///C:/clips/a%20b.mov"),
        ("\\\\server\\share\\a.mov", "file://server/share/a.mov"),
        ("file:///media/a%20b.mov", "file:///media/a%20b.mov"),
        ("file://localhost/D%3a/a.mov", "file:///D:/a.mov"),
        ("file://C:/clips/a.mov", "file:///C:/clips/a.mov"),
        ("file://server/share/a.mov", "file://server/share/a.mov"),
        ("clips/a b.mov", "clips/a%20b.mov"),
        ("http://host/a.mov?x=1", "http://host/a.mov?x=1"),
    ],
)
def test_addresses_are_written_as_urls(address: str, url: str) -> None:
    assert media_url(address) == url
    assert media_url(url) == url or "://" not in url  # in a relative path a percent sign stands for itself
    assert media_url(address, "localhost") == url.replace("file:///", "file://localhost/")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_of_any_kind_come_back(tmp_path: Path, suffix: str) -> None:
    names = ["it's", 'say "no"', "<b> & </b>", "]]>", "é 東 🎬", "a\x01b\x0bc"]
    made = timeline(video(*with_media(*(clip(name, 0, 10, url=f"/m/{at}.mov") for at, name in enumerate(names)))))
    read = there_and_back(made, tmp_path, suffix)
    assert [clip.name for clip in read.find_clips()] == [*names[:-1], "abc"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_media_are_urls_and_keep_their_range(tmp_path: Path, suffix: str) -> None:
    item = clip("a", 86_410, 48, url="/media/it's.mov")
    item.media_reference.available_range = span(86_400, 500)
    (read,) = there_and_back(timeline(video(item)), tmp_path, suffix).find_clips()
    assert read.media_reference.target_url == media_url("/media/it's.mov", "localhost" if suffix == ".xml" else "")
    assert read.media_reference.available_range == span(86_400, 500)
    assert read.source_range == span(86_410, 48)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("speed", [0.5, 2, -1, 0, 1.25])
def test_speeds_come_back(tmp_path: Path, suffix: str, speed: float) -> None:
    made = timeline(video(*with_media(clip("a", 0, 40), retimed(clip("b", 200, 40), speed), clip("c", 0, 40))))
    read = there_and_back(made, tmp_path, suffix)
    second = list(read.find_clips())[1]
    (warp,) = second.effects
    assert warp.time_scalar == pytest.approx(speed)
    assert float(second.source_range.start_time.value) == pytest.approx(200, abs=1)
    assert read_cut_sheet(read).sheet.cuts == read_cut_sheet(made).sheet.cuts


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_markers_of_clips_and_timelines_come_back(tmp_path: Path, suffix: str) -> None:
    first, second = with_media(marked(clip("a", 100, 40), 110, "hit", comment="the door"), clip("b", 0, 40))
    made = timeline(video(first, second))
    made.tracks.markers.append(otio.schema.Marker("drop", span(55, 1)))
    sheet = read_cut_sheet(there_and_back(made, tmp_path, suffix)).sheet
    assert [(event.record_frames, event.wish.value) for event in sheet.events] == [(10, "hit"), (55, "drop")]
    assert sheet.events[0].label == read_cut_sheet(made).sheet.events[0].label


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_compounds_titles_black_and_disabled_clips_come_back(tmp_path: Path, suffix: str) -> None:
    x, y, z = with_media(clip("x", 0, 30), clip("y", 0, 30), clip("z", 0, 8))
    inner = compound(video(x, y), video(gap(10), z), start=5, length=45, name="scene")
    hidden = with_media(clip("off", 0, 20))[0]
    hidden.enabled = False
    made = timeline(
        video(*with_media(clip("a", 0, 40)), inner, generator("Black", 20), hidden, *with_media(clip("b", 0, 40))),
        video(gap(20), generator("Text", 30, name="A title")),
    )
    made_sheet = read_cut_sheet(made).sheet
    sheet = read_cut_sheet(there_and_back(made, tmp_path, suffix)).sheet
    assert [cut.record_frames for cut in sheet.cuts] == [cut.record_frames for cut in made_sheet.cuts]
    assert [shot.picture for shot in sheet.shots] == [shot.picture for shot in made_sheet.shots]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_music_lies_where_it_lay_and_is_not_doubled(tmp_path: Path, suffix: str) -> None:
    music = with_media(clip("song.wav", 12, 50, url="/music/song.wav"))
    made = timeline(video(*with_media(clip("a", 0, 90))), audio(gap(20), *music, name="VeM Score"))
    made.tracks[1].metadata["Resolve_OTIO"] = {"Audio Type": "Stereo"}
    path = tmp_path / f"edit{suffix}"
    write_timeline(made, path, "song.wav")
    read = read_timeline_file(path)
    (lane,) = [track for track in read.audio_tracks() if any("song" in item.name for item in track)]
    assert [(item.name, item.duration().value) for item in lane] == [("", 20), ("song.wav", 50)]
    assert lane[1].source_range.start_time.value == 12


def keyframes(effect: otio.schema.Effect) -> dict[int, float]:
    points = effect.metadata["fcp_xml"]["parameter"]["keyframe"]
    return {int(point["when"]): float(point["value"]) for point in points}


def test_the_level_under_speech_is_keyframes_in_fcp7(tmp_path: Path) -> None:
    made = timeline(video(*with_media(clip("a", 0, 240))), audio(*with_media(clip("song", 0, 240))))
    set_level(made.tracks[1][0], ((0, 0.0), (96_000, -8.0), (480_000, -8.0)), Fraction(24), 240)
    read = there_and_back(made, tmp_path, ".xml")
    (effect,) = read.audio_tracks()[0][0].effects
    told = effect.metadata["fcp_xml"]
    assert (effect.name, told["effectid"], told["parameter"]["parameterid"]) == ("Audio Levels", "audiolevels", "level")
    points = keyframes(effect)
    assert points[0] == 1
    assert points[240] == pytest.approx(10 ** (-8 / 20), abs=1e-4)
    again = there_and_back(read, tmp_path, ".xml")
    assert keyframes(again.audio_tracks()[0][0].effects[0]) == points


def test_stereo_lanes_are_a_pair_of_tracks_for_premiere(tmp_path: Path) -> None:
    made = timeline(video(*with_media(clip("a", 0, 90))), audio(*with_media(clip("song", 0, 50))))
    made.tracks[1].metadata["Resolve_OTIO"] = {"Audio Type": "Stereo"}
    write_timeline(made, tmp_path / "edit.xml")
    pair = ElementTree.parse(tmp_path / "edit.xml").findall(".//audio/track")
    assert [track.get("currentExplodedTrackIndex") for track in pair] == ["0", "1"]
    assert [track.findtext(".//sourcetrack/trackindex") for track in pair] == ["1", "2"]
    assert len(read_timeline_file(tmp_path / "edit.xml").audio_tracks()) == 1


def test_a_file_is_described_once_and_referred_to_after_that(tmp_path: Path) -> None:
    items = with_media(*(clip("a", first, 20, url="/m/a.mov") for first in (0, 100, 300)))
    write_timeline(timeline(video(*items)), tmp_path / "edit.xml")
    files = ElementTree.parse(tmp_path / "edit.xml").findall(".//clipitem/file")
    assert [(file.get("id"), len(file) > 0) for file in files] == [
        ("file-1", True),
        ("file-1", False),
        ("file-1", False),
    ]


def test_the_elements_of_fcpxml_stand_in_the_order_of_its_document_type(tmp_path: Path) -> None:
    first = retimed(marked(clip("a", 0, 60), 5, "hit"), 2)
    first.metadata["fcpxml"] = {"note": "A note", "keywords": ["boat", "dawn"]}
    made = timeline(video(*with_media(first)), video(gap(10), *with_media(clip("b", 0, 20))))
    write_fcpxml(made, tmp_path / "edit.fcpxml", Clock(Fraction(24)))
    (spine,) = ElementTree.parse(tmp_path / "edit.fcpxml").iter("spine")
    assert [child.tag for child in spine[0]] == ["note", "timeMap", "asset-clip", "keyword", "marker"]
    words = read_cut_sheet(read_fcpxml(tmp_path / "edit.fcpxml").timelines[0]).sheet.shots[0].words
    assert set(words) >= {"A note", "boat", "dawn"}


def test_what_a_trimmed_timeline_leaves_out_is_not_written(tmp_path: Path) -> None:
    made = timeline(video(*with_media(clip("a", 0, 50), clip("b", 100, 50), clip("c", 0, 50))))
    made.tracks.source_range = span(30, 90)
    (lane,) = lanes_of(made.tracks, Fraction(24))
    assert [(entry.item.name, entry.start, entry.end, entry.skipped) for entry in lane.items] == [
        ("a", 0, 20, 30), ("b", 20, 70, 0), ("c", 70, 90, 0)
    ]  # fmt: skip


def test_a_rate_that_fcp7_cannot_state_is_refused(tmp_path: Path) -> None:
    made = timeline(video(clip("a", 0, 50, rate=12.5), clip("b", 0, 50, rate=12.5)))
    with pytest.raises(OutputError, match=r"no room for 12\.5 frames per second") as caught:
        write_timeline(made, tmp_path / "edit.xml")
    assert "as .otio" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"rate": Fraction(25)}, "the frame rate is 25 instead of 24"),
        ({"start_frames": 48}, "it begins at 00:00:02:00 instead of 00:00:00:00"),
    ],
)
def test_what_reads_back_otherwise_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: dict[str, object], said: str
) -> None:
    def write_wrongly(made: otio.schema.Timeline, path: Path, clock: Clock) -> None:
        values = {"rate": clock.rate, "start_frames": clock.start_frames} | damage
        write_fcp7(made, path, Clock(**values))  # type: ignore[arg-type]

    monkeypatch.setitem(vars(__import__("vem_plugin.placement.editor_formats", fromlist=["WRITERS"]))["WRITERS"],
                        ".xml", write_wrongly)  # fmt: skip
    made = timeline(video(*with_media(clip("a", 0, 50), clip("b", 0, 50))))
    with pytest.raises(OutputError, match=said):
        write_timeline(made, tmp_path / "edit.xml")
    assert list(tmp_path.iterdir()) == []


def test_music_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    made = timeline(video(*with_media(clip("a", 0, 90))), audio(generator("Tone", 20, name="song.wav")))
    with pytest.raises(OutputError, match="the music lies elsewhere"):
        write_interchange(made, tmp_path / "edit.fcpxml", "song.wav")


def test_the_music_of_several_sequences_is_in_the_first(tmp_path: Path) -> None:
    made = timeline(compound(video(*with_media(clip("a", 0, 50))), start=0, length=50))
    path = tmp_path / "edit.xml"
    write_fcp7(made, path, Clock(Fraction(24)))
    assert len(read_fcp7(path).timelines) == 1  # what is nested does not stand for itself


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("rate", "start", "form"),
    [(Fraction(24000, 1001), 86_400, "NDF"), (Fraction(30000, 1001), 107_892, "DF"), (Fraction(60000, 1001), 0, "DF")],
)
def test_a_scored_timeline_keeps_its_rate_and_start(
    tmp_path: Path, suffix: str, rate: Fraction, start: int, form: str
) -> None:
    shots = [clip(name, 0, 48, rate=float(rate), url=f"/m/it's {name}.mov") for name in "abc"]
    made = timeline(video(*shots), start=start, rate=float(rate))
    made.metadata["fcp_xml"] = {"timecode": {"displayformat": form}}
    (tmp_path / "it's.otio").write_text(made.to_json_string(), encoding="utf-8")
    host = FileHost(tmp_path / "it's.otio", FileHostOptions(output=tmp_path / "out", timeline_suffix=suffix))
    sheet = host.read_timeline().sheet
    placement = host.place(make_take(sheet, tmp_path / "job"))
    assert placement.timeline is not None
    read = read_timeline_file(placement.timeline)
    found = read_cut_sheet(read).sheet
    assert (found.rate, found.start_frames, found.drop_frame) == (rate, start, form == "DF")
    assert [cut.record_frames for cut in found.cuts] == [48, 96]
    (music,) = [clip for track in read.audio_tracks() for clip in track if "take1.wav" in clip.name]
    assert music.duration().value == 144
    assert music.media_reference.target_url.startswith("file://")
    assert music.media_reference.target_url.endswith("/out/it's-take1.wav")
