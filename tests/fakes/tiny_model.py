"""vem-mini with tiny random weights, registered as a model that ships."""

from __future__ import annotations

from pathlib import Path

from vem_core.models.presets import random_pipeline
from vem_core.resources.registry import ModelEntry, ModelRegistry, describe_files, registry_text


def ship_tiny_model(resources: Path, gates_met_on: tuple[str, ...] = ()) -> ModelEntry:
    """Save and register the weights under a resources folder."""
    name = "weights/vem-mini-0.1"
    random_pipeline("tiny").save_pretrained(resources / name)
    entry = ModelEntry(
        "vem-mini", "0.1", "music", name, describe_files(resources / name), "Apache-2.0", "cards/vem-mini.md",
        gates_met_on,
    )  # fmt: skip
    (resources / "models.json").write_text(registry_text(ModelRegistry((entry,))))
    return entry
