"""Held-out pieces as films that a judgement knows: their cuts, their words, and movies of their thumbnails."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vem_core.contract.atomic import explaining, replacing
from vem_core.contract.request import ThumbnailUse
from vem_core.corpus.pictures import SHOT_SIZE
from vem_core.evaluation.held_out import HeldOutPiece
from vem_core.judging.cutsync.building import TAGS
from vem_core.judging.films import Film, FilmCut, FilmManifest, FilmSet

MOVIES = "films"
_SIZE = (SHOT_SIZE[0], SHOT_SIZE[1] // 2 * 2)  # H.264 wants even sides


def film_set(pieces: Sequence[HeldOutPiece], folder: Path) -> FilmSet:
    """The pieces' films, with their movies in `folder`, drawn where they are not there yet. Raises OutputError."""
    with explaining(folder):
        (folder / MOVIES).mkdir(parents=True, exist_ok=True)
    for piece in pieces:
        path = folder / movie_of(piece)
        if not path.is_file():
            write_movie(piece, path)
    return FilmSet(FilmManifest("Table 4, held-out pieces", "1", tuple(film_of(piece) for piece in pieces)), folder)


def film_of(piece: HeldOutPiece) -> Film:
    """A held-out piece's film. It asks for the tempo and the style that the piece was composed in."""
    labels, sheet = piece.labels, piece.labels.sheet
    style, mood = labels.plan.style, labels.plan.mood
    return Film(
        name_of(piece),
        sheet.rate,
        sheet.duration_frames,
        tuple(FilmCut(cut.record_frames, cut.extent_frames) for cut in sheet.cuts),
        caption=labels.captions[0],
        tags=tuple(tag for tag in (style, mood, TAGS.get(style, "")) if tag),
        shots=tuple(shot.captions[0] for shot in labels.shots),
        video=movie_of(piece),
        tempo_bpm=round(labels.tempo_bpm, 2),
    )


def name_of(piece: HeldOutPiece) -> str:
    """What a piece is called in tables and files."""
    return piece_name(piece.labels.piece.index)


def piece_name(index: int) -> str:
    """What the held-out piece of that number is called."""
    return f"piece-{index:03}"


def movie_of(piece: HeldOutPiece) -> str:
    """Where its movie lies, relative to the films' folder."""
    return f"{MOVIES}/{name_of(piece)}.mp4"


def write_movie(piece: HeldOutPiece, path: Path) -> None:
    """Every shot as its thumbnails stand: a judge looks at a film at the same places. Raises OutputError."""
    sheet = piece.labels.sheet
    with replacing(path) as partial, av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=sheet.rate, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        for frames, picture in _stills(piece):
            for _ in range(frames):
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                    container.mux(packet)
        container.mux(stream.encode())


def _stills(piece: HeldOutPiece) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """For how many frames each picture stands, and the picture (height, width, 3)."""
    labels = piece.labels
    for index, shot in enumerate(labels.sheet.shots):
        shown = sorted(
            (each for each in labels.thumbnails if each.shot == index and each.use is ThumbnailUse.SHOT),
            key=lambda each: each.record_frames,
        )
        starts = [shot.start_frames, *(each.record_frames for each in shown[1:]), shot.end_excl_frames]
        for thumbnail, (start, end) in zip(shown, itertools.pairwise(starts), strict=True):
            image = Image.open(io.BytesIO(piece.jpegs[thumbnail.sha256])).convert("RGB").resize(_SIZE)
            yield end - start, np.asarray(image)
