"""An evaluation from beginning to end: render, perform, listen, compare."""

from __future__ import annotations

import contextlib
import dataclasses
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import soundfile
import torch

from vem_core.audio.features import spectrogram
from vem_core.audio.types import Audio
from vem_core.composer.styles import list_styles
from vem_core.contract.errors import InputError
from vem_core.contract.processes import spawn_context
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.evaluation.fidelity import agreement, chroma, heard_onsets, log_spectral_distance_db, onset_errors
from vem_core.evaluation.held_out import (
    HeldOutPiece,
    Learnt,
    classifier_piece,
    held_out_piece,
    other_stretches,
    style_number,
)
from vem_core.evaluation.listening import SoundFigures, listen
from vem_core.evaluation.paired import Paired
from vem_core.evaluation.performing import CEILING, FLOOR, MODEL, REAL, Performer, judge_experiments
from vem_core.evaluation.pictures import draw_bands
from vem_core.evaluation.probabilities import ProbabilityFigures, judge_probabilities
from vem_core.evaluation.results import Evaluation, Row
from vem_core.evaluation.styles import Array, StyleClassifier, frechet_distance
from vem_core.evaluation.variants import fully_conditioned
from vem_core.models.base import shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.sampling import DEFAULT_SETTINGS, SamplingSettings
from vem_core.parsing.text import TextEncoder
from vem_core.rhythm.tracking.registry import available_trackers

T = TypeVar("T")
Say = Callable[[str], None]
Fidelity = tuple[float, float, float]
"""Chroma agreement, onset shift in ms, log-spectral distance in dB."""


SPEED_S = 30.0


@dataclass(frozen=True)
class EvaluationPlan:
    """How much is done."""

    pieces: int = 50
    experiments: int = 50  # of the pieces also go through the experiments
    classifier_pieces: int = 104  # real renders that the style classifier learns from
    examples: int = 6  # pieces whose sounds and pictures are kept
    workers: int = 1
    trackers: tuple[str, ...] = ()  # none: all that are installed
    settings: SamplingSettings = DEFAULT_SETTINGS


@dataclass(frozen=True)
class _Heard:
    """All that was heard of one piece."""

    piece: HeldOutPiece
    figures: dict[str, SoundFigures]
    fidelity: Fidelity | None  # of real to ceiling, where that was played
    on_beat: tuple[np.ndarray, np.ndarray]  # the aligner's probabilities and what is true


def evaluate(pipeline: VemPipeline, encoder: TextEncoder, plan: EvaluationPlan, folder: Path, say: Say) -> Evaluation:
    """Evaluate a pipeline on its device; examples go to `folder`."""
    performer = Performer(pipeline, encoder, plan.settings)
    trackers = plan.trackers or available_trackers()
    with _pool(plan.workers) as pool:
        say("rendering real music")
        classifier = _classifier(list(pool.map(classifier_piece, range(plan.classifier_pieces))))
        others = list(pool.map(other_stretches, range(plan.pieces)))
        playing = _Playing(performer, pool, trackers, plan.experiments, plan.examples, folder / "examples")
        heard = playing.hear(plan, say)
    speed_s = _speed(performer)
    aligner = _judge_aligner(heard)
    rows = _rows(heard, classifier, others, trackers, aligner, speed_s)
    return Evaluation(
        shipped_sha256(pipeline.components),
        pipeline.device.type,
        _machine(pipeline.device),
        plan.pieces,
        _settings(plan.settings),
        tuple(rows),
        aligner,
        _judge(heard[: plan.experiments], classifier, trackers[0]),
        trackers,
    )


def add_experiments(
    found: Evaluation, pipeline: VemPipeline, encoder: TextEncoder, plan: EvaluationPlan, say: Say
) -> Evaluation:
    """An evaluation of the same weights and settings with its experiments done anew, and nothing else.

    Raises InputError for an evaluation of others.
    """
    if (found.model_sha256, found.settings) != (shipped_sha256(pipeline.components), _settings(plan.settings)):
        raise InputError("That evaluation is of other weights or settings.", hint="Run `vem evaluate` without it.")
    plan = dataclasses.replace(plan, pieces=plan.experiments)
    with _pool(plan.workers) as pool:
        say("rendering real music")
        classifier = _classifier(list(pool.map(classifier_piece, range(plan.classifier_pieces))))
        performer = Performer(pipeline, encoder, plan.settings)
        playing = _Playing(performer, pool, found.trackers[:1], plan.experiments, compared=False)
        heard = playing.hear(plan, say)
    return dataclasses.replace(found, experiments=_judge(heard, classifier, found.trackers[0]))


def _judge(heard: list[_Heard], classifier: StyleClassifier, tracker: str) -> dict[str, dict[str, Paired]]:
    return judge_experiments(
        [piece.piece for piece in heard],
        [piece.figures for piece in heard],
        tracker,
        lambda figures: classifier.name(figures.stretches),
    )


@dataclass(frozen=True)
class _Played:
    """A piece that was played; its sounds may still be listened to."""

    piece: HeldOutPiece
    sounds: dict[str, Future[SoundFigures]]
    fidelity: Future[Fidelity] | None

    def heard(self, pipeline: VemPipeline) -> _Heard:
        """When everything has been listened to."""
        figures = {name: future.result() for name, future in self.sounds.items()}
        fidelity = self.fidelity.result() if self.fidelity is not None else None
        return _Heard(self.piece, figures, fidelity, _aligner_says(pipeline, self.piece))


@dataclass(frozen=True)
class _Playing:
    """Plays pieces, and has them listened to by others.

    The first `experiments` pieces go through the experiments, which the first tracker alone judges; `compared` also
    plays what the table compares the model with.
    """

    performer: Performer
    listeners: Executor
    trackers: tuple[str, ...]
    experiments: int
    examples: int = 0
    folder: Path = Path()
    compared: bool = True

    def hear(self, plan: EvaluationPlan, say: Say) -> list[_Heard]:
        """Every piece, when everything has been listened to."""
        pieces = list(self.listeners.map(held_out_piece, range(plan.pieces)))
        played: list[_Played] = []
        with _players(self.performer.pipeline, plan.workers) as players:
            for piece in players.map(self.play, range(plan.pieces), pieces):
                played.append(piece)
                say(f"played {len(played)} of {plan.pieces} pieces")
        return [piece.heard(self.performer.pipeline) for piece in played]

    def play(self, index: int, piece: HeldOutPiece) -> _Played:
        """The piece of that number in all its variants."""
        sounds: dict[str, Future[SoundFigures]] = {}
        kept: dict[str, Audio] = {}
        experiments = index < self.experiments
        for name, audio in self.performer.perform(piece, compared=self.compared, experiments=experiments):
            in_table = name in (REAL, CEILING, MODEL, FLOOR)
            trackers = self.trackers if in_table else self.trackers[:1]
            sounds[name] = self.listeners.submit(listen, audio, piece.labels, trackers)
            if in_table:
                kept[name] = audio
        if index < self.examples:
            _keep_example(self.folder, piece, kept)
        if not self.compared:
            return _Played(piece, sounds, None)
        return _Played(piece, sounds, self.listeners.submit(_fidelity, kept[REAL], kept[CEILING], piece))


@contextlib.contextmanager
def _players(pipeline: VemPipeline, workers: int) -> Iterator[Executor]:
    """Who plays: on the CPU as many as listen, one thread each, which gets further than all on one piece."""
    if pipeline.device.type != "cpu" or workers <= 1:
        yield _Inline()
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(workers) as players:
            yield players
    finally:
        torch.set_num_threads(threads)


def _rows(
    heard: list[_Heard],
    classifier: StyleClassifier,
    others: list[Array],
    trackers: tuple[str, ...],
    aligner: ProbabilityFigures | None,
    speed_s: float,
) -> list[Row]:
    def mean(name: str, measure: Callable[[SoundFigures], float]) -> float:
        values = np.array([measure(piece.figures[name]) for piece in heard], float)
        return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")

    def three(measure: Callable[[SoundFigures], float]) -> tuple[float, float, float]:
        return mean(MODEL, measure), mean(CEILING, measure), mean(FLOOR, measure)

    rows = []
    for place, tracker in enumerate(trackers):
        model, ceiling, floor = three(lambda one, tracker=tracker: one.tracked[tracker].beat_f)  # type: ignore[misc]
        name = "our tracker" if tracker == "auto" else tracker
        limit = 0.95 * ceiling if place == 0 else None
        rows.append(Row(f"beat F at 70 ms, {name}", model, ceiling, floor, limit, "0.95 of the ceiling"))
        hits = three(lambda one, tracker=tracker: one.tracked[tracker].hits.ms_70)  # type: ignore[misc]
        rows.append(Row(f"cuts hit at 70 ms, {name}", *hits))
    chords = three(lambda one: one.chords)
    rows.append(Row("chord agreement", *chords, 0.8 * chords[1], "0.8 of the ceiling"))
    rows.append(Row("energy correlation with the plan", *three(lambda one: one.energy), 0.8, "at least"))
    model, ceiling, floor = (_loudness(heard, name) for name in (MODEL, CEILING, FLOOR))
    rows.append(Row("loudness curve against the render's", model, ceiling, floor))
    contrast = three(lambda one: one.contrast_db)
    rows.append(Row("tones over the noise floor, dB", *contrast, 0.8 * contrast[1], "0.8 of the ceiling", digits=1))
    styles = [style_number(piece.piece.labels.plan.style) for piece in heard]

    def accuracy(name: str) -> float:
        named = [classifier.name(piece.figures[name].stretches) for piece in heard]
        return float(np.mean(np.array(named) == np.array(styles)))

    ceiling = accuracy(CEILING)
    rows.append(Row("style accuracy", accuracy(MODEL), ceiling, accuracy(FLOOR), 0.8 * ceiling, "0.8 of the ceiling"))
    real = _embedded(classifier, others)

    def distance(name: str) -> float:
        return frechet_distance(_embedded(classifier, [piece.figures[name].stretches for piece in heard]), real)

    between = distance(REAL)
    rows.append(Row("Fréchet distance between two real sets", between))
    limit = 3 * between
    rows.append(
        Row(
            "Fréchet distance",
            distance(MODEL),
            distance(CEILING),
            distance(FLOOR),
            limit,
            "3 times two real sets'",
            True,
        )
    )
    rows.append(Row("aligner AUC", aligner.auc if aligner else None, None, 0.5, 0.9, "at least"))
    rows.append(Row("aligner calibration error", aligner.calibration_error if aligner else None))
    fidelity = np.array([piece.fidelity for piece in heard if piece.fidelity is not None])
    pitch, shift, distance_db = np.nanmean(fidelity, axis=0).tolist()
    rows.append(Row("VAE and vocoder: chroma agreement", pitch, 1.0, None, 0.95, "at least"))
    rows.append(Row("VAE and vocoder: onset shift, ms", shift, 0.0, None, 5.0, "at most", True, 1))
    rows.append(Row("VAE and vocoder: log-spectral distance, dB", distance_db, 0.0, None, digits=1))
    rows.append(Row("30 s of music, warm, s", speed_s, None, None, 15.0, "at most", True, 1))
    return rows


def _loudness(heard: list[_Heard], name: str) -> float:
    """Mean correlation of a variant's level with the composer's own rendering's."""
    pairs = [(piece.figures[name].loudness_curve, piece.figures[REAL].loudness_curve) for piece in heard]
    found = [np.corrcoef(made, real)[0, 1] for made, real in pairs if made.std() > 0 and real.std() > 0]
    return float(np.mean(found)) if found else float("nan")


def _embedded(classifier: StyleClassifier, pieces: Iterable[Array]) -> Array:
    return np.concatenate([classifier.embed(stretches) for stretches in pieces])


def _classifier(learnt: list[Learnt]) -> StyleClassifier:
    styles = range(len(list_styles()))
    return StyleClassifier.fit([[render.stretches for render in learnt if render.style == style] for style in styles])


def _fidelity(real: Audio, back: Audio, piece: HeldOutPiece) -> Fidelity:
    """Chroma agreement, median displacement of what sets in on the beats in ms, and log-spectral distance in dB."""
    one, other = (sound.mean(axis=0, dtype=np.float64) for sound in (real, back))
    beats = np.array([beat.samples for beat in piece.labels.plan.beats])
    shifts, _ = onset_errors(one, other, heard_onsets(one, beats))
    shift = float(np.median(np.abs(shifts))) if len(shifts) else float("nan")
    return agreement(chroma(one), chroma(other)), shift, log_spectral_distance_db(one, other)


def _aligner_says(pipeline: VemPipeline, piece: HeldOutPiece) -> tuple[np.ndarray, np.ndarray]:
    """The aligner's probabilities for the piece's cuts, and whether each is on a beat."""
    from vem_core.contract.request import ScoreRequest
    from vem_core.parsing.strips import cut_strips

    labels, config = piece.labels, pipeline.aligner.config
    request = ScoreRequest(labels.sheet, thumbnails=labels.thumbnails)
    strips = cut_strips(request, piece.jpegs, config.strip_frames, (config.size[0], config.size[1]))
    if not len(strips.cuts):
        return np.zeros(0), np.zeros(0, bool)
    with torch.inference_mode():
        said = pipeline.aligner(torch.from_numpy(strips.frames).to(pipeline.device)).logits.sigmoid()
    return said.double().cpu().numpy(), np.array([labels.cuts[cut].on_beat for cut in strips.cuts])


def _judge_aligner(heard: list[_Heard]) -> ProbabilityFigures | None:
    said, true = (np.concatenate([piece.on_beat[side] for piece in heard]) for side in (0, 1))
    return judge_probabilities(said, true.astype(bool)) if len(said) else None


def _speed(performer: Performer) -> float:
    """Seconds from the conditions' parts to mastered sound for 30 s of music, the second time round."""
    from vem_core.audio.mastering import master

    piece = next(
        made
        for made in (_long_piece(index) for index in range(50))
        if made.labels.plan.duration_samples == round(SPEED_S * SAMPLE_RATE_HZ)
    )
    elapsed = 0.0
    for _ in range(2):
        started = time.perf_counter()
        conditions = fully_conditioned(piece, performer.pipeline.aligner, performer.encoder)
        master(performer.play(piece, conditions), -16.0, -1.0)
        elapsed = time.perf_counter() - started
    return elapsed


def _long_piece(index: int) -> HeldOutPiece:
    from vem_core.corpus.labels import PieceId
    from vem_core.corpus.pieces import make_piece
    from vem_core.corpus.splits import Split

    made = make_piece(PieceId(Split.TEST, 3, index), round(SPEED_S * 25))
    return HeldOutPiece(made.labels, np.zeros((2, 0), np.float32), made.jpegs)


def _keep_example(folder: Path, piece: HeldOutPiece, sounds: dict[str, Audio]) -> None:
    """The sounds of a piece, and a picture of each."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{piece.labels.piece.index:02}-{piece.labels.plan.style}"
    for name, audio in sounds.items():
        soundfile.write(folder / f"{stem}-{name}.flac", audio.T, SAMPLE_RATE_HZ, subtype="PCM_16")
        draw_bands(spectrogram(audio), folder / f"{stem}-{name}.png")


def _settings(settings: SamplingSettings) -> dict[str, Any]:
    return {
        "solver": "Adams-Bashforth 2",
        "steps": settings.steps,
        "shift": settings.shift,
        "guidance": settings.guidance,
        "guided sigmas": list(settings.guided_sigmas),
        "adapter": settings.adapter_strength,
        "level guidance": settings.level_guidance,
        "window": settings.window_latents,
        "overlap": settings.overlap_latents,
    }


def _machine(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()}, {torch.get_num_threads()} threads"


def _pool(workers: int) -> Executor:
    if workers <= 1:
        return _Inline()
    return ProcessPoolExecutor(workers, mp_context=spawn_context(), initializer=torch.set_num_threads, initargs=(1,))


class _Inline(Executor):
    """Work that is done at once, in this process."""

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(function(*arguments, **named))
        return future

    def map(self, function: Callable[..., T], *iterables: Iterable[Any], **_: Any) -> Iterable[T]:  # type: ignore[override]
        return map(function, *iterables)
