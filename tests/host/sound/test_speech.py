"""Who speaks when on a timeline's audio lanes."""

from __future__ import annotations

import importlib.util
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile

from fakes.timelines import audio, clip, gap, timeline, video
from fakes.voices import SENTENCES, laid_out, spoken, vocoded
from vem_core.contract.cut_sheet import Span
from vem_core.contract.errors import AudioError
from vem_plugin.files.locating import MediaLocator
from vem_plugin.placement.broadcast_extension import BroadcastExtension
from vem_plugin.placement.broadcast_wave import write_broadcast_wave
from vem_plugin.sound.decoding import read_sound
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.roles import Role, role_in_metadata, role_of_name
from vem_plugin.sound.speech import SpeechReading, read_speech
from vem_plugin.sound.voice_activity import SPEECH_RATE_HZ, speech_probabilities, speech_segments

RATE = Fraction(24)


def spans_of(made: otio.schema.Timeline, folder: Path, frames: int = 480) -> SpeechReading:
    return read_speech(read_lanes(made, RATE), MediaLocator(folder), RATE, frames)


def lane(path: Path, name: str, *, start: float = 0, length: float = 240, before: float = 0) -> otio.schema.Track:
    items = [gap(before)] if before else []
    return audio(*items, clip("take", start, length, url=str(path)), name=name)


def edit(*lanes: otio.schema.Track) -> otio.schema.Timeline:
    return timeline(video(clip("a", 0, 480)), *lanes)


def write(path: Path, sound: np.ndarray, rate_hz: int = 48_000) -> Path:
    soundfile.write(path, sound, rate_hz, subtype="PCM_16")
    return path


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Dialogue", Role.SPEECH),
        ("DX 1", Role.SPEECH),
        ("VO", Role.SPEECH),
        ("Voice Over", Role.SPEECH),
        ("Narration_v2.wav", Role.SPEECH),
        ("interviewCamA", Role.SPEECH),
        ("Music", Role.MUSIC),
        ("MX temp", Role.MUSIC),
        ("SFX 2", Role.EFFECTS),
        ("Room Tone", Role.EFFECTS),
        ("A1", Role.UNKNOWN),
        ("Volvo", Role.UNKNOWN),
        ("", Role.UNKNOWN),
    ],
)
def test_roles_in_names(name: str, role: Role) -> None:
    assert role_of_name(name) is role


def test_roles_in_metadata() -> None:
    marked = clip("a", 0, 10, metadata={"fcpx": {"audioRole": "dialogue.dialogue-1"}})
    assert role_in_metadata(marked.metadata) is Role.SPEECH
    assert role_in_metadata(clip("a", 0, 10, metadata={"x": {"roles": "effects"}}).metadata) is Role.EFFECTS
    assert role_in_metadata(clip("a", 0, 10).metadata) is Role.UNKNOWN


def test_said_sentences_are_found_to_a_fifth_of_a_second(tmp_path: Path) -> None:
    first, second = (spoken(text, tmp_path) for text in SENTENCES[:2])
    sound = laid_out(16.0, [(2.0, first), (10.0, second)])
    path = write(tmp_path / "vo.wav", sound + np.random.default_rng(0).standard_normal(len(sound)) * 3e-4)
    (one, two), notices = spans_of(edit(lane(path, "VO", length=384)), tmp_path).spans, ()
    for span, start_s, piece in ((one, 2.0, first), (two, 10.0, second)):
        assert abs(span.start_frames / 24 - start_s) < 0.2
        assert abs(span.end_excl_frames / 24 - (start_s + len(piece) / 48_000)) < 0.35
        assert span.label == "VO"
    assert not notices


@pytest.mark.parametrize("voice", ["en+f3", "de", "en+whisper"])
def test_other_voices_are_heard_on_a_lane_without_a_telling_name(voice: str, tmp_path: Path) -> None:
    said = spoken(SENTENCES[3], tmp_path, voice=voice)
    path = write(tmp_path / "a.wav", laid_out(12.0, [(3.0, said)]))
    found = spans_of(edit(lane(path, "A1")), tmp_path).spans
    covered = sum(span.duration_frames for span in found) / 24
    assert covered >= 0.7 * len(said) / 48_000


def test_vocoded_noise_on_a_speech_lane_counts_and_on_an_unknown_one_does_not_have_to(tmp_path: Path) -> None:
    path = write(tmp_path / "vo.wav", laid_out(20.0, [(3.0, vocoded(4.0)), (12.0, vocoded(5.0, seed=1))]))
    one, two = spans_of(edit(lane(path, "Narration", length=480)), tmp_path).spans
    assert abs(one.start_frames - 72) <= 4
    assert abs(one.end_excl_frames - 168) <= 4
    assert abs(two.start_frames - 288) <= 4
    assert abs(two.end_excl_frames - 408) <= 4


def test_music_effects_and_noise_are_not_speech(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    seconds = np.arange(20 * 48_000) / 48_000
    beats = np.exp(-((seconds * 2) % 1) * 6)
    tones = sum(np.sin(2 * np.pi * hertz * seconds) for hertz in (110, 220, 277.2, 329.6)) / 12 * (0.3 + beats)
    noise = random.standard_normal(len(seconds)) * 0.05
    for name, sound in (("chords", tones), ("noise", noise), ("silence", noise * 0)):
        path = write(tmp_path / f"{name}.wav", sound.astype(np.float32))
        assert spans_of(edit(lane(path, "A1", length=480)), tmp_path).spans == (), name
    said = write(tmp_path / "song.wav", laid_out(20.0, [(1.0, vocoded(5.0))]))
    assert spans_of(edit(lane(said, "Music", length=480)), tmp_path).spans == ()


def test_trims_gaps_rates_and_two_lanes_come_together(tmp_path: Path) -> None:
    path = write(tmp_path / "vo.wav", laid_out(20.0, [(8.0, vocoded(2.0))], 44_100)[: 20 * 44_100], 44_100)
    sound = laid_out(20.0, [(8.0, vocoded(2.0, rate_hz=44_100))], 44_100)
    write(path, sound, 44_100)
    # the first lane uses second 5 to 15 of the file from frame 48 on: speech at 2 + 3 = 5 s
    made = edit(lane(path, "VO 1", start=120, length=240, before=48), lane(path, "VO 2", start=168, length=120))
    first, second = spans_of(made, tmp_path).spans
    assert abs(first.start_frames - 24) <= 3  # 8 s of the file is second 1 of lane 2
    assert abs(second.start_frames - 120) <= 3
    assert abs(second.duration_frames - 48) <= 6


def test_a_take_that_is_named_by_its_name_and_timecode(tmp_path: Path) -> None:
    """As in an EDL: no address, and a source that counts in the Broadcast WAV's own timecode."""
    plain = tmp_path / "plain.wav"
    soundfile.write(plain, laid_out(20.0, [(8.0, vocoded(2.0))]), 48_000, subtype="PCM_24")
    write_broadcast_wave(plain, tmp_path / "VO_01.wav", BroadcastExtension(3600 * 48_000))
    nowhere = otio.schema.MissingReference("VO_01.wav")
    item = clip("VO_01.wav", 86_400, 240, reference=nowhere)
    (heard,) = spans_of(edit(audio(item, name="VO")), tmp_path).spans
    assert abs(heard.start_frames - 192) <= 3
    item = clip("VO_01.wav", 90_000, 240, reference=otio.schema.MissingReference())
    read = spans_of(edit(audio(item, name="VO")), tmp_path)
    assert read.spans == (Span(0, 240, "VO"),)
    assert "ends before the part of it" in read.notices[0]


def test_a_switched_off_lane_and_our_own_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "vo.wav", laid_out(10.0, [(1.0, vocoded(5.0))]))
    off, ours = lane(path, "VO"), lane(path, "VO")
    off.enabled = False
    ours.metadata["vem_score"] = {"kind": "lane"}
    ours[0].metadata["vem_score"] = {"kind": "score"}
    assert read_lanes(edit(off, ours), RATE) == ()


def test_what_somebody_lays_on_our_lane_is_heard(tmp_path: Path) -> None:
    path = write(tmp_path / "vo.wav", laid_out(10.0, [(1.0, vocoded(5.0))]))
    ours, music = lane(path, "VeM Score"), lane(path, "VeM Score")[0].clone()
    ours.metadata["vem_score"] = {"kind": "lane"}
    music.metadata["vem_score"] = {"kind": "score"}
    ours.append(music)
    (found,) = read_lanes(edit(ours), RATE)
    assert len(found.clips) == 1


def test_missing_and_damaged_dialogue_counts_whole_and_is_said(tmp_path: Path) -> None:
    damaged = tmp_path / "bad.wav"
    damaged.write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256)))
    made = edit(lane(damaged, "Dialogue", length=96), lane(tmp_path / "gone.wav", "VO", length=48, before=240))
    reading = spans_of(made, tmp_path)
    assert reading.spans == (Span(0, 96, "Dialogue"), Span(240, 48, "VO"))
    assert len(reading.notices) == 2
    quiet = spans_of(edit(lane(damaged, "A1")), tmp_path)
    assert quiet.spans == ()
    assert "not listened to" in quiet.notices[0]


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "vo.wav", vocoded(1.0))

    def refuse(path: Path, *arguments: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(
        "vem_core.contract.foreign_files.os.open", refuse
    )  # the rights themselves do not stop an administrator
    with pytest.raises(AudioError, match="may not be read"):
        read_sound(path, Fraction(0), Fraction(1), SPEECH_RATE_HZ)
    reading = spans_of(edit(lane(path, "VO", length=48)), tmp_path)
    assert reading.spans == (Span(0, 48, "VO"),)
    assert "may not be read" in reading.notices[0]


def test_the_network_gives_what_torch_makes_of_its_weights() -> None:
    seconds = np.arange(4 * SPEECH_RATE_HZ) / SPEECH_RATE_HZ
    glide = np.sin(2 * np.pi * (120 + 20 * np.sin(2 * np.pi * 3 * seconds)) * seconds)
    hum = 0.3 * glide * np.clip(np.sin(2 * np.pi * 2.2 * seconds), 0, 1)
    sound = (vocoded(4.0, seed=3, rate_hz=SPEECH_RATE_HZ) + hum).astype(np.float32)
    likely = speech_probabilities(sound)
    assert np.ptp(likely) > 0.3
    np.testing.assert_allclose(likely, slow_twin(sound), atol=1e-4)


def slow_twin(sound: np.ndarray) -> np.ndarray:
    """The network as its authors describe it, one chunk of 512 samples after the other, in torch."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    package = importlib.util.find_spec("silero_vad")
    assert package is not None
    assert package.origin is not None
    weights = load_file(Path(package.origin).parent / "data" / "silero_vad_16k.safetensors")
    cell = torch.nn.LSTMCell(128, 128)
    cell.load_state_dict({name.split(".")[1]: value for name, value in weights.items() if name.startswith("lstm_cell")})
    state = (torch.zeros(1, 128), torch.zeros(1, 128))
    heard, likely = torch.cat([torch.zeros(64), torch.from_numpy(sound)]), []
    with torch.inference_mode():
        for first in range(0, len(sound) - 511, 512):
            chunk = torch.nn.functional.pad(heard[None, None, first : first + 576], (0, 64), mode="reflect")
            spectrum = torch.nn.functional.conv1d(chunk, weights["stft_conv.weight"], stride=128)  # 1 258 4
            x = torch.sqrt(spectrum[:, :129] ** 2 + spectrum[:, 129:] ** 2)
            for name, stride in (("conv1", 1), ("conv2", 2), ("conv3", 2), ("conv4", 1)):
                kernel, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
                x = torch.relu(torch.nn.functional.conv1d(x, kernel, bias, stride=stride, padding=1))
            state = cell(x[:, :, 0], state)
            said = torch.relu(state[0])[:, :, None]
            answer = torch.nn.functional.conv1d(said, weights["final_conv.weight"], weights["final_conv.bias"])
            likely.append(float(torch.sigmoid(answer)))
    return np.array(likely)


def test_nothing_in_nothing_out() -> None:
    assert speech_segments(np.zeros(0, np.float32)) == []
    assert speech_segments(np.zeros(100, np.float32), known_speech=True) == []
