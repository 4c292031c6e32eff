"""Decoding a stretch of any sound or movie file as samples, mono or of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from vem_core.contract.errors import AudioError
from vem_plugin.files.containers import DECODING_ERRORS, open_container


def read_sound(
    path: Path, start_s: Fraction, duration_s: Fraction, rate_hz: int, *, by_timecode: bool = False
) -> NDArray[np.float32]:
    """The mono sound of [start, start + duration) seconds of a file, resampled: (T,) float32.

    With `by_timecode` the start may count in the file's own timecode: it does if it does not lie before that. Shorter
    where the file ends earlier. Raises AudioError for a file that is missing, damaged, without sound, or may not be
    read.
    """
    sound: NDArray[np.float32] = _read(path, start_s, duration_s, rate_hz, "mono", by_timecode=by_timecode)[0]
    return sound


def read_both_sides(
    path: Path, start_s: Fraction, duration_s: Fraction, rate_hz: int, *, by_timecode: bool = False
) -> NDArray[np.float32]:
    """As `read_sound`, in stereo: (T, 2) float32."""
    return np.ascontiguousarray(_read(path, start_s, duration_s, rate_hz, "stereo", by_timecode=by_timecode).T)


def sound_pieces(
    path: Path, start_s: Fraction, duration_s: Fraction, rate_hz: int, *, by_timecode: bool = False
) -> Iterator[NDArray[np.float32]]:
    """As `read_sound`, piece by piece, (T,) each: a recording may be longer than memory. Raises AudioError."""
    for piece in _pieces(path, start_s, duration_s, rate_hz, "mono", by_timecode=by_timecode):
        yield piece[0]


def _read(
    path: Path, start_s: Fraction, duration_s: Fraction, rate_hz: int, layout: str, *, by_timecode: bool
) -> NDArray[np.float32]:
    """The sound by channels: (C, T)."""
    none = np.zeros((1 if layout == "mono" else 2, 0), np.float32)
    pieces = _pieces(path, start_s, duration_s, rate_hz, layout, by_timecode=by_timecode)
    return np.concatenate([none, *pieces], axis=1)


def _pieces(
    path: Path, start_s: Fraction, duration_s: Fraction, rate_hz: int, layout: str, *, by_timecode: bool
) -> Iterator[NDArray[np.float32]]:
    """The sound by channels, piece by piece: (C, T)."""
    try:
        with open_container(path) as container:
            first_s = _timecode_s(container) if by_timecode else Fraction(0)
            begin_s = start_s - first_s if start_s >= first_s else start_s
            yield from _decode(container, begin_s, duration_s, rate_hz, layout)
    except PermissionError as error:
        raise AudioError(
            f"{path.name} may not be read.", hint="Give your user read access to it.", path=str(path)
        ) from error
    except DECODING_ERRORS as error:
        words = str(getattr(error, "strerror", None) or error).strip().rstrip(".")
        raise AudioError(f"{path.name} cannot be read as sound: {words}.", path=str(path)) from error


def _timecode_s(container: av.container.InputContainer) -> Fraction:
    """Where a file begins on the clock of its own timecode: a Broadcast WAV's time reference, in seconds; else 0."""
    reference = container.metadata.get("time_reference", "")
    if not reference.isdecimal() or not container.streams.audio:
        return Fraction(0)
    return Fraction(int(reference), container.streams.audio[0].rate or 48_000)


def _decode(
    container: av.container.InputContainer, start_s: Fraction, duration_s: Fraction, rate_hz: int, layout: str
) -> Iterator[NDArray[np.float32]]:
    if not container.streams.audio:
        raise AudioError(f"{Path(container.name).name} holds no sound.")
    stream = container.streams.audio[0]
    resampler = AudioResampler(format="fltp", layout=layout, rate=rate_hz)
    if start_s > 1:
        container.seek(int((start_s - Fraction(1, 2)) * av.time_base))
    first, last = round(start_s * rate_hz), round((start_s + duration_s) * rate_hz)
    position: int | None = None
    for frame in container.decode(stream):
        if position is None:
            begin_s = Fraction(frame.pts or 0) * (frame.time_base or Fraction(1))
            origin_s = Fraction(stream.start_time or 0) * (stream.time_base or Fraction(1))
            position = round((begin_s - origin_s) * rate_hz)
            if first < position:
                yield np.zeros((1 if layout == "mono" else 2, min(position, last) - first), np.float32)
        for piece in resampler.resample(frame):
            samples: NDArray[np.float32] = piece.to_ndarray().astype(np.float32, copy=False)
            inside = samples[:, max(0, first - position) : max(0, last - position)]
            position += samples.shape[1]
            if inside.shape[1]:
                yield np.asarray(np.nan_to_num(inside), np.float32)
        if position >= last:
            break
