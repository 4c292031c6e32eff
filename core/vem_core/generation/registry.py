"""Which models of music there are, which of them can play here, and which one `auto` means."""

from __future__ import annotations

import functools
from collections.abc import Callable

from vem_core.compute.devices import torch_device
from vem_core.contract.errors import ModelMissing, VemError
from vem_core.contract.own_music import OWN_MUSIC
from vem_core.contract.request import Device
from vem_core.delivery.rights import caution_before
from vem_core.generation.base import Generator
from vem_core.generation.means import Means


def _sketch(means: Means) -> Generator:
    from vem_core.generation.sketch import SketchGenerator

    return SketchGenerator(means.device, means.scratch, means.preview)


def _vem_mini(means: Means) -> Generator:
    from vem_core.generation.vem_mini import VemMiniGenerator

    return VemMiniGenerator(
        means.device,
        attachments=means.attachments,
        models=means.models,
        window_share=means.window_share,
        scratch=means.scratch,
    )


def _backbone(model_id: str, means: Means) -> Generator:
    from vem_core.generation.backbone import BackboneGenerator

    return BackboneGenerator(model_id, means)


def _own_music(means: Means) -> Generator:
    from vem_core.generation.own_music import OwnMusicGenerator

    return OwnMusicGenerator(means.attachments, means.models)


_BACKBONES = ("ace-step-1.5", "stable-audio-3", "audioldm2")  # from the user's folders; the best first
_MAKERS: dict[str, Callable[[Means], Generator]] = {
    "sketch": _sketch,
    "vem-mini": _vem_mini,
    **{model_id: functools.partial(_backbone, model_id) for model_id in _BACKBONES},
}
_WITHOUT_WEIGHTS = frozenset({"sketch"})
_NEURAL = ("vem-mini",)  # that `auto` may mean, the best first


def model_ids() -> tuple[str, ...]:
    """The ids that `--model` accepts, beside `auto`."""
    return tuple(_MAKERS)


def missing_of(model_id: str) -> str:
    """What keeps a model from playing here, in words; empty if nothing does."""
    from vem_core.resources.local_models import local_model
    from vem_core.resources.registry import read_registry

    if model_id in _WITHOUT_WEIGHTS:
        return ""
    if model_id in _BACKBONES:
        model = local_model(model_id)
        return "" if model.is_there else f"{model.name} is not installed; `vem models` says how to get it."
    try:
        read_registry().entry(model_id)
    except VemError as error:
        return error.message
    return ""


def best_model(device: Device) -> str:
    """What `auto` means: the first neural model that is installed and meets its card's gates on that kind of device.

    Where there is none, it is `sketch`. A model whose music is not for paid work has to be named.
    """
    from vem_core.resources.registry import read_registry

    shipped = {entry.id: entry for entry in read_registry().models}
    kind = torch_device(device) if any(model in shipped for model in _NEURAL) else ""
    fit = (model for model in _NEURAL if model in shipped and kind in shipped[model].gates_met_on)
    return next((model for model in fit if not caution_before(model)), "sketch")


def works_in_windows(model_id: str, device: Device) -> bool:
    """Whether a model makes long music window by window, and so needs less memory for smaller ones."""
    return (best_model(device) if model_id == "auto" else model_id) in (*_NEURAL, *_BACKBONES)


def generator_by_id(model_id: str, means: Means | None = None) -> Generator:
    """The model with that id; `auto` is the best one whose gates are met on the device.

    Raises ModelMissing for an id that does not exist, whose files are not installed, or for a device that is not there.
    """
    means = means or Means()
    if model_id == "auto":
        model_id = best_model(means.device)
    if model_id == OWN_MUSIC:
        return _own_music(means)
    if model_id not in _MAKERS:
        raise ModelMissing(f"There is no model {model_id!r}; there are: auto, {', '.join(_MAKERS)}.", model=model_id)
    return _MAKERS[model_id](means)
