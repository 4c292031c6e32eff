"""How much each cut matters: the editor's wish, the kind of transition, and the picture on both sides."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vem_core.contract.cut_sheet import Cut, CutKind, CutSheet, Wish

SURE = 1.0
PLAIN = 0.55
"""The weight of a hard cut about which nothing else is known."""

SPREAD = 0.35
"""How far picture and shot lengths may move a weight up or down from plain."""

ALIGNER_SHARE = 0.5
"""The aligner's part of a weight where its probability is known."""

LOWEST = 0.1


@dataclass(frozen=True)
class ShotLook:
    """What a shot looks like, as far as the difference to its neighbour goes. Each array holds numbers in 0..1."""

    light: NDArray[np.float64]  # (16,) histogram of lightness, sums to 1
    colour: NDArray[np.float64]  # (64,) histogram of hue and saturation, sums to 1
    texture: NDArray[np.float64]  # (16,) edge strength in a 4 x 4 layout


def weigh_cuts(
    sheet: CutSheet,
    pictures: Mapping[int, Sequence[bytes]] | None = None,
    aligner_probabilities: Sequence[float | None] | None = None,
) -> tuple[float, ...]:
    """How much each cut of the sheet matters to the music, 0..1.

    `pictures` holds each shot's thumbnails (JPEG) by the shot's index; shots may be missing.
    `aligner_probabilities` has one probability for each cut: how likely the transition-beat aligner finds it that music
    for this picture has a beat there, None where it saw no picture. Wishes outrank both: `hit` and `drop` weigh 1,
    `ignore` 0.
    """
    differences = picture_differences(len(sheet.shots), pictures or {})
    weights = []
    for index, cut in enumerate(sheet.cuts):
        weight = _unwished(sheet, index, differences[index])
        probability = aligner_probabilities[index] if aligner_probabilities is not None else None
        if probability is not None:
            weight += ALIGNER_SHARE * (probability - weight)
        weights.append(_wished(cut, weight))
    return tuple(weights)


def picture_differences(shots: int, pictures: Mapping[int, Sequence[bytes]]) -> tuple[float | None, ...]:
    """How much the picture changes at each cut, 0 (the same) .. 1; None where a side has no readable thumbnail.

    The last thumbnail of the shot that ends is compared with the first of the shot that begins.
    """
    looks: dict[tuple[int, int], ShotLook | None] = {}

    def look(shot: int, position: int) -> ShotLook | None:
        if not pictures.get(shot):
            return None
        if (shot, position) not in looks:
            looks[shot, position] = look_of(pictures[shot][position])
        return looks[shot, position]

    differences: list[float | None] = []
    for before in range(shots - 1):
        ending, beginning = look(before, -1), look(before + 1, 0)
        differences.append(None if ending is None or beginning is None else look_difference(ending, beginning))
    return tuple(differences)


def look_of(jpeg: bytes) -> ShotLook | None:
    """Light, colour and texture of one thumbnail; None if the image cannot be read."""
    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            hsv = np.asarray(image.convert("HSV").resize((64, 36)), float)
            lightness = np.asarray(image.convert("L").resize((64, 36)), float) / 255
    except (OSError, ValueError):
        return None
    light, _ = np.histogram(lightness, bins=16, range=(0, 1))
    # Hue means nothing where there is no colour, so each pixel counts by its saturation times value.
    chroma = hsv[..., 1] * hsv[..., 2] / 255**2
    hue_bins = (hsv[..., 0] / 256 * 16).astype(int)
    chroma_bins = np.minimum((chroma * 4).astype(int), 3)
    colour = np.bincount((hue_bins * (chroma_bins > 0) * 4 + chroma_bins).ravel(), minlength=64)
    edges = np.hypot(*np.gradient(lightness))
    texture = edges.reshape(4, 9, 4, 16).mean(axis=(1, 3)).ravel()
    return ShotLook(light / light.sum(), colour / colour.sum(), np.minimum(texture / 0.15, 1))


def look_difference(one: ShotLook, other: ShotLook) -> float:
    """How different two looks are, 0..1: total variation of light and colour, mean difference of texture."""
    light = 0.5 * float(np.abs(one.light - other.light).sum())
    colour = 0.5 * float(np.abs(one.colour - other.colour).sum())
    texture = float(np.abs(one.texture - other.texture).mean())
    return 0.4 * light + 0.4 * colour + 0.2 * min(1.0, 2 * texture)


def _unwished(sheet: CutSheet, index: int, picture_difference: float | None) -> float:
    cut = sheet.cuts[index]
    weight = PLAIN
    if picture_difference is not None:
        weight += SPREAD * (2 * picture_difference - 1)
    weight += SPREAD / 2 * _length_contrast(sheet, index)
    if cut.kind is CutKind.DISSOLVE:
        # The longer a dissolve, the less it is an instant: half the weight at one second.
        weight /= 1 + cut.extent_frames / float(sheet.rate)
    return weight


def _length_contrast(sheet: CutSheet, index: int) -> float:
    """How different the shots on both sides are in length, -1 (alike) .. 1 (four times as long, or more)."""
    before, after = sheet.shots[index].duration_frames, sheet.shots[index + 1].duration_frames
    return 2 * min(1.0, abs(math.log2(after / before)) / 2) - 1


def _wished(cut: Cut, weight: float) -> float:
    if cut.wish is Wish.IGNORE:
        return 0.0
    return SURE if cut.wish in (Wish.HIT, Wish.DROP) else min(SURE, max(LOWEST, weight))
