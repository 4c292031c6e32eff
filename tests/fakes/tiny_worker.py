"""A worker of the product's own pipeline; its vem-mini has the weights registered in the folder VEM_TEST_RESOURCES."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "tests")]

if __name__ == "__main__":
    from vem_core.resources import registry
    from vem_core.server.worker import main

    resources = Path(os.environ["VEM_TEST_RESOURCES"])
    registry.resource_path = lambda name: resources / name
    sys.exit(main())
