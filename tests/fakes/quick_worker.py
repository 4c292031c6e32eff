"""A real worker process around the quick pipeline: `python tests/fakes/quick_worker.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "tests")]

if __name__ == "__main__":
    from fakes.quick_pipeline import brief_timeline, parse_timeline, score_timeline
    from vem_core.contract.service import Task
    from vem_core.server.worker import main

    sys.exit(main({Task.SCORE: score_timeline, Task.PARSE: parse_timeline, Task.BRIEF: brief_timeline}))
