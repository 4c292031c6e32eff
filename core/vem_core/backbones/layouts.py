"""How a backbone's folder is laid out: which parts it has, and which class reads each.

The classes are ours to name. A folder's own files say sizes, never what is run: no code, no pickle.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import math
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from vem_core.compute.strict_weights import (
    StoredTensor,
    check_strictly,
    fill_strictly,
    load_transformers,
    read_json,
    skeleton,
    stored_tensors,
)
from vem_core.contract.errors import ModelMissing, WeightsDamaged

_ACE = "diffusers.pipelines.ace_step.modeling_ace_step"
_SA3 = "diffusers.pipelines.stable_audio_3.modeling_stable_audio_3"


class Reader(enum.Enum):
    """Who reads a part."""

    STRICT = "strict"  # ours: a skeleton, filled
    TRANSFORMERS = "transformers"  # its own, held to the same
    PLAIN = "plain"  # no weights: a tokenizer, a scheduler


@dataclasses.dataclass(frozen=True)
class PartSpec:
    """A part of a model: the class, where it is imported from, and who reads it."""

    name: str
    module: str
    class_name: str
    reader: Reader = Reader.STRICT
    rename: Callable[[str], str] | None = None  # names of an earlier version to those of the class

    def load_class(self) -> Any:
        """The class itself; imports diffusers or transformers."""
        return getattr(importlib.import_module(self.module), self.class_name)


class ModelFolder(Protocol):
    """A backbone's files, whatever their layout."""

    folder: Path
    parts: tuple[str, ...]

    def check(self, part: str) -> int:
        """Its parameters. Raises ModelMissing, WeightsDamaged, in a sentence, for a part that is not whole."""
        ...

    def numbers(self, part: str) -> int:
        """How many numbers its files hold; 0 of a part without weights. Raises ModelMissing, WeightsDamaged."""
        ...

    def load(self, part: str, dtype: torch.dtype | None = None) -> Any:
        """The part, its numbers as `dtype` (None: as stored). Raises ModelMissing, WeightsDamaged."""
        ...


class DiffusersFolder:
    """A folder as diffusers writes pipelines: `model_index.json`, and a folder a part.

    Raises ModelMissing, WeightsDamaged from the constructor where the index is missing or of another pipeline.
    """

    def __init__(self, folder: Path, pipeline: str, specs: tuple[PartSpec, ...]) -> None:
        index = read_json(folder / "model_index.json")
        found = index.get("_class_name")
        if found != pipeline:
            raise WeightsDamaged(
                f"{folder} holds another model: {str(found)[:60]}, not {pipeline}.", reason="class", file=str(folder)
            )
        self.folder = folder
        self.index = index
        self._specs = {spec.name: spec for spec in specs}
        self.parts = tuple(self._specs)

    def check(self, part: str) -> int:
        """See `ModelFolder.check`."""
        reader = self._specs[part].reader
        if reader is Reader.STRICT:
            module = self._skeleton(part)
            check_strictly(module, self._stored(part), part)
        else:
            module = self.load(part)
        return 0 if reader is Reader.PLAIN else sum(tensor.numel() for tensor in module.parameters())

    def numbers(self, part: str) -> int:
        """See `ModelFolder.numbers`."""
        return 0 if self._specs[part].reader is Reader.PLAIN else numbers_in(stored_tensors(self.folder / part))

    def load(self, part: str, dtype: torch.dtype | None = None) -> Any:
        """See `ModelFolder.load`."""
        spec, folder = self._specs[part], self.folder / part
        if spec.reader is Reader.STRICT:
            return fill_strictly(self._skeleton(part), self._stored(part), part, dtype)
        if spec.reader is Reader.TRANSFORMERS:
            return load_transformers(spec.load_class(), folder, dtype)
        return load_plain(spec, folder)

    def _skeleton(self, part: str) -> Any:
        spec = self._specs[part]
        return skeleton_of(spec.load_class(), read_json(self.folder / part / "config.json"), part)

    def _stored(self, part: str) -> dict[str, StoredTensor]:
        rename, stored = self._specs[part].rename, stored_tensors(self.folder / part)
        return stored if rename is None else {rename(name): place for name, place in stored.items()}


def numbers_in(stored: Mapping[str, StoredTensor]) -> int:
    """How many numbers so many tensors hold."""
    return sum(math.prod(tensor.shape) for tensor in stored.values())


def skeleton_of(model_class: Any, config: Mapping[str, Any], where: str) -> Any:
    """A skeleton of a diffusers class, sized by what of a config its constructor knows. Raises WeightsDamaged."""
    known = inspect.signature(model_class.__init__).parameters
    sizes = {name: value for name, value in config.items() if name in known}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of what the libraries' own code calls
            return skeleton(lambda: model_class(**sizes))
    except (TypeError, ValueError, AssertionError, RuntimeError, ZeroDivisionError, AttributeError, KeyError) as error:
        sentence = f"{where}/config.json is not that of a {model_class.__name__}."
        raise WeightsDamaged(sentence, reason="config") from error


def load_plain(spec: PartSpec, folder: Path) -> Any:
    """A tokenizer or scheduler. Raises ModelMissing, WeightsDamaged."""
    if not folder.is_dir():
        raise ModelMissing(f"{folder.parent.name} is not whole: {folder.name} is missing.", file=str(folder))
    try:
        return spec.load_class().from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsDamaged(f"{folder.name} cannot be read.", reason="format", file=str(folder)) from error


def _deprecated_attention(name: str) -> str:
    """The names that diffusers' attention had until 2023, which older autoencoders still carry."""
    for old, new in (("query", "to_q"), ("key", "to_k"), ("value", "to_v"), ("proj_attn", "to_out.0")):
        name = name.replace(f".attentions.0.{old}.", f".attentions.0.{new}.")
    return name


_SCHEDULER = PartSpec("scheduler", "diffusers", "FlowMatchEulerDiscreteScheduler", Reader.PLAIN)
_AUTO_TOKENIZER = PartSpec("tokenizer", "transformers", "AutoTokenizer", Reader.PLAIN)

ACE_PARTS = (
    PartSpec("vae", "diffusers", "AutoencoderOobleck"),
    PartSpec("text_encoder", "transformers", "Qwen3Model", Reader.TRANSFORMERS),
    _AUTO_TOKENIZER,
    PartSpec("transformer", "diffusers", "AceStepTransformer1DModel"),
    PartSpec("condition_encoder", _ACE, "AceStepConditionEncoder"),
)
"""What ACE-Step needs here. Its 5 Hz tokenizer serves covers only, its language model plans lyrics: neither is read."""

STABLE_AUDIO_PARTS = (
    PartSpec("vae", "diffusers", "AutoencoderSAME"),
    PartSpec("text_encoder", "transformers", "T5GemmaEncoderModel", Reader.TRANSFORMERS),
    _AUTO_TOKENIZER,
    PartSpec("duration_embedder", _SA3, "StableAudio3DurationEmbedder"),
    PartSpec("transformer", "diffusers", "StableAudio3DiTModel"),
    _SCHEDULER,
)

AUDIOLDM_PARTS = (
    PartSpec("vae", "diffusers", "AutoencoderKL", rename=_deprecated_attention),
    PartSpec("text_encoder", "transformers", "ClapModel", Reader.TRANSFORMERS),
    PartSpec("text_encoder_2", "transformers", "T5EncoderModel", Reader.TRANSFORMERS),
    PartSpec("projection_model", "diffusers", "AudioLDM2ProjectionModel"),
    # Folders name GPT2Model, which transformers 5 cannot step; the head's class reads the same tensors.
    PartSpec("language_model", "transformers", "GPT2LMHeadModel", Reader.TRANSFORMERS),
    PartSpec("tokenizer", "transformers", "RobertaTokenizer", Reader.PLAIN),
    PartSpec("tokenizer_2", "transformers", "T5Tokenizer", Reader.PLAIN),
    PartSpec("feature_extractor", "transformers", "ClapFeatureExtractor", Reader.PLAIN),
    PartSpec("unet", "diffusers", "AudioLDM2UNet2DConditionModel"),
    PartSpec("scheduler", "diffusers", "DDIMScheduler", Reader.PLAIN),
    PartSpec("vocoder", "transformers", "SpeechT5HifiGan", Reader.TRANSFORMERS),
)
