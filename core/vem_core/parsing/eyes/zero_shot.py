"""CLIP or SigLIP from a user's folder as eyes: pictures compared with sentences, things and moods alike.

Radford et al., "Learning transferable visual models from natural language supervision" (ICML 2021); Zhai et al.,
"Sigmoid loss for language image pre-training" (ICCV 2023). A picture is compared with what content words ask, with
moods, and with sentences that mean nothing to music, so that a picture of something else has where to go.

No such weights were at hand where this was written: the threshold is the one that EfficientNet-Lite0 was calibrated
for, taken on shares among all sentences, which sum to one for both kinds of model. That is a guess on the safe side.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vem_core.compute.devices import one_thread
from vem_core.compute.strict_weights import load_transformers, read_json, stored_tensors
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.parsing.eyes.base import HALF_SURE, Glance
from vem_core.parsing.eyes.content import content_words
from vem_core.parsing.pictures import Picture

KINDS = {"clip": "CLIPModel", "siglip": "SiglipModel"}
"""The models that can take the place of the small network: `model_type` in config.json, and its class. SigLIP 2 of a
fixed size is a "siglip"; its NaFlex form, which takes patches, is not."""

OF_NOTHING = (
    "a photo of a room",
    "an abstract picture",
    "a blurry picture",
    "a plain background",
    "a title with text",
)
"""What a picture may show that no content word means."""

MOODS = {
    "a happy and exciting scene": (0.8, 0.6),
    "a calm and pleasant scene": (0.6, -0.5),
    "a sad and gloomy scene": (-0.6, -0.4),
    "a frightening and violent scene": (-0.8, 0.7),
    "an ordinary scene": (0.0, 0.0),
}
"""Sentences and where they lie on valence and arousal, -1..1 (Russell 1980)."""

_SURE_MOOD = 0.5
"""The share that the likeliest mood must have before moods are spoken of."""

_MEAN, _SPREAD = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)


class ZeroShotEyes:
    """A CLIP or SigLIP in `folder`, as transformers lays it out; safetensors only, loaded when first used."""

    def __init__(self, folder: Path) -> None:
        self.eyes_id = f"zero-shot-1:{folder.name}"
        self._folder = folder
        self._loaded: tuple[Any, NDArray[np.float32], NDArray[np.float32]] | None = None
        side = int(_vision(folder).get("image_size", 224))
        self.size = (side, side)  # whole frames, squeezed: a crop would not see what stands at the edge
        wanted = folder / "preprocessor_config.json"
        told = read_json(wanted) if wanted.is_file() else {}
        self._mean = np.array(told.get("image_mean", _MEAN), np.float32)
        self._spread = np.array(told.get("image_std", _SPREAD), np.float32)

    def glance(self, picture: Picture) -> Glance:
        """See `Eyes.glance`."""
        import torch

        model, things, moods = self._load()
        pixels = torch.from_numpy(((picture - self._mean) / self._spread).transpose(2, 0, 1).copy())[None]
        with one_thread(), torch.inference_mode():
            embedded = model.get_image_features(pixel_values=pixels).pooler_output[0]
        seen = (embedded / embedded.norm()).numpy() * float(model.logit_scale.exp())
        shares = _shares(things @ seen)
        said = [
            (word.id, round(float(share), 3))
            for word, share in zip(content_words(), shares, strict=False)  # what means nothing comes after the words
            if share >= HALF_SURE
        ]
        felt = _shares(moods @ seen)
        affect = None
        if felt.max() >= _SURE_MOOD:
            valence, arousal = felt @ np.array(list(MOODS.values()))
            affect = round(float(valence), 3), round(float(arousal), 3)
        return Glance(tuple(sorted(said, key=lambda pair: -pair[1])), affect)

    def unload(self) -> None:
        """See `Eyes.unload`."""
        self._loaded = None

    def _load(self) -> tuple[Any, NDArray[np.float32], NDArray[np.float32]]:
        if self._loaded is None:
            import torch
            import transformers

            check_folder(self._folder)
            kind = KINDS[_kind(self._folder)]
            model = load_transformers(getattr(transformers, kind), self._folder, torch.float32)
            tokenizer = transformers.AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
            longest = model.config.text_config.max_position_embeddings

            def embedded(sentences: list[str]) -> NDArray[np.float32]:
                tokens = tokenizer(sentences, padding="max_length", max_length=longest, truncation=True,
                                   return_tensors="pt")  # fmt: skip
                given = {"input_ids": tokens["input_ids"]}
                if kind == "CLIPModel":  # SigLIP was trained to read its padding too
                    given["attention_mask"] = tokens["attention_mask"]
                with one_thread(), torch.inference_mode():
                    rows = model.get_text_features(**given).pooler_output
                vectors: NDArray[np.float32] = torch.nn.functional.normalize(rows, dim=-1).numpy()
                return vectors

            things = embedded([*(word.asks for word in content_words()), *OF_NOTHING])
            self._loaded = model, things, embedded(list(MOODS))
        return self._loaded


def check_folder(folder: Path) -> int:
    """How many tensors a folder of CLIP or SigLIP holds, by their headers. Raises ModelMissing, WeightsDamaged."""
    _kind(folder)
    if not (folder / "tokenizer.json").is_file():
        raise ModelMissing(f"{folder.name} is not whole: tokenizer.json is missing.", file=str(folder))
    return len(stored_tensors(folder))


def _kind(folder: Path) -> str:
    """Raises ModelMissing, WeightsDamaged."""
    kind = str(read_json(folder / "config.json").get("model_type"))
    if kind not in KINDS:
        raise WeightsDamaged(
            f"{folder.name} holds another model than CLIP or SigLIP.", reason="class", file=str(folder)
        )
    return kind


def _vision(folder: Path) -> dict[str, Any]:
    _kind(folder)
    found = read_json(folder / "config.json").get("vision_config")
    return found if isinstance(found, dict) else {}


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp((logits - logits.max()).astype(np.float64))
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares
