"""Which models of music there are, and which one `auto` means."""

from __future__ import annotations

from collections.abc import Callable

from vem_core.contract.errors import ModelMissing
from vem_core.contract.request import Device
from vem_core.generation.base import Generator


def _sketch(device: Device) -> Generator:
    from vem_core.generation.sketch import SketchGenerator

    return SketchGenerator()


_MAKERS: dict[str, Callable[[Device], Generator]] = {"sketch": _sketch}


def model_ids() -> tuple[str, ...]:
    """The ids that `--model` accepts, beside `auto`."""
    return tuple(_MAKERS)


def generator_by_id(model_id: str, device: Device = Device.AUTO) -> Generator:
    """The model with that id, on that device; `auto` is the best one whose gates are met there.

    Raises ModelMissing for an id that does not exist or whose files are not installed.
    """
    if model_id == "auto":
        model_id = "sketch"  # no neural model meets its card's gates yet
    if model_id not in _MAKERS:
        raise ModelMissing(f"There is no model {model_id!r}; there are: auto, {', '.join(_MAKERS)}.", model=model_id)
    return _MAKERS[model_id](device)
