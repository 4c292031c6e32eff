"""What a shot looks like, measured on its thumbnails: light, colour, contrast, texture, and motion around its cut."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    return VisualContent(
        motion=motion_between(stills),
        motion_before=motion_between(before),
        motion_after=motion_between(after),
        change=motion_between([before[-1], after[0]]) if before and after else 0.0,
        **_looks(np.stack(own)[None])[0],
    )


def describe_stills(shown: NDArray[np.float32]) -> list[VisualContent]:
    """As `describe`, of shots with so many stills each and nothing else: (shots, stills, height, width, 3)."""
    steps = shown[:, 1:] - shown[:, :-1]
    changes = np.abs(steps, out=steps).mean((2, 3, 4)) if shown.shape[1] > 1 else None
    return [
        VisualContent(**look, motion=0.0 if changes is None else _share(2.0 * float(np.mean(changes[shot].tolist()))))
        for shot, look in enumerate(_looks(shown))
    ]


def _looks(shown: NDArray[np.float32]) -> list[dict[str, Any]]:
    """Light, colour, contrast and texture of shots of as many pictures each: (shots, pictures, height, width, 3)."""
    shots = len(shown)
    luma = shown @ LUMA
    flat = luma.reshape(shots, -1)
    low, high = _percentiles(flat, (10, 90))
    colours = np.moveaxis(shown, -1, 0).reshape(3, shots, -1)
    saturation, hues = _colour(colours)
    lights, reds, blues = flat.mean(1), colours[0].mean(1), colours[2].mean(1)
    across, along = _step(luma[..., 1:], luma[..., :-1]), _step(luma[:, :, 1:], luma[:, :, :-1])
    return [
        {
            "known": True,
            "light": _share(float(lights[shot])),
            "contrast": _share(float(high[shot] - low[shot])),
            "saturation": _share(float(saturation[shot])),
            "warmth": round(min(1.0, max(-1.0, 2.0 * (float(reds[shot]) - float(blues[shot])))), 4),
            "texture": _share(4.0 * (float(across[shot]) + float(along[shot]))),
            "hues": hues[shot],
        }
        for shot in range(shots)
    ]


def motion_between(pictures: Sequence[Picture]) -> float:
    """Mean change from picture to picture, 0..1; 0 for fewer than two."""
    if len(pictures) < 2:
        return 0.0
    changes = _step(np.stack(pictures[1:]), np.stack(pictures[:-1]))
    return _share(2.0 * float(np.mean(changes.tolist())))


def _step(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean difference of pictures, or of the pictures of shots, along all axes but the first."""
    difference = one - other
    return np.abs(difference, out=difference).reshape(len(difference), -1).mean(1)


def _percentiles(values: NDArray[np.float32], wanted: Sequence[float]) -> list[NDArray[np.float64]]:
    """As `np.percentile` along the last axis of (rows, values), which takes ten times as long for so few values."""
    ordered = np.sort(values, axis=1)
    found = []
    for place in np.asarray(wanted) / 100 * (ordered.shape[1] - 1):
        below = int(place)
        low, high = (ordered[:, min(at, ordered.shape[1] - 1)].astype(np.float64) for at in (below, below + 1))
        found.append((high - low) * (place - below) + low)
    return found


def _colour(colours: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[tuple[float, ...]]]:
    """Mean saturation of shots, and how the saturated part spreads over the hues (sums to 1, or all 0 for grey).

    `colours` are the red, green and blue of the shots' pixels: (3, shots, pixels).
    """
    red, green, blue = colours
    top, bottom = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    chroma = top - bottom
    saturation = np.divide(chroma, top, out=np.zeros_like(chroma), where=top > 0.02)
    hue = np.arctan2(np.sqrt(3.0) * (green - blue), 2.0 * red - green - blue)
    part = np.rint(hue / (np.pi / 3)).astype(np.int64) % len(HUES)
    part += len(HUES) * np.arange(len(part))[:, None]
    weights = np.bincount(part.ravel(), weights=chroma.ravel(), minlength=len(HUES) * len(part))
    rows = []
    for row in weights.reshape(-1, len(HUES)).tolist():
        total = sum(row)
        grey = total < 0.02 * chroma.shape[1]
        rows.append(tuple(0.0 if grey else _share(weight / total) for weight in row))
    return saturation.mean(1), rows


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)
