"""An evaluation from beginning to end: render, perform, listen, compare."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
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
from vem_core.compute.devices import one_thread
from vem_core.contract.errors import InputError
from vem_core.contract.processes import spawn_context
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.corpus.labels import CorpusLabels
from vem_core.evaluation.heard import Heard, HeardFiles, hear_piece
from vem_core.evaluation.held_out import (
    HeldOutPiece,
    classifier_piece,
    held_out_piece,
    judged_styles,
    other_stretches,
)
from vem_core.evaluation.paired import Paired
from vem_core.evaluation.performing import IN_TABLE, Performance, Performer, judge_experiments
from vem_core.evaluation.pictures import draw_bands
from vem_core.evaluation.probabilities import ProbabilityFigures, judge_probabilities
from vem_core.evaluation.results import Evaluation
from vem_core.evaluation.styles import StyleClassifier
from vem_core.evaluation.table import Judged, table_rows
from vem_core.evaluation.variants import fully_conditioned
from vem_core.models.base import shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.sampling import DEFAULT_SETTINGS, SamplingSettings
from vem_core.parsing.text import TextEncoder
from vem_core.rhythm.tracking.registry import available_trackers

T = TypeVar("T")
Say = Callable[[str], None]
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
    styles: tuple[str, ...] = ()  # that the pieces have; none: all there are
    real_music: Path | None = None  # a folder that keeps what was heard of real renders; None: in the evaluation's


def evaluate(pipeline: VemPipeline, encoder: TextEncoder, plan: EvaluationPlan, folder: Path, say: Say) -> Evaluation:
    """Evaluate a pipeline on its device; examples go to `folder`, and what was heard of each piece, as it is heard.

    Pieces that are there from an evaluation of the same weights and settings that was stopped are not played again.
    """
    performer, styles = Performer(pipeline, encoder, plan.settings), judged_styles(plan.styles)
    trackers = plan.trackers or available_trackers()
    files = HeardFiles(folder / "heard", f"{_origin(pipeline, plan, trackers)} {plan.experiments}")
    with _pool(plan.workers) as pool:
        say("rendering real music")
        real_music = plan.real_music or folder / "real"
        classifier = _learn_styles(pool, plan, styles, real_music)
        others = list(
            pool.map(functools.partial(other_stretches, styles=styles, folder=real_music), range(plan.pieces))
        )
        playing = _Playing(performer, pool, trackers, plan.experiments, plan.examples, folder / "examples", files=files)
        pieces, heard = playing.hear(plan, styles, say)
    labels, aligner = [piece.labels for piece in pieces], _judge_aligner(pipeline, pieces)
    rows = table_rows(Judged(labels, heard, classifier, styles, others, trackers), aligner, _speed(performer))
    return Evaluation(
        shipped_sha256(pipeline.components),
        pipeline.device.type,
        _machine(pipeline.device),
        plan.pieces,
        _settings(pipeline, plan.settings),
        tuple(rows),
        aligner,
        _judge(labels[: plan.experiments], heard[: plan.experiments], classifier, styles, trackers[0]),
        trackers,
        styles,
    )


def add_experiments(
    found: Evaluation, pipeline: VemPipeline, encoder: TextEncoder, plan: EvaluationPlan, folder: Path, say: Say
) -> Evaluation:
    """An evaluation of the same weights and settings with its experiments done anew, and nothing else.

    What was heard is kept in `folder`; stopped, it goes on from there, with as many pieces as are then asked for.
    Raises InputError for an evaluation of others.
    """
    styles = judged_styles(plan.styles)
    own = (shipped_sha256(pipeline.components), _settings(pipeline, plan.settings), styles)
    if (found.model_sha256, found.settings, found.styles) != own:
        raise InputError("That evaluation is of other weights, settings or styles.", hint="Run `vem evaluate` again.")
    plan = dataclasses.replace(plan, pieces=plan.experiments)
    with _pool(plan.workers) as pool:
        say("rendering real music")
        classifier = _learn_styles(pool, plan, styles, plan.real_music or folder / "real")
        performer = Performer(pipeline, encoder, plan.settings)
        files = HeardFiles(folder / "experiments", _origin(pipeline, plan, found.trackers[:1]))
        playing = _Playing(performer, pool, found.trackers[:1], plan.experiments, compared=False, files=files)
        pieces, heard = playing.hear(plan, styles, say)
    labels = [piece.labels for piece in pieces]
    return dataclasses.replace(found, experiments=_judge(labels, heard, classifier, styles, found.trackers[0]))


def _learn_styles(pool: Executor, plan: EvaluationPlan, styles: tuple[str, ...], real_music: Path) -> StyleClassifier:
    learn = functools.partial(classifier_piece, styles=styles, folder=real_music)
    learnt = list(pool.map(learn, range(plan.classifier_pieces)))
    return StyleClassifier.fit([[render.stretches for render in learnt if render.style == style] for style in styles])


def _judge(
    labels: list[CorpusLabels], heard: list[Heard], classifier: StyleClassifier, styles: tuple[str, ...], tracker: str
) -> dict[str, dict[str, Paired]]:
    figures = [piece.figures for piece in heard]
    return judge_experiments(labels, figures, tracker, lambda one: styles[classifier.name(one.stretches)])


def _origin(pipeline: VemPipeline, plan: EvaluationPlan, trackers: tuple[str, ...]) -> str:
    """All that what is heard of a piece depends on, beside the piece."""
    weights = shipped_sha256(pipeline.components)
    return f"{weights} {pipeline.device.type} {_settings(pipeline, plan.settings)} {trackers}"


@dataclass(frozen=True)
class _Playing:
    """Plays pieces, and has them listened to by others.

    The first `experiments` pieces go through the experiments; `compared` also plays what the table compares the model
    with. What `files` already holds is not played again.
    """

    performer: Performer
    listeners: Executor
    trackers: tuple[str, ...]
    experiments: int
    examples: int = 0
    folder: Path = Path()
    compared: bool = True
    files: HeardFiles | None = None

    def hear(self, plan: EvaluationPlan, styles: tuple[str, ...], say: Say) -> tuple[list[HeldOutPiece], list[Heard]]:
        """Every piece and what was heard of it, when everything has been listened to."""
        pieces = list(self.listeners.map(functools.partial(held_out_piece, styles=styles), range(plan.pieces)))
        known = {index: self._known(index, piece) for index, piece in enumerate(pieces)}
        waiting = [index for index, heard in known.items() if heard is None]
        heard: dict[int, Future[Heard]] = {}
        with _players(self.performer.pipeline, plan.workers) as players:
            played = players.map(self.play, waiting, [pieces[index] for index in waiting])
            for index, listening in zip(waiting, played, strict=True):
                heard[index] = listening
                say(f"played {len(pieces) - len(waiting) + len(heard)} of {len(pieces)} pieces")
        return pieces, [known[index] or heard[index].result() for index in range(len(pieces))]

    def play(self, index: int, piece: HeldOutPiece) -> Future[Heard]:
        """What will be heard of the piece of that number in all its variants."""
        performed = self.performer.perform(piece, compared=self.compared, experiments=index < self.experiments)
        played = dict(performed)
        if index < self.examples:
            _keep_example(self.folder, piece, played)
        return self.listeners.submit(hear_piece, index, piece.labels, played, self.trackers, self.files)

    def _known(self, index: int, piece: HeldOutPiece) -> Heard | None:
        return None if self.files is None else self.files.read(index, piece.labels)


@contextlib.contextmanager
def _players(pipeline: VemPipeline, workers: int) -> Iterator[Executor]:
    """Who plays: on the CPU as many as listen, one thread each, which gets further than all on one piece."""
    if pipeline.device.type != "cpu" or workers <= 1:
        yield _Inline()
        return
    with one_thread(), ThreadPoolExecutor(workers) as players:
        yield players


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


def _judge_aligner(pipeline: VemPipeline, pieces: list[HeldOutPiece]) -> ProbabilityFigures | None:
    answers = [_aligner_says(pipeline, piece) for piece in pieces]
    said, true = (np.concatenate([answer[side] for answer in answers]) for side in (0, 1))
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
        master(performer.play(piece, conditions).audio, -16.0, -1.0)
        elapsed = time.perf_counter() - started
    return elapsed


def _long_piece(index: int) -> HeldOutPiece:
    from vem_core.corpus.labels import PieceId
    from vem_core.corpus.pieces import make_piece
    from vem_core.corpus.splits import Split
    from vem_core.models.features import lead_sheet_of

    made = make_piece(PieceId(Split.TEST, 3, index), round(SPEED_S * 25))
    return HeldOutPiece(made.labels, lead_sheet_of(made.piece), lambda: np.zeros((2, 0), np.float32), made.jpegs)


def _keep_example(folder: Path, piece: HeldOutPiece, played: dict[str, Performance]) -> None:
    """The sounds of a piece that are in the table, and a picture of each."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{piece.labels.piece.index:02}-{piece.labels.plan.style}"
    for name in IN_TABLE:
        if name in played:
            audio = played[name].audio
            soundfile.write(folder / f"{stem}-{name}.flac", audio.T, SAMPLE_RATE_HZ, subtype="PCM_16")
            draw_bands(spectrogram(audio), folder / f"{stem}-{name}.png")


def _settings(pipeline: VemPipeline, settings: SamplingSettings) -> dict[str, Any]:
    stretched = [list(each) for each in pipeline.dispersion.factors]
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
    } | ({"dispersion": stretched} if stretched else {})


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
