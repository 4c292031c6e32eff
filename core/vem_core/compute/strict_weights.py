"""Weights from folders that a user filled: safetensors only, every tensor that the model has and no other.

The libraries' own loading forgives: what is missing stays empty and fails in use, what is too much is ignored, a pickle
is read. Here a model is built without memory for its weights, what its files hold is read off their headers and
compared by name and shape, and only then are numbers read. Whether a folder holds a whole model can so be told in a
moment, whatever its size.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.overrides import TorchFunctionMode

from vem_core.contract.errors import ModelMissing, VemError, WeightsDamaged

Shape = tuple[int, ...]
Module = TypeVar("Module", bound=nn.Module)

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
_USUAL_NAMES = ("diffusion_pytorch_model.safetensors", "model.safetensors")
_MOST_CONFIG_BYTES = 4 * 1024 * 1024
_NAMED = 3  # tensors in a sentence; the rest is counted


class StoredTensor(NamedTuple):
    """Where a tensor lies, and its shape."""

    file: Path
    name: str  # within the file
    shape: Shape


def stored_tensors(folder: Path) -> dict[str, StoredTensor]:
    """The tensors of a folder's safetensors files by name, read off their headers.

    Raises ModelMissing if there are none, WeightsDamaged (details: reason) for pickles, files cut short, shards that
    are missing.
    """
    found: dict[str, StoredTensor] = {}
    for file in _weights_files(folder):
        try:
            with safe_open(file, "pt") as opened:
                for name in opened.keys():  # noqa: SIM118 - not a mapping
                    if name in found:
                        raise _damaged(file, "twice", f"{name} lies in {found[name].file.name} too")
                    found[name] = StoredTensor(file, name, tuple(opened.get_slice(name).get_shape()))
        except (SafetensorError, OSError) as error:
            raise _damaged(file, "truncated", "it is cut short or no safetensors file; copy it again") from error
    return found


def read_json(path: Path) -> dict[str, Any]:
    """An object in a small JSON file of a model. Raises ModelMissing, WeightsDamaged."""
    if not path.is_file():
        raise ModelMissing(f"{path.parent.name}/{path.name} is missing.", hint=_AGAIN, file=str(path))
    try:
        if path.stat().st_size > _MOST_CONFIG_BYTES:
            raise ValueError("too long")
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, "format", "it is not JSON") from error
    if not isinstance(value, dict):
        raise _damaged(path, "format", "it is not a JSON object")
    return value


class _WeightsOnMeta(TorchFunctionMode):
    """Parameters are made by `torch.empty`: without memory. What is computed (tables, frequencies) is computed."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.empty and kwargs.get("device") is None:
            kwargs["device"] = "meta"
        return func(*args, **kwargs)


def skeleton(make: Callable[[], Module]) -> Module:
    """A module without memory for its weights, its unsaved tables computed."""
    with _WeightsOnMeta():
        return make()


def compare_tensors(wanted: Mapping[str, Shape], found: Mapping[str, Shape], where: str, file: str = "") -> None:
    """Raises WeightsDamaged (details: reason) unless both have the same names and shapes.

    `where` begins the sentence.
    """

    def refuse(reason: str, sentence: str) -> WeightsDamaged:
        return WeightsDamaged(f"{where} cannot be used: {sentence}.", reason=reason, file=file)

    missing, unknown = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    if missing and unknown and len(missing) > len(wanted) // 2:
        raise refuse("another-model", f"it is another model's: it has {_some(unknown)}, and not {_some(missing)}")
    if missing:
        raise refuse("missing-key", f"it lacks {_some(missing)}")
    if unknown:
        raise refuse("unknown-key", f"it has {_some(unknown)} too many")
    for name, shape in found.items():
        if shape != wanted[name]:
            raise refuse("shape", f"{name} is {tuple(shape)}, not {tuple(wanted[name])}")


def check_strictly(
    module: nn.Module, stored: Mapping[str, StoredTensor], where: str, computed: Collection[str] = ()
) -> None:
    """Raises WeightsDamaged unless the stored tensors, by the module's names, are those of the module.

    Those in `computed` are not looked for: they are worked out after loading.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items() if name not in computed}
    compare_tensors(wanted, {name: tensor.shape for name, tensor in stored.items()}, where)


def fill_strictly(
    module: Module,
    stored: Mapping[str, StoredTensor],
    where: str,
    dtype: torch.dtype | None = None,
    computed: Collection[str] = (),
) -> Module:
    """Give a skeleton its tensors, by its own names; `dtype` is that of the numbers in memory (None: as stored).

    Raises WeightsDamaged for names, shapes or values that are not those of a model.
    """
    check_strictly(module, stored, where, computed)
    tensors = {name: tensor for name, tensor in module.state_dict().items() if name in computed}
    by_file = sorted(stored.items(), key=lambda item: str(item[1].file))
    for file, group in itertools.groupby(by_file, key=lambda item: item[1].file):
        with safe_open(file, "pt") as opened:
            for name, place in group:
                tensor = opened.get_tensor(place.name)
                if tensor.is_floating_point():
                    if not bool(torch.isfinite(tensor).all()):
                        raise _damaged(file, "not-finite", f"{place.name} has values that are not numbers")
                    tensor = tensor.to(dtype or tensor.dtype)
                tensors[name] = tensor
    module.load_state_dict(tensors, strict=True, assign=True)
    unfilled = [name for name, tensor in itertools.chain(module.named_parameters(), module.named_buffers())
                if tensor.is_meta]  # fmt: skip
    if unfilled:
        raise WeightsDamaged(f"{where} cannot be used: {_some(unfilled)} would stay empty.", reason="missing-key")
    return module.eval().requires_grad_(False)


def load_transformers(model_class: Any, folder: Path, dtype: torch.dtype | None = None) -> Any:
    """A model of transformers from a folder, by its own loader, which knows the names of earlier versions.

    What that forgives is refused here as everywhere. Raises ModelMissing, WeightsDamaged.
    """
    from transformers.utils import logging as transformers_logging

    read_json(folder / "config.json")
    stored_tensors(folder)
    transformers_logging.disable_progress_bar()
    spoken, where = transformers_logging.get_verbosity(), folder.name
    transformers_logging.set_verbosity(transformers_logging.CRITICAL)  # it reports what is refused below
    try:
        model, report = model_class.from_pretrained(
            folder,
            dtype=dtype or "auto",
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except VemError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        first = str(error).strip().splitlines()[:1]
        raise WeightsDamaged(f"{where} cannot be used: {' '.join(first)}", reason="format", file=str(folder)) from error
    finally:
        transformers_logging.set_verbosity(spoken)
    for kind, reason, sentence in (
        ("missing_keys", "missing-key", "it lacks {}"),
        ("unexpected_keys", "unknown-key", "it has {} too many"),
        ("mismatched_keys", "shape", "{} have other shapes"),
    ):
        names = sorted(str(key[0] if isinstance(key, tuple) else key) for key in report.get(kind, ()))
        if names:
            raise _damaged(folder / "config.json", reason, sentence.format(_some(names)))
    return model.eval().requires_grad_(False)


_AGAIN = "Copy the model's folder again; `vem models check ID` says what is missing."


def _weights_files(folder: Path) -> list[Path]:
    """The files that together are the weights: what the index lists, or the one file of the usual name, or all."""
    if not folder.is_dir():
        raise ModelMissing(f"There is no folder {folder}.", hint=_AGAIN, file=str(folder))
    found = {path.name: path for path in sorted(folder.glob("*.safetensors")) if path.is_file()}
    indexes = sorted(folder.glob("*.safetensors.index.json"))
    usual = next((name for name in _USUAL_NAMES if name in found), None)
    if indexes and usual is None:
        shards = sorted({str(name) for name in read_json(indexes[0]).get("weight_map", {}).values()})
        lost = [name for name in shards if name not in found]
        if lost:
            raise ModelMissing(f"{folder.name} is not whole: {_some(lost)} is missing.", hint=_AGAIN, file=str(folder))
        return [found[name] for name in shards]
    if usual is not None:
        return [found[usual]]
    if not found:
        pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        if pickles:
            raise _damaged(folder / pickles[0], "pickle", "it is a pickle, which could run code; use safetensors files")
        raise ModelMissing(f"{folder.name} is not whole: it has no .safetensors file.", hint=_AGAIN, file=str(folder))
    return list(found.values())


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" ({len(listed)} in all)" if len(listed) > _NAMED else ""
    return ", ".join(listed[:_NAMED]) + more


def _damaged(path: Path, reason: str, sentence: str) -> WeightsDamaged:
    return WeightsDamaged(
        f"{path.parent.name}/{path.name} cannot be used: {sentence}.", hint=_AGAIN, reason=reason, file=str(path)
    )
