"""What a shot looks like, measured on its thumbnails: light, colour, contrast, texture, and motion around its cut."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from vem_core.contract.parse import HUES, VisualContent
from vem_core.contract.request import ScoreRequest, Thumbnail, ThumbnailUse

Picture = NDArray[np.float32]
"""(height, width, 3) RGB, 0..1."""

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Shares of red, green and blue in light (ITU-R BT.709)."""

SIZE = (64, 36)
"""Width and height at which pictures are compared."""


@dataclass(frozen=True)
class ShotPictures:
    """The readable pictures of one shot in order of time, and the strip around the cut that begins it."""

    stills: tuple[Picture, ...]
    before: tuple[Picture, ...]  # the end of the shot before
    after: tuple[Picture, ...]

    @property
    def own(self) -> tuple[Picture, ...]:
        """All pictures that show this shot, those just after its first cut last."""
        return (*self.stills, *self.after)


def gather_pictures(request: ScoreRequest, attachments: Mapping[str, bytes]) -> tuple[ShotPictures, ...]:
    """The pictures of every shot at SIZE; none where no thumbnail could be read."""
    shots = len(request.sheet.shots)
    stills: list[list[Picture]] = [[] for _ in range(shots)]
    sides: list[tuple[list[Picture], list[Picture]]] = [([], []) for _ in range(shots)]
    for thumbnail in sorted(request.thumbnails, key=lambda each: each.record_frames):
        picture = read_thumbnail(thumbnail, attachments, SIZE)
        if picture is None:
            continue
        if thumbnail.use is ThumbnailUse.SHOT:
            stills[thumbnail.shot].append(picture)
        else:
            after = thumbnail.record_frames >= request.sheet.shots[thumbnail.shot].start_frames
            sides[thumbnail.shot][after].append(picture)
    return tuple(
        ShotPictures(tuple(own), tuple(before), tuple(after))
        for own, (before, after) in zip(stills, sides, strict=True)
    )


def look_at_shots(request: ScoreRequest, attachments: Mapping[str, bytes]) -> tuple[VisualContent, ...]:
    """The visual content of every shot; unknown where no thumbnail could be read."""
    return tuple(describe(pictures) for pictures in gather_pictures(request, attachments))


def read_thumbnail(thumbnail: Thumbnail, attachments: Mapping[str, bytes], size: tuple[int, int]) -> Picture | None:
    """A thumbnail's picture at `size` (width, height); None for a placeholder or what is no picture."""
    data = None if thumbnail.placeholder else attachments.get(thumbnail.sha256)
    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data)) as image:
            small = image.convert("RGB").resize(size, Image.Resampling.BILINEAR)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    return np.asarray(small, dtype=np.float32) / 255.0


def describe(pictures: ShotPictures) -> VisualContent:
    """The visual content of one shot."""
    stills, before, after, own = pictures.stills, pictures.before, pictures.after, pictures.own
    if not own:
        return VisualContent()
    shown = np.stack(own)  # (pictures, height, width, 3)
    luma = shown @ LUMA
    low, high = _percentiles(luma, (10, 90))
    saturation, hues = _colour(shown)
    red, blue = (float(shown[..., channel].mean()) for channel in (0, 2))
    return VisualContent(
        known=True,
        light=_share(float(luma.mean())),
        contrast=_share(float(high - low)),
        saturation=_share(saturation),
        warmth=round(float(np.clip(2.0 * (red - blue), -1, 1)), 4),
        texture=_share(4.0 * (_step(luma[:, :, 1:], luma[:, :, :-1]) + _step(luma[:, 1:], luma[:, :-1]))),
        motion=motion_between(stills),
        motion_before=motion_between(before),
        motion_after=motion_between(after),
        change=motion_between([before[-1], after[0]]) if before and after else 0.0,
        hues=hues,
    )


def motion_between(pictures: Sequence[Picture]) -> float:
    """Mean change from picture to picture, 0..1; 0 for fewer than two."""
    if len(pictures) < 2:
        return 0.0
    changes = [_step(later, earlier) for earlier, later in itertools.pairwise(pictures)]
    return _share(2.0 * float(np.mean(changes)))


def _step(one: Picture, other: Picture) -> float:
    """Mean difference of two pictures."""
    difference = one - other
    return float(np.abs(difference, out=difference).mean())


def _percentiles(values: Picture, wanted: Sequence[float]) -> list[float]:
    """As `np.percentile`, which takes ten times as long for so few values."""
    ordered = np.sort(values, axis=None)
    places = np.asarray(wanted) / 100 * (ordered.size - 1)
    return [float(value) for value in np.interp(places, np.arange(ordered.size), ordered)]


def _colour(pictures: NDArray[np.float32]) -> tuple[float, tuple[float, ...]]:
    """Mean saturation, and how the saturated part spreads over the hues (sums to 1, or all 0 for grey)."""
    red, green, blue = np.moveaxis(pictures, -1, 0).copy()
    top, bottom = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    chroma = top - bottom
    saturation = np.divide(chroma, top, out=np.zeros_like(chroma), where=top > 0.02)
    hue = np.arctan2(np.sqrt(3.0) * (green - blue), 2.0 * red - green - blue)
    part = np.rint(hue / (np.pi / 3)).astype(np.int64).ravel() % len(HUES)
    weights = np.bincount(part, weights=chroma.ravel(), minlength=len(HUES))
    total = float(weights.sum())
    grey = total < 0.02 * chroma.size
    return float(saturation.mean()), tuple(0.0 if grey else _share(float(weight) / total) for weight in weights)


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
