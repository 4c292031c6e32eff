"""Which pieces training may see: seeds, tempi and tonics that the splits keep apart.

The seeds of two splits never meet, whatever corpus seed a user chooses. `test` has besides only tempi and tonics that
`train` and `validation` never have: 2.5 BPM of every 10, three tonics of twelve.
"""

from __future__ import annotations

import enum

from vem_core.audio.chroma import PITCH_CLASSES
from vem_core.contract.errors import ContractError

MOST_PIECES = 1_000_000
"""Pieces in one corpus, and corpora in one split."""

HELD_OUT_TONICS = ("C#", "F", "A")
HELD_OUT_BPM = (4.0, 6.5)
"""Of every ten BPM: 64 to 66.5, 74 to 76.5 and so on."""

_LEAST_WIDTH_BPM = 1.5


class Split(enum.StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"  # unseen seeds
    TEST = "test"  # unseen seeds, tempi and keys


def piece_seed(split: Split, seed: int, index: int) -> int:
    """The seed of piece `index` in the corpus `seed` of a split: no two are the same.

    Raises ContractError for a seed or index outside 0 .. MOST_PIECES - 1.
    """
    if not (0 <= seed < MOST_PIECES and 0 <= index < MOST_PIECES):
        raise ContractError(f"a corpus seed and a piece's index lie between 0 and {MOST_PIECES - 1}")
    return (list(Split).index(split) * MOST_PIECES + seed) * MOST_PIECES + index


def tonics_of(split: Split) -> tuple[str, ...]:
    """The tonics that a split's pieces have."""
    return (
        HELD_OUT_TONICS
        if split is Split.TEST
        else tuple(tonic for tonic in PITCH_CLASSES if tonic not in HELD_OUT_TONICS)
    )


def tempi_of(split: Split, low_bpm: float, high_bpm: float) -> tuple[tuple[float, float], ...]:
    """The tempo ranges inside low..high that a split's pieces keep to, each wide enough for a beat to breathe."""
    first, last = HELD_OUT_BPM
    ranges = []
    for ten in range(int(low_bpm) // 10 - 1, int(high_bpm) // 10 + 2):
        own = (10 * ten + first, 10 * ten + last) if split is Split.TEST else (10 * ten + last, 10 * ten + 10 + first)
        low, high = max(low_bpm, own[0]), min(high_bpm, own[1])
        if high - low >= _LEAST_WIDTH_BPM:
            ranges.append((low, high))
    return tuple(ranges)
