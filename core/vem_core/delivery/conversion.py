"""The form that was asked for: FLAC, or another sample rate, beside the 48 kHz WAVs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import soundfile

from vem_core.audio.resampling import resample_exactly, samples_at
from vem_core.audio.riff import wave_sha256s
from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.request import AudioFormat, Delivery
from vem_core.contract.result import UNDUCKED, AudioFile
from vem_core.contract.time import SAMPLE_RATE_HZ

FOLDER = "delivery"
ROLE_PREFIX = "delivery:"


def convert_files(files: tuple[AudioFile, ...], delivery: Delivery, folder: Path) -> tuple[AudioFile, ...]:
    """The same sounds in the form that was asked for, under `delivery/`; none where that is the 48 kHz WAV.

    The length is that of the original to the nearest sample. Raises AudioError, OutputError.
    """
    if not delivery.is_converted:
        return ()
    return tuple(
        _convert(file, delivery, folder) for file in files if file.channels and not file.role.startswith(UNDUCKED)
    )


def _convert(file: AudioFile, delivery: Delivery, folder: Path) -> AudioFile:
    name = f"{FOLDER}/{Path(file.name).with_suffix('.' + delivery.format.value).as_posix()}"
    path = folder / name
    try:
        if delivery.sample_rate_hz == SAMPLE_RATE_HZ:
            sound, _ = soundfile.read(folder / file.name, dtype="int32", always_2d=True)  # 24 bits stay those bits
        else:
            original, _ = soundfile.read(folder / file.name, dtype="float64", always_2d=True)
            sound = resample_exactly(original, SAMPLE_RATE_HZ, delivery.sample_rate_hz)
    except (soundfile.LibsndfileError, OSError) as error:
        raise AudioError(f"{file.name} cannot be read again: {error}.") from error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        container = "FLAC" if delivery.format is AudioFormat.FLAC else "WAV"
        soundfile.write(path, sound, delivery.sample_rate_hz, subtype="PCM_24", format=container)
    except (soundfile.LibsndfileError, OSError) as error:
        raise OutputError(f"{path} cannot be written: {error}.") from error
    return AudioFile(
        name=name,
        role=ROLE_PREFIX + file.role,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        samples=len(sound),
        sample_rate_hz=delivery.sample_rate_hz,
        channels=file.channels,
        loudness_lufs=file.loudness_lufs,
        true_peak_dbtp=file.true_peak_dbtp,
        handle_samples=samples_at(file.handle_samples, SAMPLE_RATE_HZ, delivery.sample_rate_hz),
        sound_sha256=wave_sha256s(path)[1] if delivery.format is AudioFormat.WAV else "",
    )
