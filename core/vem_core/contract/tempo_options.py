"""`TempoOptions.1`: what each degree of bending would cost and meet, for an editor to choose from before rendering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vem_core.contract.plan import Bend


@dataclass(frozen=True)
class TempoOption:
    """One point of the curve. Shares are relative: 0.02 is two per cent."""

    bend: Bend
    excursion: float  # the farthest that a beat's length is from its section's home
    ten_second_change: float  # of the tempo over eight beats, within ten seconds of one section
    met: int  # cuts and events within the tolerance, on whatever the style may play: beats, eighths, sixteenths
    met_10_ms: int
    counted: int
    chance: float  # the share that a grid as dense meets which knows nothing of the cuts
    chance_10_ms: float  # the same within 10 ms
    homes_bpm: tuple[float, ...]  # the sections' home tempi, neighbours of one home as one


@dataclass(frozen=True)
class TempoOptions:
    """Cuts met against excursion, from a constant tempo to one that follows every cut."""

    schema_label: ClassVar[str] = "TempoOptions.1"

    bend: Bend  # what would be taken
    options: tuple[TempoOption, ...]
