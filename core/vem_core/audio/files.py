"""Reading and writing of sound files: whatever an editor has, as 48 kHz stereo."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from vem_core.audio.pcm import in_unit, unpacked
from vem_core.audio.resampling import resample
from vem_core.audio.riff import wave_data
from vem_core.audio.tape import Sound, blocks
from vem_core.audio.types import Audio, Pcm
from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ

LONGEST_WAV_BYTES = 2**32 - 1 - 2**16
"""How many bytes of samples a WAV file holds, with room for its other chunks."""

_SAMPLE_BYTES = {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}

_SURROUND_GAINS = np.array(
    # L    R    C      LFE  Ls     Rs
    [[1.0, 0.0, 0.707, 0.0, 0.707, 0.0], [0.0, 1.0, 0.707, 0.0, 0.0, 0.707]],
    np.float32,
)
"""5.1 to stereo, ITU-R BS.775-4 table 2."""


def read_audio(source: Path | bytes, name: str = "") -> Audio:
    """The sound of a WAV, FLAC, AIFF, OGG or MP3 file, or of such a file's bytes: (2, T) float32 at 48 kHz.

    `name` is what errors call it (default: the file's name).

    Mono is put on both sides, 5.1 is mixed down (ITU-R BS.775), other rates are resampled (soxr VHQ).
    Raises AudioError for a file that is missing, damaged, empty, holds NaN or infinity, or has other channels.
    """
    if isinstance(source, Path):
        name = name or source.name
        if not source.is_file():
            raise AudioError(f"There is no file {source}.")
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        interleaved, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(
            f"{name} cannot be read as audio: {str(error).rstrip('.')}.",
            hint="Export it again, as a WAV or FLAC file.",
        ) from error
    if len(interleaved) == 0:
        raise AudioError(f"{name} holds no sound at all.")
    broken = int(np.count_nonzero(~np.isfinite(interleaved)))
    if broken:
        raise AudioError(
            f"{name} holds {broken} samples that are not numbers.",
            hint="The program that wrote it had a fault; export it again.",
            samples=broken,
        )
    stereo = _to_stereo(interleaved, name)  # T 2
    stereo = resample(stereo, rate_hz, SAMPLE_RATE_HZ)
    if len(stereo) == 0:
        raise AudioError(f"{name} is shorter than one sample at 48 kHz.")
    return np.ascontiguousarray(stereo.T, np.float32)  # 2 T


def write_audio(
    path: Path, audio: Sound | Pcm, subtype: str = "PCM_24", heard: Callable[[Audio], None] | None = None
) -> None:
    """Write (channels, T) at 48 kHz; the ending of the name chooses the format. All or nothing.

    A WAV file that is longer than 4 GiB is an RF64 file (EBU Tech 3306). `heard` is given each block of the sound, in
    order. Raises OutputError where the file cannot be written.
    """
    channels, samples = audio.shape
    with all_or_nothing(path) as beside:
        wav = path.suffix.lower() == ".wav"
        container = wav_container(samples * channels * _SAMPLE_BYTES.get(subtype, 4)) if wav else None
        with soundfile.SoundFile(beside, "w", SAMPLE_RATE_HZ, channels, subtype, format=container) as file:
            for where in blocks(samples, audio):
                block = audio[:, where]
                file.write(block.T)
                if heard is not None:
                    heard(in_unit(block))


def wav_container(size: int) -> str:
    """The kind of WAV file for so many bytes of samples: RF64 (EBU Tech 3306) where they are more than 4 GiB."""
    return "WAV" if size <= LONGEST_WAV_BYTES else "RF64"


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        found = wave_data(source)
        data = source.read_bytes() if isinstance(source, Path) else source
        if found is not None:
            begin, frames, channels = found
            return unpacked(np.frombuffer(data, np.uint8), begin, frames, channels)
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return np.asarray(file.read(dtype="int32", always_2d=True))
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"This cannot be read as audio: {str(error).rstrip('.')}.") from error


def read_stretches(path: Path, stretches: Sequence[tuple[int, int]]) -> Iterator[Audio]:
    """Stretches [start, end) in samples of a file of ours, one after the other, in blocks (channels, T).

    Raises AudioError.
    """
    try:
        with soundfile.SoundFile(path) as file:
            for start, end in stretches:
                file.seek(start)
                for where in blocks(end - start):
                    block = file.read(where.stop - where.start, dtype="float32", always_2d=True)
                    yield np.ascontiguousarray(block.T)
    except (soundfile.LibsndfileError, RuntimeError, OSError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {str(error).rstrip('.')}.") from error


def _to_stereo(interleaved: Audio, name: str) -> Audio:
    channels = interleaved.shape[1]
    if channels == 1:
        return np.repeat(interleaved, 2, axis=1)
    if channels == 2:
        return interleaved
    if channels == _SURROUND_GAINS.shape[1]:
        return interleaved @ _SURROUND_GAINS.T
    raise AudioError(f"{name} has {channels} channels.", hint="Mix it down to stereo first.", channels=channels)
