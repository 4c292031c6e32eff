"""Out of memory: give back what is free, then work in smaller windows, then on the CPU, then say so.

The fallback knows nothing of models. It is given something to run, and runs it again with less.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from vem_core.compute.devices import empty_caches
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


@dataclass(frozen=True)
class Attempted(Generic[T]):
    """What came of a job, and with what effort."""

    value: T
    effort: Effort


_SHARES = (0.5, 0.25)


def attempts(device: Device, works_in_windows: Callable[[], bool]) -> Iterator[Effort]:
    """The attempts, from the best to the most modest. The first comes twice: memory may only have been littered.

    `works_in_windows` is asked only when smaller windows would come next; without windows there is nothing to shrink.
    """
    yield Effort(device)
    yield Effort(device)
    smallest = 1.0
    if works_in_windows():
        for share in _SHARES:
            smallest = share
            yield Effort(
                device,
                share,
                f"Memory ran short: the music was made in windows of {share:.0%} of the usual length, "
                "which can be heard where they meet.",
            )
    if device is not Device.CPU:
        yield Effort(
            Device.CPU,
            smallest,
            "The GPU's memory was not enough: the music was made on the CPU, where the same seed sounds different.",
        )


def run_with_less_memory(
    run: Callable[[Effort], T],
    device: Device,
    free: Callable[[], None],
    works_in_windows: Callable[[], bool] = lambda: True,
) -> Attempted[T]:
    """Call `run` with ever more modest efforts until one does not run out of memory; `free` is called in between.

    Raises OutOfMemory when none is left, and at once whatever else `run` raises.
    """
    effort = Effort(device)
    for effort in attempts(device, works_in_windows):
        try:
            return Attempted(run(effort), effort)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            windows = f" with windows of {effort.window_share:.0%}" if effort.window_share < 1 else ""
            log.warning("Out of memory on %s%s", effort.device, windows)
        free()
    smallest = ", even in the smallest windows on the CPU" if effort.window_share < 1 else ", on the CPU either"
    raise OutOfMemory(f"There is not enough memory for this score{smallest}.")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: Python's, torch's on any device, or our own."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if isinstance(error, MemoryError | OutOfMemory) or "OutOfMemoryError" in names:
        return True
    # torch's CPU allocator has no class of its own for it (c10/core/impl/alloc_cpu.cpp)
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator: " in str(error)


@contextlib.contextmanager
def memory_watched() -> Iterator[None]:
    """Whatever says in the block that memory ran out becomes OutOfMemory, which the attempts above answer."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise OutOfMemory("The memory is too small for this model's windows.") from error
        raise


def free_memory() -> None:
    """Collect garbage, and give what is free back to the system."""
    gc.collect()
    return_unused_memory()


def return_unused_memory() -> None:
    """Give back to the system what the allocators keep for later: torch's on a GPU, the C library's on Linux.

    After scores of three seconds by `sketch` that is 70 of 920 MB.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        empty_caches(torch)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library other than GNU's
            ctypes.CDLL(None).malloc_trim(0)
