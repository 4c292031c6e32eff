"""Reading and writing of sound files: whatever an editor has, as 48 kHz stereo."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio

Pcm = NDArray[np.int32]
"""Sound at 48 kHz as whole numbers, shape (samples, channels): 24 bits in the upper part of 32."""

_WAVE_HEADS = (b"RIFF", b"RF64")
_SURROUND_GAINS = np.array(
    # L    R    C      LFE  Ls     Rs
    [[1.0, 0.0, 0.707, 0.0, 0.707, 0.0], [0.0, 1.0, 0.707, 0.0, 0.0, 0.707]],
    np.float32,
)
"""5.1 to stereo, ITU-R BS.775-4 table 2."""


def read_audio(path: Path) -> Audio:
    """The sound of a WAV, FLAC, AIFF, OGG or MP3 file: (2, T) float32 at 48 kHz.

    Mono is put on both sides, 5.1 is mixed down (ITU-R BS.775), other rates are resampled (soxr VHQ).
    Raises AudioError for a file that is missing, damaged, empty, holds NaN or infinity, or has other channels.
    """
    if not path.is_file():
        raise AudioError(f"There is no file {path}.")
    try:
        interleaved, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(
            f"{path.name} cannot be read as audio: {str(error).rstrip('.')}.",
            hint="Export it again, as a WAV or FLAC file.",
        ) from error
    if len(interleaved) == 0:
        raise AudioError(f"{path.name} holds no sound at all.")
    broken = int(np.count_nonzero(~np.isfinite(interleaved)))
    if broken:
        raise AudioError(
            f"{path.name} holds {broken} samples that are not numbers.",
            hint="The program that wrote it had a fault; export it again.",
            samples=broken,
        )
    stereo = _to_stereo(interleaved, path.name)  # T 2
    if rate_hz != SAMPLE_RATE_HZ:
        stereo = soxr.resample(stereo, rate_hz, SAMPLE_RATE_HZ, quality="VHQ")
    if len(stereo) == 0:
        raise AudioError(f"{path.name} is shorter than one sample at 48 kHz.")
    return np.ascontiguousarray(stereo.T, np.float32)  # 2 T


def write_audio(path: Path, audio: Audio | Pcm, subtype: str = "PCM_24") -> None:
    """Write (channels, T) at 48 kHz; the ending of the name chooses the format. All or nothing.

    Raises OutputError where the file cannot be written.
    """
    with all_or_nothing(path) as beside:
        soundfile.write(beside, audio.T, SAMPLE_RATE_HZ, subtype=subtype)


@contextlib.contextmanager
def all_or_nothing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write to, which takes its place in the end. Raises OutputError."""
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        yield beside
        beside.replace(path)
    except (soundfile.LibsndfileError, OSError, TypeError, ValueError) as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error}.") from error


def read_pcm(source: Path | bytes) -> Pcm:
    """The samples of a 24-bit file at 48 kHz as they are. Raises AudioError for a file that is anything else."""
    try:
        data = source.read_bytes() if isinstance(source, Path) else source
        found = wave_data(data)
        if found is not None:
            begin, frames, channels = found
            return unpacked(np.frombuffer(data, np.uint8), begin, frames, channels)
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return np.asarray(file.read(dtype="int32", always_2d=True))
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"This cannot be read as audio: {str(error).rstrip('.')}.") from error


def wave_data(data: bytes) -> tuple[int, int, int] | None:
    """Where the samples of a WAV file begin in its bytes, how many there are, and of how many channels.

    None for sound in another format. Raises AudioError for any but 24-bit sound at 48 kHz.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.samplerate != SAMPLE_RATE_HZ or file.subtype != "PCM_24":
                raise AudioError(f"This is not 24-bit sound at {SAMPLE_RATE_HZ} Hz.")
            if data[:4] not in _WAVE_HEADS:
                return None
            stream = io.BytesIO(data)
            _seek_data(stream.read(12), stream)
            return stream.tell(), file.frames, file.channels
    except (soundfile.LibsndfileError, RuntimeError, OSError, struct.error) as error:
        raise AudioError(f"This cannot be read as audio: {str(error).rstrip('.')}.") from error


def unpacked(wave: NDArray[np.uint8], begin: int, frames: int, channels: int) -> Pcm:
    """24-bit samples from byte `begin` (at least 1) of a WAV file on: a third of the time that libsndfile takes."""
    # Each sample is read together with the byte before it, which the mask then clears.
    packed = np.ndarray((frames, channels), "<i4", wave, begin - 1, (3 * channels, 3))
    return np.asarray(packed & np.int32(-(2**8)), np.int32)


def read_stretches(path: Path, stretches: Sequence[tuple[int, int]]) -> Audio:
    """Stretches [start, end) in samples of a file of ours, one after the other: (channels, T). Raises AudioError."""
    try:
        with soundfile.SoundFile(path) as file:
            parts = [np.zeros((0, file.channels), np.float32)]
            for start, end in stretches:
                file.seek(start)
                parts.append(file.read(end - start, dtype="float32", always_2d=True))
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {str(error).rstrip('.')}.") from error
    return np.ascontiguousarray(np.concatenate(parts).T)


def pcm_of(audio: Audio) -> Pcm:
    """Sound (channels, T) in -1..1 as `write_audio` rounds it to 24 bits."""
    whole = np.clip(np.floor(audio.T.astype(np.float64) * 2**23), -(2**23), 2**23 - 1)
    return np.ascontiguousarray(whole.astype(np.int32) << 8)


def audio_of(sound: Pcm) -> Audio:
    """Whole numbers as sound (channels, T) in -1..1. Exact."""
    audio = sound.T.astype(np.float32, order="C")
    audio *= np.float32(2**-31)  # in place: it may be long
    return audio


def wave_sha256s(path: Path) -> tuple[str, str]:
    """The SHA-256 of a WAV file, and that of its samples alone: the same for every header around them.

    Raises AudioError.
    """
    try:
        with path.open("rb") as file:
            size = _seek_data(file.read(12), file)
            begin = file.tell()
            file.seek(0)
            whole, samples = hashlib.sha256(file.read(begin)), hashlib.sha256()
            while size > 0 and (block := file.read(min(size, 1 << 18))):
                whole.update(block)
                samples.update(block)
                size -= len(block)
            while block := file.read(1 << 18):
                whole.update(block)
            return whole.hexdigest(), samples.hexdigest()
    except (OSError, struct.error) as error:
        raise AudioError(f"{path.name} cannot be read as a WAV file.") from error


def _seek_data(head: bytes, file: BinaryIO) -> int:
    """Go to the samples of a WAV file, past its twelve bytes of `head`; their size in bytes."""
    if head[:4] not in _WAVE_HEADS:
        raise AudioError("This is not a WAV file.")
    long_size = 0
    while True:
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            payload = file.read(size)
            long_size = struct.unpack_from("<Q", payload, 8)[0]
        elif name == b"data":
            return int(long_size if size == 0xFFFFFFFF else size)
        else:
            file.seek(size + size % 2, 1)


def _to_stereo(interleaved: Audio, name: str) -> Audio:
    channels = interleaved.shape[1]
    if channels == 1:
        return np.repeat(interleaved, 2, axis=1)
    if channels == 2:
        return interleaved
    if channels == _SURROUND_GAINS.shape[1]:
        return interleaved @ _SURROUND_GAINS.T
    raise AudioError(f"{name} has {channels} channels.", hint="Mix it down to stereo first.", channels=channels)
