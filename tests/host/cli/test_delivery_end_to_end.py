"""`vem score` with narration, stems on lanes, handles and FLAC: what stands on the timeline afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from fakes.commands import vem
from fakes.timelines import audio, clip, marked, timeline, video
from fakes.voices import laid_out, vocoded
from vem_core.audio.loudness import block_powers
from vem_plugin.placement.state import takes_of_clip
from vem_plugin.timeline.reading import read_timeline_file

pytestmark = pytest.mark.usefixtures("warm_core")
OPTIONS = ("--stem-lanes", "--handles", "12f,6f", "--audio-format", "flac", "--loudness", "ebu-r128", "--duck", "10",
           "--style", "documentary", "--json")  # fmt: skip


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    soundfile.write(folder / "vo.wav", laid_out(14.0, [(4.0, vocoded(4.0))]), 48_000, subtype="PCM_16")
    made = timeline(
        video(clip("a", 0, 80), clip("b", 900, 120), clip("c", 0, 136)),
        audio(clip("vo", 0, 336, url=str(folder / "vo.wav")), name="Narration"),
        start=86_400,
    )
    for item in made.find_clips():
        item.media_reference.available_range = item.source_range  # which FCP7 XML must have
    marked(made.tracks, 300, "logo")
    otio.adapters.write_to_file(made, str(folder / "edit.otio"))
    return folder / "edit.otio"


@pytest.fixture(scope="module")
def outcome(edit: Path) -> dict[str, object]:
    done = vem("score", edit, *OPTIONS)
    assert done.returncode == 0, done.stderr
    assert "Speech for 4" in done.stderr
    parsed: dict[str, object] = json.loads(done.stdout)
    return parsed


def lanes(edit: Path) -> dict[str, otio.schema.Track]:
    scored = read_timeline_file(edit.parent / "edit.vem" / "edit.scored.otio")
    return {track.name: track for track in scored.tracks}


def our_clip(track: otio.schema.Track) -> otio.schema.Clip:
    (found,) = [item for item in track if isinstance(item, otio.schema.Clip)]
    return found


def test_stems_have_lanes_of_their_own_and_the_mix_is_silent(edit: Path, outcome: dict[str, object]) -> None:
    found = lanes(edit)
    stems = [name for name in found if name.startswith("VeM Score: ")]
    assert len(stems) >= 2
    mix = our_clip(found["VeM Score"])
    assert not mix.enabled
    assert takes_of_clip(mix)
    for name in stems:
        stem = our_clip(found[name])
        assert stem.enabled
        assert stem.source_range == mix.source_range
        assert Path(stem.media_reference.target_url).is_file()


def test_handles_are_trimmed_media_and_flac_is_counted_from_zero(edit: Path, outcome: dict[str, object]) -> None:
    mix = our_clip(lanes(edit)["VeM Score"])
    reference = mix.media_reference
    assert reference.target_url.endswith("edit-take1.flac")
    assert (reference.available_range.start_time.value, reference.available_range.duration.value) == (0, 354)
    assert (mix.source_range.start_time.value, mix.source_range.duration.value) == (12, 336)
    info = soundfile.info(reference.target_url)
    assert (info.format, info.subtype, info.frames) == ("FLAC", "PCM_24", 354 * 2000)


def test_the_narration_has_room_and_the_logo_is_hit(edit: Path, outcome: dict[str, object]) -> None:
    stored = json.loads(Path(str(outcome["score"])).read_text())
    (span,) = stored["request"]["sheet"]["speech"]
    assert abs(span["start_frames"] - 96) <= 4
    assert span["label"] == "Narration"
    assert stored["result"]["speech"]["measured_db"] >= 10
    (event,) = [cut for cut in stored["result"]["report"]["cuts"] if cut["event"]]
    assert event["hit_1_frame"]
    assert abs(stored["result"]["files"][0]["loudness_lufs"] + 23) <= 0.5
    assert stored["result"]["downmix"]["safe"]


def test_a_provenance_file_lies_beside_the_take(edit: Path, outcome: dict[str, object]) -> None:
    text = (edit.parent / "edit.vem" / "edit-take1-rights.txt").read_text()
    for told in ("model:", "sketch", "licence of the model:", "what it learnt from:", "seed:", "The music is yours"):
        assert told in text


def test_without_the_option_the_stems_go_and_the_mix_is_heard_again(edit: Path, outcome: dict[str, object]) -> None:
    done = vem("score", edit, "--style", "documentary", "--seed", "3", "--afresh")
    assert done.returncode == 0, done.stderr
    assert "softer than outside" in done.stdout
    found = lanes(edit)
    assert not [name for name in found if name.startswith("VeM Score: ")]
    mix = our_clip(found["VeM Score"])
    assert mix.enabled
    assert mix.source_range == mix.available_range()
    assert mix.source_range.start_time.value == 86_400


def test_keyframes_leave_the_sound_as_it_is_and_make_the_same_room(edit: Path) -> None:
    """Read back from the XML by nothing of ours, and played over the WAV."""
    folder = edit.parent / "keyframes"
    done = vem("score", edit, "--style", "documentary", "--duck", "10", "--handles", "12f,6f", "--format", "xml",
               "--ducking", "keyframes", "--output", folder, "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    stored = json.loads(Path(outcome["score"]).read_text())
    wanted_db = stored["result"]["speech"]["measured_db"]
    assert wanted_db >= 10
    root = ElementTree.parse(outcome["otio"]).getroot()
    (item,) = [element for element in root.iter("clipitem") if element.findtext("file/name") == "edit-take1.wav"]
    assert (item.findtext("in"), item.findtext("out")) == ("12", "348")
    (effect,) = item.findall("filter/effect")
    assert effect.findtext("effectid") == "audiolevels"
    points = [(int(key.findtext("when", "")), float(key.findtext("value", ""))) for key in effect.iter("keyframe")]
    assert (points[0], points[-1]) == ((0, 1.0), (354, 1.0))
    sound, rate_hz = soundfile.read(outcome["audio"]["path"], dtype="float32")
    gain = np.interp(np.arange(len(sound)), [frame * 2000 for frame, _ in points], [factor for _, factor in points])
    (span,) = stored["request"]["sheet"]["speech"]
    (leave, _), *_, (back, _) = stored["result"]["speech"]["curve"]
    begin = (span["start_frames"] + 12) * 2000
    end = begin + span["duration_frames"] * 2000
    ducked, plain = (block_powers(np.float32(audio.T)) for audio in (sound * gain[:, None], sound))
    tenths = np.arange(len(plain)) * rate_hz // 10
    under = (tenths >= begin) & (tenths + 4800 <= end)
    outside = ((tenths + 4800 <= leave) | (tenths >= back)) & (plain > 1e-7)
    made_db, baked_db = (10 * np.log10(power[outside].mean() / power[under].mean()) for power in (ducked, plain))
    assert made_db == pytest.approx(wanted_db, abs=0.1)
    assert baked_db < wanted_db - 3


def test_keyframes_are_refused_where_nothing_would_play_them(edit: Path) -> None:
    done = vem("score", edit, "--ducking", "keyframes")
    assert done.returncode == 3
    assert "FCP7 XML" in done.stderr
    assert "--format xml" in done.stderr


def test_silence_over_everything_and_other_nonsense_is_said(edit: Path) -> None:
    silent = read_timeline_file(edit)
    marked(silent.tracks, 0, "music out", length=336)
    path = edit.with_name("silent.otio")
    otio.adapters.write_to_file(silent, str(path))
    done = vem("score", path)
    assert done.returncode == 3
    assert "nothing to score" in done.stderr
    assert vem("score", edit, "--loudness", "very").returncode == 3
    assert vem("score", edit, "--preset", "no-such-preset").returncode == 3
