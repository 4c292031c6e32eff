"""The traits of each style, measured on its own renderings: the table of `vem_core.temp_track.styles`.

.venv/bin/python benchmarks/style_traits.py
"""

from __future__ import annotations

import sys
from fractions import Fraction

import numpy as np

from vem_core.composer.composition import compose
from vem_core.composer.styles import choose_key, list_styles, tempo_range
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.request import Direction
from vem_core.rhythm.planner import plan_score
from vem_core.synth import render
from vem_core.temp_track.styles import Traits, traits_of

ARCS = ((0.6,) * 5, (0.3, 0.5, 0.8, 0.6, 0.4), (0.2, 0.3, 0.9, 0.9, 0.6))  # energies that styles are measured at


def measure_styles(seeds: range) -> dict[str, Traits]:
    """The mean traits of each style over renderings of a plain edit, flat, in an arc and in a steep one."""

    sheet = CutSheet(
        "", Fraction(24), 0, 600, tuple(Shot(start, 120) for start in range(0, 600, 120)),
        tuple(Cut(start) for start in range(120, 600, 120)),
    )  # fmt: skip
    table = {}
    for style in list_styles():
        found = []
        for seed in seeds:
            direction = Direction(shot_energies=ARCS[seed % len(ARCS)])
            plan = plan_score(
                sheet, direction, seed, tempo_range_bpm=tempo_range(style), style=style.id,
                mood=style.mood, key=choose_key(style, seed, style.mood),
            )  # fmt: skip
            found.append(traits_of(render(compose(plan), seed).mix))
        table[style.id] = Traits(*np.mean(found, axis=0).round(3).tolist())
    return table


if __name__ == "__main__":
    for name, measured in measure_styles(range(6)).items():
        sys.stdout.write(f'    "{name}": Traits{tuple(measured)},\n')
