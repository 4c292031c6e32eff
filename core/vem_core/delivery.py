"""The files of a score: mix, stems and MIDI, mastered and written."""

from __future__ import annotations

import hashlib
import math
import re
from pathlib import Path

from vem_core.audio_files import sound_sha256, write_audio
from vem_core.contract.errors import OutputError
from vem_core.contract.request import Delivery
from vem_core.contract.result import AudioFile
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.base import Audio, Rendering
from vem_core.synth.mastering import MasterGain, master, measure_loudness, measure_true_peak

_LOUDNESS_TOLERANCE_LU = 0.5


def write_files(
    rendering: Rendering, delivery: Delivery, folder: Path
) -> tuple[tuple[AudioFile, ...], tuple[str, ...]]:
    """Master a rendering and write it as 24-bit WAVs and MIDI; the files, and warnings in words.

    The stems get the mix's gain, so that they still sum to it (to within the rounding of 24 bits).
    Raises OutputError.
    """
    mastered, gain = master(rendering.mix, delivery.loudness_lufs, delivery.true_peak_dbtp)
    files = [_write_sound(folder, "mix.wav", "mix", mastered, gain)]
    if delivery.stems:
        for name, stem in rendering.stems.items():
            path = f"stems/{re.sub(r'[^A-Za-z0-9_-]+', '-', name)}.wav"
            files.append(_write_sound(folder, path, f"stem:{name}", gain.apply(stem), None))
    if delivery.midi and rendering.midi is not None:
        files.append(_write_midi(folder, "score.mid", rendering.midi, mastered.shape[1]))
    return tuple(files), _warnings(delivery, gain)


def _write_sound(folder: Path, name: str, role: str, audio: Audio, gain: MasterGain | None) -> AudioFile:
    path = folder / name
    _make_folder(path.parent)
    write_audio(path, audio)
    loudness = gain.loudness_lufs if gain else measure_loudness(audio)
    peak = gain.true_peak_dbtp if gain else measure_true_peak(audio)
    return AudioFile(
        name=name,
        role=role,
        sha256=_sha256(path),
        samples=audio.shape[1],
        sample_rate_hz=SAMPLE_RATE_HZ,
        channels=audio.shape[0],
        loudness_lufs=_finite(loudness),
        true_peak_dbtp=_finite(peak),
        gain_db=gain.gain_db if gain else None,
        sound_sha256=sound_sha256(path),
    )


def _write_midi(folder: Path, name: str, midi: bytes, samples: int) -> AudioFile:
    path = folder / name
    try:
        _make_folder(folder)
        path.write_bytes(midi)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}.") from error
    digest = hashlib.sha256(midi).hexdigest()
    return AudioFile(name, "midi", digest, samples, SAMPLE_RATE_HZ, 0, None, None)


def _warnings(delivery: Delivery, gain: MasterGain) -> tuple[str, ...]:
    if not math.isfinite(gain.loudness_lufs):
        return ("The music is silent.",)
    if abs(gain.loudness_lufs - delivery.loudness_lufs) > _LOUDNESS_TOLERANCE_LU:
        return (
            f"The music came out at {gain.loudness_lufs:.1f} LUFS instead of {delivery.loudness_lufs:.1f}: "
            f"more would break the true-peak ceiling of {delivery.true_peak_dbtp:.1f} dBTP.",
        )
    return ()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
