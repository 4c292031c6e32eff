"""The files of a score: mix, stems and MIDI, mastered and written."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vem_core.audio.mastering import MasterGain, master_gain
from vem_core.audio.meter import HeardLevel, LevelMeter
from vem_core.audio.packed_sound import PackedSound
from vem_core.audio.pcm import packed_of
from vem_core.audio.tape import Sound, blocks, discard
from vem_core.audio.types import Rendering
from vem_core.audio.wave_writer import wave_writer
from vem_core.contract.errors import OutputError
from vem_core.contract.request import Delivery
from vem_core.contract.result import AudioFile, Levels
from vem_core.contract.time import SAMPLE_RATE_HZ

_LOUDNESS_TOLERANCE_LU = 0.5


class Measured(NamedTuple):
    """What is known of a sound's level; the last two of a mix alone, see `AudioFile`."""

    loudness_lufs: float
    true_peak_dbtp: float
    levels: Levels | None = None
    gain_db: float | None = None


@dataclass(frozen=True)
class MasteredSound:
    """Sound that was mastered before, by role; there is a mix, and what is known of its level."""

    sounds: Mapping[str, PackedSound]
    mix: Measured
    midi: bytes | None = None


@dataclass(frozen=True)
class Delivered:
    """The files of a score, and warnings in words."""

    files: tuple[AudioFile, ...]
    warnings: tuple[str, ...] = ()


def write_files(rendering: Rendering, delivery: Delivery, folder: Path) -> Delivered:
    """Master a rendering, and write it as 24-bit WAVs and MIDI, block by block.

    The stems get the mix's gain, so that they still sum to it (to within the rounding of 24 bits). Stems on tapes are
    given back to the disk as they are written. Raises OutputError.
    """
    gain = master_gain(rendering.mix, delivery.loudness_lufs, delivery.true_peak_dbtp)
    mastered = gain.over(rendering.mix)
    files = [_write_sound(folder, "mix.wav", "mix", mastered, gain)]
    if delivery.stems:
        for name, stem in rendering.stems.items():
            files.append(_write_sound(folder, _stem_file(name), f"stem:{name}", gain.over(stem), None))
            discard(stem)
    if delivery.midi and rendering.midi is not None:
        files.append(write_midi(folder, "score.mid", rendering.midi, mastered.shape[1]))
    return Delivered(tuple(files), loudness_warnings(delivery, gain.loudness_lufs))


def write_mastered(sound: MasteredSound, folder: Path) -> Delivered:
    """Write sound that is mastered already, bit for bit, and MIDI. Raises OutputError."""
    files = []
    for role, packed in sound.sounds.items():
        files.append(write_packed(role, packed, sound.mix if role == "mix" else None, folder))
    if sound.midi is not None:
        samples = len(next(iter(sound.sounds.values())))
        files.append(write_midi(folder, "score.mid", sound.midi, samples))
    return Delivered(tuple(files))


def write_packed(role: str, packed: PackedSound, measured: Measured | None, folder: Path) -> AudioFile:
    """Write one sound that is mastered already; a stem's level is measured on the way. Raises OutputError."""
    path = path_of(role, folder)
    meter = LevelMeter(*packed.shape)
    sha256s = packed.write(path, meter.hear if measured is None else None)
    return audio_file(folder, path, role, packed.shape, measured or measured_by(meter.end()), sha256s)


def path_of(role: str, folder: Path) -> Path:
    """Where the sound of a role is written, in a folder that is there. Raises OutputError."""
    path = folder / ("mix.wav" if role == "mix" else _stem_file(role.removeprefix("stem:")))
    _make_folder(path.parent)
    return path


def measured_by(heard: HeardLevel) -> Measured:
    """What is to be said of a level that a meter heard."""
    return Measured(heard.loudness_lufs, heard.true_peak_dbtp)


def _stem_file(name: str) -> str:
    return f"stems/{re.sub(r'[^A-Za-z0-9_-]+', '-', name)}.wav"


def _write_sound(folder: Path, name: str, role: str, sound: Sound, gain: MasterGain | None) -> AudioFile:
    """Write a sound and measure it on the way, where it is not the mix, which was measured for its gain."""
    path = folder / name
    _make_folder(path.parent)
    meter = LevelMeter(*sound.shape)
    with wave_writer(path, *sound.shape) as writer:
        for where in blocks(sound.shape[1], sound):
            block = sound[:, where]
            writer.write(packed_of(block))
            if gain is None:
                meter.hear(block)
        sha256s = writer.end()
    if gain is None:
        measured = measured_by(meter.end())
    else:
        measured = Measured(gain.loudness_lufs, gain.true_peak_dbtp, gain.levels, gain.gain_db)
    return audio_file(folder, path, role, sound.shape, measured, sha256s)


def audio_file(
    folder: Path,
    path: Path,
    role: str,
    shape: tuple[int, ...],
    measured: Measured,
    sha256s: tuple[str, str],
) -> AudioFile:
    """What is to be said of a file that was written into a folder."""
    channels, samples = shape
    sha256, of_samples = sha256s
    return AudioFile(
        name=path.relative_to(folder).as_posix(),
        role=role,
        sha256=sha256,
        samples=samples,
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=channels,
        loudness_lufs=_finite(measured.loudness_lufs),
        true_peak_dbtp=_finite(measured.true_peak_dbtp),
        gain_db=measured.gain_db,
        sound_sha256=of_samples,
        levels=measured.levels,
    )


def write_midi(folder: Path, name: str, midi: bytes, samples: int) -> AudioFile:
    """Write MIDI for a mix of so many samples. Raises OutputError."""
    path = folder / name
    try:
        _make_folder(folder)
        path.write_bytes(midi)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
    digest = hashlib.sha256(midi).hexdigest()
    return AudioFile(name, "midi", digest, samples, SAMPLE_RATE_HZ, 0, None, None)


def loudness_warnings(delivery: Delivery, loudness_lufs: float) -> tuple[str, ...]:
    """What to say of a mix that is not as loud as was asked for."""
    if not math.isfinite(loudness_lufs):
        return ("The music is silent.",)
    if delivery.loudness_lufs is None:
        return ()
    if abs(loudness_lufs - delivery.loudness_lufs) > _LOUDNESS_TOLERANCE_LU:
        return (
            f"The music came out at {loudness_lufs:.1f} LUFS instead of {delivery.loudness_lufs:.1f}: "
            f"more would break the true-peak ceiling of {delivery.true_peak_dbtp:.1f} dBTP.",
        )
    return ()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}.") from error


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
