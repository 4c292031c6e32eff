"""Drums of a break: off a record into a twelve-bit sampler, and the record itself under somebody's hand."""

from __future__ import annotations

from vem_core.synth.drums import Drum, Hiss, Modes, Sweep
from vem_core.synth.noise import NoiseBurst
from vem_core.synth.spectrum import Equaliser
from vem_core.synth.vocal import Scratch

SAMPLER = Equaliser(38.0, 9_000.0, 0.0, ((220, 3.0, 0.8), (3_200, 1.5, 0.8)))
"""What the sampler and the desk leave of a drum."""

DRUMS: dict[int, Drum] = {
    29: Drum((Scratch(0.27, speed=2.1),), level_db=-8.0, pan=0.2, humanise=0.0),
    30: Drum((Scratch(0.52, speed=1.5, strokes=1.0, cuts=4),), level_db=-8.0, pan=0.2, humanise=0.0),
    36: Drum(
        (
            Sweep(150, 58, 0.016, 0.095, hold_s=0.015, level=1.0, overtone=0.15, drive=0.3),
            Modes(118, (1.0, 1.59), 0.8, 0.050, 0.3, 0.35, spread=0.05),
            Hiss(NoiseBurst(0.24, 180, 1_400, 0.030, width=0.2)),
            Hiss(NoiseBurst(0.35, 1_500, 5_500, 0.004, attack_s=0.0003, width=0.1), 0.6),
        ),
        level_db=1.0,
        drive=0.6,
        equaliser=SAMPLER,
    ),
    38: Drum(
        (
            Sweep(290, 192, 0.010, 0.065, level=0.75, overtone=0.15),
            Modes(205, (1.0, 1.45, 2.2, 2.9), 0.5, 0.045, 0.3, 0.45),
            Hiss(NoiseBurst(0.75, 900, 7_500, 0.075)),
            Hiss(NoiseBurst(0.20, 300, 6_000, 0.110, attack_s=0.004, width=0.9)),
            Hiss(NoiseBurst(0.55, 1_800, 6_500, 0.003, attack_s=0.0002, width=0.1), 0.7),
        ),
        level_db=1.0,
        drive=0.7,
        equaliser=SAMPLER,
    ),
}
