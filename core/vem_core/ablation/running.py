"""`vem ablate FOLDER`: every arm trained with the same steps, data and seeds, played on held-out pieces, judged.

All arms share VAE and aligner: those of a model (`--codec-of vem-mini`), or else FOLDER's own, in which `vem train vae`
and `vem train aligner` are done.

    FOLDER/ablation/ARM/        an arm's training state, and its transformer and adapter once it is trained
    FOLDER/ablation/losses/     every arm's loss on each held-out piece
    FOLDER/ablation/systems/    its music, a folder an arm, and `real`: the composer's own rendering
    FOLDER/ablation/table-4.md  what each part earns, and the judgement, which is also judged.json, .csv, .png

Run it again to go on: arms and pieces that are done stay.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from vem_core.ablation.arms import ARMS, Arm, arm_by_id
from vem_core.ablation.codec import SHARED, borrow_codec
from vem_core.ablation.films import film_set, name_of, piece_name
from vem_core.ablation.losses import latents_of, piece_loss
from vem_core.ablation.parts import page_of
from vem_core.audio.files import write_audio
from vem_core.audio.types import Audio
from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.errors import InputError
from vem_core.evaluation.held_out import HeldOutPiece, held_out_piece
from vem_core.evaluation.performing import Performer
from vem_core.evaluation.variants import fully_conditioned
from vem_core.generation.vem_mini import default_settings
from vem_core.judging.hearing import Ears
from vem_core.judging.judgement import Judgement
from vem_core.judging.judging import Sources, judge
from vem_core.judging.systems import System
from vem_core.judging.writing import write_judgement
from vem_core.models.pipeline import VemPipeline
from vem_core.models.presets import untrained_pipeline
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
from vem_core.training.example_shards import seconds_of
from vem_core.training.music_stage import MusicStage, add_corpus_arguments, open_stage
from vem_core.training.recipe import chosen_recipe
from vem_core.training.release import assemble_pipeline

STEPS = 2_000
REAL = "real"
PAGE, JUDGED = "table-4.md", "judged"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem ablate`."""
    add_corpus_arguments(parser)
    parser.add_argument(
        "--codec-of", metavar="MODEL", help="share VAE and aligner of a model that ships, or of a saved one"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of every arm (default: {STEPS})")
    parser.add_argument("--rate", type=float, help=f"learning rate (default: {LDM_SCHEDULE.learning_rate})")
    parser.add_argument("--clips", type=int, help="clips a batch and process (default: by the device)")
    parser.add_argument("--judged", type=int, default=26, help="held-out pieces to play and judge, or 0 (default: 26)")
    parser.add_argument("--weighed", type=int, default=52, help="held-out pieces to take the loss of (default: 52)")
    parser.add_argument("--arms", nargs="+", metavar="ARM", help=f"default: {' '.join(arm.id for arm in ARMS)}")


def run(arguments: argparse.Namespace) -> int:
    """Train what is not trained, play what is not played, judge."""
    arms = [arm_by_id(arm_id) for arm_id in arguments.arms] if arguments.arms else list(ARMS)
    recipe = chosen_recipe(arguments, "ablation")
    if arguments.codec_of is not None:
        borrow_codec(arguments.folder, arguments.codec_of, untrained_pipeline(recipe.preset, recipe.seed))
    for part in SHARED:
        if not (arguments.folder / part / WEIGHTS_FILE).is_file():
            raise InputError(
                f"{arguments.folder} has no trained {part}, which all arms share.",
                hint=f"First: vem train {part} {arguments.folder}; or --codec-of vem-mini.",
            )
    stage = open_stage("ablation", LDM_SCHEDULE, arguments)
    train_arms(stage, arms)
    encoder = MiniLmEncoder(arguments.encoder)
    losses = weigh_arms(stage, arms, arguments.weighed, encoder)
    judgement = None
    if arguments.judged:
        pieces = [held_out_piece(index) for index in range(arguments.judged)]
        play_arms(stage, arms, pieces, encoder)
        judgement = judge_arms(stage, arms, pieces, Ears.load(tracker_by_id()))
        write_judgement(judgement, stage.folder / "ablation", JUDGED)
    page = page_of(judgement, losses, facts_of(stage, arms, arguments.codec_of))
    write_bytes(stage.folder / "ablation" / PAGE, page.encode())
    sys.stdout.write(page)
    return 0


def facts_of(stage: MusicStage, arms: Sequence[Arm], codec_of: str | None) -> str:
    """How the arms were trained, in a sentence."""
    minutes, pieces = seconds_of(stage.shards) / 60, sum(len(shard.examples) for shard in stage.shards)
    codec = "of this folder" if codec_of is None else f"of {codec_of}"
    clips, steps = training_of(stage).clips, stage.schedule.steps
    return (
        f"{len(arms)} arms on the preset `{stage.preset}`, VAE and aligner {codec}: {steps} steps each,\n"
        f"{clips} clips a step, from {pieces} composed pieces ({minutes:.0f} minutes), seed {stage.seed}."
    )


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


def weigh_arms(stage: MusicStage, arms: Sequence[Arm], pieces: int, encoder: TextEncoder) -> dict[str, list[float]]:
    """Each trained arm's loss on each of the first held-out pieces, by the arm's id; kept piece by piece."""
    pipelines, losses = _pipelines(stage, arms), {arm.id: list[float]() for arm in arms}
    for index in range(pieces):
        path = stage.folder / "ablation" / "losses" / f"{piece_name(index)}.json"
        known: dict[str, float] = json.loads(path.read_bytes()) if path.is_file() else {}
        missing = [arm for arm in arms if arm.id not in known]
        if missing:
            stage.say(f"{piece_name(index)}: loss")
            piece, shared = held_out_piece(index), pipelines[missing[0].id]
            whole, latents = fully_conditioned(piece, shared.aligner, encoder), latents_of(shared.vae, piece.real())
            known |= {
                arm.id: piece_loss(pipelines[arm.id], arm.alter(whole), latents, adapter=arm.adapter, seed=index)
                for arm in missing
            }
            make_folder(path.parent)
            write_bytes(path, json.dumps(known).encode())
        for arm in arms:
            losses[arm.id].append(known[arm.id])
    return losses


def play_arms(stage: MusicStage, arms: Sequence[Arm], pieces: Sequence[HeldOutPiece], encoder: TextEncoder) -> None:
    """The held-out pieces as every trained arm plays them, from the same noise, and as they really are."""
    systems, pipelines = stage.folder / "ablation" / "systems", _pipelines(stage, arms)
    for piece in pieces:
        name = f"{name_of(piece)}.flac"
        if not (systems / REAL / name).is_file():
            _keep(systems / REAL / name, piece.real())
        missing = [arm for arm in arms if not (systems / arm.id / name).is_file()]
        if not missing:
            continue
        whole = fully_conditioned(piece, pipelines[missing[0].id].aligner, encoder)  # the aligner is shared
        for arm in missing:
            stage.say(f"{name_of(piece)}: {arm.id}")
            performer = Performer(pipelines[arm.id], encoder, settings_of(arm))
            _keep(systems / arm.id / name, performer.play(piece, arm.alter(whole)).audio)


def _pipelines(stage: MusicStage, arms: Sequence[Arm]) -> dict[str, VemPipeline]:
    """Every arm's pipeline, by its id."""
    return {
        arm.id: assemble_pipeline(stage.folder, stage.preset, _folder(stage, arm)).to(stage.team.device) for arm in arms
    }


def judge_arms(stage: MusicStage, arms: Sequence[Arm], pieces: Sequence[HeldOutPiece], ears: Ears) -> Judgement:
    """The table, the composer's own rendering first; held against it, piece by piece, where real music is needed."""
    folder = stage.folder / "ablation"
    systems, films = folder / "systems", film_set(pieces, folder)
    real = System(REAL, systems / REAL, "plain")
    judged = [System(arm.name, systems / arm.id, "plain") for arm in arms]
    return judge([real, *judged], films, ears, Sources(real), stage.say, folder / "heard")


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
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, sound)
