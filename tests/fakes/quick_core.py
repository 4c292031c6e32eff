"""A real core process with the quick worker: `python tests/fakes/quick_core.py [options of the core]`.

VEM_TEST_WORKER may name another worker of this folder.

With VEM_TEST_CLOCK=jump its wall clock leaps by days, forward and back, at every reading.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "tests")]

COMMAND = (sys.executable, str(Path(__file__).resolve()))


def main() -> int:
    import argparse

    from vem_core.server.arguments import add_serve_arguments, settings_from_arguments
    from vem_core.server.serving import serve

    if os.environ.get("VEM_TEST_CLOCK") == "jump":
        leaps = itertools.cycle((-86_400.0, 0.0, 86_400.0 * 400))
        real = time.time
        time.time = lambda: real() + next(leaps)
    parser = argparse.ArgumentParser()
    add_serve_arguments(parser)
    settings = settings_from_arguments(parser.parse_args())
    worker = Path(__file__).with_name(os.environ.get("VEM_TEST_WORKER", "quick_worker.py"))
    command = (sys.executable, str(worker))
    return serve(dataclasses.replace(settings, worker_command=command, cancel_patience_s=1.0, heartbeat_s=1.0))


if __name__ == "__main__":
    sys.exit(main())
