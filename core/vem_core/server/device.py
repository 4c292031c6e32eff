"""What the core computes on, found out without loading torch."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

from vem_core.contract.processes import find_program, run_child
from vem_core.contract.service import DeviceInfo

_MIB = 1024 * 1024
_FRESH_S = 5.0
_QUERY = ["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]


class DeviceProbe:
    """Says what the core computes on. Asks the driver at most once in a few seconds."""

    def __init__(self) -> None:
        self._known: tuple[float, DeviceInfo] | None = None

    def describe(self) -> DeviceInfo:
        """What `describe_device` says, not older than five seconds. May take a second."""
        now_s = time.monotonic()
        if self._known is None or now_s - self._known[0] > _FRESH_S:
            self._known = (now_s, describe_device())
        return self._known[1]


def describe_device() -> DeviceInfo:
    """The first GPU that the driver reports, or the CPU. May take a second."""
    return _query_gpu() or _describe_cpu()


def query_nvidia(arguments: list[str], timeout_s: float = 5.0) -> str | None:
    """What nvidia-smi answers; None where there is no driver, or none that answers."""
    program = find_program("nvidia-smi")
    if program is None:
        return None
    try:
        done = run_child((program, *arguments), timeout_s=timeout_s)
        done.check_returncode()
        return done.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def memory_bytes() -> tuple[int | None, int | None]:
    """The machine's memory: (all, free for programs). None where the system does not say."""
    try:
        page = os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * page
    except (AttributeError, ValueError, OSError):
        return None, None
    return total, _available_bytes()


def _available_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _query_gpu() -> DeviceInfo | None:
    answer = query_nvidia(_QUERY)
    if not answer:
        return None
    try:
        name, total, free = answer.splitlines()[0].rsplit(",", 2)
        return DeviceInfo("cuda", name.strip(), int(total) * _MIB, int(free) * _MIB)
    except ValueError:
        return None


def _describe_cpu() -> DeviceInfo:
    total, free = memory_bytes()
    name = _cpu_name() or platform.processor() or platform.machine() or "CPU"
    return DeviceInfo("cpu", f"{name}, {os.cpu_count()} cores", total, free)
