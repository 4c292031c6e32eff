"""CutSync's films: footage drawn from each film's own name and mood, so that nothing but the manifest has to travel."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av
import numpy as np

from vem_core.contract.atomic import replacing
from vem_core.corpus.captions import caption_film, caption_shot
from vem_core.corpus.edits import PROFILES, Edit, EditProfile
from vem_core.corpus.moods import Mood, mood_by_word
from vem_core.corpus.pictures import draw_frames
from vem_core.corpus.storyboards import ShotContent, draw_storyboard
from vem_core.judging.films import Film

SIZE = (224, 126)
_MOST_RATE_HZ = 30.0  # above, every second frame is drawn and shown twice: what is measured on pictures is slow


def draw_film(film: Film, path: Path) -> None:
    """Draw a film of CutSync as an H.264 movie at its own rate. Raises OutputError."""
    shots = storyboard(film, mood_by_word(film.tags[1]))
    with replacing(path) as partial, av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=film.rate, options={"preset": "ultrafast", "crf": "28"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        step = 2 if film.rate > _MOST_RATE_HZ else 1
        for picture in draw_frames(film.sheet, shots, [0.3] * len(film.cuts), SIZE, step):
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        container.mux(stream.encode())


def storyboard(film: Film, mood: Mood) -> tuple[ShotContent, ...]:
    """What each shot of a film shows."""
    edit = Edit(film.sheet, (0.5,) * len(film.cuts), profile_of(film).id, cut_to_music=False)
    return draw_storyboard(_random(film, 0), edit, profile_of(film), mood)


def words_of(film: Film, mood: Mood, style: str) -> tuple[str, tuple[str, ...]]:
    """A film's caption, and a description of each shot."""
    shots = storyboard(film, mood)
    rng = _random(film, 1)
    caption = caption_film(rng, profile_of(film).id, mood, style, float(np.mean([shot.energy for shot in shots])))
    return caption, tuple(caption_shot(rng, shot) for shot in shots)


def profile_of(film: Film) -> EditProfile:
    """What kind of film it is."""
    return PROFILES[int(_random(film, 2).integers(len(PROFILES)))]


def _random(film: Film, purpose: int) -> np.random.Generator:
    digest = hashlib.sha256(film.id.encode()).digest()
    return np.random.default_rng((int.from_bytes(digest[:8], "big"), purpose))
