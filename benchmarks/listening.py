"""What an outside ear hears in our styles, and how far they lie from real music.

    python benchmarks/listening.py [--styles house rock] [--seeds 3] [--json]
                                   [--reference NAME=FOLDER ...] [--against rock=NAME ...]
                                   [--cuts 28] [--soundfont FILE]
    python benchmarks/listening.py --models sketch vem-mini [--styles ...] [--seeds 1] [--json]

The ear is musicnn, a tagger trained on real music that knows nothing of how ours is made: MagnaTagATune's network is
the one to tune on, the Million Song Dataset's stands beside it so that tuning cannot fool both. Each piece is heard for
30 seconds. Tags are means over pieces. Distances (kernel distance, unbiased, and Fréchet's) are between excerpts of ten
seconds of our pieces and of the sound files in a folder of references; nothing of those is kept. `--cuts 28` asks for
pieces of about 75 seconds, so that five of a style are 35 excerpts; `--soundfont` has the same notes played by samples.

`--models` lets models play the same held-out plans and compares them with the first (`models_heard.py` says how).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from models_heard import ModelsHeard, hear_models
from styles import CUTS, hear

from vem_core.audio.files import read_audio
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import AudioError
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.generation.registry import model_ids
from vem_core.judging.distances import frechet_distance, kernel_distance, with_interval
from vem_core.judging.mix import MixFigures, mix_figures
from vem_core.musicnn.tagger import TRAINING_SETS, Tagger

HEARD_S = 30
EXCERPT_S = 10
REFERENCE_EXCERPTS = 60
SOUNDS = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aiff", ".opus"})
FIRST_SEED = 100


def main() -> int:
    arguments = _arguments()
    torch.set_num_threads(1)
    taggers = {name: Tagger.load(name) for name in TRAINING_SETS}
    if arguments.models:
        return _compare_models(arguments, taggers)
    references = {name: _embeddings(taggers, _reference_excerpts(Path(folder))) for name, folder in arguments.reference}
    against = dict(arguments.against)
    figures: dict[str, object] = {}
    for style in arguments.styles or [style.id for style in list_styles()]:
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        sounds = [hear(style, seed, cuts=arguments.cuts, soundfont=arguments.soundfont).audio for seed in seeds]
        row = _heard(taggers, sounds)
        reference = references.get(against.get(style, ""))
        if reference is not None:
            row["distance"] = _distances(_embeddings(taggers, _excerpts(sounds)), reference)
        figures[style] = row
        if not arguments.json:
            print(_line(style, row), flush=True)
    if arguments.json:
        print(json.dumps(figures))
    return 0


def _compare_models(arguments: argparse.Namespace, taggers: Mapping[str, Tagger]) -> int:
    styles = arguments.styles or [style.id for style in list_styles()]

    def say(text: str) -> None:
        print(text, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    heard = hear_models(arguments.models, styles, arguments.seeds, taggers, say)
    print(json.dumps(asdict(heard)) if arguments.json else "\n".join(_summary(heard)))
    return 0


def _summary(heard: ModelsHeard) -> Iterator[str]:
    first = heard.models[0]
    for network, distances in heard.frechet.items():
        own = distances[first]
        rest = ", ".join(f"{model} {value:.1f} ({value / own:.2f} of it)" for model, value in distances.items())
        yield f"Fréchet by {network}, two sets of {first} {own:.1f}: {rest}"
    for model, styles in heard.not_behind.items():
        yield f"{model} not behind {first} by both networks' tags in {len(styles)}: {', '.join(styles)}"


def _arguments() -> argparse.Namespace:
    def pair(text: str) -> tuple[str, str]:
        name, _, value = text.partition("=")
        return name, value

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", nargs="+", choices=[style.id for style in list_styles()])
    parser.add_argument("--models", nargs="+", choices=model_ids(), default=[],
                        help="compare these, the first being the measure")  # fmt: skip
    parser.add_argument("--seeds", type=int, default=3, help="pieces of each style")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED, help="styles were tuned on seeds from 100 on")
    parser.add_argument("--reference", type=pair, action="append", default=[], metavar="NAME=FOLDER",
                        help="a folder of real music")  # fmt: skip
    parser.add_argument("--against", type=pair, action="append", default=[], metavar="STYLE=NAME",
                        help="which reference a style is held against")  # fmt: skip
    parser.add_argument("--cuts", type=int, default=CUTS, help="of the edits that pieces are composed for")
    parser.add_argument("--soundfont", type=Path, help="plays the same notes instead of the synthesiser")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _heard(taggers: Mapping[str, Tagger], sounds: list[np.ndarray]) -> dict[str, object]:
    cut = [sound[:, : HEARD_S * SAMPLE_RATE_HZ] for sound in sounds]
    row: dict[str, object] = {}
    for name, tagger in taggers.items():
        tags = np.mean([tagger.hear(sound, SAMPLE_RATE_HZ).tags.mean(axis=0) for sound in cut], axis=0)
        row[f"tags_{name}"] = dict(
            sorted(zip(tagger.labels, tags.round(3).tolist(), strict=True), key=lambda tag: -tag[1])
        )
    row["mix"] = _mean_figures([mix_figures(sound, SAMPLE_RATE_HZ) for sound in sounds])
    return row


def _mean_figures(figures: list[MixFigures]) -> dict[str, object]:
    rows = [asdict(figure) for figure in figures]
    return {name: np.mean([row[name] for row in rows], axis=0).round(2).tolist() for name in rows[0]}


def _excerpts(sounds: list[np.ndarray]) -> Iterator[np.ndarray]:
    length = EXCERPT_S * SAMPLE_RATE_HZ
    for sound in sounds:
        for start in range(0, sound.shape[1] - length + 1, length):
            yield sound[:, start : start + length]


def _reference_excerpts(folder: Path) -> Iterator[np.ndarray]:
    """Excerpts from every file of a folder in turn, as many from each."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUNDS)
    if not files:
        raise SystemExit(f"{folder} holds no sound files.")
    each = -(-REFERENCE_EXCERPTS // len(files))
    for path in files:
        try:
            found = list(_excerpts([read_audio(path)]))
        except AudioError:
            continue
        yield from (found[index] for index in np.linspace(0, len(found) - 1, min(each, len(found))).astype(int))


def _embeddings(taggers: Mapping[str, Tagger], excerpts: Iterator[np.ndarray]) -> dict[str, np.ndarray]:
    """(excerpts, 200) for each network."""
    heard = [{name: tagger.hear(sound, SAMPLE_RATE_HZ) for name, tagger in taggers.items()} for sound in excerpts]
    return {name: np.stack([tagged[name].embedding.mean(axis=0) for tagged in heard]) for name in taggers}


def _distances(ours: Mapping[str, np.ndarray], reference: Mapping[str, np.ndarray]) -> dict[str, object]:
    return {
        name: {
            "kernel": with_interval(kernel_distance, ours[name], reference[name]),
            "frechet": frechet_distance(ours[name], reference[name]),
            "excerpts": (len(ours[name]), len(reference[name])),
        }
        for name in ours
    }


def _line(style: str, row: Mapping[str, object]) -> str:
    parts = [f"{style:<12}"]
    for name in TRAINING_SETS:
        tags = row[f"tags_{name}"]
        assert isinstance(tags, dict)
        parts.append(f"{name}: " + " ".join(f"{tag} {share:.2f}" for tag, share in list(tags.items())[:4]))
    mix = row["mix"]
    assert isinstance(mix, dict)
    parts.append(
        f"tilt {mix['tilt_db_per_octave']:.1f}  low {mix['low_end_db']:.0f}  side {mix['side_db']:.1f}  "
        f"range {mix['loudness_range_lu']:.1f} LU"
    )
    distance = row.get("distance")
    if isinstance(distance, dict):
        parts.append("  ".join(f"{name} {measured['kernel'].value:.3f}" for name, measured in distance.items()))
    return " | ".join(parts)


if __name__ == "__main__":
    sys.exit(main())
