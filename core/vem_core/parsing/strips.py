"""The strips of frames around cuts, as the transition-beat aligner takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vem_core.contract.request import ScoreRequest, ThumbnailUse
from vem_core.parsing.pictures import Picture, read_thumbnail


class CutStrips(NamedTuple):
    """Strips of the cuts that have one. `cuts`: (N,) indices into the sheet's cuts. `frames`: (N, 3, T, H, W), 0..1."""

    cuts: NDArray[np.int64]
    frames: NDArray[np.float32]


def cut_strips(
    request: ScoreRequest, attachments: Mapping[str, bytes], frames: int, size: tuple[int, int]
) -> CutStrips:
    """The strips at `size` (height, width), half of the frames from before the cut.

    The frame next to the cut comes first in importance: where there are fewer than half on a side, the farthest one
    there is stands in for those beyond it. A cut with no picture on one side has no strip.
    """
    gathered: dict[int, list[tuple[int, Picture]]] = {}
    for thumbnail in sorted(request.thumbnails, key=lambda each: each.record_frames):
        if thumbnail.use is ThumbnailUse.STRIP and thumbnail.shot > 0:
            picture = read_thumbnail(thumbnail, attachments, (size[1], size[0]))
            if picture is not None:
                gathered.setdefault(thumbnail.shot - 1, []).append((thumbnail.record_frames, picture))
    cuts, strips = [], []
    for cut, pictures in sorted(gathered.items()):
        boundary = request.sheet.cuts[cut].record_frames
        before = [picture for frame, picture in pictures if frame < boundary]
        after = [picture for frame, picture in pictures if frame >= boundary]
        if before and after:
            cuts.append(cut)
            strips.append(np.stack([*_last(before, frames // 2), *_first(after, frames - frames // 2)]))
    if not cuts:
        return CutStrips(np.zeros(0, np.int64), np.zeros((0, 3, frames, *size), np.float32))
    return CutStrips(np.array(cuts), np.stack(strips).transpose(0, 4, 1, 2, 3))


def _first(pictures: list[Picture], count: int) -> list[Picture]:
    return [*pictures[:count], *[pictures[-1]] * (count - len(pictures))]


def _last(pictures: list[Picture], count: int) -> list[Picture]:
    return [*[pictures[0]] * (count - len(pictures)), *pictures[-count:]]
