"""The aligner that ships with vem-mini, for whoever plans."""

from __future__ import annotations

from vem_core.compute.model_store import ModelStore
from vem_core.models.aligner_network import AlignerNetwork
from vem_core.resources.registry import read_registry, verified_folder

_MODEL_ID, _PART = "vem-mini", "aligner"


def bundled_aligner(models: ModelStore) -> AlignerNetwork:
    """The transition-beat aligner, on the CPU, kept from job to job. Raises ModelMissing, WeightsDamaged."""
    entry = read_registry().entry(_MODEL_ID)
    return models.get("aligner", entry.sha256, lambda: AlignerNetwork.load(verified_folder(entry) / _PART))
