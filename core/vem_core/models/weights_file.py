"""A weights file: safetensors whose header says what it holds. Without diffusers, which takes seconds to import."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from vem_core.contract.errors import WeightsDamaged

WEIGHTS_FILE = "diffusion_pytorch_model.safetensors"
INDEX_FILE = "model_index.json"  # of a pipeline, beside its parts' folders
FORMAT = "vem-weights.1"


class WeightsHeader(NamedTuple):
    """What a weights file says about itself."""

    class_name: str
    config: dict[str, Any]
    body_sha256: str


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
        raise damaged(path, "format", "it was not written by this program")
    expected = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if len(body) != expected:
        raise damaged(path, "truncated", f"it should hold {expected} bytes of weights and holds {len(body)}")
    if hashlib.sha256(body).hexdigest() != metadata["sha256"]:
        raise damaged(path, "hash", "its weights are not those that were saved")
    return WeightsHeader(metadata["class"], json.loads(metadata["config"]), metadata["sha256"]), load_tensors(data)


def read_header(path: Path) -> WeightsHeader:
    """What a weights file says about itself, without reading its tensors."""
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        header, _ = _split(start + file.read(min(size, 2**26)), path)
    metadata = header.get("__metadata__", {})
    if metadata.get("vem") != FORMAT:
        raise damaged(path, "format", "it was not written by this program")
    return WeightsHeader(metadata["class"], json.loads(metadata["config"]), metadata["sha256"])


def sha256_of_parts(folder: Path, parts: Iterable[str]) -> str:
    """One hash over the weights of a pipeline's parts, each in a folder of its own, by what their headers say.

    Factors of dispersion that stand in the pipeline's index are hashed too: with others the same weights make other
    music. Raises WeightsDamaged for an index that cannot be read.
    """
    hashes = [read_header(folder / part / WEIGHTS_FILE).body_sha256 for part in sorted(parts)]
    if factors := _index_of(folder).get("dispersion"):
        hashes.append(json.dumps(factors))
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _index_of(folder: Path) -> dict[str, Any]:
    path = folder / INDEX_FILE
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
    except (ValueError, TypeError) as error:
        raise damaged(path, "format", "it is no JSON object") from error


def fill(module: nn.Module, tensors: dict[str, Tensor], path: Path) -> None:
    """Give a module the tensors of a file, every one and no other. Raises WeightsDamaged."""
    wanted = module.state_dict()
    if missing := sorted(wanted.keys() - tensors.keys()):
        raise damaged(path, "missing-key", f"it lacks {', '.join(missing[:3])} ({len(missing)} in all)")
    if unknown := sorted(tensors.keys() - wanted.keys()):
        raise damaged(path, "unknown-key", f"it has {', '.join(unknown[:3])} ({len(unknown)} in all) too many")
    for name, tensor in tensors.items():
        if tensor.shape != wanted[name].shape:
            raise damaged(path, "shape", f"{name} is {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}")
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise damaged(path, "not-finite", f"{name} has values that are not numbers")
    module.load_state_dict({name: tensor.to(wanted[name].dtype) for name, tensor in tensors.items()}, strict=True)


def damaged(path: Path, reason: str, sentence: str) -> WeightsDamaged:
    """The error of a weights file that cannot be used, with the reason as a word and in a sentence."""
    return WeightsDamaged(f"{path.parent.name}/{path.name} cannot be used: {sentence}.", reason=reason, file=str(path))


def _split(data: bytes, path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + size])
    except (struct.error, ValueError) as error:
        raise damaged(path, "format", "its header cannot be read") from error
    if not isinstance(header, dict):
        raise damaged(path, "format", "its header cannot be read")
    return header, data[8 + size :]
