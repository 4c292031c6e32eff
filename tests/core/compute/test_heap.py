"""Large arrays leave memory as soon as they are free, whatever lies behind them in the heap."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
import numpy as np
from vem_core.compute.heap import map_large_arrays

if "mapped" in sys.argv and not map_large_arrays():
    sys.exit(77)

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

large = 20 * 2**20
given_back = np.ones(large, np.uint8)
del given_back  # from here on glibc would have as large ones in the heap
before = resident()
short_lived = np.ones(large, np.uint8)
kept = [np.ones(50_000, np.uint8) for _ in range(200)]  # behind it
del short_lived
print(resident() - before)
"""


def grown_bytes(*words: str) -> int:
    ran = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False)
    if ran.returncode == 77:
        pytest.skip("another C library than glibc")
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's own threshold")
def test_large_arrays_leave_no_holes() -> None:
    kept = 200 * 50_000
    assert grown_bytes("mapped") < 1.5 * kept
    assert grown_bytes() > 2 * kept
