"""From a model's id to its folder, read in whichever layout it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vem_core.backbones.ace_official import AceOfficialFolder, is_official
from vem_core.backbones.layouts import ACE_PARTS, AUDIOLDM_PARTS, STABLE_AUDIO_PARTS, DiffusersFolder, ModelFolder
from vem_core.contract.errors import ModelMissing
from vem_core.resources.local_models import local_model

_PIPELINES = {
    "ace-step-1.5": ("AceStepPipeline", ACE_PARTS),
    "stable-audio-3": ("StableAudio3Pipeline", STABLE_AUDIO_PARTS),
    "audioldm2": ("AudioLDM2Pipeline", AUDIOLDM_PARTS),
}


class CheckedPart(NamedTuple):
    """A part that is whole."""

    name: str
    parameters: int


def open_model_folder(model_id: str, folder: Path | None = None) -> ModelFolder:
    """A backbone's folder, by default where a user is to put it.

    Raises ModelMissing where there is none, WeightsDamaged where it holds another model.
    """
    known = local_model(model_id)
    folder = folder or known.folder
    if not folder.is_dir():
        raise ModelMissing(
            f"{known.name} is not installed: there is no folder {folder}.",
            hint="`vem models` says how to get it.",
            model=model_id,
        )
    if (folder / "model_index.json").is_file():
        pipeline, parts = _PIPELINES[model_id]
        return DiffusersFolder(folder, pipeline, parts)
    if model_id == "ace-step-1.5" and is_official(folder):
        return AceOfficialFolder(folder)
    raise ModelMissing(
        f"{folder} does not hold {known.name}: there is neither a model_index.json nor another layout that is known.",
        hint="`vem models` says how to get it.",
        model=model_id,
    )


def check_model_folder(model_id: str, folder: Path | None = None) -> Iterator[CheckedPart]:
    """Each part of a backbone in turn. Raises as `open_model_folder` does, and at the first part that is not whole."""
    opened = open_model_folder(model_id, folder)
    for part in opened.parts:
        yield CheckedPart(part, opened.check(part))
