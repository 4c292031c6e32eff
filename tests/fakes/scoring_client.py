"""A client process to interrupt and kill: `python tests/fakes/scoring_client.py PLACE PROMPT SEED OUTPUT`.

Prints a line when its job has begun, and exits with 130 on Ctrl-C, 0 when the score has arrived.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "vem_plugin"), str(ROOT / "tests")]


def main(place: str, prompt: str, seed: str, output: str) -> int:
    from fakes.core_rig import CoreRig
    from fakes.requests import small_request
    from vem_core.contract.progress import JobState, Progress
    from vem_plugin.client.session import core_session

    def on_progress(progress: Progress) -> None:
        if progress.state is JobState.RUNNING and progress.step:
            sys.stdout.write("begun\n")
            sys.stdout.flush()

    request, jpegs = small_request(prompt, seed=int(seed))
    try:
        with core_session(cores=(), choice=CoreRig(Path(place)).choice()) as client:
            client.score(request, jpegs, Path(output), on_progress)
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
