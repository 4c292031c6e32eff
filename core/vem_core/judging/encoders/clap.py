"""LAION-CLAP (Wu et al. 2023) through transformers: words beside sound."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import torch
from safetensors import SafetensorError

from vem_core.audio.types import Audio
from vem_core.contract.errors import ModelMissing
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_core.judging.encoders.base import Vector, read_config, unit


@dataclass(frozen=True)
class Clap:
    """A CLAP model. Sound longer than its window (10 s) is heard in windows, whose embeddings are averaged."""

    model: Any  # transformers.ClapModel
    features: Any  # transformers.ClapFeatureExtractor
    tokenizer: Any

    @classmethod
    def load(cls, folder: Path) -> Clap:
        """The model of a folder as `save_pretrained` writes it: model, feature extractor, tokenizer.

        Raises ModelMissing where one of them is missing, or the folder holds another kind of model.
        """
        from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

        kind = read_config(folder).get("model_type")
        if kind != "clap":
            raise ModelMissing(f"{folder} holds a model of the kind {kind!r}, not CLAP.")
        try:
            model = ClapModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
            features = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelMissing(f"CLAP cannot be loaded from {folder}: {error}.") from error
        return cls(model.eval(), features, tokenizer)

    @torch.inference_mode()
    def embed_text(self, text: str) -> Vector:
        """A description in words."""
        tokens = self.tokenizer([text], return_tensors="pt", truncation=True, padding=True)
        return unit(_pooled(self.model.get_text_features(**tokens)))

    @torch.inference_mode()
    def embed_sound(self, audio: Audio) -> Vector:
        """(2, T) sound at 48 kHz, mixed to mono."""
        rate_hz = int(self.features.sampling_rate)
        mono = soxr.resample(audio.mean(axis=0), SAMPLE_RATE_HZ, rate_hz, quality="HQ")
        window = int(self.features.max_length_s * rate_hz)
        starts = range(0, max(1, len(mono) - window // 2), window)  # a rest of half a window is heard, too
        parts = []
        for start in starts:
            heard = self.features(mono[start : start + window], sampling_rate=rate_hz, return_tensors="pt")
            parts.append(unit(_pooled(self.model.get_audio_features(**heard))))
        return unit(np.mean(parts, axis=0))


def _pooled(output: Any) -> np.ndarray:
    """The one vector of a batch of one; transformers gives it bare or in an output object, by version."""
    tensor = output if isinstance(output, torch.Tensor) else output.pooler_output
    return np.asarray(tensor[0].float().cpu().numpy())
