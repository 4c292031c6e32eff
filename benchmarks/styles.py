"""What each style sounds like in numbers, whether it can be told from the others, and whether its pieces differ.

    python benchmarks/styles.py [--styles house lo-fi] [--train 6] [--test 3] [--json] [--write-docs]

Pieces are planned for random edits whose energy has an arc, composed, played and mastered: the path of the product.
The measures are means over each style's test pieces. A logistic regression on the statistics of short stretches of the
spectrogram learns the styles from some seeds and is asked about others, with other edits, keys and tempi. Two seeds on
one edit and in one key are compared beat by beat. `--write-docs` puts the table and the spectrograms into
`docs/editors/styles.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from vem_core.audio import features
from vem_core.audio.features import Spectrogram, spectrogram
from vem_core.audio.loudness import loudness_range_lu
from vem_core.audio.mastering import master
from vem_core.audio.types import Audio
from vem_core.composer import measures
from vem_core.composer.composition import compose
from vem_core.composer.piece import Piece
from vem_core.composer.styles import choose_key, list_styles, tempo_range
from vem_core.contract.plan import ScorePlan
from vem_core.contract.request import Direction
from vem_core.evaluation.pictures import draw_bands
from vem_core.evaluation.styles import stretch_features, tell_apart
from vem_core.rhythm.planner import plan_score
from vem_core.synth import render
from vem_core.training.beat_corpus import random_edit

TRAIN_SEEDS, TEST_SEEDS = range(1_000, 2_000), range(100, 1_000)
CUTS = 7
LOUDNESS_LUFS, TRUE_PEAK_DBTP = -16.0, -1.0
BEGIN, END = "<!-- measured: benchmarks/styles.py --write-docs -->", "<!-- end of what is measured -->"
DOCS = Path(__file__).parent.parent / "docs"

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """A piece as the product would deliver it."""

    plan: ScorePlan
    piece: Piece
    audio: Audio


@dataclass(frozen=True)
class Measures:
    """One piece in numbers; for a style, the means of several."""

    tempo_bpm: float
    onsets_per_s: float
    centroid_hz: float
    slope_db_per_octave: float
    crest_db: float
    loudness_range_lu: float
    in_scale: float
    repetition: float
    energy_correlation: float
    hit_strength: float  # against the median beat


class Similarity(NamedTuple):
    """How alike two pieces are: harmony by beat, attacks by sixteenth, and those away from the hits that both have."""

    chroma: float
    rhythm: float
    between_hits: float


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    styles = arguments.styles or [style.id for style in list_styles()]
    table: dict[str, Measures] = {}
    alike: dict[str, Similarity] = {}
    stretches: dict[str, list[list[Array]]] = {"train": [], "test": []}
    for style in styles:
        test = [hear(style, seed) for seed in TEST_SEEDS[: arguments.test]]
        heard = [spectrogram(rendered.audio) for rendered in test]
        table[style] = _mean([measure(rendered, sound) for rendered, sound in zip(test, heard, strict=True)])
        pairs = [similarity(style, rendered, sound) for rendered, sound in zip(test, heard, strict=True)]
        alike[style] = Similarity(*np.mean(pairs, axis=0).tolist())
        stretches["test"].append([stretch_features(sound) for sound in heard])
        stretches["train"].append(
            [stretch_features(spectrogram(hear(style, seed).audio)) for seed in TRAIN_SEEDS[: arguments.train]]
        )
        if arguments.write_docs:
            draw_bands(heard[0], DOCS / "pictures" / "styles" / f"{style}.png")
        if not arguments.json:
            print(_row(style, table[style], alike[style]), flush=True)
    confusion = tell_apart(stretches["train"], stretches["test"])
    accuracy = float(np.trace(confusion) / confusion.sum())
    if arguments.write_docs:
        _write_docs(table, alike, accuracy, arguments)
    if arguments.json:
        print(json.dumps(_figures(styles, table, alike, confusion, accuracy)))
    else:
        print(f"told apart on unseen seeds: {accuracy:.3f} of {int(confusion.sum())} pieces")
        print("\n".join(_confusions(styles, confusion)))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", nargs="+", choices=[style.id for style in list_styles()])
    parser.add_argument("--train", type=int, default=6, help="pieces of each style to learn from")
    parser.add_argument("--test", type=int, default=3, help="pieces of each style to measure and to ask about")
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table and pictures of docs/editors/styles.md"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def hear(
    style: str,
    seed: int,
    edit_seed: int | None = None,
    key: str | None = None,
    cuts: int = CUTS,
    soundfont: Path | None = None,
) -> Heard:
    """The piece of a seed for a random edit, in a key that the style chooses unless one is given.

    A SoundFont plays all that it can, whether it does that better or not.
    """
    plan = plan_piece(style, seed, edit_seed, key, cuts)
    piece = compose(plan)
    audio, _ = master(render(piece, seed, stems=False, soundfont=soundfont).mix, LOUDNESS_LUFS, TRUE_PEAK_DBTP)
    return Heard(plan, piece, audio)


def plan_piece(
    style: str, seed: int, edit_seed: int | None = None, key: str | None = None, cuts: int = CUTS
) -> ScorePlan:
    """The plan of that piece."""
    edit_seed = seed if edit_seed is None else edit_seed
    sheet = random_edit(edit_seed, cuts)
    return plan_score(
        sheet,
        Direction(shot_energies=arc(len(sheet.shots), edit_seed)),
        seed,
        tempo_range_bpm=tempo_range(style),
        style=style,
        mood="",
        key=key or choose_key(style, seed),
    )


def arc(shots: int, seed: int) -> tuple[float, ...]:
    """Energies that climb from quiet to full and fall away at the end, the height at a place of the seed's choice."""
    height = float(np.random.default_rng((seed, 7)).uniform(0.55, 0.8))
    place = (np.arange(shots) + 0.5) / shots
    return tuple(np.interp(place, (0, height, min(height + 0.12, 0.95), 1), (0.2, 0.95, 0.9, 0.35)).tolist())


def measure(heard: Heard, sound: Spectrogram) -> Measures:
    try:
        hits = measures.hit_strength(sound, heard.plan)
    except ValueError:
        hits = float("nan")
    return Measures(
        tempo_bpm=measures.tempo_bpm(heard.plan),
        onsets_per_s=features.onset_density(sound),
        centroid_hz=features.spectral_centroid_hz(sound),
        slope_db_per_octave=features.spectral_slope_db(sound),
        crest_db=features.crest_factor_db(heard.audio),
        loudness_range_lu=loudness_range_lu(heard.audio),
        in_scale=measures.share_in_scale(heard.piece, heard.plan.key),
        repetition=measures.repetition(sound, heard.plan),
        energy_correlation=measures.energy_correlation(heard.audio, heard.plan),
        hit_strength=hits,
    )


def similarity(style: str, one: Heard, sound: Spectrogram) -> Similarity:
    """How alike two seeds are, for the same edit and in the same key."""
    other = spectrogram(hear(style, one.plan.seed + 1, edit_seed=one.plan.seed, key=one.plan.key).audio)
    return Similarity(
        measures.chroma_similarity(sound, other, one.plan),
        measures.onset_similarity(sound, other, one.plan),
        measures.onset_similarity(sound, other, one.plan, between_hits=True),
    )


def _mean(pieces: list[Measures]) -> Measures:
    rows = [asdict(piece) for piece in pieces]
    return Measures(**{name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]})


_COLUMNS = {
    "style": "{0}",
    "BPM": "{1.tempo_bpm:.0f}",
    "onsets/s": "{1.onsets_per_s:.1f}",
    "centroid Hz": "{1.centroid_hz:.0f}",
    "slope dB/oct": "{1.slope_db_per_octave:.1f}",
    "crest dB": "{1.crest_db:.1f}",
    "range LU": "{1.loudness_range_lu:.1f}",
    "in scale": "{1.in_scale:.2f}",
    "repetition": "{1.repetition:.2f}",
    "follows energy": "{1.energy_correlation:.2f}",
    "hits / beats": "{1.hit_strength:.1f}",
    "chroma alike": "{2.chroma:.2f}",
    "rhythm alike": "{2.rhythm:.2f}",
    "between hits": "{2.between_hits:.2f}",
}


def _row(style: str, figures: Measures, alike: Similarity) -> str:
    return " | ".join(cell.format(style, figures, alike) for cell in _COLUMNS.values())


def _confusions(styles: list[str], confusion: NDArray[np.int64]) -> list[str]:
    return [
        f"  {styles[true]} heard as {styles[said]}: {confusion[true, said]}"
        for true, said in zip(*np.nonzero(confusion - np.diag(np.diag(confusion))), strict=True)
    ]


def _figures(
    styles: list[str],
    table: dict[str, Measures],
    alike: dict[str, Similarity],
    confusion: NDArray[np.int64],
    accuracy: float,
) -> dict[str, object]:
    return {
        "styles": {style: asdict(table[style]) for style in styles},
        "alike": {style: means._asdict() for style, means in alike.items()},
        "accuracy": accuracy,
        "confusion": confusion.tolist(),
    }


def _write_docs(
    table: dict[str, Measures], alike: dict[str, Similarity], accuracy: float, arguments: argparse.Namespace
) -> None:
    page = DOCS / "editors" / "styles.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    rows = [f"| {_row(f'`{style}`', table[style], alike[style])} |" for style in table]
    head = f"| {' | '.join(_COLUMNS)} |\n|---|{'--:|' * (len(_COLUMNS) - 1)}"
    told = (
        f"Told apart by the classifier: {accuracy:.0%} of {arguments.test * len(table)} pieces with unseen seeds, "
        f"after learning from {arguments.train} of each style."
    )
    pictures = "\n".join(f"| `{style}` | ![{style}](../pictures/styles/{style}.png) |" for style in table)
    measured = (
        "\n".join([head, *rows]) + f"\n\n{told}\n\n| style | twenty seconds, 30 Hz to 18 kHz |\n|---|---|\n{pictures}"
    )
    page.write_text(f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
