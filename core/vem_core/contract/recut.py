"""Scoring again after a re-cut: the take before, and what of it may change.

The sound of the take before travels beside the request, as thumbnails do; the request names each file by the SHA-256 of
its bytes. What is kept of it is kept sample for sample.
"""

from __future__ import annotations

from dataclasses import dataclass

from vem_core.contract.brief import MusicBrief
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.direction import Direction
from vem_core.contract.errors import ContractError
from vem_core.contract.own_music import OwnMusic
from vem_core.contract.parse import GlobalCues
from vem_core.contract.plan import ScorePlan
from vem_core.contract.result import AlignmentReport, Levels, PlayedPart


@dataclass(frozen=True)
class FrameRange:
    """Record frames of the new sheet, [start, end)."""

    start_frames: int
    end_excl_frames: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_frames < self.end_excl_frames:
            raise ContractError("a range must begin before it ends, and not before the first frame")


@dataclass(frozen=True)
class EarlierSound:
    """A 24-bit WAV of the take before."""

    role: str  # "mix", "stem:drums"
    sha256: str  # of the file as it is sent


@dataclass(frozen=True)
class EarlierTake:
    """A take as it was made. Without `sounds` the same piece is played again, and no sample is kept."""

    take: int  # its number, for people
    sheet: CutSheet
    plan: ScorePlan
    report: AlignmentReport
    model: str
    model_sha256: str = ""
    gain_db: float | None = None  # what mastering added to its mix
    levels: Levels | None = None  # of its mix; None: not known, or the file was changed since
    sounds: tuple[EarlierSound, ...] = ()
    direction: Direction | None = None  # what it was made with; None: not known, and then nothing contradicts it
    seed: int | None = None  # the same
    brief: MusicBrief | None = None  # what it was made for; None: not known
    parts: tuple[PlayedPart, ...] = ()  # of a take with handles or several pieces
    handle_before_frames: int = 0  # of music before the sheet's first frame, in its sounds
    handle_after_frames: int = 0
    level_curve: tuple[tuple[int, float], ...] = ()  # (samples, dB) that was laid over its sounds under speech
    music: OwnMusic | None = None  # of the user's, that it was made of
    overall: GlobalCues | None = None  # what the editor made of the parse of the whole; None: as the parser said

    @property
    def shot_words(self) -> tuple[str, ...]:
        """Of the direction it was made with: one a shot, or none at all."""
        return () if self.direction is None else self.direction.shot_words

    @property
    def shot_energies(self) -> tuple[float | None, ...]:
        """Of the direction it was made with: one a shot, or none at all."""
        return () if self.direction is None else self.direction.shot_energies


@dataclass(frozen=True)
class Variation:
    """A range that shall be other music than before, though its picture did not change."""

    where: FrameRange
    seed: int


@dataclass(frozen=True)
class Recut:
    """How a score follows a re-cut."""

    earlier: EarlierTake
    locked: tuple[FrameRange, ...] = ()  # bars that touch these stay, whatever happened to their cuts
    varied: tuple[Variation, ...] = ()
