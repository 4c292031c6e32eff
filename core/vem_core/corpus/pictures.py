"""Moving pictures of random shots, computed: coloured light, shapes that drift, and accents around the cuts.

Nobody would take them for film. They have what a model needs to learn from: light, warmth, contrast, saturation and
motion of the shot, continuity inside a scene, and around a cut that falls on a beat movement that gathers and lands.
"""

from __future__ import annotations

import colorsys
import functools
import hashlib
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import Thumbnail, ThumbnailUse
from vem_core.corpus.storyboards import ShotContent

Floats = NDArray[np.float32]

SHOT_SIZE = (112, 63)
"""Width and height of a shot's pictures."""

STRIP_SIZE = (112, 112)
"""A strip's pictures are the middle square of the frame, as the product sends them."""

SHOT_POSITIONS = (1 / 6, 1 / 2, 5 / 6)
STRIP_FRAMES = 8
STRIP_RATE_HZ = 16

_JPEG_QUALITY = 80
_BLOBS = 5
_ACCENT_BEFORE_S = 0.3  # movement gathers
_ACCENT_AFTER_S = 0.14  # and lands
_GRAIN = 0.02
_WARM_DEGREES, _COLD_DEGREES = 32.0, 218.0
_CAST = 0.8  # how far the warmest picture is drawn to orange, and the coldest to blue
_BALANCE = 0.25  # of red against blue, in the warmest picture


@dataclass(frozen=True)
class _Blob:
    place: tuple[float, float]  # in heights of the frame
    velocity: tuple[float, float]
    size: float
    shade: float  # -1..1
    hue: int  # which of the two


def wanted_pictures(sheet: CutSheet) -> list[tuple[int, ThumbnailUse, int]]:
    """What a host would send pictures of, (shot, use, record frame): a few of every shot, a strip around every cut."""
    wanted = [
        (index, ThumbnailUse.SHOT, shot.start_frames + int(position * shot.duration_frames))
        for index, shot in enumerate(sheet.shots)
        for position in SHOT_POSITIONS
    ]
    wanted += [
        (index + 1, ThumbnailUse.STRIP, frame)
        for index, cut in enumerate(sheet.cuts)
        for frame in strip_frames(cut.record_frames, sheet)
    ]
    return wanted


def draw_thumbnails(
    sheet: CutSheet, shots: Sequence[ShotContent], prominence: Sequence[float]
) -> tuple[tuple[Thumbnail, ...], dict[str, bytes]]:
    """A few pictures of every shot and a strip around every cut, as a host would send them: thumbnails, and their JPEGs
    by SHA-256.

    `prominence` says for each cut how strongly the picture accents it, 0..1.
    """
    film = _Film(sheet, shots, prominence)
    thumbnails: dict[tuple[int, ThumbnailUse, int], Thumbnail] = {}
    jpegs: dict[str, bytes] = {}
    for shot, use, frame in wanted_pictures(sheet):
        if (shot, use, frame) not in thumbnails:
            jpeg = _jpeg(film.frame(frame, SHOT_SIZE if use is ThumbnailUse.SHOT else STRIP_SIZE))
            sha256 = hashlib.sha256(jpeg).hexdigest()
            jpegs[sha256] = jpeg
            thumbnails[shot, use, frame] = Thumbnail(sha256, shot, frame, use)
    return tuple(thumbnails.values()), jpegs


def draw_frames(
    sheet: CutSheet, shots: Sequence[ShotContent], prominence: Sequence[float], size: tuple[int, int], step: int = 1
) -> Iterator[NDArray[np.uint8]]:
    """Every frame of the film in order, (height, width, 3); of `step` frames only the first is drawn, and repeated."""
    film = _Film(sheet, shots, prominence)
    for frame in range(0, sheet.duration_frames, step):
        picture = film.frame(frame, size)
        for _ in range(min(step, sheet.duration_frames - frame)):
            yield picture


def strip_frames(cut_frames: int, sheet: CutSheet) -> tuple[int, ...]:
    """The record frames around a cut that hosts send: 1/16 s apart, four before it and four from it on."""
    steps = [int(index * sheet.rate / STRIP_RATE_HZ) for index in range(STRIP_FRAMES // 2)]
    frames = [cut_frames - 1 - step for step in reversed(steps)] + [cut_frames + step for step in steps]
    return tuple(min(max(frame, 0), sheet.duration_frames - 1) for frame in frames)


class _Film:
    """The frames of a film, each by itself."""

    def __init__(self, sheet: CutSheet, shots: Sequence[ShotContent], prominence: Sequence[float]) -> None:
        self._sheet, self._shots = sheet, shots
        self._rate = float(sheet.rate)
        self._starts = np.array([shot.start_frames for shot in sheet.shots])
        self._accents = [0.0, *prominence, 0.0]
        self._blobs = [_draw_blobs(shot) for shot in shots]

    def frame(self, record_frames: int, size: tuple[int, int]) -> NDArray[np.uint8]:
        """One frame, (height, width, 3)."""
        index = int(np.searchsorted(self._starts, record_frames, side="right")) - 1
        picture = self._shot_at(index, record_frames, size)
        for cut, neighbour in ((index - 1, index - 1), (index, index + 1)):
            if 0 <= cut < len(self._sheet.cuts):
                share = self._mixed_in(cut, record_frames, arriving=neighbour > index)
                if share > 0:
                    picture = (1 - share) * picture + share * self._shot_at(neighbour, record_frames, size)
        return (255 * np.clip(picture, 0, 1) + 0.5).astype(np.uint8)

    def _mixed_in(self, cut: int, record_frames: int, *, arriving: bool) -> float:
        """How much of the neighbour across a dissolve is seen, 0..0.5."""
        made = self._sheet.cuts[cut]
        if not made.extent_frames:
            return 0.0
        through = (record_frames - made.record_frames) / made.extent_frames + 0.5  # 0 at its start, 1 at its end
        share = through if arriving else 1 - through
        return float(np.clip(share, 0, 0.5)) if 0 < through < 1 else 0.0

    def _shot_at(self, index: int, record_frames: int, size: tuple[int, int]) -> Floats:
        shot, content = self._sheet.shots[index], self._shots[index]
        since_s = (record_frames - shot.start_frames) / self._rate
        left_s = (shot.end_excl_frames - record_frames) / self._rate
        lands = self._accents[index] * math.exp(-max(since_s, 0.0) / _ACCENT_AFTER_S)
        gathers = self._accents[index + 1] * max(0.0, 1 - max(left_s, 0.0) / _ACCENT_BEFORE_S) ** 2
        view = _View(
            zoom=1 + 0.03 * content.motion * since_s + 0.45 * lands + 0.3 * gathers,
            pan=(0.5 * content.motion * since_s + 0.5 * gathers, 0.04 * content.motion * math.sin(5 * since_s)),
            exposure=0.3 * lands,
        )
        picture = _draw(content, self._blobs[index], view, since_s, size)
        rng = np.random.default_rng((content.seed, record_frames + 1))
        grain = rng.standard_normal(picture.shape[:2], np.float32) * np.float32(_GRAIN)
        return picture + grain[..., None]


@dataclass(frozen=True)
class _View:
    """The camera at one instant."""

    zoom: float
    pan: tuple[float, float]  # in heights of the frame
    exposure: float  # added light


def _draw_blobs(shot: ShotContent) -> tuple[_Blob, ...]:
    rng = np.random.default_rng(shot.seed)
    speed = 0.08 + 0.9 * shot.motion
    return tuple(
        _Blob(
            (float(rng.uniform(-0.9, 0.9)), float(rng.uniform(-0.5, 0.5))),
            (float(rng.normal(0, speed)), float(rng.normal(0, 0.4 * speed))),
            float(rng.uniform(0.08, 0.3)),
            float(rng.choice([-1, 1]) * rng.uniform(0.5, 1)),
            int(rng.integers(2)),
        )
        for _ in range(_BLOBS)
    )


def _draw(shot: ShotContent, blobs: tuple[_Blob, ...], view: _View, since_s: float, size: tuple[int, int]) -> Floats:
    """The picture of one shot at one instant: (height, width, 3), about 0..1."""
    x, y = _raster(size)
    x, y = x / view.zoom + view.pan[0], y / view.zoom + view.pan[1]
    first, second = (_tint(shot, hue) for hue in (shot.place.hue_degrees, shot.place.second_hue_degrees))
    # Half a gradient from sky to ground, half bands that stand still in the world and so show the camera's movement.
    phase = shot.seed % 97
    shade = 0.6 * np.tanh(-2.5 * y) + 0.4 * np.sin(3.1 * x + phase) * np.cos(1.7 * y + phase)
    shade += 0.5 * shot.place.detail * np.sin(17 * x + 5 * y + phase) * np.sin(13 * y - 4 * x)
    tone = np.full_like(shade, 0.5)
    for blob in blobs:
        at_x = (blob.place[0] + blob.velocity[0] * since_s + 1.4) % 2.8 - 1.4
        at_y = (blob.place[1] + blob.velocity[1] * since_s + 0.8) % 1.6 - 0.8
        near = np.exp(-((((x - view.pan[0] * 0.3 - at_x) ** 2 + (y - at_y) ** 2) / blob.size**2) ** 2))
        shade += 1.1 * blob.shade * near
        tone += (blob.hue - 0.5) * near
    luma = shot.light + view.exposure + 0.42 * shot.contrast * shade
    tone = np.clip(tone, 0, 1)[..., None]
    return np.asarray(luma[..., None] * (first * (1 - tone) + second * tone), np.float32)


@functools.lru_cache(maxsize=4)
def _raster(size: tuple[int, int]) -> tuple[Floats, Floats]:
    """Coordinates of the pixels in heights of the frame, 0 in the middle."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) / height
    y = (np.arange(height, dtype=np.float32) - (height - 1) / 2) / height
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def _tint(shot: ShotContent, hue_degrees: float) -> Floats:
    """A colour of mean luma 1: the place's hue, drawn towards orange or blue by the shot's warmth."""
    own, cast = (
        np.array(colorsys.hsv_to_rgb(hue / 360, min(0.9, shot.saturation), 1.0), np.float32)
        for hue in (hue_degrees, _WARM_DEGREES if shot.warmth > 0 else _COLD_DEGREES)
    )
    share = np.float32(_CAST * abs(shot.warmth))
    balance = np.array([1 + _BALANCE * shot.warmth, 1, 1 - _BALANCE * shot.warmth], np.float32)
    colour = ((1 - share) * own + share * cast) * balance
    return np.asarray(colour / (colour @ np.array([0.2126, 0.7152, 0.0722], np.float32)), np.float32)


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="JPEG", quality=_JPEG_QUALITY)
    return stream.getvalue()
