"""Models that do not ship with the product: what they are, what may be done with them, how a user gets them.

Nothing here downloads. A user fetches a model's folder on any machine and copies it into `local_models_folder()`; what
a folder holds is told by the readers of `vem_core.backbones`, strictly. Sizes are those of the files, rounded.
"""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vem_core.contract.errors import ModelMissing
from vem_core.contract.service import APP_NAME


class LocalRole(enum.StrEnum):
    """What a model is for."""

    MUSIC = "music"
    PARSER = "parser"
    EYES = "eyes"


@dataclass(frozen=True)
class Source:
    """One way to get a model's folder. `repository` is its name where the authors, or others, publish it."""

    what: str
    repository: str
    size_gb: float
    without: tuple[str, ...] = ()  # patterns of files that are not needed
    note: str = ""

    def command(self, folder: str) -> str:
        """What fetches it on a machine with a network."""
        left_out = "".join(f' --exclude "{pattern}"' for pattern in self.without)
        return f"hf download {self.repository} --local-dir {folder}{left_out}"


@dataclass(frozen=True)
class LocalModel:
    """A model that a user may install. Its folder has its id as name."""

    id: str
    name: str
    role: LocalRole
    licence: str  # short; `vem_core.delivery.rights` says what may be done with the music
    sources: tuple[Source, ...]
    note: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies, or would lie."""
        return local_models_folder() / self.id

    @property
    def is_there(self) -> bool:
        """Whether somebody put something there; whether it is whole is another question."""
        return self.folder.is_dir() and any(self.folder.iterdir())


_GATED = "behind a form; to be converted for diffusers"

LOCAL_MODELS = (
    LocalModel(
        "ace-step-1.5",
        "ACE-Step 1.5",
        LocalRole.MUSIC,
        "MIT",
        (
            Source("2B turbo, as its authors publish it", "ACE-Step/Ace-Step1.5", 6.5, ("acestep-5Hz-lm-*/*",)),
            Source("XL turbo (about 4B), for diffusers", "ACE-Step/acestep-v15-xl-turbo-diffusers", 11.0),
            Source("XL base, for diffusers", "ACE-Step/acestep-v15-xl-base-diffusers", 11.0),
            Source("2B turbo, for diffusers", "Runware/acestep-v15-turbo-diffusers", 6.3, note="by third parties"),
            Source("2B base, for diffusers", "Runware/acestep-v15-base-diffusers", 6.3, note="by third parties"),
        ),
        "48 kHz stereo. One source is enough; turbo is fast, base is what an adapter is trained on.",
    ),
    LocalModel(
        "stable-audio-3",
        "Stable Audio 3",
        LocalRole.MUSIC,
        "Stability AI Community License; its text encoder under the Gemma terms",
        (
            Source("medium", "stabilityai/stable-audio-3-medium", 6.5, note=_GATED),
            Source("small", "stabilityai/stable-audio-3-small", 2.5, note=_GATED),
        ),
        "44.1 kHz stereo. What its authors publish (model.safetensors, model_config.json) has to be converted to "
        "diffusers' layout first, by the script of diffusers' repository.",
    ),
    LocalModel(
        "audioldm2",
        "AudioLDM 2",
        LocalRole.MUSIC,
        "CC BY-NC-SA 4.0",
        (Source("music", "cvssp/audioldm2-music", 4.5),),
        "16 kHz mono: the backbone of VeM's paper, for comparison. Not for paid work.",
    ),
    LocalModel(
        "qwen2.5-vl",
        "Qwen2.5-VL",
        LocalRole.PARSER,
        "Apache-2.0 (7B); the 3B is licensed for research only",
        (
            Source("7B", "Qwen/Qwen2.5-VL-7B-Instruct", 16.6),
            Source("3B", "Qwen/Qwen2.5-VL-3B-Instruct", 7.5, note="for research only"),
        ),
        "Looks at the shots and says what they show: `--parser qwen2.5-vl`.",
    ),
    LocalModel(
        "siglip",
        "SigLIP",
        LocalRole.EYES,
        "Apache-2.0",
        (
            Source("base, 224 pixels", "google/siglip-base-patch16-224", 0.8),
            Source("SigLIP 2 base, 224 pixels", "google/siglip2-base-patch16-224", 1.5),
        ),
        "Sees what shots show in place of the small image network, people and moods too. Not in its NaFlex form.",
    ),
    LocalModel(
        "clip",
        "CLIP",
        LocalRole.EYES,
        "MIT",
        (Source("ViT-B/32", "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", 0.6, ("*.bin", "open_clip_*")),),
        "As SigLIP, which is preferred where both are there.",
    ),
)


def local_models_folder() -> Path:
    """Where a user puts models that do not ship with the product; `VEM_MODELS` may name another folder."""
    chosen = os.environ.get("VEM_MODELS")
    return Path(chosen) if chosen else platformdirs.user_data_path(APP_NAME) / "models"


def local_model(model_id: str) -> LocalModel:
    """The model with that id. Raises ModelMissing."""
    for model in LOCAL_MODELS:
        if model.id == model_id:
            return model
    raise ModelMissing(
        f"There is no model {model_id!r} to install; there are: {', '.join(model.id for model in LOCAL_MODELS)}.",
        model=model_id,
    )
