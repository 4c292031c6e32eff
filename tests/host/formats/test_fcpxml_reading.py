"""What else an FCPXML file says: several projects, sound and its roles, words, odd numbers; and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.fcpxml_files import Kit, element
from vem_core.contract.errors import NoPicture, TimelineError, TimelineUnreadable
from vem_plugin.formats.fcpxml import read_fcpxml
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.roles import Role
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet


def write(folder: Path, document: str | bytes, name: str = "edit.fcpxml") -> Path:
    path = folder / name
    path.write_bytes(document.encode() if isinstance(document, str) else document)
    return path


def heard(path: Path) -> dict[str, list[tuple[str, int, int, float]]]:
    """Each audio lane's clips: name, first frame, end, and seconds into the file."""
    lanes = read_lanes(read_timeline_file(path), Fraction(25))
    return {
        lane.name: [(clip.name, int(clip.start), int(clip.start + clip.duration), float(clip.source_start_s))
                    for clip in lane.clips]
        for lane in lanes
    }  # fmt: skip


def spoken(kit: Kit, name: str = "a", **attributes: str) -> str:
    return kit.asset(name, hasAudio="1", audioChannels="2", **attributes)


# Several timelines, other doors


def two_projects(folder: Path, names: tuple[str, str], events: tuple[str, str] = ("E", "E")) -> Path:
    kit = Kit()
    projects = [element("project", kit.sequence(kit.clip("a", 0, length)), name=name)
                for name, length in zip(names, (50, 70), strict=True)]  # fmt: skip
    kit.file()
    resources = element("resources", *kit.resources.values())
    held = [element("event", project, name=event) for project, event in zip(projects, events, strict=True)]
    return write(folder, f'<fcpxml version="1.11">{resources}{element("library", *held)}</fcpxml>')


def test_all_projects_of_a_library_are_there_to_choose_from(tmp_path: Path) -> None:
    path = two_projects(tmp_path, ("Rough", "Fine"))
    assert [timeline.name for timeline in read_fcpxml(path).timelines] == ["Rough", "Fine"]
    assert read_cut_sheet(read_timeline_file(path, "Fine")).sheet.duration_frames == 70
    with pytest.raises(TimelineError, match="holds no timeline called 'Final'"):
        read_timeline_file(path, "Final")


def test_projects_of_one_name_are_told_apart_by_their_events(tmp_path: Path) -> None:
    path = two_projects(tmp_path, ("Edit", "Edit"), ("Monday", "Tuesday"))
    assert [timeline.name for timeline in read_fcpxml(path).timelines] == ["Monday: Edit", "Tuesday: Edit"]


def test_a_compound_clip_of_the_browser_is_read_where_there_is_no_project(tmp_path: Path) -> None:
    kit = Kit()
    ref = kit.compound("film", kit.clip("a", 0, 50), kit.clip("b", 50, 50))
    path = write(tmp_path, kit.file(kit.inside("ref-clip", None, 100, ref=ref, name="film")))
    assert [cut.record_frames for cut in read_cut_sheet(read_timeline_file(path)).sheet.cuts] == [50]


def test_browser_clips_alone_are_no_timeline(tmp_path: Path) -> None:
    kit = Kit()
    with pytest.raises(NoPicture, match="holds no project"):
        read_timeline_file(write(tmp_path, kit.file(kit.clip("a", None, 100))))


def test_a_bundle_is_read_by_its_document(tmp_path: Path) -> None:
    kit = Kit()
    (tmp_path / "edit.fcpxmld").mkdir()
    write(tmp_path / "edit.fcpxmld", kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50)), "Info.fcpxml")
    assert len(read_cut_sheet(read_timeline_file(tmp_path / "edit.fcpxmld")).sheet.cuts) == 1
    (tmp_path / "bare.fcpxmld").mkdir()
    with pytest.raises(TimelineUnreadable, match=r"bundle without Info\.fcpxml"):
        read_timeline_file(tmp_path / "bare.fcpxmld")


def test_fcpxml_that_is_called_xml_is_told_by_its_content(tmp_path: Path) -> None:
    kit = Kit()
    path = write(tmp_path, kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50)), "edit.xml")
    assert len(read_cut_sheet(read_timeline_file(path)).sheet.cuts) == 1


# The file's own numbers


def test_the_claims_are_the_files_own_numbers(tmp_path: Path) -> None:
    kit = Kit(Fraction(24000, 1001), 86_400)
    document = kit.project(kit.clip("a", 0, 48), kit.inside("gap", 48, 12), kit.clip("b", 60, 40), length=100)
    (claims,) = read_fcpxml(write(tmp_path, document)).claims
    assert (claims.rate, claims.start_frames, claims.duration_frames) == (Fraction(24000, 1001), 86_400, 100)
    assert claims.item_record_frames == (("a", 0, 48), ("b", 60, 100))


def test_edges_between_frames_are_snapped_and_named(tmp_path: Path) -> None:
    kit = Kit()
    first = element("asset-clip", ref=kit.asset("a"), name="a", offset="0s", duration="201/100s")
    second = element("asset-clip", ref=kit.asset("b"), name="b", offset="201/100s", duration="2s")
    document = kit.project(first, second)
    reading = read_fcpxml(write(tmp_path, document))
    assert [cut.record_frames for cut in read_cut_sheet(reading.timelines[0]).sheet.cuts] == [50]
    assert reading.own_notices[0] == (
        "'a', 'b' begin or end between frames of the project; each edge is taken at the nearest frame.",
    )


def test_overlaps_and_missing_media_are_named(tmp_path: Path) -> None:
    kit = Kit()
    document = kit.project(kit.clip("a", 0, 50), kit.clip("b", 40, 60), kit.clip("c", 100, 20, ref="r99"))
    reading = read_fcpxml(write(tmp_path, document))
    assert [cut.record_frames for cut in read_cut_sheet(reading.timelines[0]).sheet.cuts] == [40, 100]
    assert [notice.split()[0] for notice in reading.own_notices[0]] == ["'a'", "'c'"]


def test_a_rate_that_is_not_stated_is_deduced_and_said(tmp_path: Path) -> None:
    kit = Kit(Fraction(30000, 1001))
    document = kit.file(element("project", kit.sequence(kit.clip("a", 0, 49), format_=None), name="Edit"))
    reading = read_fcpxml(write(tmp_path, document.replace(' format="r1"', "")))
    assert reading.claims[0].rate == Fraction(30000, 1001)
    assert "does not say its frame rate; 29.97 was taken" in reading.own_notices[0][0]


@pytest.mark.parametrize(
    "time", ["x", "1/0s", "nan", "1e9s", "99999999999999s", "", "1/2/3s", "9" * 5000 + "s", "0." + "9" * 5000]
)
def test_times_that_are_none_are_refused_with_the_text(tmp_path: Path, time: str) -> None:
    kit = Kit()
    document = kit.project(element("asset-clip", ref=kit.asset("a"), offset="0s", duration=time))
    with pytest.raises(TimelineUnreadable, match="where a time belongs"):
        read_timeline_file(write(tmp_path, document))


@pytest.mark.parametrize("duration", ["0s", "1/48000s", "-1/25s"])
def test_a_format_of_no_pictures_rate_is_none(tmp_path: Path, duration: str) -> None:
    kit = Kit()
    kit.format("r1", frameDuration=duration, name="FFVideoFormat1080p25")
    document = kit.project(kit.clip("a", 0, 50), kit.clip("b", 50, 50))
    assert read_cut_sheet(read_timeline_file(write(tmp_path, document))).sheet.rate == 25


# Media


def test_media_are_file_urls_with_their_whole_range(tmp_path: Path) -> None:
    kit = Kit()
    key = kit.asset("a", start="3600s", duration="100s", src="file:///media/a%20b%26c.mov")
    replaced = kit.resources[key].replace(' src="file:///media/a%20b%26c.mov"/>', ">")
    kit.resources[key] = replaced + '<media-rep kind="original-media" src="file:///media/a%20b%26c.mov"/></asset>'
    document = kit.project(kit.clip("a", 0, 50, start=90_010))
    (clip,) = read_fcpxml(write(tmp_path, document)).timelines[0].find_clips()
    assert clip.media_reference.target_url == "file:///media/a%20b%26c.mov"
    assert clip.media_reference.available_range == otio.opentime.TimeRange(
        otio.opentime.RationalTime(90_000, 25), otio.opentime.RationalTime(2500, 25)
    )
    assert clip.source_range.start_time == otio.opentime.RationalTime(90_010, 25)


def test_source_positions_count_at_the_rate_of_the_medium(tmp_path: Path) -> None:
    kit = Kit(Fraction(24000, 1001))
    ref = kit.asset("a", format=kit.format("r30", frameDuration="1001/30000s"))
    document = kit.project(kit.clip("a", 0, 48, start=24, ref=ref))
    (clip,) = read_fcpxml(write(tmp_path, document)).timelines[0].find_clips()
    assert (clip.source_range.start_time.value, clip.source_range.start_time.rate) == (30, 30000 / 1001)
    assert clip.source_range.duration == otio.opentime.RationalTime(48, 24000 / 1001)


# Words


def test_notes_and_keywords_of_the_used_part_are_words_of_the_shot(tmp_path: Path) -> None:
    kit = Kit()
    told = [
        "<note>The boat leaves</note>",
        element("keyword", start=kit.t(0), duration=kit.t(40), value="harbour, dawn"),
        element("keyword", start=kit.t(500), duration=kit.t(40), value="night"),
        element("rating", name="Favorite", value="favorite"),
        element("metadata", element("md", key="com.apple.proapps.studio.scene", value="The quay")),
    ]
    document = kit.project(kit.clip("a", 0, 50, *told, start=10), kit.clip("b", 50, 50))
    first, second = read_cut_sheet(read_timeline_file(write(tmp_path, document))).sheet.shots
    assert set(first.words) >= {"The boat leaves", "harbour", "dawn", "The quay"}
    assert not {"night", "favorite"} & set(first.words)
    assert second.words == ()


# Sound


def test_sound_in_picture_clips_is_on_a_lane_of_its_role(tmp_path: Path) -> None:
    kit = Kit(25, 90_000)
    dialogue = kit.clip("a", 0, 50, start=100, ref=spoken(kit), audioRole="dialogue.dialogue-1")
    music = kit.clip("m", 20, 60, start=0, lane="-1", local=True, audioRole="music",
                     ref=kit.asset("m", hasVideo="0", hasAudio="1"))  # fmt: skip
    silent = kit.clip("b", 50, 50, music.replace(kit.t(20) or "", kit.t(10) or ""), ref=kit.asset("b"), start=0)
    path = write(tmp_path, kit.project(dialogue, silent))
    assert heard(path) == {"dialogue": [("a", 0, 50, 4.0)], "music": [("m", 60, 120, 0.0)]}
    assert [lane.role for lane in read_lanes(read_timeline_file(path), Fraction(25))] == [Role.SPEECH, Role.MUSIC]


def test_overlapping_sound_of_one_role_goes_to_a_second_lane(tmp_path: Path) -> None:
    kit = Kit()
    voice = kit.clip("vo", 30, 40, lane="-1", local=True, audioRole="dialogue.narrator",
                     ref=kit.asset("vo", hasVideo="0", hasAudio="1"))  # fmt: skip
    path = write(tmp_path, kit.project(kit.clip("a", 0, 100, voice, ref=spoken(kit), audioRole="dialogue")))
    assert heard(path) == {"dialogue": [("a", 0, 100, 0.0)], "dialogue 2": [("vo", 30, 70, 0.0)]}


def test_markers_on_sound_stay_on_it_and_are_no_wishes(tmp_path: Path) -> None:
    kit = Kit()
    music = kit.clip("m", 20, 60, kit.marker(110, "hit"), start=100, lane="-1", local=True, audioRole="music",
                     ref=kit.asset("m", hasVideo="0", hasAudio="1"))  # fmt: skip
    timeline = read_timeline_file(write(tmp_path, kit.project(kit.clip("a", 0, 100, music))))
    assert read_cut_sheet(timeline).sheet.events == ()
    (marker,) = next(iter(timeline.audio_tracks()))[1].markers
    assert (marker.name, marker.marked_range.start_time) == ("hit", otio.opentime.RationalTime(110, 25))


def test_a_split_edit_is_heard_before_and_after_it_is_seen(tmp_path: Path) -> None:
    kit = Kit()
    split = kit.clip("a", 50, 50, start=100, ref=spoken(kit), audioRole="dialogue",
                     audioStart=kit.t(80), audioDuration=kit.t(90))  # fmt: skip
    path = write(tmp_path, kit.project(kit.clip("b", 0, 50), split, kit.clip("c", 100, 50)))
    assert heard(path) == {"dialogue": [("a", 30, 120, 3.2)]}


@pytest.mark.parametrize(
    "mute",
    [
        {"srcEnable": "video"},
        {"inside": '<adjust-volume amount="-96dB"/>'},
        {"inside": '<audio-channel-source srcCh="1, 2" role="dialogue.a" enabled="0"/>'},
        {"inside": '<audio-channel-source srcCh="1, 2" role="dialogue.a" active="0"/>'},
    ],
)
def test_sound_that_is_off_is_on_no_lane(tmp_path: Path, mute: dict[str, str]) -> None:
    kit = Kit()
    inside = mute.pop("inside", "")
    path = write(tmp_path, kit.project(kit.clip("a", 0, 50, inside, ref=spoken(kit), audioRole="dialogue", **mute)))
    assert heard(path) == {}


def test_roles_of_components_make_lanes(tmp_path: Path) -> None:
    kit = Kit()
    components = ('<audio-channel-source srcCh="1" role="dialogue.boom"/>'
                  '<audio-channel-source srcCh="2" role="effects.wild"/>')  # fmt: skip
    path = write(tmp_path, kit.project(kit.clip("a", 0, 50, components, ref=spoken(kit), audioRole="dialogue")))
    assert heard(path) == {"dialogue": [("a", 0, 50, 0.0)], "effects": [("a", 0, 50, 0.0)]}


def test_the_channels_of_one_file_are_one_sound(tmp_path: Path) -> None:
    """A detached clip of the form that Final Cut writes: a gap with one `audio` for each channel."""
    kit = Kit()
    ref = spoken(kit, "rec")
    right = kit.inside("audio", 0, 500, start=0, local=True, lane="-1", ref=ref, role="dialogue.MixR", srcCh="2")
    left = kit.inside("audio", 0, 500, right, start=0, local=True, lane="-1", ref=ref, role="dialogue.MixL", srcCh="1")
    rec = kit.inside("clip", 10, 30, kit.inside("gap", 0, 500, left, local=True), local=True, lane="-1", start=100,
                     name="rec")  # fmt: skip
    path = write(tmp_path, kit.project(kit.clip("a", 0, 50, rec)))
    assert heard(path) == {"dialogue": [("rec", 10, 40, 4.0)]}


def test_sound_inside_a_compound_clip_is_heard_where_it_is_used(tmp_path: Path) -> None:
    kit = Kit()
    voice = kit.clip("vo", 20, 40, lane="-1", local=True, audioRole="dialogue",
                     ref=kit.asset("vo", hasVideo="0", hasAudio="1"))  # fmt: skip
    ref = kit.compound("scene", kit.clip("a", 0, 100, voice))
    scene = kit.inside("ref-clip", 50, 60, start=30, ref=ref, name="scene")
    assert heard(write(tmp_path, kit.project(kit.clip("b", 0, 50), scene))) == {"dialogue": [("vo", 50, 80, 0.4)]}
    quiet = scene.replace('name="scene"', 'name="scene" srcEnable="video"')
    assert heard(write(tmp_path, kit.project(kit.clip("b", 0, 50), quiet))) == {}
    off = scene.replace("/>", '><audio-role-source role="dialogue" active="0"/></ref-clip>')
    assert heard(write(tmp_path, kit.project(kit.clip("b", 0, 50), off))) == {}


def test_a_multicam_clip_is_heard_by_its_audio_angle(tmp_path: Path) -> None:
    kit = Kit()
    rec = kit.clip("rec", 0, 500, start=50, audioRole="dialogue", ref=kit.asset("rec", hasVideo="0", hasAudio="1"))
    ref = kit.multicam("cams", x=kit.clip("a", 0, 500, ref=spoken(kit), audioRole="dialogue"), y=rec)
    sources = '<mc-source angleID="x" srcEnable="video"/><mc-source angleID="y" srcEnable="audio"/>'
    path = write(tmp_path, kit.project(kit.inside("mc-clip", 0, 50, sources, start=100, ref=ref, name="cams")))
    assert heard(path) == {"dialogue": [("cams", 0, 50, 6.0)]}


def test_the_camera_sound_of_a_synchronised_clip_can_be_off(tmp_path: Path) -> None:
    kit = Kit()
    picture = kit.clip("a", 0, 200, start=0, local=True, ref=spoken(kit), audioRole="dialogue.camera")
    rec = kit.clip("rec", 0, 5000, start=0, local=True, lane="-1", audioRole="dialogue.boom",
                   ref=kit.asset("rec", hasVideo="0", hasAudio="1"))  # fmt: skip
    off = ('<sync-source sourceID="storyline"><audio-role-source role="dialogue.camera" active="0"/></sync-source>'
           '<sync-source sourceID="connected"><audio-role-source role="dialogue.boom"/></sync-source>')  # fmt: skip
    sync = kit.inside("sync-clip", 0, 50, picture, rec, off, start=25, name="sync")
    assert heard(write(tmp_path, kit.project(sync))) == {"dialogue": [("sync", 0, 50, 1.0)]}


# Safety


def test_compound_clips_in_a_circle_are_refused(tmp_path: Path) -> None:
    kit = Kit()
    kit.compound("x", kit.inside("ref-clip", 0, 50, start=0, ref="m-y", name="y"))
    kit.compound("y", kit.inside("ref-clip", 0, 50, start=0, ref="m-x", name="x"))
    with pytest.raises(TimelineUnreadable, match="contains itself"):
        read_timeline_file(write(tmp_path, kit.project(kit.inside("ref-clip", 0, 50, start=0, ref="m-x", name="x"))))


def test_compound_clips_that_multiply_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vem_plugin.formats.fcpxml.story.MOST_ITEMS", 1000)
    kit = Kit()
    below = kit.compound("0", *(kit.clip("ab"[at % 2], at, 1) for at in range(10)))
    for level in range(1, 6):
        below = kit.compound(str(level), *(kit.inside("ref-clip", at * 10, 10, start=0, ref=below) for at in range(10)))
    with pytest.raises(TimelineUnreadable, match="multiply to more than 1,000"):
        read_timeline_file(write(tmp_path, kit.project(kit.inside("ref-clip", 0, 100, start=0, ref=below, name="x"))))


def test_a_long_chain_of_connected_clips_is_refused_and_not_followed_into_the_stack(tmp_path: Path) -> None:
    kit = Kit()
    chain = ""
    for _ in range(400):
        chain = kit.clip("b", 0, 10, chain, lane="1", local=True)
    with pytest.raises(TimelineUnreadable, match="nested more than"):
        read_timeline_file(write(tmp_path, kit.project(kit.clip("a", 0, 50, chain))))
