"""Which device computes: a table of the kinds there are, and the choice among those that work here."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from vem_core.contract.errors import ModelMissing
from vem_core.contract.request import Device

MIB = 1024 * 1024


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """torch computes on one thread in the block: small networks are faster so, and sums are made in one order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True)
class DeviceKind:
    """A row of the table. The functions take the torch module, so that reading the table does not load it."""

    device: Device
    name: str  # as messages have it
    works: Callable[[Any], bool]
    model_of: Callable[[Any], str]  # such as "NVIDIA GeForce RTX 4090"
    memory: Callable[[Any], tuple[int, int] | None]  # (free, total) bytes
    half: Callable[[Any], str]  # precision of large models: "bfloat16", "float16" or "float32"
    proven: bool  # whether this project was ever run on one


@dataclass(frozen=True)
class ChosenDevice:
    """What computes. `device` is the name that torch knows it by; `note` what the editor must know of the choice."""

    device: str
    name: str = ""
    half: str = "float32"
    note: str = ""


def _cuda_memory(torch: Any) -> tuple[int, int]:
    free, total = torch.cuda.mem_get_info()
    return int(free), int(total)


def _cuda_half(torch: Any) -> str:
    # Cards before Ampere only emulate bfloat16, many times slower.
    return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"


def _xpu_works(torch: Any) -> bool:
    return hasattr(torch, "xpu") and bool(torch.xpu.is_available())


def _xpu_memory(torch: Any) -> tuple[int, int] | None:
    try:
        free, total = torch.xpu.mem_get_info()
    except (AttributeError, RuntimeError):  # drivers that do not say
        return None
    return int(free), int(total)


def _mps_memory(torch: Any) -> tuple[int, int]:
    # Apple's GPU shares the machine's memory; the driver recommends how much of it one program may take.
    total = int(torch.mps.recommended_max_memory())
    return total - int(torch.mps.driver_allocated_memory()), total


def _mps_half(torch: Any) -> str:
    return "bfloat16" if torch.backends.mps.is_macos_or_newer(14, 0) else "float16"


DEVICE_KINDS = (
    DeviceKind(
        Device.CUDA,
        "CUDA",
        lambda torch: bool(torch.cuda.is_available()),
        lambda torch: str(torch.cuda.get_device_name()),
        _cuda_memory,
        _cuda_half,
        proven=True,
    ),
    DeviceKind(
        Device.XPU,
        "Intel GPU",
        _xpu_works,
        lambda torch: str(torch.xpu.get_device_name()),
        _xpu_memory,
        lambda torch: "bfloat16",
        proven=False,
    ),
    DeviceKind(
        Device.MPS,
        "Apple GPU",
        lambda torch: bool(torch.backends.mps.is_available()),
        lambda torch: "Apple GPU",
        _mps_memory,
        _mps_half,
        proven=False,
    ),
    DeviceKind(
        Device.CPU,
        "processor",
        lambda torch: True,
        lambda torch: "CPU",
        lambda torch: None,
        lambda torch: "float32",  # bfloat16 is a hundred times slower on most of them
        proven=True,
    ),
)
"""From the best to the one that always works, as `auto` tries them."""


def choose_device(asked: Device, needs_bytes: int = 0) -> ChosenDevice:
    """The device that computes: the one that was asked for, or for `auto` the best that works and has room.

    `needs_bytes` must be free on a GPU: the editor's own program keeps its pictures there. Raises ModelMissing where a
    device was asked for by name and is not there.
    """
    if asked is Device.CPU:
        return ChosenDevice("cpu", "CPU")
    import torch

    if asked is not Device.AUTO:
        kind = next(kind for kind in DEVICE_KINDS if kind.device is asked)
        if not kind.works(torch):
            raise ModelMissing(
                f"There is no {_spoken(kind)} on this machine.", hint="Use --device auto or --device cpu."
            )
        return _chosen(kind, torch)
    notes: list[str] = []
    for kind in DEVICE_KINDS:
        if not kind.works(torch):
            continue
        memory = kind.memory(torch)
        if memory is None or memory[0] >= needs_bytes:
            return _chosen(kind, torch, " ".join(notes))
        notes.append(
            f"{kind.model_of(torch)} has {memory[0] // MIB} MiB free, and {needs_bytes // MIB} are needed: "
            "close other programs to use it."
        )
    raise AssertionError("the processor always works")


def torch_device(device: Device) -> str:
    """The name that torch knows the chosen device by: "cuda", "xpu", "mps" or "cpu". Raises ModelMissing."""
    return choose_device(device).device


@functools.cache
def mixes_precision(device: str) -> bool:
    """Whether matrix products in bfloat16 are faster on a torch device, and safe: CUDA's and Intel's own do."""
    import torch

    kind = next(kind for kind in DEVICE_KINDS if kind.device.value == device)
    return kind.device in (Device.CUDA, Device.XPU) and kind.half(torch) == "bfloat16"


def platform_name(torch: Any, kind: DeviceKind) -> str:
    """What drives a device: torch calls AMD's GPUs "cuda" too."""
    if kind.device is Device.CUDA and getattr(torch.version, "hip", None):
        return "ROCm"
    return kind.name


def empty_caches(torch: Any) -> None:
    """Give back what torch's allocators keep of a GPU's memory, where one is in use."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if _xpu_works(torch) and torch.xpu.is_initialized():
        torch.xpu.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()


def survey() -> list[dict[str, Any]]:
    """What this machine has, the best first: device, platform, model, free and total bytes, precision, proven."""
    import torch

    found = []
    for kind in DEVICE_KINDS:
        if kind.works(torch):
            memory = kind.memory(torch)
            found.append(
                {
                    "device": kind.device.value,
                    "platform": platform_name(torch, kind),
                    "model": kind.model_of(torch),
                    "free_bytes": None if memory is None else memory[0],
                    "total_bytes": None if memory is None else memory[1],
                    "precision": kind.half(torch),
                    "proven": kind.proven and platform_name(torch, kind) != "ROCm",
                }
            )
    return found


def _chosen(kind: DeviceKind, torch: Any, note: str = "") -> ChosenDevice:
    return ChosenDevice(kind.device.value, kind.model_of(torch), kind.half(torch), note)


def _spoken(kind: DeviceKind) -> str:
    return kind.name if kind.name.endswith("GPU") else f"{kind.name} device"
