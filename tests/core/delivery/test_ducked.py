"""Mastered sound with a level curve over it, and without, in files that are written in one walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vem_core.audio.files import read_pcm
from vem_core.audio.loudness import measure_loudness
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import audio_of, pcm_of
from vem_core.audio.riff import wave_sha256s
from vem_core.audio.tape import BLOCK_SAMPLES
from vem_core.audio.true_peak import measure_true_peak
from vem_core.audio.types import Audio
from vem_core.contract.result import AudioFile
from vem_core.delivery.ducked import MIX, measured, write_ducked
from vem_core.delivery.files import MasteredSound

SAMPLES = 2 * BLOCK_SAMPLES + 5_000
DIP = slice(BLOCK_SAMPLES + 100, BLOCK_SAMPLES + 90_000)


def gain(start: int, end: int) -> np.ndarray:
    curve = np.ones(SAMPLES, np.float32)
    curve[DIP] = 0.3
    return curve[start:end]


def noise(seed: int) -> Audio:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (2, SAMPLES)).astype(np.float32)


def test_both_are_written_hashed_and_measured_as_they_are(tmp_path: Path) -> None:
    masters = {MIX: PackedSound.of_sound(noise(1)), "stem:drums": PackedSound.of_sound(noise(2), tmp_path)}
    expected = {role: packed[:] for role, packed in masters.items()}
    known = measured(masters[MIX], 2.5)
    delivered = write_ducked(MasteredSound(masters, known), gain, tmp_path)
    assert [file.role for file in delivered.files] == [MIX, "stem:drums", "unducked:mix", "unducked:stem:drums"]
    for role, whole in expected.items():
        master, heard = (file_of(delivered.files, of) for of in (f"unducked:{role}", role))
        np.testing.assert_array_equal(read_pcm(tmp_path / master.name), whole)
        sound = read_pcm(tmp_path / heard.name)
        np.testing.assert_array_equal(sound, pcm_of(audio_of(whole) * gain(0, SAMPLES)))
        for file, pcm in ((master, whole), (heard, sound)):
            assert (file.sha256, file.sound_sha256) == wave_sha256s(tmp_path / file.name)
            assert file.loudness_lufs == pytest.approx(measure_loudness(pcm.T), abs=1e-6)
            assert file.true_peak_dbtp == measure_true_peak(pcm.T)
    heard = file_of(delivered.files, MIX)
    assert (heard.gain_db, file_of(delivered.files, "unducked:mix").levels) == (2.5, known.levels)
    assert heard.levels is not None
    assert heard.levels != known.levels


def file_of(files: tuple[AudioFile, ...], role: str) -> AudioFile:
    return next(file for file in files if file.role == role)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says how much of a map is in memory")
def test_what_is_lowered_all_through_lets_go_of_its_tape(tmp_path: Path) -> None:
    samples = 6 * BLOCK_SAMPLES
    tape = PackedSound.silent(samples, 2, tmp_path)
    resident = []

    def low(start: int, end: int) -> np.ndarray:
        resident.append(resident_bytes(tape.bytes_of(slice(0, 1))))
        return np.full(end - start, 0.3, np.float32)

    write_ducked(MasteredSound({"stem:drums": tape}, None), low, tmp_path)
    assert len(resident) >= 2 * 6  # written, and measured again
    assert max(resident) < 3 * 6 * BLOCK_SAMPLES


def resident_bytes(inside: np.ndarray) -> int:
    """How much of the map that an array lies in is in memory."""
    address, is_found = inside.ctypes.data, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            begin, end = (int(part, 16) for part in name.split("-"))
            is_found = begin <= address < end
        elif is_found and name == "Rss:":
            return 1024 * int(rest[0])
    raise AssertionError("the array lies in no map")
