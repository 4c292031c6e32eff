"""What each shot looks like and how it moves, as valence, arousal and change, and what it shows where eyes say so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.parse import VisualContent
from vem_core.contract.request import ScoreRequest
from vem_core.direction.affect import colour_affect, contrast_affect, motion_affect, pace_affect
from vem_core.parsing.eyes.base import Glance
from vem_core.parsing.eyes.looking import look_at_content, with_content
from vem_core.parsing.eyes.registry import open_eyes
from vem_core.parsing.pictures import LUMA, SIZE, Picture, ShotPictures, describe_stills, gather_pictures

NEIGHBOURS = 2
"""Shots on each side that the pace of a shot is averaged over."""

_WINDOW = np.outer(np.hanning(SIZE[1]), np.hanning(SIZE[0]))
_BINS = np.array([16, 4, 1], np.uint8)  # of four levels of red, green and blue
_FLAT = 1e-6
"""Largest part of the cross spectrum of two pictures below which they are of one colour."""

_LEAST_SPECTRUM = 1e-30
_MOST_SURE = 0.8
_NOISE = 0.008  # what JPEG leaves between equal frames
_AT_ONCE = 16
"""Shots whose pictures are measured together: enough that the calls cost little, few enough for the cache."""

_EYES_SHARE = 0.5
"""How much of a shot's valence and arousal is what eyes say that can tell moods."""

_COLOUR_SHARE, _MOTION_SHARE, _PACE_SHARE = 0.45, 0.35, 0.3
"""What colour, motion and the pace of the cuts add to a shot's arousal."""


@dataclass(frozen=True)
class ShotSight:
    """What one shot says to the eye. `sureness` 0: nothing."""

    visual: VisualContent
    valence: float  # -1..1
    arousal: float  # -1..1
    sureness: float  # 0..1
    camera: float  # share of the picture's width that it travels in a second
    objects: float  # mean difference that the camera's movement does not explain, 0..1
    change: float | None  # 1 - similarity across the cut that begins the shot; None: not seen


def look(request: ScoreRequest, jpegs: Mapping[str, bytes]) -> tuple[ShotSight, ...]:
    """What every shot of a request says to the eye. `jpegs` holds the thumbnails' bytes by SHA-256."""
    lengths_s = [float(shot.duration_frames / request.sheet.rate) for shot in request.sheet.shots]
    sights = sights_of(gather_pictures(request, jpegs), lengths_s, float(1 / request.sheet.rate))
    return tuple(map(_with_glance, sights, look_at_content(request, jpegs, open_eyes(request.parser))))


def sights_of(pictures: Sequence[ShotPictures], lengths_s: Sequence[float], frame_s: float) -> tuple[ShotSight, ...]:
    """What shots of these pictures and lengths say; strips are taken frame by frame, `frame_s` apart."""
    coarse = [_coarse(each) for each in pictures]
    visuals, features = _looks(coarse)
    flows = _movements([each.after for each in pictures], frame_s)
    sights = []
    for shot in range(len(pictures)):
        around = lengths_s[max(shot - NEIGHBOURS, 0) : shot + NEIGHBOURS + 1]
        before = features[shot - 1] if shot else None
        change = None if before is None or features[shot] is None else _change(before, features[shot])
        sights.append(_sight(visuals[shot], flows[shot], float(np.mean(around)), change))
    return tuple(sights)


def _alike(pictures: Sequence[Sequence[Picture]]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    """Few shots at a time that have as many pictures of one size: their places, and (shots, pictures, ...)."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, own in enumerate(pictures):
        if own:
            groups.setdefault((len(own), *own[0].shape), []).append(place)
    for places in groups.values():
        for begin in range(0, len(places), _AT_ONCE):
            few = places[begin : begin + _AT_ONCE]
            yield (
                few,
                np.stack([picture for place in few for picture in pictures[place]]).reshape(
                    len(few), -1, *pictures[few[0]][0].shape
                ),
            )


def _looks(
    coarse: Sequence[Sequence[Picture]],
) -> tuple[list[VisualContent], list[NDArray[np.float64] | None]]:
    """What each shot looks like, and its features; unknown and None for a shot without pictures."""
    visuals = [VisualContent()] * len(coarse)
    features: list[NDArray[np.float64] | None] = [None] * len(coarse)
    for places, shown in _alike(coarse):
        for place, visual, vector in zip(places, describe_stills(shown), _features(shown), strict=True):
            visuals[place], features[place] = visual, vector
    return visuals, features


def _movements(strips: Sequence[Sequence[Picture]], frame_s: float) -> list[tuple[float, float] | None]:
    """As `movement`, of each strip."""
    flows: list[tuple[float, float] | None] = [None] * len(strips)
    for places, frames in _alike(strips):
        if frames.shape[1] > 1:
            for place, flow in zip(places, _moved(frames, frame_s), strict=True):
                flows[place] = flow
    return flows


def content_shares(sights: Sequence[ShotSight], lengths: Sequence[float]) -> dict[str, float]:
    """For how much of the time, 0..1, each content word is to be seen, the longest first; `lengths` of the shots."""
    seen: dict[str, float] = {}
    for sight, length in zip(sights, lengths, strict=True):
        for word in sight.visual.content:
            seen[word] = seen.get(word, 0.0) + length
    total = sum(lengths)
    return {word: seen[word] / total for word in sorted(seen, key=lambda word: (-seen[word], word))}


def event_curve(sights: Sequence[ShotSight]) -> tuple[float | None, ...]:
    """V2M-Zero's event curve at the cuts: one minus the similarity of what stands on both sides, over the largest.

    Each 0..1, or None where a side was not seen. See arXiv 2603.11042: music follows when and how much the picture
    changes, whatever it changes to.
    """
    seen = [sight.change for sight in sights if sight.change is not None]
    top = max(seen, default=0.0)
    return tuple(
        None if sight.change is None else round(sight.change / top, 4) if top > 1e-6 else 0.0 for sight in sights
    )


def _with_glance(sight: ShotSight, glance: Glance) -> ShotSight:
    """A shot's sight, with what eyes say that know things and moods."""
    if not sight.visual.known:
        return sight
    sight = replace(sight, visual=with_content(sight.visual, glance))
    if glance.affect is None:
        return sight
    told = dict(zip(("valence", "arousal"), glance.affect, strict=True))
    mixed = {
        name: round((1 - _EYES_SHARE) * getattr(sight, name) + _EYES_SHARE * value, 4) for name, value in told.items()
    }
    return replace(sight, **mixed, sureness=max(sight.sureness, _MOST_SURE * float(np.hypot(*glance.affect))))


def _sight(visual: VisualContent, flow: tuple[float, float] | None, around_s: float, change: float | None) -> ShotSight:
    if not visual.known:
        return ShotSight(visual, 0.0, 0.0, 0.0, 0.0, 0.0, change)
    valence, colour = colour_affect(visual)
    arousal = _COLOUR_SHARE * colour + contrast_affect(visual) + _PACE_SHARE * pace_affect(around_s)
    if flow is not None:
        arousal += _MOTION_SHARE * motion_affect(*flow)
    camera, objects = flow or (0.0, 0.0)
    arousal = float(np.clip(1.5 * arousal, -1, 1))
    said = np.hypot(valence, _COLOUR_SHARE * colour + (_MOTION_SHARE * objects * 4 + 0.1 * camera))
    return ShotSight(visual, round(valence, 4), round(arousal, 4), min(_MOST_SURE, float(said) * 1.2),
                     round(camera, 4), round(objects, 4), change)  # fmt: skip


def _coarse(pictures: ShotPictures) -> list[Picture]:
    """A few of the pictures at half their size: enough for light and colour, at an eighth of the cost."""
    shown = pictures.own
    few = shown if len(shown) <= 3 else (shown[0], shown[len(shown) // 2], shown[-1])
    return [picture[::2, ::2] for picture in few]


def movement(frames: Sequence[Picture], frame_s: float) -> tuple[float, float] | None:
    """How fast the camera travels, in widths a second, and how much moves by itself, 0..1; None for under two frames.

    The camera's step from frame to frame is the peak of the phase correlation (Kuglin and Hines 1975); what differs
    after that step is undone moves by itself.
    """
    return _movements([frames], frame_s)[0]


def _moved(frames: NDArray[np.float32], frame_s: float) -> Iterator[tuple[float, float]]:
    """As `movement`, of the frames of several shots: (shots, frames, height, width, 3)."""
    grey = frames @ LUMA
    spectra = np.fft.rfft2((grey - grey.mean((2, 3), keepdims=True)) * _WINDOW)
    for own, shifts in zip(grey, _shifts(spectra), strict=True):
        steps, left = [], []
        for earlier, later, (down, right) in zip(own[:-1], own[1:], shifts, strict=True):
            rest = later[_shared(down)][:, _shared(right)] - earlier[_shared(-down)][:, _shared(-right)]
            steps.append(math.hypot(down, right))
            left.append(float(np.abs(rest).mean()))
        yield (
            float(np.mean(steps)) / SIZE[0] / frame_s,
            max(0.0, float(np.mean(left)) - _NOISE),
        )


def _shared(step: int) -> slice:
    """The rows or columns of a picture, so many further on, that the picture before has too."""
    return slice(step, None) if step > 0 else slice(None, step or None)


def _shifts(spectra: NDArray[np.complex128]) -> Iterator[list[tuple[int, int]]]:
    """By how many pixels (down, right) each picture stands off the one before; spectra (S, F, rows, bins)."""
    cross = spectra[:, 1:] * np.conj(spectra[:, :-1])
    size = np.abs(cross)
    tops = size.max((2, 3), keepdims=True)
    cross /= size + np.maximum(1e-3 * tops, _LEAST_SPECTRUM)
    height, width = _WINDOW.shape
    places = np.fft.irfft2(cross, _WINDOW.shape).reshape(*cross.shape[:2], -1).argmax(2)
    for own_tops, own_places in zip(tops[:, :, 0, 0].tolist(), places.tolist(), strict=True):
        found = []
        for top, place in zip(own_tops, own_places, strict=True):
            down, right = divmod(place, width)
            down, right = down - (height if down > height // 2 else 0), right - (width if right > width // 2 else 0)
            # A jump of a quarter of the picture from one frame to the next is no camera's.
            near = abs(down) <= height // 4 and abs(right) <= width // 4
            found.append((down, right) if near and top >= _FLAT else (0, 0))
        yield found


def _features(shown: NDArray[np.float32]) -> NDArray[np.float64]:
    """What is compared across a cut: colours by their share, and light in a coarse layout; unit vectors, (shots, F).

    `shown` are the shots' pictures: (shots, pictures, height, width, 3).
    """
    shots, _, height, width, _ = shown.shape
    small = shown.mean(1).reshape(shots, 6, height // 6, 8, width // 8, 3).mean((2, 4))  # (shots, 6, 8, 3)
    bins = (shown.reshape(shots, -1, 3) * np.float32(3.999)).astype(np.uint8) @ _BINS
    counts = np.stack([np.bincount(own, minlength=64) for own in bins]) / bins.shape[1]
    vectors = np.concatenate([small.reshape(shots, -1) / 4, np.sqrt(counts) * 1.5], axis=1).astype(np.float64)
    return np.stack([vector / max(float(np.linalg.norm(vector)), 1e-9) for vector in vectors])


def _change(before: NDArray[np.float64], after: NDArray[np.float64] | None) -> float:
    return 0.0 if after is None else round(max(0.0, 1 - float(before @ after)), 5)
