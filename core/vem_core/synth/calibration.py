"""Makes patches equally loud: plays each a short phrase and measures it.

    python -m vem_core.synth.calibration      prints the table of `levels.py` anew

A part's `gain_db` can then mean how loud it is in the mix, whatever plays it.
"""

from __future__ import annotations

import sys

from vem_core.audio.loudness import measure_loudness
from vem_core.composer.piece import Channel, Master, Note, Part, Piece
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.mixer import render
from vem_core.synth.patch import Length, Patch
from vem_core.synth.patches import PATCHES

TARGET_LUFS = -20.0
"""The loudness of every patch's phrase at velocity 0.8 and 0 dB, without room or glue."""

_OTHER_TARGETS_LUFS = {"kit.": -21.5, "bass.": -18.0}
"""Drums stick out of a mix more, and basses less, than their K-weighted loudness says."""

CHORD_TARGET_LUFS = -18.0
"""Of a triad; a single note of it is then a little softer than one of a melody."""

_CHORDAL = ("pad.", "keys.", "guitar.strum", "stab.", "strings.ensemble", "strings.spiccato", "brass.ensemble")

_BEAT = SAMPLE_RATE_HZ // 2
_DRY = Master(reverb_s=0.3, drive=0.0, compression=0.0)


def phrase(patch: Patch) -> Piece:
    """Four seconds of what the patch is there for: a groove, or notes or chords, repeated or held."""
    if patch.percussion:
        hats = [(0.5 * eighth, 42) for eighth in range(16)]
        strikes = [*hats, *((beat, 36) for beat in (0, 2, 2.5, 4, 6, 6.5)), *((beat, 38) for beat in (1, 3, 5, 7))]
        notes = [Note(round(at * _BEAT), _BEAT // 4, key, 0.8) for at, key in sorted(strikes)]
    elif patch.length is not Length.HELD:
        notes = [Note(0, 6 * _BEAT, patch.home_pitch, 0.8)]
    else:
        beats = 4 if patch.soft else 1
        chord = (0, 4, 7) if patch.id.startswith(_CHORDAL) else (0,)
        notes = [
            Note(at * _BEAT, beats * _BEAT, patch.home_pitch + interval, 0.8)
            for at in range(0, 8, beats)
            for interval in chord
        ]
    channel = Channel(width=1.0)
    return Piece(
        8 * _BEAT, (Part("solo", patch.id, tuple(notes), channel),), (), _DRY, (), tuple(range(0, 9 * _BEAT, _BEAT))
    )


def target_lufs(patch: Patch) -> float:
    """How loud the patch's phrase is meant to be."""
    if patch.id.startswith(_CHORDAL):
        return CHORD_TARGET_LUFS
    return next((lufs for start, lufs in _OTHER_TARGETS_LUFS.items() if patch.id.startswith(start)), TARGET_LUFS)


def measure_patch(patch: Patch) -> float:
    """The integrated loudness in LUFS of the patch's phrase."""
    return measure_loudness(render(phrase(patch), 0, stems=False).mix)


def main() -> int:
    lines = []
    for name, patch in PATCHES.items():
        level_db = patch.level_db + target_lufs(patch) - measure_patch(patch)
        lines.append(f'    "{name}": {level_db:.1f},')
    sys.stdout.write("LEVELS_DB: dict[str, float] = {\n" + "\n".join(lines) + "\n}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
