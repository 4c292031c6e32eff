"""Edits of solid colours: each cut of them is seen in a render without doubt, and the media's own sound is silence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio

from vem_core.contract.atomic import make_folder, replacing
from vem_core.contract.time import SAMPLE_RATE_HZ

COLOURS = {
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "magenta": (255, 0, 255),
    "green": (0, 128, 0),
    "white": (255, 255, 255),
    "cyan": (0, 255, 255),
    "black": (0, 0, 0),
    "blue": (0, 0, 255),
}
WIDTH, HEIGHT = 320, 180
MEDIA_FRAMES = 150
"""Of each colour's movie, at any rate."""

_FIRST_SHOWN = 6
"""The frame of its movie that each shot begins with: an editor that overlooks source ranges still shows its colour."""

LENGTHS = (40, 59, 48, 75, 31, 62, 66)
"""Frames of the shots, unequal, so that no other order of them has the same cuts."""


@dataclass(frozen=True)
class SolidFilm:
    """An edit on disk, its media in the folder `media` beside it."""

    timeline: Path
    rate: Fraction
    cuts: tuple[int, ...]  # record frames from the timeline's start
    frames: int


def write_solid_film(
    timeline: Path,
    rate: Fraction,
    start_frames: int,
    lengths: Sequence[int] = LENGTHS,
    address: Callable[[Path], str] = lambda media: f"media/{media.name}",
) -> SolidFilm:
    """An edit of one shot a length, whose first record frame has that number; `address` spells where a medium lies.

    Raises OutputError.
    """
    media = timeline.parent / "media"
    write_colours(media, rate)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    for number, (colour, length) in enumerate(
        zip(itertools.cycle(COLOURS), lengths, strict=False), start=1
    ):  # colours have no end
        reference = otio.schema.ExternalReference(address(media / f"{colour}.mp4"), _span(0, MEDIA_FRAMES, rate))
        track.append(otio.schema.Clip(f"{number} {colour}", reference, _span(_FIRST_SHOWN, length, rate)))
    edit = otio.schema.Timeline(timeline.stem, global_start_time=_time(start_frames, rate))
    edit.tracks.append(track)
    with replacing(timeline) as partial:
        otio.adapters.write_to_file(edit, str(partial), adapter_name="otio_json")
    return SolidFilm(timeline, rate, tuple(itertools.accumulate(lengths))[:-1], sum(lengths))


def write_colours(folder: Path, rate: Fraction) -> None:
    """A movie of each colour, every frame a key frame; its silent sound shows engines that do not mix."""
    make_folder(folder)
    for colour, rgb in COLOURS.items():
        path = folder / f"{colour}.mp4"
        if not path.exists():
            with replacing(path) as partial:
                _write_colour(partial, rgb, rate)


def _write_colour(path: Path, rgb: tuple[int, int, int], rate: Fraction) -> None:
    with av.open(str(path), "w", format="mp4") as movie:
        picture = movie.add_stream("libx264", rate=rate, options={"g": "1", "preset": "ultrafast"})
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.time_base = 1 / rate
        sound = movie.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="stereo")
        image = np.full((HEIGHT, WIDTH, 3), rgb, np.uint8)
        for number in range(MEDIA_FRAMES):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            movie.mux(picture.encode(frame))
        movie.mux(picture.encode())
        silence = np.zeros((2, int(MEDIA_FRAMES / rate * SAMPLE_RATE_HZ)), np.float32)
        block = av.AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
        block.sample_rate, block.pts = SAMPLE_RATE_HZ, 0
        movie.mux(sound.encode(block))
        movie.mux(sound.encode())


def _time(frames: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(rate))


def _span(start: int, length: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(length, rate))
