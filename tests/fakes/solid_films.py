"""Edits of solid colours: each cut of them is seen in a render without doubt, and the media's own sound is silence."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio

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


@dataclass(frozen=True)
class SolidFilm:
    """An edit on disk, its media relative to it in the folder `media`."""

    timeline: Path
    rate: Fraction
    cuts: tuple[int, ...]  # record frames from the timeline's start
    frames: int


def write_solid_film(folder: Path, rate: Fraction, start_frames: int, shots: int = 10, seed: int = 3) -> SolidFilm:
    """An edit of `shots` shots at a rate, of unequal lengths between one and three seconds."""
    write_colours(folder / "media", rate)
    lengths = random.Random(seed)
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    position, cuts = 0, []
    for index, colour in zip(range(shots), itertools.cycle(COLOURS), strict=False):
        length = lengths.randint(int(rate), int(rate * 3))
        reference = otio.schema.ExternalReference(f"media/{colour}.mp4", _span(0, MEDIA_FRAMES, rate))
        track.append(otio.schema.Clip(f"{colour} {index}", reference, _span(lengths.randint(0, 20), length, rate)))
        cuts.append(position)
        position += length
    timeline = otio.schema.Timeline("film", global_start_time=_time(start_frames, rate))
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(folder / "film.otio"))
    return SolidFilm(folder / "film.otio", rate, tuple(cuts[1:]), position)


def write_colours(folder: Path, rate: Fraction) -> None:
    """A movie of each colour, every frame a key frame; its silent sound shows engines that do not mix."""
    folder.mkdir(parents=True)
    for colour, rgb in COLOURS.items():
        with av.open(str(folder / f"{colour}.mp4"), "w") as movie:
            picture = movie.add_stream("libx264", rate=rate, options={"g": "1", "preset": "ultrafast"})
            picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            picture.time_base = 1 / rate
            sound = movie.add_stream("aac", rate=48_000, layout="stereo")
            image = np.full((HEIGHT, WIDTH, 3), rgb, np.uint8)
            for number in range(MEDIA_FRAMES):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24")
                frame.pts, frame.time_base = number, 1 / rate
                movie.mux(picture.encode(frame))
            movie.mux(picture.encode())
            silence = av.AudioFrame.from_ndarray(
                np.zeros((2, int(MEDIA_FRAMES / rate * 48_000)), np.float32), format="fltp", layout="stereo"
            )
            silence.sample_rate, silence.pts = 48_000, 0
            movie.mux(sound.encode(silence))
            movie.mux(sound.encode())


def _time(frames: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, float(rate))


def _span(start: int, length: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(start, rate), _time(length, rate))
