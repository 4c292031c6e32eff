"""The core over hours, in minutes: thousands of jobs, impatient clients, killed clients, and one killed core.

    python benchmarks/soak.py            2,000 jobs from 8 clients (about five minutes on two cores)
    python benchmarks/soak.py --json     the same as one JSON object
    python benchmarks/soak.py --jobs 200 --clients 4

Each client is a process that asks for one job after the other, as `vem score` does. One job in ten is cancelled in the
middle, one in fifty takes its client down (kill -9), which is started again and asks for the same job by the same id;
halfway the core itself is killed. The worker plays a tone instead of composing.

lost     jobs that were neither delivered, with all their files whole, nor cancelled by their own client
twice    jobs delivered twice, or made twice although no core was killed in the middle of them
memory   of each process of core and worker that lived for a quarter of the run: the mean of the last quarter of its
         life against that of the second. The core remembers 100 finished jobs here.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "core"), str(ROOT / "vem_plugin")]
from fakes import quick_pipeline  # noqa: E402
from fakes.core_rig import CoreRig  # noqa: E402
from fakes.requests import small_request  # noqa: E402
from vem_core.contract.errors import VemError  # noqa: E402
from vem_core.contract.progress import JobState, Progress  # noqa: E402
from vem_plugin.client.core_process import LaunchOptions  # noqa: E402
from vem_plugin.client.session import core_session  # noqa: E402
from vem_plugin.client.supervisor import CoreChoice  # noqa: E402

CANCELLED, KILLED = 0.1, 0.02
TICK_S = 0.5
MIB = 1024 * 1024
_NAMESPACE = uuid.UUID(int=19)


class _GivenUp(Exception):
    """The client wants the job no more."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--as-core", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--as-worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--as-client", nargs=3, metavar=("PLACE", "FIRST", "END"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_worker:
        return _as_worker()
    if arguments.as_core is not None:
        return _as_core(arguments.as_core)
    if arguments.as_client is not None:
        return _as_client(Path(arguments.as_client[0]), *map(int, arguments.as_client[1:]))
    with tempfile.TemporaryDirectory(prefix="vem-soak-") as name:
        figures = soak(Path(name), arguments.jobs, arguments.clients)
    print(
        json.dumps(figures) if arguments.json else "\n".join(f"{name:<16} {value}" for name, value in figures.items())
    )
    return 1 if figures["lost"] or figures["twice"] else 0


def soak(place: Path, jobs: int, clients: int) -> dict[str, Any]:
    """Run it all and count."""
    os.environ["VEM_TEST_MARKS"] = str(place)
    os.environ["TMPDIR"] = str(place)
    each = jobs // clients
    shares = [(index * each, (index + 1) * each) for index in range(clients)]
    began_s = time.monotonic()
    running = {share: _start(place, share) for share in shares}
    memory: dict[int, list[int]] = collections.defaultdict(list)
    client_kills, core_kills = 0, 0
    while running:
        time.sleep(TICK_S)
        _sample(place, memory)
        if not core_kills and sum(len(_records(place, *share)) for share in shares) >= jobs // 2:
            core_kills += _kill_core(place)
        for share, process in list(running.items()):
            status = process.poll()
            if status == -signal.SIGKILL:
                client_kills += 1
                running[share] = _start(place, share)
            elif status is not None:
                assert status == 0, f"a client ended with {status}"
                del running[share]
    records = [record for share in shares for record in _records(place, *share)]
    made = collections.Counter(_lines(place / "made.log"))
    delivered = collections.Counter(number for number, how in records if how == "done")
    again = sum(count - 1 for count in made.values())
    return {
        "jobs": each * clients,
        "delivered": len(delivered),
        "cancelled": sum(how == "cancelled" for _, how in records),
        "lost": each * clients - len({number for number, _ in records}) + sum(how == "lost" for _, how in records),
        "twice": sum(count - 1 for count in delivered.values()) + max(0, again - core_kills),
        "clients killed": client_kills,
        "cores killed": core_kills,
        "seconds": round(time.monotonic() - began_s),
        "memory": _growths(memory),
        "reasons": sorted(set(_lines(place / "clients.log")))[:10] if any(how == "lost" for _, how in records) else [],
    }


def _start(place: Path, share: tuple[int, int]) -> subprocess.Popen[bytes]:
    with (place / "clients.log").open("ab") as log:
        return subprocess.Popen([sys.executable, __file__, "--as-client", str(place), *map(str, share)], stderr=log)


def _as_client(place: Path, first: int, end_excl: int) -> int:
    """Ask for the jobs of a share that have no record yet, one after the other."""
    known = {number for number, _ in _records(place, first, end_excl)}
    rig = CoreRig(place)
    launch = LaunchOptions((sys.executable, __file__, "--as-core"), rig.arguments, timeout_s=180.0)
    with core_session(cores=(), choice=CoreChoice(rig.session_file, launch)) as client:
        for number in range(first, end_excl):
            if number not in known:
                how = _ask(client, place, number)
                with (place / f"{first}.log").open("a") as log:
                    log.write(f"{number} {how}\n")
    return 0


def _ask(client: Any, place: Path, number: int) -> str:
    chance = random.Random(number)
    fate, at = chance.random(), chance.randrange(1, 4)
    killed_before = place / f"killed-{number}"

    def on_progress(progress: Progress) -> None:
        if progress.state is JobState.RUNNING and progress.step >= at:
            if fate < CANCELLED:
                raise _GivenUp
            if fate < CANCELLED + KILLED and not killed_before.exists():
                killed_before.touch()
                os.kill(os.getpid(), signal.SIGKILL)

    request, jpegs = small_request("steps=4 pause=0.01", seed=number)
    folder = place / "music" / str(number)
    try:
        result = client.score(request, jpegs, folder, on_progress, str(uuid.uuid5(_NAMESPACE, str(number))))
    except _GivenUp:
        return "cancelled"
    except VemError as error:
        sys.stderr.write(f"job {number}: {error}\n")
        return "lost"
    whole = result.seed == number and (folder / "mix.wav").stat().st_size > 48_000
    (folder / "mix.wav").unlink()
    return "done" if whole else "lost"


def _as_core(words: list[str]) -> int:
    from vem_core.server.arguments import add_serve_arguments, settings_from_arguments
    from vem_core.server.serving import serve

    parser = argparse.ArgumentParser()
    add_serve_arguments(parser)
    settings = settings_from_arguments(parser.parse_args(words))
    limits = dataclasses.replace(settings.limits, finished=100)
    return serve(dataclasses.replace(settings, worker_command=(sys.executable, __file__, "--as-worker"), limits=limits))


def _as_worker() -> int:
    from vem_core.contract.service import Task
    from vem_core.server.worker import main as worker

    def score(job: Any) -> Any:
        result = quick_pipeline.score_timeline(job)
        with (Path(os.environ["VEM_TEST_MARKS"]) / "made.log").open("a") as log:
            log.write(f"{job.request.seed}\n")
        return result

    return worker({Task.SCORE: score, Task.PARSE: quick_pipeline.parse_timeline})


def _kill_core(place: Path) -> int:
    session = CoreRig(place).session
    with contextlib.suppress(psutil.NoSuchProcess):
        if session is not None:
            psutil.Process(session.pid).kill()
            return 1
    return 0


def _sample(place: Path, memory: dict[int, list[int]]) -> None:
    session = CoreRig(place).session
    with contextlib.suppress(psutil.Error):
        if session is not None:
            core = psutil.Process(session.pid)
            for process in (core, *core.children()):
                memory[process.pid].append(process.memory_info().rss)


def _growths(memory: Mapping[int, list[int]]) -> list[str]:
    """For each process that lived long enough, what it held and by how much that grew."""
    longest = max((len(samples) for samples in memory.values()), default=0)
    told = []
    for samples in memory.values():
        quarter = len(samples) // 4
        if len(samples) * 2 >= longest and quarter >= 5:
            early, late = statistics.mean(samples[quarter : 2 * quarter]), statistics.mean(samples[-quarter:])
            told.append(f"{late / MIB:.1f} MiB {late / early - 1:+.1%}")
    return told


def _records(place: Path, first: int, end_excl: int) -> list[tuple[int, str]]:
    lines = (line.split() for line in _lines(place / f"{first}.log"))
    return [(int(number), how) for number, how in lines]


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
