"""`RecutOutlook.1`: what a re-score would keep, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class PieceOutlook:
    """One piece of the score."""

    start_frames: int  # record frames of the sheet, handles aside, [start, end)
    end_excl_frames: int
    kept_share: float  # 0..1 of its length
    new_bars: tuple[tuple[int, int], ...]  # first and last, counted from 1 in this piece; empty: all of it stays
    bars: int
    cuts: int  # with the events that count
    cuts_met: int  # by the refitted plan, on whatever the style may play
    cuts_met_from_scratch: int  # by the plan of a new piece with the same wishes


@dataclass(frozen=True)
class RecutOutlook:
    """What becomes of a score on a re-cut timeline."""

    schema_label: ClassVar[str] = "RecutOutlook.1"

    take: int | None  # whose music stays; None: a new piece would be made
    changed_shots: int  # trimmed, slipped, moved, new and gone
    kept_share: float  # 0..1 of all the music
    pieces: tuple[PieceOutlook, ...] = ()
    reason: str = ""  # why nothing stays, where nothing does
    notices: tuple[str, ...] = ()  # what else is to be known before
