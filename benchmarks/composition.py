"""Whether what is written holds in many pieces: the mode of the label is what sounds, and tunes can be sung.

    python benchmarks/composition.py [--styles house rock] [--edits 4] [--resume FILE] [--json]
                                     [--write-docs]

For each style as many random edits of about 40 seconds as asked, and on each a piece in every second mode (in the
others on the next edit), each with a seed of its own that no test uses: 660 pieces of all styles. Nothing is rendered.
A label is wrong where the note that tells the mode from its neighbour sounds no more often than that neighbour's. Its
share is of notes, and of the time in which it sounds. Steps are intervals of one or two semitones, repeated notes left
out. `--resume` takes the styles that an earlier run has printed from its output. `--write-docs` writes the table of
`docs/engineers/styles.md`. Ends with 1 where a style misses.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from styles import plan_piece

from vem_core.composer.composition import compose
from vem_core.composer.general_midi import is_kit
from vem_core.composer.keys import MODES, Key
from vem_core.composer.modes import CHARACTERISTIC, CONTRARY
from vem_core.composer.piece import Note, NoteFunction, Piece
from vem_core.composer.styles import list_styles

FIRST_SEED = 20_000
LEAST_SHARE, LEAST_STEPS, LEAST_RANGE = 0.05, 0.55, 12
LEAST_LINE = 5  # notes, of a tune
CUTS = 14  # of edits of 40 seconds
BEGIN, END = "<!-- measured: benchmarks/composition.py --write-docs -->", "<!-- end of what is composed -->"
PAGE = Path(__file__).parent.parent / "docs" / "engineers" / "styles.md"
HEAD = (
    "| style | wrong labels | own note, of the time: least, mean | of notes: least, mean | steps | range: middle |\n"
    "|---|--:|--:|--:|--:|--:|"
)


@dataclass(frozen=True)
class Figures:
    """What a style's pieces have."""

    pieces: int
    wrong_labels: int
    least_time: float
    mean_time: float
    least_notes: float
    mean_notes: float
    steps: float  # of the intervals of tunes
    range_semitones: float  # from the lowest note of a piece's tunes to the highest, the middle piece

    @property
    def misses(self) -> bool:
        """Whether a label is wrong, a mode's note rare, or tunes leap or stay on few notes."""
        return bool(
            self.wrong_labels
            or self.least_time < LEAST_SHARE
            or self.steps < LEAST_STEPS
            or self.range_semitones < LEAST_RANGE
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", nargs="+", choices=[style.id for style in list_styles()])
    parser.add_argument("--edits", type=int, default=4, help="random edits for each style, five pieces on each")
    parser.add_argument("--resume", type=Path, help="what an earlier run printed: its styles are taken from it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--write-docs", action="store_true", help="write the table of docs/engineers/styles.md")
    arguments = parser.parse_args()
    rows = {} if arguments.resume is None else _printed(arguments.resume)
    found: dict[str, Figures] = {}
    for style in arguments.styles or [style.id for style in list_styles()]:
        if style in rows:
            continue
        found[style] = measure(style, arguments.edits)
        rows[style] = _row(style, found[style])
        if not arguments.json:
            print(rows[style], flush=True)
    if arguments.json:
        print(json.dumps({style: asdict(figures) for style, figures in found.items()}))
    if arguments.write_docs:
        _write_docs(rows)
    return int(any(figures.misses for figures in found.values()))


def measure(style: str, edits: int) -> Figures:
    """The figures of a style's pieces, five on each of so many edits."""
    wrong, times, shares, ranges, moves = 0, [], [], [], []
    for edit in range(edits):
        plan = plan_piece(style, FIRST_SEED + edit, cuts=CUTS)
        for number, mode in enumerate(list(MODES)[edit % 2 :: 2]):
            name = f"{'ABCDEFG'[(edit + number) % 7]} {mode}"
            key = Key.parse(name)
            piece = compose(replace(plan, key=name, seed=FIRST_SEED + 100 * edit + number))
            own, other = _share_of_notes(piece, key, CHARACTERISTIC), _share_of_notes(piece, key, CONTRARY)
            wrong += own <= other
            shares.append(own)
            times.append(_share_of_time(piece, (key.tonic + CHARACTERISTIC[mode]) % 12))
            lines = _tunes(piece)
            moves += [abs(b.pitch - a.pitch) for line in lines for a, b in itertools.pairwise(line)]
            pitches = [note.pitch for line in lines for note in line]
            if pitches:
                ranges.append(max(pitches) - min(pitches))
    steps = [move for move in moves if move]
    return Figures(
        len(shares),
        wrong,
        min(times),
        float(np.mean(times)),
        min(shares),
        float(np.mean(shares)),
        float(np.mean(np.array(steps) <= 2)),
        float(np.median(ranges)),
    )


def _pitched(piece: Piece) -> list[Note]:
    return [
        note
        for part in piece.parts
        if not is_kit(part.patch) and not part.patch.startswith("fx.")
        for note in part.notes
    ]


def _share_of_notes(piece: Piece, key: Key, told_by: dict[str, int]) -> float:
    sounds = Counter((note.pitch - key.tonic) % 12 for note in _pitched(piece))
    return sounds[told_by[key.mode]] / sounds.total()


def _share_of_time(piece: Piece, pitch_class: int) -> float:
    """Of the time from the first note to the end, when a pitch class sounds somewhere."""
    spans = sorted(
        (note.start_samples, note.start_samples + note.duration_samples)
        for note in _pitched(piece)
        if note.pitch % 12 == pitch_class
    )
    heard = end = 0
    for start, stop in spans:
        heard += max(0, stop - max(start, end))
        end = max(end, stop)
    return heard / (piece.duration_samples - min(note.start_samples for note in _pitched(piece)))


def _tunes(piece: Piece) -> list[list[Note]]:
    found = ([note for note in part.notes if note.function is NoteFunction.MOTIF] for part in piece.parts)
    return [line for line in found if len(line) >= LEAST_LINE]


def _row(style: str, figures: Figures) -> str:
    return (
        f"| `{style}` | {figures.wrong_labels} of {figures.pieces} | {figures.least_time:.0%}, {figures.mean_time:.0%} "
        f"| {figures.least_notes:.1%}, {figures.mean_notes:.1%} | {figures.steps:.0%} | {figures.range_semitones:.0f} |"
    )


def _printed(path: Path) -> dict[str, str]:
    """The rows by style that an earlier run has printed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


def _write_docs(rows: dict[str, str]) -> None:
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END, 1)[1]
    counts = [row.split("|")[2].split() for row in rows.values()]
    wrong, pieces = (sum(int(count[place]) for count in counts) for place in (0, 2))
    said = f"{pieces} pieces, {wrong} with a label that is wrong."
    table = "\n".join(rows[style] for style in sorted(rows))
    PAGE.write_text(f"{before}{BEGIN}\n\n{said}\n\n{HEAD}\n{table}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
