"""How a module of VeM's lies on disk: diffusers' layout, loaded strictly.

A folder holds `config.json` and one safetensors file. The file's header carries the class, the config and the SHA-256
of the tensors, so that it can be checked and understood without anything beside it. Whatever is missing, unknown, of
another shape, damaged or of another kind is an error; nothing is filled in.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import torch
from diffusers.configuration_utils import ConfigMixin
from diffusers.models.modeling_utils import ModelMixin
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from vem_core.contract.errors import ModelMissing, WeightsDamaged

WEIGHTS_FILE = "diffusion_pytorch_model.safetensors"
FORMAT = "vem-weights.1"


class WeightsHeader(NamedTuple):
    """What a weights file says about itself."""

    class_name: str
    config: dict[str, Any]
    body_sha256: str


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
            raise _damaged(path, "class", f"it holds a {header.class_name}, not a {cls.__name__}")
        module = cls.from_config(header.config)
        _check_config(where, module, path)
        _fill(module, tensors, path)
        return (module if torch_dtype in (None, torch.float32) else module.to(torch_dtype)).eval()


def plain_config(module: ConfigMixin) -> dict[str, Any]:
    """The registered config without diffusers' private entries, as JSON values."""
    public = {name: value for name, value in module.config.items() if not name.startswith("_")}
    return json.loads(json.dumps(public))


def pack_weights(tensors: dict[str, Tensor], class_name: str, config: dict[str, Any]) -> bytes:
    """A safetensors file whose header says what it holds. Deterministic."""
    raw = save_tensors(tensors)
    size = struct.unpack("<Q", raw[:8])[0]
    header, body = json.loads(raw[8 : 8 + size]), raw[8 + size :]
    header["__metadata__"] = {
        "format": "pt",
        "vem": FORMAT,
        "class": class_name,
        "config": json.dumps(config, sort_keys=True),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def unpack_weights(data: bytes, path: Path) -> tuple[WeightsHeader, dict[str, Tensor]]:
    """The header and tensors of such a file. Raises WeightsDamaged if it is cut short, altered or of another kind."""
    header, body = _split(data, path)
    metadata = header.pop("__metadata__", {})
    if metadata.get("vem") != FORMAT:
        raise _damaged(path, "format", "it was not written by this program")
    expected = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if len(body) != expected:
        raise _damaged(path, "truncated", f"it should hold {expected} bytes of weights and holds {len(body)}")
    if hashlib.sha256(body).hexdigest() != metadata["sha256"]:
        raise _damaged(path, "hash", "its weights are not those that were saved")
    return WeightsHeader(metadata["class"], json.loads(metadata["config"]), metadata["sha256"]), load_tensors(data)


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


def read_header(path: Path) -> WeightsHeader:
    """What a weights file says about itself, without reading its tensors."""
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        header, _ = _split(start + file.read(min(size, 2**26)), path)
    metadata = header.get("__metadata__", {})
    if metadata.get("vem") != FORMAT:
        raise _damaged(path, "format", "it was not written by this program")
    return WeightsHeader(metadata["class"], json.loads(metadata["config"]), metadata["sha256"])


def _split(data: bytes, path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + size])
    except (struct.error, ValueError) as error:
        raise _damaged(path, "format", "its header cannot be read") from error
    if not isinstance(header, dict):
        raise _damaged(path, "format", "its header cannot be read")
    return header, data[8 + size :]


def _stored(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    kept = tensor.detach().cpu().contiguous()
    return kept.to(dtype) if dtype is not None and kept.is_floating_point() else kept


def _check_config(folder: Path, module: VemModel, path: Path) -> None:
    beside = folder / module.config_name
    if not beside.is_file():
        raise _damaged(path, "config", f"{module.config_name} is missing beside it")
    written = {name: value for name, value in json.loads(beside.read_text()).items() if not name.startswith("_")}
    if written != plain_config(module):
        raise _damaged(path, "config", f"{module.config_name} beside it says something else")


def _fill(module: VemModel, tensors: dict[str, Tensor], path: Path) -> None:
    wanted = module.state_dict()
    if missing := sorted(wanted.keys() - tensors.keys()):
        raise _damaged(path, "missing-key", f"it lacks {', '.join(missing[:3])} ({len(missing)} in all)")
    if unknown := sorted(tensors.keys() - wanted.keys()):
        raise _damaged(path, "unknown-key", f"it has {', '.join(unknown[:3])} ({len(unknown)} in all) too many")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise _damaged(path, "shape", f"{name} is {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise _damaged(path, "not-finite", f"{name} has values that are not numbers")
    module.load_state_dict({name: tensor.to(wanted[name].dtype) for name, tensor in tensors.items()}, strict=True)


def _damaged(path: Path, reason: str, sentence: str) -> WeightsDamaged:
    return WeightsDamaged(f"{path.parent.name}/{path.name} cannot be used: {sentence}.", reason=reason, file=str(path))
