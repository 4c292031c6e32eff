"""A movie file as training data needs it: its sound, where its picture cuts, and single frames of it.

Cuts are found as PySceneDetect's adaptive detector does: a frame differs from the one before it by far more than its
neighbours do. Dissolves are not found.
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
from numpy.typing import NDArray
from PIL import Image

from vem_core.audio.types import Audio
from vem_core.contract.errors import InputError, RateError
from vem_core.contract.time import SAMPLE_RATE_HZ, snap_rate

Floats = NDArray[np.float64]

ADAPTIVE_RATIO = 3.0
"""How many times more than its neighbours a frame must change to be a cut."""

LEAST_CHANGE = 15.0
"""Of hue, saturation and lightness together, of 255."""

NEIGHBOURS = 2
SHORTEST_SHOT_S = 0.25
_SIZE = (64, 36)
_UNREADABLE = (av.error.FFmpegError, OSError, ValueError, IndexError)


class Film(NamedTuple):
    """What pass one finds: frames of record time at a constant rate."""

    rate: Fraction
    frames: int
    cuts: tuple[int, ...]  # record frames at which another shot begins


def read_film(path: Path) -> Film:
    """Decode the picture once and find its cuts. Raises InputError for a file without a picture or of no known rate."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            rate = snap_rate(Fraction(stream.average_rate or 0))
            previous: Floats | None = None
            changes: list[float] = []
            for frame in container.decode(stream):
                small = np.asarray(frame.to_image(width=_SIZE[0], height=_SIZE[1]).convert("HSV"), np.float64)
                changes.append(0.0 if previous is None else _change(previous, small))
                previous = small
    except RateError as error:
        raise InputError(f"{path.name} has a frame rate that is none: {error.message}") from error
    except _UNREADABLE as error:
        raise InputError(f"{path.name} has no picture that can be decoded.") from error
    return Film(rate, len(changes), find_cuts(np.array(changes), float(rate)))


def find_cuts(changes: Floats, rate_hz: float) -> tuple[int, ...]:
    """The frames that change by far more than those around them. `changes`: (F,) from the frame before, 0..255."""
    cuts: list[int] = []
    for frame in range(1, len(changes)):
        around = [
            changes[other]
            for other in range(max(1, frame - NEIGHBOURS), min(len(changes), frame + NEIGHBOURS + 1))
            if other != frame
        ]
        beside = float(np.mean(around)) if around else 0.0
        far = changes[frame] >= ADAPTIVE_RATIO * max(beside, 1e-6)
        begun = cuts[-1] if cuts else 0
        if far and changes[frame] >= LEAST_CHANGE and frame - begun >= SHORTEST_SHOT_S * rate_hz:
            cuts.append(frame)
    return tuple(cuts)


def read_frames(path: Path, wanted: Sequence[int]) -> Iterator[tuple[int, Image.Image]]:
    """Some frames by their number, in rising order."""
    left = set(wanted)
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(container.streams.video[0])):
            if number in left:
                left.discard(number)
                yield number, frame.to_image()
            if not left:
                return


def read_sound(path: Path) -> Audio:
    """The first sound stream as (2, T) float32 at 48 kHz. Raises InputError where there is none."""
    try:
        with av.open(str(path)) as container:
            resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE_HZ)
            parts = [
                made.to_ndarray()
                for frame in container.decode(container.streams.audio[0])
                for made in resampler.resample(frame)
            ]
            parts += [made.to_ndarray() for made in resampler.resample(None)]
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
    stream = io.BytesIO()
    image.resize(size, Image.Resampling.BILINEAR).save(stream, format="JPEG", quality=80)
    return stream.getvalue()


def _change(before: Floats, after: Floats) -> float:
    """Mean difference of hue (a circle), saturation and lightness, 0..255."""
    difference = np.abs(after - before)
    difference[..., 0] = np.minimum(difference[..., 0], 256 - difference[..., 0])
    return float(difference.mean())
