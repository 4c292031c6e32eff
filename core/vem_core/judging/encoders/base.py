"""What an encoder is to the judge: something that puts two kinds of thing into one space.

CLAP puts words beside sound, LanguageBind puts films beside sound. Vectors are (width,) float32 of length 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vem_core.audio.types import Audio
from vem_core.contract.errors import ModelMissing
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular

Vector = NDArray[np.float32]
Frames = NDArray[np.uint8]
"""(frames, height, width, 3) RGB in order of time."""


class WordsAndSound(Protocol):
    """Words and sound in one space."""

    def embed_text(self, text: str) -> Vector:
        """A description in words."""
        ...

    def embed_sound(self, audio: Audio) -> Vector:
        """(2, T) sound at 48 kHz."""
        ...


class FilmAndSound(Protocol):
    """Moving pictures and sound in one space."""

    @property
    def frames_wanted(self) -> int:
        """How many frames, evenly spread, it looks at."""
        ...

    def embed_film(self, frames: Frames) -> Vector:
        """`frames_wanted` pictures in order of time."""
        ...

    def embed_sound(self, audio: Audio) -> Vector:
        """(2, T) sound at 48 kHz."""
        ...


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a model's folder, beside weights in safetensors. Raises ModelMissing where either lacks."""
    if not (folder / "model.safetensors").is_file():
        raise ModelMissing(
            f"{folder} holds no model.safetensors.",
            hint="Weights that are published as a pickle (.bin, .pt) have to be converted to safetensors first.",
        )
    try:
        config = json.loads(read_regular(folder / "config.json", MAX_TEXT_BYTES))
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{folder} holds no readable config.json: {error}.") from error
    if not isinstance(config, dict):
        raise ModelMissing(f"The config.json of {folder} is not a JSON object.")
    return config


def unit(vector: NDArray[np.floating]) -> Vector:
    """A vector at length 1; null stays null."""
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length > 0 else vector, np.float32)
