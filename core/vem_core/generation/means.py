"""What a model of music works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vem_core.compute.model_store import ModelStore
from vem_core.contract.request import Device
from vem_core.generation.preview import Preview


@dataclass(frozen=True)
class Means:
    """What a model works with: a device, the thumbnails of the request, the loaded models, how long windows may be."""

    device: Device = Device.AUTO
    attachments: Mapping[str, bytes] = field(default_factory=dict)  # by SHA-256
    models: ModelStore = field(default_factory=ModelStore)
    window_share: float = 1.0  # of the window lengths that a model would choose by itself
    scratch: Path | None = None  # a folder for long sound; None: all sound is held in memory
    preview: Preview | None = None  # where what is complete can be heard; None: nobody listens
