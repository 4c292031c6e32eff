"""`vem` as a person runs it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def vem(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `vem WORDS`; what it printed is text. `options` are `subprocess.run`'s."""
    command = [sys.executable, "-m", "vem_plugin", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]
