"""Tags and embeddings of sounds, as musicnn hears them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import platformdirs
import torch
from safetensors.torch import load_file

from vem_core.contract.errors import AudioError, ModelMissing
from vem_core.musicnn.conversion import convert
from vem_core.musicnn.network import Musicnn
from vem_core.musicnn.spectrogram import log_mel, patches

TRAINING_SETS = ("MTT", "MSD")
"""MagnaTagATune and the Million Song Dataset: two networks of one shape that were trained on different music."""

_VERSION = "0.1.0"


class Hearing(NamedTuple):
    """What was heard in a sound, patch by patch of three seconds."""

    tags: np.ndarray  # (B, 50), each 0..1
    embedding: np.ndarray  # (B, 200)


@dataclass(frozen=True)
class Tagger:
    """One of musicnn's trained networks."""

    training_set: str
    labels: tuple[str, ...]
    network: Musicnn

    @classmethod
    def load(cls, training_set: str, folder: Path | None = None) -> Tagger:
        """The network of a training set, of `TRAINING_SETS`.

        `folder` holds converted weights, or gets them; None: the user's cache. The `musicnn` distribution must be
        installed (`pip install --no-deps musicnn`). Raises ModelMissing.
        """
        package = _package()
        path = (folder or Path(platformdirs.user_cache_dir("vem-score", appauthor=False))) / (
            f"musicnn-{_VERSION}-{training_set}.safetensors"
        )
        if not path.is_file():
            convert(package / f"{training_set}_musicnn", path)
        network = Musicnn()
        network.load_state_dict(load_file(path))
        return cls(training_set, _labels(training_set), network.eval())

    @torch.inference_mode()
    def hear(self, sound: np.ndarray, sample_rate_hz: int) -> Hearing:
        """Tags and embeddings of a sound (channels, samples). Raises AudioError for less than three seconds."""
        cut = patches(log_mel(sound, sample_rate_hz))
        if len(cut) == 0:
            raise AudioError("A tagger hears three seconds at a time; this sound is shorter.")
        heard = self.network(cut)
        return Hearing(heard.tags.numpy(), heard.embedding.numpy())


def _package() -> Path:
    """The folder of the `musicnn` package, which is not imported: its code needs TensorFlow."""
    spec = importlib.util.find_spec("musicnn")
    locations = [] if spec is None else list(spec.submodule_search_locations or ())
    if not locations:
        raise ModelMissing(
            "musicnn, whose weights judge music from outside, is not installed.",
            hint="pip install --no-deps musicnn==0.1.0",
        )
    return Path(locations[0])


def _labels(training_set: str) -> tuple[str, ...]:
    from musicnn import configuration  # nothing but constants

    return tuple(configuration.MTT_LABELS if training_set == "MTT" else configuration.MSD_LABELS)
