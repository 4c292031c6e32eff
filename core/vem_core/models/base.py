"""How a module of VeM's lies on disk: diffusers' layout, loaded strictly.

A folder holds `config.json` and one safetensors file. The file's header carries the class, the config and the SHA-256
of the tensors, so that it can be checked and understood without anything beside it. Whatever is missing, unknown, of
another shape, damaged or of another kind is an error; nothing is filled in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from diffusers.configuration_utils import ConfigMixin
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor

from vem_core.contract.errors import ModelMissing
from vem_core.models.weights_file import WEIGHTS_FILE, damaged, fill, pack_weights, unpack_weights


class VemModel(ModelMixin, ConfigMixin):
    """A module with a registered config, saved and loaded as one checked file."""

    config_name = "config.json"

    def save_pretrained(self, save_directory: str | Path, *, dtype: torch.dtype | None = None, **_: object) -> None:
        """Write `config.json` and the weights, as `dtype` if one is given. The same weights give the same bytes."""
        folder = Path(save_directory)
        folder.mkdir(parents=True, exist_ok=True)
        self.save_config(folder)
        tensors = {name: _stored(tensor, dtype) for name, tensor in self.state_dict().items()}
        (folder / WEIGHTS_FILE).write_bytes(pack_weights(tensors, type(self).__name__, plain_config(self)))

    @classmethod
    def from_pretrained(
        cls, folder: str | Path, *, subfolder: str | None = None, torch_dtype: torch.dtype | None = None, **_: object
    ) -> Self:
        """The module in a folder that `save_pretrained` wrote, in evaluation mode, as float32 unless told otherwise.

        Raises ModelMissing if there is no such folder, WeightsDamaged (details: reason, file) if anything differs.
        """
        where = Path(folder) / (subfolder or "")
        path = where / WEIGHTS_FILE
        if not path.is_file():
            raise ModelMissing(f"There is no {WEIGHTS_FILE} in {where}.", file=str(path))
        header, tensors = unpack_weights(path.read_bytes(), path)
        if header.class_name != cls.__name__:
            raise damaged(path, "class", f"it holds a {header.class_name}, not a {cls.__name__}")
        module = cls.from_config(header.config)
        _check_config(where, module.config_name, header.config, path)
        fill(module, tensors, path)
        return (module if torch_dtype in (None, torch.float32) else module.to(torch_dtype)).eval()


def plain_config(module: ConfigMixin) -> dict[str, Any]:
    """The registered config without diffusers' private entries, as JSON values."""
    public = {name: value for name, value in module.config.items() if not name.startswith("_")}
    return json.loads(json.dumps(public))


def shipped_sha256(parts: Mapping[str, object]) -> str:
    """A hash over the tensors of those parts that are modules, at half precision: as a release stores them.

    A model has the same one before it is released and after.
    """
    digest = hashlib.sha256()
    for name, part in sorted(parts.items()):
        if isinstance(part, torch.nn.Module):
            for tensor_name, tensor in sorted(part.state_dict().items()):
                digest.update(f"{name}.{tensor_name}".encode())
                digest.update(_stored(tensor, torch.float16).numpy().tobytes())
    return digest.hexdigest()


def _stored(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    kept = tensor.detach().cpu().contiguous()
    return kept.to(dtype) if dtype is not None and kept.is_floating_point() else kept


def _check_config(folder: Path, name: str, config: dict[str, Any], path: Path) -> None:
    beside = folder / name
    if not beside.is_file():
        raise damaged(path, "config", f"{name} is missing beside it")
    written = {name: value for name, value in json.loads(beside.read_text()).items() if not name.startswith("_")}
    if written != config:
        raise damaged(path, "config", f"{name} beside it says something else")
