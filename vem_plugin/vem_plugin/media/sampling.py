"""Which record frames of a cut sheet become thumbnails: a few of each shot, and a short strip around each cut.

The strip follows what the transition-beat aligner sees: VeM counts cuts and beats 16 times a second (arXiv 2511.09585,
TB-As) and looks at them with a ResNet(2+1)D, whose clips are 8 or 16 frames of 112 x 112. Ours are 8 frames, four on
each side of the cut: half a second.

A long timeline gets fewer pictures: `SHOT_FRAME_BUDGET` and `STRIP_BUDGET` bound their number, and with it the size of
a request (about 12 MB) and the time for decoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.request import ThumbnailUse

SHOT_POSITIONS = (Fraction(1, 6), Fraction(1, 2), Fraction(5, 6))
"""Where in a shot its pictures are taken, as shares of its length."""

STRIP_FRAMES = 8
STRIP_RATE_HZ = 16

SHOT_FRAME_BUDGET = 1_200
STRIP_BUDGET = 240


@dataclass(frozen=True, order=True)
class Sample:
    """A record frame (of the sheet, from its first) to be shown, and for which shot and use."""

    shot: int
    use: ThumbnailUse
    record_frames: int


@dataclass(frozen=True)
class Sampling:
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()


def choose_samples(sheet: CutSheet) -> Sampling:
    """The samples of a sheet, in order of shot and use, and what was left out because there are so many."""
    shots, shot_warnings = _shot_samples(sheet)
    strips, strip_warnings = _strip_samples(sheet)
    return Sampling(tuple(sorted({*shots, *strips})), (*shot_warnings, *strip_warnings))


def strip_frames(cut_frames: int, rate: Fraction, duration_frames: int) -> tuple[int, ...]:
    """The record frames around a cut, 1/16 s apart, as many before it as from it on; repeated at the sheet's ends.

    >>> strip_frames(100, Fraction(24), 1000)
    (95, 96, 98, 99, 100, 101, 103, 104)
    """
    steps = [int(index * rate / STRIP_RATE_HZ) for index in range(STRIP_FRAMES // 2)]
    frames = [cut_frames - 1 - step for step in reversed(steps)] + [cut_frames + step for step in steps]
    return tuple(min(max(frame, 0), duration_frames - 1) for frame in frames)


def _shot_samples(sheet: CutSheet) -> tuple[list[Sample], tuple[str, ...]]:
    shots = list(range(len(sheet.shots)))
    positions = SHOT_POSITIONS if len(shots) * len(SHOT_POSITIONS) <= SHOT_FRAME_BUDGET else (Fraction(1, 2),)
    chosen = sorted(shots, key=lambda index: (-sheet.shots[index].duration_frames, index))[:SHOT_FRAME_BUDGET]
    samples = [
        Sample(index, ThumbnailUse.SHOT, sheet.shots[index].start_frames + int(position * duration))
        for index in chosen
        for duration in [sheet.shots[index].duration_frames]
        for position in positions
    ]
    if len(chosen) < len(shots):
        return samples, (f"Only the longest {len(chosen)} of {len(shots)} shots were looked at, one frame each.",)
    if len(positions) < len(SHOT_POSITIONS):
        return samples, (f"One frame was looked at in each of the {len(shots)} shots.",)
    return samples, ()


def _strip_samples(sheet: CutSheet) -> tuple[list[Sample], tuple[str, ...]]:
    """Strips around the cuts; of very many, around those whose neighbouring shots last longest."""

    def room(cut: int) -> int:
        return min(sheet.shots[cut].duration_frames, sheet.shots[cut + 1].duration_frames)

    cuts = range(len(sheet.cuts))
    chosen = sorted(cuts, key=lambda cut: (-room(cut), cut))[:STRIP_BUDGET]
    samples = [
        Sample(cut + 1, ThumbnailUse.STRIP, frame)
        for cut in chosen
        for frame in strip_frames(sheet.cuts[cut].record_frames, sheet.rate, sheet.duration_frames)
    ]
    if len(chosen) == len(cuts):
        return samples, ()
    return samples, (f"The frames around {len(chosen)} of {len(cuts)} cuts were looked at, those between long shots.",)
