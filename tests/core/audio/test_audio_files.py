"""Reading and naming sound files, against the library that writes them."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vem_core.audio import files, wave_writer
from vem_core.audio.files import read_pcm, write_audio
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, packed, packed_of, pcm_of, rounded
from vem_core.audio.riff import wave_sha256s
from vem_core.contract.errors import AudioError, OutputError


def written(path: Path, samples: int = 1_001, channels: int = 2) -> Path:
    edges = np.array([-(2**31), -(2**8), 0, 2**8, 2**31 - 2**8], np.int64)
    noise = np.random.default_rng(samples).integers(-(2**23), 2**23, samples * channels) * 2**8
    noise[: len(edges)] = edges[: len(noise)]
    sound = noise.reshape(samples, channels).astype(np.int32)
    soundfile.write(path, sound, 48_000, subtype="PCM_24", format=None if path.suffix != ".rf64" else "RF64")
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.rf64", "a.aiff"])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_those_that_libsndfile_reads(tmp_path: Path, name: str, channels: int) -> None:
    path = written(tmp_path / name, channels=channels)
    expected, _ = soundfile.read(path, dtype="int32", always_2d=True)
    np.testing.assert_array_equal(read_pcm(path), expected)
    np.testing.assert_array_equal(read_pcm(path.read_bytes()), expected)


def test_a_file_that_was_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    data = written(tmp_path / "a.wav").read_bytes()[:-700]
    expected, _ = soundfile.read(io.BytesIO(data), dtype="int32", always_2d=True)
    np.testing.assert_array_equal(read_pcm(data), expected)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"no sound at all"])
def test_what_is_no_sound_is_an_error(data: bytes) -> None:
    with pytest.raises(AudioError):
        read_pcm(data)


def test_the_samples_have_a_sha256_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav")
    data = path.read_bytes()
    samples = data[data.index(b"data") + 8 :][: 1_001 * 2 * 3]
    assert wave_sha256s(path) == (hashlib.sha256(data).hexdigest(), hashlib.sha256(samples).hexdigest())
    longer = tmp_path / "b.wav"
    longer.write_bytes(data + b"LIST\4\0\0\0INFO")
    assert wave_sha256s(longer) == (hashlib.sha256(longer.read_bytes()).hexdigest(), wave_sha256s(path)[1])


@pytest.mark.parametrize("channels", [1, 2])
def test_a_packed_sound_is_the_file_that_libsndfile_writes(tmp_path: Path, channels: int) -> None:
    path = written(tmp_path / "a.wav", channels=channels)
    sound = PackedSound.of_pcm(read_pcm(path))
    assert sound.write(tmp_path / "b.wav") == wave_sha256s(path)
    assert (tmp_path / "b.wav").read_bytes() == path.read_bytes()
    np.testing.assert_array_equal(sound[5:-3], read_pcm(path)[5:-3])
    with pytest.raises(OutputError):
        sound.write(tmp_path / "missing" / "b.wav")


@pytest.mark.parametrize("samples", [1, 7, 9_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_is_rounded_and_packed_as_libsndfile_does(tmp_path: Path, channels: int, samples: int) -> None:
    sound = np.random.default_rng(5).uniform(-1.5, 1.5, (channels, samples)).astype(np.float32)
    sound[:, 0] = 1.0
    sound[:, -1] = -np.float32(2**-30)
    write_audio(tmp_path / "a.wav", sound)
    pcm = read_pcm(tmp_path / "a.wav")
    np.testing.assert_array_equal(pcm_of(sound), pcm)
    np.testing.assert_array_equal(rounded(sound), audio_of(pcm))
    of_file = (tmp_path / "a.wav").read_bytes()[44 : 44 + 3 * channels * samples]
    assert packed_of(sound).tobytes() == packed(pcm).tobytes() == of_file


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.rf64"])
def test_stretches_of_packed_sounds_are_copied_and_set(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name)
    earlier, expected = PackedSound.of_file(path.read_bytes()), np.zeros((500, 2), np.int32)
    sound = PackedSound.silent(500, 2)
    sound.copy(100, 300, earlier, 700)
    sound[290:295] = earlier[0:5]
    expected[100:300] = read_pcm(path)[700:900]
    expected[290:295] = read_pcm(path)[:5]
    np.testing.assert_array_equal(sound[:], expected)
    np.testing.assert_array_equal(earlier.first(20)[10:30], read_pcm(path)[10:20])


@pytest.mark.parametrize("samples", [9_000, 9_001])
def test_a_sound_longer_than_a_wav_file_can_hold_is_an_rf64_file(
    samples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_writer, "LONGEST_WAV_BYTES", 10_000)
    monkeypatch.setattr(files, "LONGEST_WAV_BYTES", 10_000)
    pcm = np.random.default_rng(0).integers(-(2**22), 2**22, (samples, 1)).astype(np.int32) << 8
    packed, written_by_blocks = tmp_path / "packed.wav", tmp_path / "blocks.wav"
    assert PackedSound.of_pcm(pcm).write(packed) == wave_sha256s(packed)
    write_audio(written_by_blocks, pcm.T)
    for path in (packed, written_by_blocks):
        assert path.read_bytes()[:4] == b"RF64"
        assert soundfile.info(path).frames == samples
        np.testing.assert_array_equal(read_pcm(path), pcm)
    assert wave_sha256s(packed)[1] == wave_sha256s(written_by_blocks)[1]


def test_a_packed_sound_of_a_path_is_read_where_it_is_used_and_is_the_same(tmp_path: Path) -> None:
    sound = PackedSound.of_pcm(np.random.default_rng(0).integers(-(2**22), 2**22, (9_000, 2)).astype(np.int32) << 8)
    path = tmp_path / "earlier.wav"
    sound.write(path)
    lying, held = PackedSound.of_file(path), PackedSound.of_file(path.read_bytes())
    assert isinstance(lying._file, np.memmap)
    assert lying.shape == held.shape == sound.shape
    np.testing.assert_array_equal(lying[:], held[:])
    joined = PackedSound.silent(50, 2)
    joined.copy(0, 50, lying, 100)
    np.testing.assert_array_equal(joined[:], sound[100:150])
