"""`vem score` with narration, stems on lanes, handles and FLAC: what stands on the timeline afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest
import soundfile

from fakes.timelines import audio, clip, marked, timeline, video
from fakes.voices import laid_out, vocoded
from vem_plugin.placement.state import takes_of_clip
from vem_plugin.timeline.reading import read_timeline_file

OPTIONS = ("--stem-lanes", "--handles", "12f,6f", "--audio-format", "flac", "--loudness", "ebu-r128", "--duck", "10",
           "--style", "documentary", "--json")  # fmt: skip


def vem(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "vem_plugin", *map(str, words)], capture_output=True, text=True,
                          check=False)  # fmt: skip


@pytest.fixture(scope="module")
def edit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    soundfile.write(folder / "vo.wav", laid_out(14.0, [(4.0, vocoded(4.0))]), 48_000, subtype="PCM_16")
    made = timeline(
        video(clip("a", 0, 80), clip("b", 900, 120), clip("c", 0, 136)),
        audio(clip("vo", 0, 336, url=str(folder / "vo.wav")), name="Narration"),
        start=86_400,
    )
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
