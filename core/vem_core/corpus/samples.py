"""A sample: a window of a piece's sound, the labels of the piece, the pictures of the window's shots and cuts.

In a shard it is three files of one key: `flac` (48 kHz, stereo, 16 bits), `json` (`CorpusLabels.1`) and `frames.npz`
(`jpegs`: the thumbnails' JPEGs one after the other, uint8; `ends`: where each ends, int64).
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import itertools
import zipfile
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import soundfile

from vem_core.audio.types import Audio
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, CorpusDamaged
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.corpus.labels import CorpusLabels, Window
from vem_core.corpus.pieces import CorpusPiece

AUDIO, LABELS, FRAMES = "flac", "json", "frames.npz"


class CorpusSample(NamedTuple):
    """One sample, decoded. `jpegs` holds the bytes of `labels.thumbnails` by SHA-256."""

    key: str
    audio: Audio  # (2, labels.window.duration_samples)
    labels: CorpusLabels
    jpegs: Mapping[str, bytes]


class EncodedSample(NamedTuple):
    """One sample as it lies in a shard: the bytes of its three parts, by what ends their names."""

    key: str
    latents: int  # that its sound lasts
    parts: Mapping[str, bytes]


def cut_samples(made: CorpusPiece, audio: Audio, window_latents: int | None) -> Iterator[CorpusSample]:
    """The samples of a piece, in order of time: windows that tile it, or the whole."""
    whole = made.labels.window
    length = window_latents or whole.latents
    for number, first in enumerate(range(0, whole.latents, length)):
        window = Window(first, length)
        part = audio[:, window.start_samples : window.start_samples + window.duration_samples]
        padded = np.pad(part, ((0, 0), (0, window.duration_samples - part.shape[1])))
        labels = _window_labels(made.labels, window)
        jpegs = {thumbnail.sha256: made.jpegs[thumbnail.sha256] for thumbnail in labels.thumbnails}
        yield CorpusSample(sample_key(made.labels.piece.index, number), padded, labels, jpegs)


def sample_key(index: int, window: int = 0) -> str:
    """The name of a sample: its piece's index and its window's number."""
    return f"{index:06}-{window:02}"


def encode_sample(sample: CorpusSample) -> EncodedSample:
    """The sample as bytes."""
    jpegs = [sample.jpegs[thumbnail.sha256] for thumbnail in sample.labels.thumbnails]
    parts = {AUDIO: _encode_audio(sample.audio), FRAMES: _encode_frames(jpegs), LABELS: dumps(sample.labels).encode()}
    return EncodedSample(sample.key, sample.labels.window.latents, parts)


def decode_sample(key: str, files: Mapping[str, bytes]) -> CorpusSample:
    """The sample that `encode_sample` wrote. Raises CorpusDamaged for anything else."""
    if set(files) != {AUDIO, LABELS, FRAMES}:
        raise CorpusDamaged(f"The sample {key} has the parts {', '.join(sorted(files)) or 'none'}.", sample=key)
    try:
        labels = loads(CorpusLabels, files[LABELS])
    except ContractError as error:
        raise CorpusDamaged(f"The labels of the sample {key} cannot be read: {error.message}", sample=key) from error
    audio = _decode_audio(key, files[AUDIO])
    if audio.shape != (2, labels.window.duration_samples):
        raise CorpusDamaged(
            f"The sound of the sample {key} has {audio.shape[1]} samples, not {labels.window.duration_samples}.",
            sample=key,
        )
    return CorpusSample(key, audio, labels, _decode_frames(key, files[FRAMES], labels))


def _window_labels(labels: CorpusLabels, window: Window) -> CorpusLabels:
    """The labels with the window, and those thumbnails whose frame falls into it; a strip belongs where its cut is."""
    sheet = labels.sheet
    kept = []
    for thumbnail in labels.thumbnails:
        strip = thumbnail.use.value == "strip"
        frame = sheet.shots[thumbnail.shot].start_frames if strip else thumbnail.record_frames
        offset = sample_of_frame(frame, sheet.rate) - window.start_samples
        if 0 <= offset < window.duration_samples:
            kept.append(thumbnail)
    return dataclasses.replace(labels, window=window, thumbnails=tuple(kept))


def _encode_audio(audio: Audio) -> bytes:
    stream = io.BytesIO()
    soundfile.write(stream, audio.T, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
    return stream.getvalue()


def _decode_audio(key: str, data: bytes) -> Audio:
    try:
        interleaved, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise CorpusDamaged(f"The sound of the sample {key} cannot be read.", sample=key) from error
    if rate_hz != SAMPLE_RATE_HZ:
        raise CorpusDamaged(f"The sound of the sample {key} is at {rate_hz} Hz.", sample=key)
    return np.ascontiguousarray(interleaved.T, np.float32)


def _encode_frames(jpegs: list[bytes]) -> bytes:
    stream = io.BytesIO()
    ends = np.cumsum([len(jpeg) for jpeg in jpegs], dtype=np.int64)
    np.savez(stream, jpegs=np.frombuffer(b"".join(jpegs), np.uint8), ends=ends)
    return stream.getvalue()


def _decode_frames(key: str, data: bytes, labels: CorpusLabels) -> dict[str, bytes]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            together, ends = arrays["jpegs"].tobytes(), arrays["ends"].tolist()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise CorpusDamaged(f"The pictures of the sample {key} cannot be read.", sample=key) from error
    jpegs = [together[start:end] for start, end in itertools.pairwise([0, *ends])]
    found = [hashlib.sha256(jpeg).hexdigest() for jpeg in jpegs]
    if found != [thumbnail.sha256 for thumbnail in labels.thumbnails]:
        raise CorpusDamaged(f"The pictures of the sample {key} are not those that its labels name.", sample=key)
    return dict(zip(found, jpegs, strict=True))
