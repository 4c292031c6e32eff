"""Out of memory: give back what is free, then work in smaller windows, then on the CPU, then say so.

The ladder knows nothing of models. It is given something to run, and calls it again with less. A model that works in
windows multiplies their length by `current_effort.get().window_share` where that is set, and lets OutOfMemory through.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

from vem_core.contract.errors import OutOfMemory
from vem_core.contract.request import Device

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Effort:
    """How much memory an attempt may take."""

    device: Device
    window_share: float = 1.0  # of the window lengths that a model would choose by itself
    warning: str = ""  # what the editor must know of a score made so; empty where the sound cannot differ


current_effort: ContextVar[Effort | None] = ContextVar("current_effort", default=None)
"""The rung that the job stands on, for models that work in windows. None: as they please."""

_SHARES = (0.5, 0.25)
_HOLDS_WEIGHTS = ("vem_core.generation.vem_mini",)  # modules that keep weights between jobs


@dataclass(frozen=True)
class Climbed(Generic[T]):
    """What came of a job, and how it was made."""

    value: T
    effort: Effort


def rungs(device: Device) -> Iterator[Effort]:
    """The attempts, from the best to the most modest. The first comes twice: memory may only have been littered."""
    yield Effort(device)
    yield Effort(device)
    for share in _SHARES:
        yield Effort(
            device,
            share,
            f"Memory ran short: the music was made in windows of {share:.0%} of the usual length, "
            "which can be heard where they meet.",
        )
    if device is not Device.CPU:
        yield Effort(
            Device.CPU,
            _SHARES[-1],
            "The GPU's memory was not enough: the music was made on the CPU, where the same seed sounds different.",
        )


def run_with_less_memory(
    run: Callable[[Effort], T], device: Device, free: Callable[[], None] | None = None
) -> Climbed[T]:
    """Call `run` with ever more modest efforts until one does not run out of memory.

    Raises OutOfMemory when none is left, and at once whatever else `run` raises.
    """
    for effort in rungs(device):
        token = current_effort.set(effort)
        try:
            return Climbed(run(effort), effort)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            log.warning("Out of memory on %s with windows of %.0f %%", effort.device, effort.window_share * 100)
        finally:
            current_effort.reset(token)
        (free or free_memory)()
    raise OutOfMemory("There is not enough memory for this score, even in the smallest windows on the CPU.")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: Python's, torch's on any device, or our own."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if isinstance(error, MemoryError | OutOfMemory) or "OutOfMemoryError" in names:
        return True
    # torch's CPU allocator has no class of its own for it (c10/core/impl/alloc_cpu.cpp)
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: " in str(error)


def free_memory() -> None:
    """Let go of what a later job would only have to load again, collect garbage, and give it all back."""
    for name in _HOLDS_WEIGHTS:
        if name in sys.modules:
            sys.modules[name].unload()
    gc.collect()
    return_unused_memory()


def return_unused_memory() -> None:
    """Give back to the system what the allocators keep for later: torch's on CUDA, the C library's on Linux.

    After scores of three seconds by `sketch` that is 70 of 920 MB.
    """
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library other than GNU's
            ctypes.CDLL(None).malloc_trim(0)
