"""Reading and writing of sound files: whatever an editor has, as 48 kHz stereo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
import soxr

from vem_core.contract.errors import AudioError, OutputError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio

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


def write_audio(path: Path, audio: Audio, subtype: str = "PCM_24") -> None:
    """Write (channels, T) at 48 kHz; the ending of the name chooses the format. All or nothing.

    Raises OutputError where the file cannot be written.
    """
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        soundfile.write(beside, audio.T, SAMPLE_RATE_HZ, subtype=subtype)
        beside.replace(path)
    except (soundfile.LibsndfileError, OSError, TypeError, ValueError) as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"{path} cannot be written: {error}.") from error


def _to_stereo(interleaved: Audio, name: str) -> Audio:
    channels = interleaved.shape[1]
    if channels == 1:
        return np.repeat(interleaved, 2, axis=1)
    if channels == 2:
        return interleaved
    if channels == _SURROUND_GAINS.shape[1]:
        return interleaved @ _SURROUND_GAINS.T
    raise AudioError(f"{name} has {channels} channels.", hint="Mix it down to stereo first.", channels=channels)
