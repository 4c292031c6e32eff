"""`--from MODEL`: a stage that begins with a model's weights instead of random ones.

Latents have the scale of the VAE that made them, and the adapter reads one aligner's features: what goes on from a
model therefore learns on its VAE and aligner, which are copied into the training folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from vem_core.contract.errors import InputError
from vem_core.models.base import VemModel, plain_config, shipped_sha256
from vem_core.models.pipeline import VemPipeline
from vem_core.models.transformer import VemTransformer
from vem_core.models.weights_file import WEIGHTS_FILE
from vem_core.training.music_stage import MusicStage
from vem_core.training.release import load_any

Part = TypeVar("Part", bound=VemModel)

BUNDLED = "vem-mini"
"""What `--from` calls the model that is bundled."""


def model_to_start_from(stage: MusicStage) -> VemPipeline | None:
    """The model that the stage's `start` names, its VAE and aligner in the training folder; None where it names none.

    `start` is a saved model, a training folder, or `vem-mini`. Raises ModelMissing, WeightsDamaged, and InputError
    where the folder has a VAE or aligner of other weights.
    """
    if not stage.start:
        return None
    pipeline = load_any(None if stage.start == BUNDLED else Path(stage.start), stage.preset)
    for name in ("vae", "aligner"):
        _keep(stage, name, getattr(pipeline, name))
    return pipeline


def started(fresh: Part, own: Part | None) -> Part:
    """The part that a model brings, ready to be trained; without one the fresh one. A transformer that reads less of
    the score than the preset's begins to read all of it.

    Raises InputError for one of another size than the preset's.
    """
    if own is None:
        return fresh
    if isinstance(own, VemTransformer) and own.config.score_channels < fresh.config.score_channels:
        own = own.reading(fresh.config.score_channels)
    if plain_config(own) != plain_config(fresh):
        raise InputError(
            f"The {type(own).__name__} to start from has another size than the preset's.",
            hint="Choose its --preset, or leave --from out.",
        )
    return own


def _keep(stage: MusicStage, name: str, part: VemModel) -> None:
    """Leave a frozen part in the training folder, unless it is there."""
    where = stage.folder / name
    if not (where / WEIGHTS_FILE).is_file():
        stage.save(name, part)
        return
    kept = type(part).from_pretrained(where)
    if shipped_sha256({name: kept}) != shipped_sha256({name: part}):
        raise InputError(
            f"{where} has other weights than the model to start from.",
            hint="Give --from a folder of its own.",
        )
