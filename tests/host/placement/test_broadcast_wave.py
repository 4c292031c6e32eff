"""Broadcast Wave files: samples bit for bit, the right time reference, nothing half-written."""

from __future__ import annotations

import datetime
import errno
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.takes import write_wav24
from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.time import frame_of_timecode, timecode
from vem_plugin.placement import broadcast_wave
from vem_plugin.placement.broadcast_extension import (
    BroadcastExtension,
    LoudnessValues,
    coding_history,
    frames_since_midnight,
    time_reference_samples,
    umid_of,
)
from vem_plugin.placement.broadcast_wave import PcmFormat, read_wave, write_broadcast_wave

NTSC_FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
EXTENSION = BroadcastExtension(
    time_reference_samples=172_800_000,
    description="edit: mix",
    originator_reference="0123456789abcdef",
    originated=datetime.datetime(2026, 3, 1, 12, 30, 5),
    coding_history="A=PCM,F=48000,W=24,M=stereo,T=VeM Score 0.1.0\r\n",
    umid=umid_of("00" * 32),
    loudness=LoudnessValues(-16.02, 4.5, -1.0, -12.25, None),
)


def data_of(path: Path) -> bytes:
    wave = read_wave(path)
    return path.read_bytes()[wave.data_offset_bytes :][: wave.samples * wave.format.frame_bytes]


@pytest.mark.parametrize("samples", [1, 2, 4801])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_copied_bit_for_bit(tmp_path: Path, samples: int, channels: int) -> None:
    data = write_wav24(tmp_path / "in.wav", samples, channels=channels)
    written = write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION)
    assert (written.samples, written.format, written.extension) == (samples, PcmFormat(48000, channels, 24), EXTENSION)
    assert data_of(tmp_path / "out.wav") == data
    size = (tmp_path / "out.wav").stat().st_size
    assert size % 2 == 0
    assert struct.unpack("<I", (tmp_path / "out.wav").read_bytes()[4:8])[0] == size - 8


def test_the_layout_is_that_of_tech_3285(tmp_path: Path) -> None:
    write_wav24(tmp_path / "in.wav", 10)
    write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION)
    content = (tmp_path / "out.wav").read_bytes()
    assert content[:4] == b"RIFF"
    assert content[8:16] == b"WAVEbext"
    bext = content[20:]
    assert bext[256:265] == b"VeM Score"
    assert bext[320:338] == b"2026-03-0112:30:05"
    low, high, version = struct.unpack_from("<IIH", bext, 338)
    assert (low + (high << 32), version) == (172_800_000, 2)
    assert bext[348:364] == bytes.fromhex("060a2b34010101050101082013000000")  # UMID: sound, by UUID, first instance
    assert bext[380:412] == bytes(32)
    assert struct.unpack_from("<5h", bext, 412) == (-1602, 450, -100, -1225, 0x7FFF)
    assert bext[422:602] == bytes(180)  # reserved
    assert bext[602:].startswith(b"A=PCM,F=48000")


def test_without_a_date_equal_scores_give_equal_files(tmp_path: Path) -> None:
    write_wav24(tmp_path / "in.wav", 10)
    extension = BroadcastExtension(time_reference_samples=0)
    for name in ("one.wav", "two.wav"):
        write_broadcast_wave(tmp_path / "in.wav", tmp_path / name, extension)
    assert (tmp_path / "one.wav").read_bytes() == (tmp_path / "two.wav").read_bytes()
    assert read_wave(tmp_path / "one.wav").extension == extension


def test_other_readers_agree(tmp_path: Path) -> None:
    write_wav24(tmp_path / "in.wav", 48_000)
    write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION)
    with av.open(str(tmp_path / "out.wav")) as container:
        stream = container.streams.audio[0]
        metadata = container.metadata
        assert (stream.rate, stream.codec_context.name) == (48000, "pcm_s24le")
        assert sum(frame.samples for frame in container.decode(stream)) == 48_000
    assert metadata["time_reference"] == "172800000"
    assert metadata["encoded_by"] == "VeM Score"
    assert metadata["date"] == "2026-03-01"


def test_large_files_become_rf64(tmp_path: Path) -> None:
    data = write_wav24(tmp_path / "in.wav", 5000)
    write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION, rf64_above_bytes=10_000)
    content = (tmp_path / "out.wav").read_bytes()
    assert content[:8] == b"RF64\xff\xff\xff\xff"
    riff, size, samples = struct.unpack_from("<QQQ", content, 20)
    assert (riff, size, samples) == (len(content) - 8, len(data), 5000)
    assert data_of(tmp_path / "out.wav") == data
    assert read_wave(tmp_path / "out.wav").extension == EXTENSION
    with av.open(str(tmp_path / "out.wav")) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) == 5000


def test_letters_beyond_ascii_do_not_break_the_fields(tmp_path: Path) -> None:
    write_wav24(tmp_path / "in.wav", 1)
    write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", BroadcastExtension(0, description="Träume " * 60))
    extension = read_wave(tmp_path / "out.wav").extension
    assert extension is not None
    assert extension.description.startswith("Tr?ume Tr?ume")
    assert len(extension.description) == 256


@pytest.mark.parametrize(
    ("text", "rate", "samples"),
    [
        ("01:00:00:00", Fraction(24), 3600 * 48_000),
        ("01:00:00:00", Fraction(25), 3600 * 48_000),
        ("01:00:00:00", NTSC_FILM, 86_400 * 2002),
        ("01:00:00;00", NTSC, 172_799_828),  # 107,892 frames of 1,601.6 samples: between two
        ("01:00:00:00", NTSC, 172_972_800),
        ("10:00:00:00", Fraction(60), 36_000 * 48_000),
        ("00:00:00:00", Fraction(24), 0),
    ],
)
def test_the_time_reference_counts_real_samples_since_midnight(text: str, rate: Fraction, samples: int) -> None:
    assert time_reference_samples(frame_of_timecode(text, rate), rate, drop_frame=";" in text) == samples


@given(st.integers(0, 5_000_000), st.sampled_from([Fraction(24), NTSC_FILM, Fraction(25), NTSC, Fraction(60)]))
def test_frames_wrap_after_a_day_of_timecode(frame: int, rate: Fraction) -> None:
    for drop_frame in {False, rate == NTSC}:
        wrapped = frames_since_midnight(frame, rate, drop_frame=drop_frame)
        assert timecode(wrapped, rate, drop_frame=drop_frame) == timecode(frame, rate, drop_frame=drop_frame)
        assert frames_since_midnight(wrapped, rate, drop_frame=drop_frame) == wrapped


def test_the_coding_history_says_how_it_was_made() -> None:
    assert coding_history(48000, 24, 2, "1.2") == "A=PCM,F=48000,W=24,M=stereo,T=VeM Score 1.2\r\n"


@pytest.mark.parametrize("kept_bytes", [0, 11, 30, 50, -1])
def test_damaged_audio_is_refused(tmp_path: Path, kept_bytes: int) -> None:
    write_wav24(tmp_path / "in.wav", 100)
    content = (tmp_path / "in.wav").read_bytes()
    (tmp_path / "in.wav").write_bytes(content[:kept_bytes])
    with pytest.raises(AudioError):
        write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION)
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_other_depths_are_refused(tmp_path: Path) -> None:
    head = struct.pack("<HHIIHH", 1, 1, 44_100, 88_200, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", 2) + b"\0\0"
    (tmp_path / "cd.wav").write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    with pytest.raises(AudioError, match="44100 Hz with 16 bits"):
        write_broadcast_wave(tmp_path / "cd.wav", tmp_path / "out.wav", EXTENSION)
    with pytest.raises(AudioError, match="cannot be read"):
        read_wave(tmp_path / "missing.wav")


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wav24(tmp_path / "in.wav", 100)
    (tmp_path / "out").mkdir()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(broadcast_wave, "_copy", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out" / "x.wav", EXTENSION)
    assert list((tmp_path / "out").iterdir()) == []


def test_ctrl_c_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wav24(tmp_path / "in.wav", 100)
    (tmp_path / "out.wav").write_bytes(b"earlier")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(broadcast_wave, "_copy", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_broadcast_wave(tmp_path / "in.wav", tmp_path / "out.wav", EXTENSION)
    assert (tmp_path / "out.wav").read_bytes() == b"earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.wav", "out.wav"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    write_wav24(tmp_path / "in.wav", 100)
    with pytest.raises(OutputError, match="its folder does not exist"):
        write_broadcast_wave(tmp_path / "in.wav", tmp_path / "nowhere" / "out.wav", EXTENSION)
