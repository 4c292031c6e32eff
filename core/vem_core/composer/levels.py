"""The level of single players: their parts' faders, where somebody asked for more or less of one.

What they play stays as it was written. A kit's instruments are one part; one that is to be louder or softer than the
rest gets a part of its own, in the same stem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vem_core.composer.casting import voices_of
from vem_core.composer.general_midi import is_kit
from vem_core.composer.instruments import instruments, is_played_by
from vem_core.composer.piece import Note, Part

Levels = Sequence[tuple[str, float]]
"""By how many dB which instrument or family is louder."""


def with_levels(parts: Sequence[Part], levels: Levels) -> Iterator[Part]:
    """The parts at the levels that were asked for; the same parts where none was."""
    for part in parts:
        if not levels or not part.notes:
            yield part
            continue
        by_change: dict[float, list[Note]] = {}
        for note in part.notes:
            by_change.setdefault(change_db(part, note.pitch, levels), []).append(note)
        for change, notes in by_change.items():
            channel = replace(part.channel, gain_db=part.channel.gain_db + change)
            yield replace(part, notes=tuple(notes), channel=channel)


def change_db(part: Part, pitch: int, levels: Levels) -> float:
    """By how much a part's note is louder, 0 where nothing was asked of it.

    Where several instruments play it, the narrowest counts: "less strings, more cello".
    """
    asked = [(_breadth(part, name), change) for name, change in levels if _plays(part, pitch, name)]
    return min(asked, key=lambda each: each[0])[1] if asked else 0.0


def _plays(part: Part, pitch: int, name: str) -> bool:
    if is_kit(part.patch) and (voices := voices_of(name)):
        return pitch in voices
    return part.name == name or is_played_by(part.patch, name)


def _breadth(part: Part, name: str) -> int:
    """How much an instrument comprises: its voices of a kit, its patches and those of its members."""
    if is_kit(part.patch):
        return len(voices_of(name)) or 128
    members = (each.patches for key, each in instruments().items() if key == name or each.of == name)
    return sum(len(patches) for patches in members)
