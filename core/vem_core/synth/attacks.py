"""Measures how notes begin: plays one of each patch, and of each drum of a kit, alone.

    python -m vem_core.synth.attacks      prints `composer/attacks.toml` from scratch

The composer reckons by that table what a cut sounds like among the beats around it.
"""

from __future__ import annotations

import sys
from statistics import fmean

import numpy as np

from vem_core.audio.features import COMPRESSION, HOP_SAMPLES, spectrogram
from vem_core.audio.types import Audio
from vem_core.composer.attacks import BEGUN_SAMPLES, HELD_SAMPLES, NOMINAL_VELOCITY, Attack
from vem_core.composer.piece import Channel, Master, Note, Part, Piece
from vem_core.composer.style import DRUM_KEYS
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.synth.mixer import render
from vem_core.synth.patches import PATCHES

_AT = SAMPLE_RATE_HZ // 2
_DRY = Master(reverb_s=0.3, drive=0.0, compression=0.0)
_BACKGROUND = 0.003  # magnitude in every band of what else is played: half of what a mix has between attacks
_REACH = 4  # frames on each side of the note's beginning that its rise may lie in
_HEADING = "# How notes begin, as `python -m vem_core.synth.attacks` measures it: dB at first, dB held, rise.\n"
_OCTAVES = (-12, 0, 12)  # from a patch's home pitch


def measure_attack(patch: str, pitch: int) -> Attack:
    """How a note of a patch begins and sounds on."""
    note = Note(_AT, 2 * _AT, pitch, NOMINAL_VELOCITY)
    part = Part("solo", patch, (note,), Channel(width=1.0))
    audio = render(Piece(4 * _AT, (part,), (), _DRY, (), tuple(range(0, 5 * _AT, _AT))), 0, stems=False).mix
    frame = _AT // HOP_SAMPLES
    rises = np.diff(np.log1p(COMPRESSION * np.hypot(spectrogram(audio).band_magnitudes, _BACKGROUND)), axis=0)
    rise = np.maximum(rises, 0).sum(axis=1)[frame - _REACH - 1 : frame + _REACH].max()
    return Attack(_level_db(audio, BEGUN_SAMPLES), _level_db(audio, HELD_SAMPLES), float(rise))


def _level_db(audio: Audio, stretch: tuple[int, int]) -> float:
    power = np.square(audio[:, _AT + stretch[0] : _AT + stretch[1]], dtype=np.float64).mean()
    return float(10 * np.log10(max(power, 1e-12)))


def main() -> int:
    """Measure every patch and print the table."""
    lines = [
        "# How notes begin, as `python -m vem_core.synth.attacks` measures it: dB at first, dB held, rise.\n\n[notes]\n"
    ]
    for name, patch in PATCHES.items():
        if not patch.percussion:
            attacks = [measure_attack(name, patch.home_pitch + octave) for octave in _OCTAVES]
            lines.append(f'"{name}" = {_row(attacks)}\n')
    for name, patch in PATCHES.items():
        if patch.percussion:
            lines.append(f'\n["{name}"]\n')
            lines += [f"{voice} = {_row([measure_attack(name, key)])}\n" for voice, key in DRUM_KEYS.items()]
    sys.stdout.write("".join(lines))
    return 0


def _row(attacks: list[Attack]) -> str:
    begun, held, rise = (fmean(values) for values in zip(*attacks, strict=True))
    return f"[{begun:.1f}, {held:.1f}, {rise:.1f}]"


if __name__ == "__main__":
    sys.exit(main())
