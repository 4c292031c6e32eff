"""What the mixes of every style measure, against the targets in `vem_core/judging/mix_targets.toml`.

    python benchmarks/mixes.py [--styles house rock] [--seeds 2] [--json] [--write-docs]

Pieces of about 90 seconds, planned for random edits whose energy climbs and falls, composed, played and mastered.
Figures are means over the seeds; what lies outside its target is marked. `--write-docs` puts the table into
`docs/engineers/styles.md`. Ends with 1 where a style misses.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from styles import TEST_SEEDS, hear

from vem_core.composer.styles import list_styles
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.mix import MixFigures, mix_figures
from vem_core.judging.mix_targets import misses, targets_of

CUTS = 31  # of edits of about 90 seconds
BEGIN, END = "<!-- measured: benchmarks/mixes.py --write-docs -->", "<!-- end of what is measured -->"
PAGE = Path(__file__).parent.parent / "docs" / "engineers" / "styles.md"

COLUMNS = {
    "tilt_db_per_octave": "tilt dB/oct",
    "low_end_db": "< 60 Hz dB",
    "side_db": "side dB",
    "low_side_db": "side < 120 Hz dB",
    "mono_loss_db": "lost in mono dB",
    "fall_db": "fall dB",
    "loudness_range_lu": "range LU",
}


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    rows, missed = [], {}
    found: dict[str, MixFigures] = {}
    for style in arguments.styles or [style.id for style in list_styles()]:
        found[style] = figures = measure(style, arguments.seeds)
        out = misses(figures, targets_of(style))
        rows.append(_row(style, figures, out))
        if out:
            missed[style] = out
        if not arguments.json:
            print(rows[-1], flush=True)
    if arguments.write_docs:
        _write_docs(rows, arguments.seeds)
    if arguments.json:
        print(
            json.dumps(
                {style: {**asdict(figures), "missed": missed.get(style, ())} for style, figures in found.items()}
            )
        )
    else:
        print(f"{len(found) - len(missed)} of {len(found)} styles meet all their targets")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", nargs="+", choices=[style.id for style in list_styles()])
    parser.add_argument("--seeds", type=int, default=2, help="pieces of each style")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write-docs", action="store_true", help="write the table of docs/engineers/styles.md")
    return parser.parse_args()


def measure(style: str, seeds: int) -> MixFigures:
    """The mean figures of so many pieces."""
    found = [mix_figures(hear(style, seed, cuts=CUTS).audio, SAMPLE_RATE_HZ) for seed in TEST_SEEDS[:seeds]]
    rows = [asdict(figures) for figures in found]
    means = {name: np.mean([row[name] for row in rows], axis=0).tolist() for name in rows[0]}
    return MixFigures(**{**means, "side_db_by_band": tuple(means["side_db_by_band"])})


def _row(style: str, figures: MixFigures, out: tuple[str, ...]) -> str:
    values = {name: getattr(figures, name, figures.side_db_by_band[0]) for name in COLUMNS}
    cells = [f"**{value:.1f}**" if name in out else f"{value:.1f}" for name, value in values.items()]
    return f"| `{style}` | {' | '.join(cells)} |"


def _write_docs(rows: list[str], seeds: int) -> None:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END, 1)
    head = f"| style | {' | '.join(COLUMNS.values())} |\n|---|{'--:|' * len(COLUMNS)}"
    said = f"Means of {seeds} piece{'s' if seeds > 1 else ''} of 90 s a style; what misses its target is bold."
    table = "\n".join([head, *rows])
    PAGE.write_text(f"{before}{BEGIN}\n\n{said}\n\n{table}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
