"""The form that was asked for: FLAC, or another sample rate, beside the 48 kHz WAVs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import soundfile
from numpy.typing import NDArray

from vem_core.audio.files import file_sha256, wav_container
from vem_core.audio.resampling import resample_blocks, samples_at
from vem_core.audio.riff import wave_sha256s
from vem_core.audio.tape import BLOCK_SAMPLES
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
    container = "FLAC" if delivery.format is AudioFormat.FLAC else wav_container(_bytes_of(file, delivery))
    samples = 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        rate_hz = delivery.sample_rate_hz
        with soundfile.SoundFile(path, "w", rate_hz, file.channels, "PCM_24", format=container) as converted:
            for block in _blocks_of(folder / file.name, rate_hz):
                converted.write(block)
                samples += len(block)
    except (soundfile.LibsndfileError, OSError) as error:
        raise OutputError(f"{path} cannot be written: {error}.") from error
    return AudioFile(
        name=name,
        role=ROLE_PREFIX + file.role,
        sha256=file_sha256(path),
        samples=samples,
        sample_rate_hz=delivery.sample_rate_hz,
        channels=file.channels,
        loudness_lufs=file.loudness_lufs,
        true_peak_dbtp=file.true_peak_dbtp,
        handle_samples=samples_at(file.handle_samples, SAMPLE_RATE_HZ, delivery.sample_rate_hz),
        sound_sha256=wave_sha256s(path)[1] if delivery.format is AudioFormat.WAV else "",
    )


def _bytes_of(file: AudioFile, delivery: Delivery) -> int:
    return 3 * file.channels * samples_at(file.samples, SAMPLE_RATE_HZ, delivery.sample_rate_hz)


def _blocks_of(path: Path, rate_hz: int) -> Iterator[NDArray[Any]]:
    """The sound of a file at another rate, block by block, (T, channels). At its own its 24 bits stay those bits.

    Raises AudioError.
    """
    try:
        with soundfile.SoundFile(path) as original:
            if rate_hz == SAMPLE_RATE_HZ:
                yield from original.blocks(BLOCK_SAMPLES, dtype="int32", always_2d=True)
            else:
                sound = original.blocks(BLOCK_SAMPLES, dtype="float64", always_2d=True)
                yield from resample_blocks(sound, original.frames, original.channels, SAMPLE_RATE_HZ, rate_hz)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise AudioError(f"{path.name} cannot be read again: {error}.") from error
