"""A movie file as training data needs it: its sound, where its picture changes, and small pictures of it.

`watch` decodes a file once, picture and sound together. Transitions are found by `vem_core.corpus.transitions`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from vem_core.audio.types import Audio
from vem_core.contract.errors import InputError, LimitExceeded, RateError
from vem_core.contract.time import SAMPLE_RATE_HZ, snap_rate
from vem_core.corpus.transitions import Transition, find_transitions, picture_change

KEPT_HEIGHT = 112
"""Of the pictures that are kept of every frame, as JPEGs, until it is known which of them are wanted."""

_COMPARED = (64, 36)
_KEPT_QUALITY = 92
_UNREADABLE = (av.error.FFmpegError, OSError, ValueError, IndexError)


class Film(NamedTuple):
    """What one decoding of a movie gives: frames of record time at a constant rate."""

    rate: Fraction
    frames: int
    transitions: tuple[Transition, ...]
    sound: Audio | None  # (2, T) float32 at 48 kHz; None where the file has none
    pictures: tuple[bytes, ...]  # a small JPEG of every frame


def watch(path: Path, *, longest_s: float = 600.0, with_sound: bool = True) -> Film:
    """Decode a movie once. `with_sound` False leaves its sound alone.

    Raises InputError for a file whose picture cannot be decoded or is of no known rate, and for one that is cut short
    or damaged in the middle; LimitExceeded for one that is longer than `longest_s`.
    """
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            return _watch(container, path, longest_s, with_sound)
    except RateError as error:
        raise InputError(f"{path.name} has a frame rate that is none: {error.message}") from error
    except _UNREADABLE as error:
        raise InputError(f"{path.name} has no picture that can be decoded.") from error


def _watch(container: av.container.InputContainer, path: Path, longest_s: float, with_sound: bool) -> Film:
    video = container.streams.video[0]
    rate = snap_rate(Fraction(video.average_rate or 0))
    most_frames = int(longest_s * rate)
    streams: list[av.video.stream.VideoStream | av.audio.stream.AudioStream] = [video]
    streams += container.streams.audio[:1] if with_sound else []
    resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE_HZ)
    reformatter = VideoReformatter()  # one for all frames: a frame's own would be set up anew for each
    sound: list[NDArray[np.float32]] = []
    changes: list[float] = []
    small: list[NDArray[np.uint8]] = []
    pictures: list[bytes] = []
    previous: NDArray[np.float64] | None = None
    for frame in container.decode(*streams):
        if isinstance(frame, av.AudioFrame):
            sound += _samples(resampler, frame)
            continue
        if not isinstance(frame, av.VideoFrame):
            continue
        if len(pictures) == most_frames:
            raise LimitExceeded(f"{path.name} is longer than {longest_s:g} s.")
        width = max(2, round(KEPT_HEIGHT * frame.width / frame.height))
        kept = reformatter.reformat(frame, width, KEPT_HEIGHT, "rgb24", threads=1).to_image()
        compared = kept.resize(_COMPARED, Image.Resampling.BILINEAR)
        hsv = np.asarray(compared.convert("HSV"), np.float64)
        changes.append(0.0 if previous is None else picture_change(previous, hsv))
        small.append(np.asarray(compared))
        pictures.append(_jpeg(kept, _KEPT_QUALITY))
        previous = hsv
    if not pictures:
        raise InputError(f"{path.name} has no picture that can be decoded.")
    sound += _samples(resampler, None) if sound else []
    audio = np.ascontiguousarray(np.concatenate(sound, axis=1), np.float32) if sound else None
    found = find_transitions(np.array(changes), np.stack(small), float(rate))
    return Film(rate, len(pictures), found, audio, tuple(pictures))


def _samples(resampler: av.AudioResampler, frame: av.AudioFrame | None) -> list[NDArray[np.float32]]:
    """A frame's sound at 48 kHz, in parts of (2, T); of None what was held back."""
    return [np.asarray(made.to_ndarray(), np.float32) for made in resampler.resample(frame)]


def read_frames(path: Path, wanted: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    """Some frames by their number, in rising order."""
    left = set(wanted)
    with av.open(str(path), metadata_errors="replace") as container:
        for number, frame in enumerate(container.decode(container.streams.video[0])):
            if number in left:
                left.discard(number)
                yield number, frame.to_image()
            if not left:
                return


def read_sound(path: Path) -> Audio:
    """The first sound stream as (2, T) float32 at 48 kHz. Raises InputError where there is none."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE_HZ)
            parts = [
                part for frame in container.decode(container.streams.audio[0]) for part in _samples(resampler, frame)
            ]
            parts += _samples(resampler, None)
    except _UNREADABLE as error:
        raise InputError(f"{path.name} has no sound that can be decoded.") from error
    if not parts:
        raise InputError(f"{path.name} has no sound.")
    return np.ascontiguousarray(np.concatenate(parts, axis=1), np.float32)


def to_jpeg(image: Image.Image, size: tuple[int, int], *, square: bool) -> bytes:
    """A frame as a thumbnail of `size`; `square` takes the middle square of it."""
    if square:
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, top, left + side, top + side))
    return _jpeg(image.resize(size, Image.Resampling.BILINEAR), 80)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=quality)
    return stream.getvalue()
