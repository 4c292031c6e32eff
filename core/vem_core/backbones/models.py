"""The backbones there are."""

from __future__ import annotations

from vem_core.backbones.ace_step import AceStep
from vem_core.backbones.audioldm import AudioLdm
from vem_core.backbones.base import Backbone
from vem_core.backbones.parts import Parts
from vem_core.backbones.stable_audio import StableAudio
from vem_core.contract.errors import ModelMissing

_BACKBONES: dict[str, type[AceStep] | type[StableAudio] | type[AudioLdm]] = {
    model.model_id: model for model in (AceStep, StableAudio, AudioLdm)
}


def backbone_by_id(model_id: str, parts: Parts) -> Backbone:
    """The backbone with that id, of these parts. Raises ModelMissing, WeightsDamaged."""
    if model_id not in _BACKBONES:
        raise ModelMissing(f"There is no backbone {model_id!r}; there are: {', '.join(_BACKBONES)}.", model=model_id)
    return _BACKBONES[model_id](parts)
