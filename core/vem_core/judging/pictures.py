"""What a film shows, read from its movie: how active each shot is, and the frames that an encoder wants."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vem_core.contract.request import ScoreRequest, Thumbnail
from vem_core.corpus.film import read_frames, to_jpeg
from vem_core.direction.sight import look
from vem_core.judging.encoders.base import Frames
from vem_core.judging.films import Film
from vem_core.judging.sound_measures import Curve, held_curve

_PLACES = (1 / 6, 1 / 2, 5 / 6)  # of a shot
_SIZE = (112, 63)
_CHANGE_SHARE = 0.3  # what a cut's own change adds to the activity of the shot that it begins


def activity_curve(film: Film, video: Path) -> Curve:
    """How active the picture is, at 2 Hz: each shot's arousal, and how much its cut changes.

    Raises InputError for a movie that cannot be decoded.
    """
    sheet = film.sheet
    wanted = {
        min(shot.start_frames + int(place * shot.duration_frames), film.duration_frames - 1): index
        for index, shot in enumerate(sheet.shots)
        for place in _PLACES
    }
    jpegs: dict[str, bytes] = {}
    thumbnails = []
    for frame, image in read_frames(video, sorted(wanted)):
        data = to_jpeg(image, _SIZE, square=False)
        name = hashlib.sha256(data).hexdigest()
        jpegs[name] = data
        thumbnails.append(Thumbnail(name, wanted[frame], frame))
    sights = look(ScoreRequest(sheet, thumbnails=tuple(thumbnails)), jpegs)
    return held_curve(film.shots_s, [sight.arousal + _CHANGE_SHARE * (sight.change or 0.0) for sight in sights])


def spread_frames(video: Path, spans: Sequence[tuple[int, int]], count: int) -> list[Frames]:
    """`count` frames spread evenly over each span [start, end) of frames, each span's as (count, height, width, 3)."""
    wanted = [np.linspace(start, max(start, end - 1), count).round().astype(int) for start, end in spans]
    found = {
        number: np.asarray(image.convert("RGB"))
        for number, image in read_frames(video, sorted(set(np.concatenate(wanted))))
    }
    last = max(found, default=0)
    return [np.stack([found[min(int(frame), last)] for frame in frames]) for frames in wanted]
