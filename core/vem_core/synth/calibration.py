"""Makes patches equally loud: plays each a short phrase and measures it.

    python -m vem_core.synth.calibration      prints the table of `levels.py` from scratch

A part's `gain_db` can then mean how loud it is in the mix, whatever plays it.
"""

from __future__ import annotations

import sys

from vem_core.audio.loudness import measure_loudness
from vem_core.synth.mixer import render
from vem_core.synth.patch import Patch
from vem_core.synth.patches import PATCHES
from vem_core.synth.phrases import CHORDAL, phrase

TARGET_LUFS = -20.0
"""The loudness of every patch's phrase at velocity 0.8 and 0 dB, without room or glue."""

_OTHER_TARGETS_LUFS = {"kit.": -21.5, "bass.": -18.0}
"""Drums stick out of a mix more, and basses less, than their K-weighted loudness says."""

CHORD_TARGET_LUFS = -18.0
"""Of a triad; a single note of it is then a little softer than one of a melody."""


def target_lufs(patch: Patch) -> float:
    """How loud the patch's phrase is meant to be."""
    if patch.id.startswith(CHORDAL):
        return CHORD_TARGET_LUFS
    return next((lufs for start, lufs in _OTHER_TARGETS_LUFS.items() if patch.id.startswith(start)), TARGET_LUFS)


def measure_patch(patch: Patch) -> float:
    """The integrated loudness in LUFS of the patch's phrase."""
    return measure_loudness(render(phrase(patch), 0, stems=False).mix)


def main() -> int:
    """Measure every patch and print the table."""
    lines = []
    for name, patch in PATCHES.items():
        level_db = patch.level_db + target_lufs(patch) - measure_patch(patch)
        lines.append(f'    "{name}": {level_db:.1f},')
    sys.stdout.write("LEVELS_DB: dict[str, float] = {\n" + "\n".join(lines) + "\n}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
