"""A small film as a request: shots of plain colours, with the thumbnails that a host would send."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from PIL import Image

from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Shot
from vem_core.contract.request import Direction, ScoreRequest, Thumbnail, ThumbnailUse

Colour = tuple[int, int, int]


def jpeg(colour: Colour, noise: float = 0.0, seed: int = 0) -> bytes:
    """A 112 x 112 picture of one colour, with `noise` of 0..1 over it."""
    random = np.random.default_rng(seed)
    picture = np.full((112, 112, 3), colour, dtype=np.float64) + noise * 255 * random.standard_normal((112, 112, 1))
    file = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=92)
    return file.getvalue()


def film(
    colours: Sequence[Colour],
    *,
    shot_frames: int | Sequence[int] = 50,
    rate: Fraction = Fraction(25),
    names: Sequence[str] = (),
    words: Sequence[tuple[str, ...]] = (),
    dissolves: Sequence[int] = (),
    direction: Direction = Direction(),
    seed: int = 0,
    noise: float = 0.0,
) -> tuple[ScoreRequest, dict[str, bytes]]:
    """A request with one shot per colour, and the JPEGs that it names. `dissolves`: length of each cut's, in frames."""
    lengths = [shot_frames] * len(colours) if isinstance(shot_frames, int) else list(shot_frames)
    starts = [sum(lengths[:shot]) for shot in range(len(lengths))]
    shots = tuple(
        Shot(start, length, names[index] if names else "", words[index] if words else ())
        for index, (start, length) in enumerate(zip(starts, lengths, strict=True))
    )
    extents = list(dissolves) or [0] * (len(shots) - 1)
    cuts = tuple(
        Cut(start, CutKind.DISSOLVE if extent else CutKind.CUT, extent_frames=extent)
        for start, extent in zip(starts[1:], extents, strict=True)
    )
    sheet = CutSheet("A film", rate, 0, sum(lengths), shots, cuts)
    thumbnails, jpegs = [], {}
    for index, colour in enumerate(colours):
        frames = [(frame, colour, ThumbnailUse.SHOT) for frame in (starts[index], starts[index] + lengths[index] // 2)]
        if index:
            frames += [(starts[index] - 1, colours[index - 1], ThumbnailUse.STRIP)]
            frames += [(starts[index], colour, ThumbnailUse.STRIP)]
        for frame, shown, use in frames:
            data = jpeg(shown, noise, seed=frame)
            name = hashlib.sha256(data).hexdigest()
            jpegs[name] = data
            thumbnails.append(Thumbnail(name, index, frame, use))
    return ScoreRequest(sheet, direction, seed=seed, thumbnails=tuple(thumbnails)), jpegs
