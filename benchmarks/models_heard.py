"""Models of music beside each other, by an ear from outside: `python benchmarks/listening.py --models sketch vem-mini`.

Every model plays the same held-out plans. The first one named is what the others are held against; of each style it
also plays a second set of other pieces, from which one learns how far two sets of its own lie apart.

tags       the shares, summed, of the tags that name the style or its instruments (`STYLE_TAGS`, chosen before anything
           was heard; a style has those that a network knows)
embedding  cosine of the mean embedding to that of the second set's pieces of the style
floor      how far the quiet tenth of each third of an octave lies above the first model's, the mean in dB
Fréchet    between all patches of three seconds of the model and of the second set
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vem_core.audio.mastering import master
from vem_core.audio.types import Audio
from vem_core.compute.model_store import ModelStore
from vem_core.contract.request import Device, ScoreRequest
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus.labels import parse_of
from vem_core.evaluation.held_out import JUDGED_SEED, OTHERS_SEED, HeldOutPiece, held_out_piece
from vem_core.evaluation.noise_floor import floor_excess_db
from vem_core.generation.means import Means
from vem_core.generation.registry import generator_by_id
from vem_core.judging.distances import frechet_distance
from vem_core.musicnn.tagger import Hearing, Tagger

LOUDNESS_LUFS, TRUE_PEAK_DBTP = -16.0, -1.0

STYLE_TAGS: dict[str, frozenset[str]] = {
    style: frozenset(tags.split(", "))
    for style, tags in {
        "acoustic": "guitar, acoustic, folk, country",
        "ambient": "ambient, new age, chillout, slow",
        "bossa-nova": "jazz, easy listening, guitar",
        "children": "happy, harp, flute",
        "chiptune": "electronic, synth, electro",
        "cinematic": "strings, classical, instrumental, violin",
        "corporate": "pop, piano, happy",
        "documentary": "piano, strings, instrumental, slow",
        "drum-and-bass": "electronic, fast, techno, dance",
        "fashion": "house, dance, electronic, techno",
        "funk": "funk, soul, guitar, beat",
        "hip-hop": "hip-hop, rnb, beat, beats",
        "horror": "weird, ambient, experimental",
        "house": "house, dance, techno, electronic",
        "indie-pop": "indie, indie pop, pop, guitar",
        "jazz": "jazz, piano",
        "latin": "dance, party, guitar",
        "lo-fi": "chill, chillout, mellow, beats, slow",
        "rock": "rock, guitar, hard rock, metal",
        "solo-piano": "piano, solo, classical",
        "soul": "soul, rnb, 70s",
        "sport": "rock, electronic, loud, drums",
        "string-quartet": "strings, violin, cello, classical",
        "synthwave": "80s, synth, electronic",
        "techno": "techno, electronic, dance",
        "tension": "ambient, strings, experimental",
        "trailer": "drums, loud, strings",
        "trap": "hip-hop, beat, beats, electronic",
        "waltz": "classical, strings, piano",
        "world": "indian, sitar, flute, new age",
    }.items()
}
"""Of `comedy`, `news` and `reggae` neither network has a word."""

Ears = Mapping[str, Tagger]
Play = Callable[[HeldOutPiece], Audio]


class HeardPiece(NamedTuple):
    """What a piece is by every network, and as sound."""

    audio: Audio
    by: Mapping[str, Hearing]


@dataclass(frozen=True)
class ModelsHeard:
    """Figures by style and model, distances by network, and in which styles which model is not behind the first."""

    models: tuple[str, ...]
    weights: dict[str, str]  # SHA-256 of vem-mini's, as `vem evaluate` has it
    styles: dict[str, dict[str, dict[str, object]]]
    frechet: dict[str, dict[str, float]]
    not_behind: dict[str, list[str]]


def hear_models(
    models: Sequence[str], styles: Sequence[str], pieces: int, ears: Ears, say: Callable[[str], None]
) -> ModelsHeard:
    """Let models play so many pieces of each style, and say what the networks hear. The first is the measure."""
    store = ModelStore()
    players = {model: _player(model, store) for model in models}
    patches: dict[str, dict[str, list[np.ndarray]]] = {name: {model: [] for model in ("", *models)} for name in ears}
    figures: dict[str, dict[str, dict[str, object]]] = {}
    for style in styles:
        others = [_listen(ears, players[models[0]](piece)) for piece in _pieces(style, OTHERS_SEED, pieces)]
        heard = {
            model: [_listen(ears, play(piece)) for piece in _pieces(style, JUDGED_SEED, pieces)]
            for model, play in players.items()
        }
        figures[style] = {model: _figures(style, ears, own, others, heard[models[0]]) for model, own in heard.items()}
        for name in ears:
            for model, own in {"": others, **heard}.items():
                patches[name][model].extend(piece.by[name].embedding for piece in own)
        say(line(style, figures[style]))
    return ModelsHeard(
        tuple(models),
        {model: _weights_sha256() for model in models if model == "vem-mini"},
        figures,
        {name: _distances(models, sets) for name, sets in patches.items()},
        {model: _not_behind(model, models[0], figures, tuple(ears)) for model in models[1:]},
    )


def _weights_sha256() -> str:
    from vem_core.generation.vem_mini import bundled_weights
    from vem_core.models.base import shipped_sha256
    from vem_core.models.pipeline import VemPipeline

    return shipped_sha256(VemPipeline.from_pretrained(bundled_weights()).components)


def line(style: str, figures: Mapping[str, Mapping[str, object]]) -> str:
    """A style's figures in a line."""
    parts = [f"{style:<15}"]
    for model, row in figures.items():
        shown = " ".join(f"{name} {'-' if value is None else f'{value:.2f}'}" for name, value in row.items())
        parts.append(f"{model}: {shown}")
    return " | ".join(parts)


def _player(model: str, store: ModelStore) -> Play:
    def play(piece: HeldOutPiece) -> Audio:
        labels = piece.labels
        request = ScoreRequest(
            labels.sheet,
            model=model,
            seed=labels.piece.index,
            thumbnails=labels.thumbnails,
            parse=parse_of(labels, 0),
        )
        generator = generator_by_id(model, Means(Device.CPU, piece.jpegs, store))
        made = generator.generate(request, labels.plan, lambda done, total: None)
        return master(made.mix, LOUDNESS_LUFS, TRUE_PEAK_DBTP)[0]

    return play


def _pieces(style: str, seed: int, pieces: int) -> Iterator[HeldOutPiece]:
    return (held_out_piece(index, seed, (style,)) for index in range(pieces))


def _listen(ears: Ears, audio: Audio) -> HeardPiece:
    return HeardPiece(audio, {name: tagger.hear(audio, SAMPLE_RATE_HZ) for name, tagger in ears.items()})


def _figures(
    style: str, ears: Ears, own: Sequence[HeardPiece], others: Sequence[HeardPiece], first: Sequence[HeardPiece]
) -> dict[str, object]:
    """Of a model's pieces of a style: tags and cosine by network, and the floor."""
    row: dict[str, object] = {}
    for name, tagger in ears.items():
        wanted = [place for place, tag in enumerate(tagger.labels) if tag.lower() in STYLE_TAGS.get(style, ())]
        tags = np.mean([piece.by[name].tags.mean(axis=0) for piece in own], axis=0)
        row[f"{name} tags"] = float(tags[wanted].sum()) if wanted else None
        row[f"{name} embedding"] = _cosine(_mean_embedding(own, name), _mean_embedding(others, name))
    excess = [floor_excess_db(one.audio, real.audio).mean() for one, real in zip(own, first, strict=True)]
    row["floor, dB"] = float(np.mean(excess))
    return row


def _mean_embedding(pieces: Sequence[HeardPiece], name: str) -> np.ndarray:
    return np.mean([piece.by[name].embedding.mean(axis=0) for piece in pieces], axis=0)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-12))


def _distances(models: Sequence[str], patches: Mapping[str, Sequence[np.ndarray]]) -> dict[str, float]:
    """Fréchet distance of every model's patches to the second set's; the first model's is that of two sets of its
    own."""
    second = np.concatenate(patches[""])
    return {model: frechet_distance(np.concatenate(patches[model]), second) for model in models}


def _not_behind(
    model: str, first: str, figures: Mapping[str, Mapping[str, Mapping[str, object]]], networks: Sequence[str]
) -> list[str]:
    """Styles in which the model's tags are at least the first's by every network that has a word for the style."""
    found = []
    for style, rows in figures.items():
        pairs = [(rows[model][f"{name} tags"], rows[first][f"{name} tags"]) for name in networks]
        known = [(own, other) for own, other in pairs if isinstance(own, float) and isinstance(other, float)]
        if known and all(own >= other for own, other in known):
            found.append(style)
    return found
