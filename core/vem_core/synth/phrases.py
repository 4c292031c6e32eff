"""A short phrase for each patch, to hear how loud it is."""

from __future__ import annotations

from vem_core.composer.piece import Channel, Master, Note, Part, Piece
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.patch import Length, Patch

CHORDAL = ("pad.", "keys.", "guitar.strum", "stab.", "strings.ensemble", "strings.spiccato", "brass.ensemble")
"""How the ids of patches begin that are there for chords."""

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
        chord = (0, 4, 7) if patch.id.startswith(CHORDAL) else (0,)
        notes = [
            Note(at * _BEAT, beats * _BEAT, patch.home_pitch + interval, 0.8)
            for at in range(0, 8, beats)
            for interval in chord
        ]
    channel = Channel(width=1.0)
    return Piece(
        8 * _BEAT, (Part("solo", patch.id, tuple(notes), channel),), (), _DRY, (), tuple(range(0, 9 * _BEAT, _BEAT))
    )
