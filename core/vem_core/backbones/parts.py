"""A backbone's parts in memory: where each lies, in which precision it computes, and who makes room for whom.

With little memory on a GPU each part is there only while it works. On the CPU, weights that are stored in half
precision stay so and are widened layer by layer: half the memory, and the same numbers as in float32.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from vem_core.backbones.layouts import ModelFolder
from vem_core.compute.devices import MIB, ChosenDevice, empty_caches
from vem_core.contract.errors import OutOfMemory

_FULL_PRECISION = frozenset({"vae", "vocoder"})
"""Their sound is heard as it is: they compute in float32 everywhere."""

_WIDENED = (nn.Linear, nn.Conv1d, nn.ConvTranspose1d, nn.Conv2d, nn.Embedding)
_ROOM = 1.3  # of a part's weights: what it works in


class Parts:
    """The parts of a folder on a device, loaded when they are first used.

    `precision` is the networks' own on a GPU: bfloat16, float16 (their norms then in float32) or float32.
    """

    def __init__(self, folder: ModelFolder, device: ChosenDevice, precision: str | None = None) -> None:
        self._folder, self._loaded = folder, dict[str, Any]()
        self.device = torch.device(device.device)
        self.precision: torch.dtype = getattr(torch, precision or device.half)
        self.offloads = False

    def plain(self, name: str) -> Any:
        """A tokenizer or scheduler."""
        if name not in self._loaded:
            self._loaded[name] = self._folder.load(name)
        return self._loaded[name]

    @contextlib.contextmanager
    def use(self, name: str) -> Iterator[Any]:
        """A network, on the device for as long as the block lasts. Raises OutOfMemory where it alone is too large."""
        network = self._network(name)
        if self.offloads:
            network.to(self.device)
        try:
            with torch.autocast(self.device.type, torch.float16, enabled=self._mixes(name)):
                yield network
        finally:
            if self.offloads:
                network.to("cpu")
                empty_caches(torch)

    def dtype(self, name: str) -> torch.dtype:
        """What a network takes and gives."""
        return torch.float32 if name in _FULL_PRECISION or self._mixes(name) else self._computes()

    def fit_into(self, free_bytes: int) -> None:
        """Let parts make room for each other where they do not fit together.

        Raises OutOfMemory where one alone is too large.
        """
        sizes = {name: self._bytes(name) for name in self._folder.parts}
        largest = max(sizes, key=lambda name: sizes[name])
        if sizes[largest] * _ROOM > free_bytes:
            raise OutOfMemory(
                f"{self._folder.folder.name} needs {int(sizes[largest] * _ROOM) // MIB} MiB on the GPU at least; "
                f"{free_bytes // MIB} are free.",
                hint="Close other programs that use the GPU, take a smaller model, or use --device cpu.",
            )
        self.offloads = sum(sizes.values()) * _ROOM > free_bytes

    def _bytes(self, name: str) -> int:
        width = torch.finfo(torch.float32 if name in _FULL_PRECISION else self._computes()).bits // 8
        return self._folder.numbers(name) * width

    def _mixes(self, name: str) -> bool:
        return self.precision is torch.float16 and self.device.type != "cpu" and name not in _FULL_PRECISION

    def _computes(self) -> torch.dtype:
        return torch.float32 if self.device.type == "cpu" else self.precision

    def _network(self, name: str) -> Any:
        if name not in self._loaded:
            on_cpu = self.device.type == "cpu"
            wanted = torch.float32 if name in _FULL_PRECISION else None if on_cpu else self.precision
            network = self._folder.load(name, wanted)
            if on_cpu:
                widen_by_layers(network)
            elif self._mixes(name):
                widen_norms(network)
            self._loaded[name] = network if self.offloads else network.to(self.device)
        return self._loaded[name]


def widen_norms(network: nn.Module) -> None:
    """Norms in float32, in a network of float16: their sums of squares overflow it."""
    for module in network.modules():
        if type(module).__name__.endswith("Norm"):
            module.float()


def widen_by_layers(network: nn.Module) -> None:
    """Let a network compute in float32 whose weights stay in half precision: each layer is widened while it works."""
    for module in network.modules():
        own = [tensor for tensor in module.parameters(recurse=False) if tensor.dtype in (torch.bfloat16, torch.float16)]
        if own and isinstance(module, _WIDENED):
            module.register_forward_pre_hook(_widen)
            module.register_forward_hook(_narrow, always_call=True)
        elif own:  # norms, tables: small
            for tensor in own:
                tensor.data = tensor.data.float()
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.dtype in (torch.bfloat16, torch.float16):
                setattr(module, name, buffer.float())


def _widen(module: nn.Module, _: Any) -> None:
    stored = {name: tensor.data for name, tensor in module.named_parameters(recurse=False)}
    object.__setattr__(module, "_stored_weights", stored)
    for name, tensor in module.named_parameters(recurse=False):
        tensor.data = stored[name].float()


def _narrow(module: nn.Module, _: Any, __: Any) -> None:
    for name, stored in module.__dict__.pop("_stored_weights", {}).items():
        getattr(module, name).data = stored
