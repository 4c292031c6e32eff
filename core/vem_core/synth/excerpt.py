"""A stretch of a piece as a piece of its own, with all that is heard in it."""

from __future__ import annotations

from dataclasses import replace

from vem_core.composer.piece import Note, Part, Piece
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.patch import Length, Patch
from vem_core.synth.patches import PATCHES, patch_by_id
from vem_core.synth.room import LONGEST_TAIL_S

_MEMORY_S = 0.5  # of the bus compressor, with room to spare
_ECHOES_S = 6.0
_GRID_SAMPLES = 96  # compressor and limiter work in blocks


def played_range(excerpt: tuple[int, int], whole_samples: int, tail_samples: int) -> tuple[int, int]:
    """What must be played, [begin, end) in samples, for an excerpt to sound as it does in the whole."""
    start, end = excerpt
    early = max(0, start - tail_samples - round(_MEMORY_S * SAMPLE_RATE_HZ))
    late = -(-end // _GRID_SAMPLES) * _GRID_SAMPLES
    return early // _GRID_SAMPLES * _GRID_SAMPLES, min(late, whole_samples)


def notes_heard_in(excerpt: tuple[int, int]) -> tuple[int, int]:
    """Where notes begin, [begin, end) in samples, that may be heard in an excerpt of any piece and ring by themselves.

    Notes that are held may begin earlier.
    """
    rings_s = max(patch.longest_s for patch in PATCHES.values() if _rings_out(patch))
    release_s = max(patch.release_s for patch in PATCHES.values())
    reach_s = rings_s + release_s + _ECHOES_S + LONGEST_TAIL_S + _MEMORY_S
    return max(0, excerpt[0] - round(reach_s * SAMPLE_RATE_HZ)), excerpt[1]


def heard_between(piece: Piece, start_samples: int, end_samples: int) -> Piece:
    """The piece from `start_samples` to `end_samples`, notes counted from there; what rings into it begins before 0.

    Beats and brightness stay on the clock of the whole, so that what is read off them is the same to the last bit.
    """
    if start_samples == 0 and end_samples == piece.duration_samples:
        return piece
    parts = (_part_between(part, start_samples, end_samples) for part in piece.parts)
    return replace(
        piece,
        duration_samples=end_samples - start_samples,
        parts=tuple(parts),
    )


def _part_between(part: Part, start_samples: int, end_samples: int) -> Part:
    patch = patch_by_id(part.patch)
    rings = patch.release_s + (_ECHOES_S if part.channel.delay > 0 else 0.0)
    rings_samples = round(rings * SAMPLE_RATE_HZ)
    notes = tuple(
        replace(note, start_samples=note.start_samples - start_samples)
        for note in part.notes
        if note.start_samples < end_samples and note.start_samples + _held(note, patch) + rings_samples > start_samples
    )
    return replace(part, notes=notes)


def _held(note: Note, patch: Patch) -> int:
    longest = round(patch.longest_s * SAMPLE_RATE_HZ)
    return longest if _rings_out(patch) else min(note.duration_samples, longest)


def _rings_out(patch: Patch) -> bool:
    return patch.percussion or patch.length is Length.RINGING
