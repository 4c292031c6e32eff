"""The table of an evaluation: what was heard, against ceiling, floor and gates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from vem_core.corpus.labels import CorpusLabels
from vem_core.evaluation.heard import Heard
from vem_core.evaluation.listening import SoundFigures
from vem_core.evaluation.performing import CEILING, FLOOR, MODEL, REAL
from vem_core.evaluation.probabilities import ProbabilityFigures
from vem_core.evaluation.results import Row
from vem_core.evaluation.styles import Array, StyleClassifier, frechet_distance

MOST_FLOOR_DB = 3.0
"""Of a band's quiet floor over the real one: about what one hears as more noise when both are played in turn."""

LEAST_DISPERSION = 0.95


@dataclass(frozen=True)
class Judged:
    """What the table is made of. `others`: stretch features of as many other real pieces."""

    pieces: list[CorpusLabels]
    heard: list[Heard]
    classifier: StyleClassifier
    styles: tuple[str, ...]
    others: list[Array]
    trackers: tuple[str, ...]

    def each(self, name: str, measure: Callable[[SoundFigures], float]) -> Array:
        """A measure of that variant of every piece, (pieces,)."""
        return np.array([measure(piece.figures[name]) for piece in self.heard], float)

    def three(self, measure: Callable[[SoundFigures], float]) -> tuple[float, float, float]:
        """Means of the model, the ceiling and the floor."""
        model, ceiling, floor = (_mean(self.each(name, measure)) for name in (MODEL, CEILING, FLOOR))
        return model, ceiling, floor


def table_rows(judged: Judged, aligner: ProbabilityFigures | None, speed_s: float) -> list[Row]:
    """The rows in the card's order."""
    return [
        *_beat_rows(judged),
        *_music_rows(judged),
        *_noise_rows(judged),
        *_style_rows(judged),
        Row("aligner AUC", aligner.auc if aligner else None, None, 0.5, 0.9, "at least"),
        Row("aligner calibration error", aligner.calibration_error if aligner else None),
        *_codec_rows(judged),
        Row("30 s of music, warm, s", speed_s, None, None, 15.0, "at most", True, 1),
    ]


def _beat_rows(judged: Judged) -> Iterator[Row]:
    for place, tracker in enumerate(judged.trackers):
        name = "our tracker" if tracker == "auto" else tracker
        model, ceiling, floor = judged.three(lambda one, by=tracker: one.tracked[by].beat_f)  # type: ignore[misc]
        limit = 0.95 * ceiling if place == 0 else None
        yield Row(f"beat F at 70 ms, {name}", model, ceiling, floor, limit, "0.95 of the ceiling")
        hits = judged.three(lambda one, by=tracker: one.tracked[by].hits.ms_70)  # type: ignore[misc]
        yield Row(f"cuts hit at 70 ms, {name}", *hits)


def _music_rows(judged: Judged) -> Iterator[Row]:
    chords = judged.three(lambda one: one.chords)
    yield Row("chord agreement", *chords, 0.8 * chords[1], "0.8 of the ceiling")
    yield Row("energy correlation with the plan", *judged.three(lambda one: one.energy), 0.8, "at least")
    model, ceiling, floor = (_loudness(judged.heard, name) for name in (MODEL, CEILING, FLOOR))
    yield Row("loudness curve against the render's", model, ceiling, floor)


def _noise_rows(judged: Judged) -> Iterator[Row]:
    contrast = judged.three(lambda one: one.contrast_db)
    limit = 0.8 * contrast[1]
    yield Row("tones over the noise floor, dB", *contrast, limit, "0.8 of the ceiling", digits=1)
    model, ceiling, floor = (_floor_excess_db(judged.heard, name) for name in (MODEL, CEILING, FLOOR))
    means = (_mean(model), _mean(ceiling), _mean(floor))
    yield Row("quiet floor over the render's, dB", *means, MOST_FLOOR_DB, "at most", True, 1)
    worst = (float(model.max()), float(ceiling.max()), float(floor.max()))
    yield Row("quiet floor, worst third of an octave, dB", *worst, digits=1)
    model_spread, floor_spread = (_dispersion(judged.heard, name) for name in (MODEL, FLOOR))
    yield Row("dispersion of the latents", model_spread, 1.0, floor_spread, LEAST_DISPERSION, "at least")


def _style_rows(judged: Judged) -> Iterator[Row]:
    model, ceiling, floor = (_accuracy(judged, name) for name in (MODEL, CEILING, FLOOR))
    yield Row("style accuracy", model, ceiling, floor, 0.8 * ceiling, "0.8 of the ceiling")
    real = _embedded(judged.classifier, judged.others)

    def distance(name: str) -> float:
        made = _embedded(judged.classifier, [piece.figures[name].stretches for piece in judged.heard])
        return frechet_distance(made, real)

    between = distance(REAL)
    yield Row("Fréchet distance between two real sets", between)
    limit = 3 * between
    yield Row(
        "Fréchet distance",
        distance(MODEL),
        distance(CEILING),
        distance(FLOOR),
        limit,
        "3 times two real sets'",
        at_most=True,
    )


def _codec_rows(judged: Judged) -> Iterator[Row]:
    fidelity = np.array([piece.fidelity for piece in judged.heard if piece.fidelity is not None])
    pitch, shift, distance_db = np.nanmean(fidelity, axis=0).tolist()
    yield Row("VAE and vocoder: chroma agreement", pitch, 1.0, None, 0.95, "at least")
    yield Row("VAE and vocoder: onset shift, ms", shift, 0.0, None, 5.0, "at most", True, 1)
    yield Row("VAE and vocoder: log-spectral distance, dB", distance_db, 0.0, None, digits=1)


def _mean(values: Array) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def _floor_excess_db(heard: list[Heard], name: str) -> Array:
    """How far a variant's floor lies above the composer's own rendering's, mean over the pieces: (bands,)."""
    excess = [piece.figures[name].quiet_db - piece.figures[REAL].quiet_db for piece in heard]
    return np.asarray(np.mean(excess, axis=0))


def _dispersion(heard: list[Heard], name: str) -> float:
    """The spread of a variant's latents over that of the composer's own rendering's, mean over the pieces."""
    return _mean(np.array([piece.spreads[name] / piece.spreads[REAL] for piece in heard]))


def _loudness(heard: list[Heard], name: str) -> float:
    """Mean correlation of a variant's level with the composer's own rendering's."""
    pairs = [(piece.figures[name].loudness_curve, piece.figures[REAL].loudness_curve) for piece in heard]
    found = [np.corrcoef(made, real)[0, 1] for made, real in pairs if made.std() > 0 and real.std() > 0]
    return float(np.mean(found)) if found else float("nan")


def _accuracy(judged: Judged, name: str) -> float:
    named = [judged.styles[judged.classifier.name(piece.figures[name].stretches)] for piece in judged.heard]
    return float(np.mean([said == piece.plan.style for said, piece in zip(named, judged.pieces, strict=True)]))


def _embedded(classifier: StyleClassifier, pieces: Iterable[Array]) -> Array:
    return np.concatenate([classifier.embed(stretches) for stretches in pieces])
