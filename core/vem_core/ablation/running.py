"""`vem ablate FOLDER`: every arm trained with the same steps, data and seeds, played on held-out pieces, judged.

FOLDER is a training folder in which `vem train vae` and `vem train aligner` are done, which all arms share.

    FOLDER/ablation/ARM/        an arm's training state, and its transformer and adapter once it is trained
    FOLDER/ablation/systems/    its music, a folder an arm, and `real`: the composer's own rendering
    FOLDER/ablation/table-4.md  .json, .csv, .png

Run it again to go on: arms and pieces that are done stay.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from vem_core.ablation.arms import ARMS, Arm, arm_by_id
from vem_core.audio.files import write_audio
from vem_core.audio.types import Audio
from vem_core.contract.errors import InputError
from vem_core.evaluation.held_out import HeldOutPiece, held_out_piece
from vem_core.evaluation.performing import Performer
from vem_core.evaluation.variants import fully_conditioned
from vem_core.generation.vem_mini import default_settings
from vem_core.judging.films import Film, FilmCut, FilmManifest, FilmSet
from vem_core.judging.hearing import Ears
from vem_core.judging.judgement import Judgement
from vem_core.judging.judging import Sources, judge
from vem_core.judging.systems import System
from vem_core.judging.writing import write_judgement
from vem_core.models.sampling import SamplingSettings
from vem_core.models.transformer import VemTransformer
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.parsing.text import MiniLmEncoder, TextEncoder
from vem_core.rhythm.tracking.registry import tracker_by_id
from vem_core.training.diffusion import (
    LDM_SCHEDULE,
    DiffusionTraining,
    LatentSets,
    latent_sets,
    train_transformer,
    training_of,
)
from vem_core.training.music_stage import MusicStage, add_corpus_arguments, open_stage
from vem_core.training.release import assemble_pipeline

STEPS = 2_000
REAL = "real"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem ablate`."""
    add_corpus_arguments(parser)
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of every arm (default: {STEPS})")
    parser.add_argument("--clips", type=int, help="clips a batch and process (default: by the device)")
    parser.add_argument("--judged", type=int, default=26, help="held-out pieces to judge on (default: 26)")
    parser.add_argument("--arms", nargs="+", metavar="ARM", help=f"default: {' '.join(arm.id for arm in ARMS)}")


def run(arguments: argparse.Namespace) -> int:
    """Train what is not trained, play what is not played, judge."""
    arms = [arm_by_id(arm_id) for arm_id in arguments.arms] if arguments.arms else list(ARMS)
    for part in ("vae", "aligner"):
        if not (arguments.folder / part / WEIGHTS_FILE).is_file():
            raise InputError(
                f"{arguments.folder} has no trained {part}, which all arms share.",
                hint=f"First: vem train {part} {arguments.folder}.",
            )
    stage = open_stage("ablation", LDM_SCHEDULE, arguments)
    train_arms(stage, arms)
    encoder = MiniLmEncoder(arguments.encoder)
    pieces = [held_out_piece(index) for index in range(arguments.judged)]
    play_arms(stage, arms, pieces, encoder)
    judgement = judge_arms(stage.folder, arms, pieces, Ears.load(tracker_by_id()))
    write_judgement(judgement, stage.folder / "ablation", "table-4")
    sys.stdout.write((stage.folder / "ablation" / "table-4.md").read_text(encoding="utf-8"))
    return 0


def train_arms(stage: MusicStage, arms: Sequence[Arm]) -> None:
    """Every arm that is not trained yet: the same tape, batches, noise and first weights, only its own conditions."""
    waiting = [arm for arm in arms if not (_folder(stage, arm) / "transformer" / WEIGHTS_FILE).is_file()]
    if not waiting:
        return
    training = training_of(stage)
    sets = latent_sets(stage, training)
    with sets.held:
        _train_waiting(stage, waiting, training, sets)


def _train_waiting(stage: MusicStage, waiting: Sequence[Arm], training: DiffusionTraining, sets: LatentSets) -> None:
    for arm in waiting:
        own = dataclasses.replace(stage, name=f"ablation of {arm.id}", folder=_folder(stage, arm))
        own.folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(stage.seed)
        transformer = _transformer(stage, arm).to(stage.team.device)
        adapter = stage.pipeline.adapter.to(stage.team.device) if arm.adapter else None
        altered = dataclasses.replace(training, alter=arm.alter)
        train_transformer(transformer, adapter, sets.held, altered, own.books(), sets.held_out)
        if adapter is not None:
            own.save("adapter", adapter)
        own.save("transformer", transformer)


def play_arms(stage: MusicStage, arms: Sequence[Arm], pieces: Sequence[HeldOutPiece], encoder: TextEncoder) -> None:
    """The held-out pieces as every trained arm plays them, from the same noise, and as they really are."""
    systems = stage.folder / "ablation" / "systems"
    for piece in pieces:
        _keep(systems / REAL / file_of(piece), piece.real())
    for arm in arms:
        pipeline = assemble_pipeline(stage.folder, stage.preset, _folder(stage, arm)).to(stage.team.device)
        performer = Performer(pipeline, encoder, settings_of(arm))
        for piece in pieces:
            path = systems / arm.id / file_of(piece)
            if not path.is_file():
                stage.say(f"{arm.id}: {path.stem}")
                conditions = arm.alter(fully_conditioned(piece, pipeline.aligner, encoder))
                _keep(path, performer.play(piece, conditions).audio)


def judge_arms(folder: Path, arms: Sequence[Arm], pieces: Sequence[HeldOutPiece], ears: Ears) -> Judgement:
    """The table, the composer's own rendering first; held against it, piece by piece, where real music is needed."""
    systems = folder / "ablation" / "systems"
    manifest = FilmManifest("Table 4, held-out pieces", "1", tuple(film_of(piece) for piece in pieces))
    real = System(REAL, systems / REAL, "plain")
    judged = [System(arm.name, systems / arm.id, "plain") for arm in arms]
    return judge([real, *judged], FilmSet(manifest, folder), ears, Sources(real), lambda text: None)


def settings_of(arm: Arm) -> SamplingSettings:
    """How an arm is sampled. Level guidance is off in all of them: it knows the plan."""
    usual = default_settings()
    return dataclasses.replace(
        usual,
        guidance=usual.guidance if arm.guidance else 1.0,
        shot_guidance=usual.shot_guidance if arm.guidance else None,
        adapter_strength=usual.adapter_strength if arm.adapter else 0.0,
        level_guidance=False,
    )


def film_of(piece: HeldOutPiece) -> Film:
    """A held-out piece's film, as judgements know films."""
    labels, sheet = piece.labels, piece.labels.sheet
    return Film(
        Path(file_of(piece)).stem,
        sheet.rate,
        sheet.duration_frames,
        tuple(FilmCut(cut.record_frames, cut.extent_frames) for cut in sheet.cuts),
        caption=labels.captions[0],
        shots=tuple(shot.captions[0] for shot in labels.shots),
    )


def file_of(piece: HeldOutPiece) -> str:
    """What a piece's music is called."""
    return f"piece-{piece.labels.piece.index:03}.flac"


def _transformer(stage: MusicStage, arm: Arm) -> VemTransformer:
    """The preset's untrained transformer with the arm's form of the mask; the same weights in every arm."""
    fresh = stage.pipeline.transformer
    # not by from_config, which gives back the default where the fresh one was made with it
    sizes = {name: value for name, value in fresh.config.items() if not name.startswith("_")}
    made = VemTransformer(**{**sizes, "mask_form": arm.mask_form})
    made.load_state_dict(fresh.state_dict())
    return made


def _folder(stage: MusicStage, arm: Arm) -> Path:
    return stage.folder / "ablation" / arm.id


def _keep(path: Path, sound: Audio) -> None:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, sound)
