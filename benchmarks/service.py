"""The core as a service under load, and what it costs over calling the pipeline directly.

    python benchmarks/service.py            all three measurements (about five minutes on two cores)
    python benchmarks/service.py --json     the same as one JSON object
    python benchmarks/service.py --only load|overhead|empty

load      200 `sketch` jobs from 8 clients at once on one core: none lost, none twice, order kept. Memory is the mean of
          each quarter of the run, after 100 jobs that fill the synthesiser's library of rendered notes (256 MiB).
overhead  a 30 s timeline with 24 thumbnails: through a warm core, against the pipeline in this process, in turn.
empty     the same round trip around a pipeline that only writes 30 s of silence: the service by itself, free of the
          scatter of the pipeline's own time.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import hashlib
import io
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
import wave
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from PIL import Image

from vem_core.compute.model_store import ModelStore
from vem_core.contract.codec import content_hash, loads
from vem_core.contract.cut_sheet import Cut, CutSheet, Shot
from vem_core.contract.plan import Bend, Ending, ScorePlan
from vem_core.contract.request import ScoreRequest, Thumbnail
from vem_core.contract.result import AlignmentReport, AlignmentTotals, AudioFile, ScoreResult
from vem_core.contract.service import Task
from vem_core.contract.time import SAMPLE_RATE_HZ, sample_of_frame
from vem_core.pipeline.job import Job
from vem_core.server.store import JobRecord
from vem_plugin.client.core_process import CoreProcess, LaunchOptions
from vem_plugin.client.http import HttpCoreClient

RATE = Fraction(24)
MIB = 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", choices=["load", "overhead", "empty"])
    parser.add_argument("--jobs", type=int, default=200, help="at most what the queue takes")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--warm-up", type=int, default=100, help="jobs before those that count")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--as-core", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.add_argument("--as-worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.as_worker:
        from vem_core.server.worker import main as worker

        return worker({Task.SCORE: write_silence})
    if arguments.as_core is not None:
        return _empty_core(arguments.as_core)
    figures: dict[str, Any] = {}
    if arguments.only in (None, "load"):
        figures["load"] = measure_load(arguments.jobs, arguments.clients, arguments.warm_up)
    if arguments.only in (None, "overhead"):
        figures["overhead"] = measure_overhead(arguments.rounds)
    if arguments.only in (None, "empty"):
        figures["empty"] = measure_empty(arguments.rounds * 2)
    print(json.dumps(figures) if arguments.json else _table(figures))
    return 0


def measure_load(jobs: int, clients: int, warm_up: int) -> dict[str, Any]:
    """Each client submits its share at once, then follows each job; memory is sampled meanwhile.

    `warm_up` jobs come before, uncounted: they fill the library of rendered notes, which has a bound of its own.
    """
    with tempfile.TemporaryDirectory() as scratch, _core(Path(scratch)) as core:
        jpegs = _jpegs(4)
        names: list[list[str]] = [[str(uuid.uuid4()) for _ in range(jobs // clients)] for _ in range(clients)]
        delivered: collections.Counter[str] = collections.Counter()
        with HttpCoreClient(core.address) as http:
            for number in range(warm_up):
                request = _request(jpegs, seconds=3, seed=10_000 + number)
                http.score(request, jpegs, Path(scratch) / "warm-up", lambda progress: None)
        idle_before_mib = _idle_mib(core.pid)
        sampler = _MemorySampler(core.pid)

        def client(index: int) -> None:
            with HttpCoreClient(core.address, name=f"client-{index}") as http:
                requests = [
                    _request(jpegs, seconds=3, seed=index * 1000 + number) for number in range(len(names[index]))
                ]
                for name, request in zip(names[index], requests, strict=True):
                    http.submit(name, request, jpegs)
                for name, request in zip(names[index], requests, strict=True):
                    http.follow(name, lambda progress: None)
                    result = http.collect(name, request, Path(scratch) / "out" / name)
                    assert result.seed == request.seed
                    delivered[name] += 1

        threads = [threading.Thread(target=client, args=(index,)) for index in range(clients)]
        started_s = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall_s = time.perf_counter() - started_s
        memory = sampler.stop()
        idle_after_mib = _idle_mib(core.pid)
        records = _records(Path(scratch) / "state")
    in_order = sum(
        [records[name].sequence for name in own] == sorted(records[name].sequence for name in own) for own in names
    )
    return {
        "jobs": jobs,
        "clients": clients,
        "delivered": sum(delivered.values()),
        "lost": jobs // clients * clients - len(delivered),
        "delivered_twice": sum(count > 1 for count in delivered.values()),
        "run_more_than_once": sum(record.attempts != 1 for record in records.values()),
        "clients_in_order": in_order,
        "wall_s": round(wall_s, 1),
        "jobs_per_s": round(jobs / wall_s, 2),
        **memory,
        "worker_idle_mib": [idle_before_mib, idle_after_mib],
    }


def measure_overhead(rounds: int) -> dict[str, Any]:
    """A 30 s `sketch` score through a warm core and by the pipeline itself, alternating.

    Beside the time on the clock, which other programs stretch, the processor time of all processes that took part.
    """
    from vem_core.pipeline.ladder import score_timeline

    models = ModelStore()
    jpegs = _jpegs(24)
    direct, served = [], []
    with tempfile.TemporaryDirectory() as scratch, _core(Path(scratch)) as core, HttpCoreClient(core.address) as http:
        for number in range(rounds + 1):
            request = _request(jpegs, seconds=30, seed=number)
            folder = Path(scratch) / f"direct-{number}"
            folder.mkdir()
            job = Job(request, jpegs, folder, lambda *_: None, models)
            direct.append(_spent(core.pid, lambda: score_timeline(job)))  # noqa: B023
            target = folder / "served"
            served.append(_spent(core.pid, lambda: http.score(request, jpegs, target, lambda _: None)))  # noqa: B023
    pairs = list(zip(direct[1:], served[1:], strict=True))  # the first warms both up
    return {
        "rounds": rounds,
        "direct_s": round(statistics.median(plain.wall_s for plain, _ in pairs), 3),
        "served_s": round(statistics.median(job.wall_s for _, job in pairs), 3),
        "overhead_s": round(statistics.median(job.wall_s - plain.wall_s for plain, job in pairs), 3),
        "overhead_spread_s": [
            round(bound(job.wall_s - plain.wall_s for plain, job in pairs), 3) for bound in (min, max)
        ],
        "direct_cpu_s": round(statistics.median(plain.cpu_s for plain, _ in pairs), 3),
        "overhead_cpu_s": round(statistics.median(job.cpu_s - plain.cpu_s for plain, job in pairs), 3),
    }


def measure_empty(rounds: int) -> dict[str, Any]:
    """The round trip around a pipeline that writes 30 s of silence, and that writing alone."""
    jpegs = _jpegs(24)
    command = (sys.executable, str(Path(__file__).resolve()), "--as-core")
    served_s, direct_s = [], []
    with (
        tempfile.TemporaryDirectory() as scratch,
        _core(Path(scratch), command) as core,
        HttpCoreClient(core.address) as http,
    ):
        for number in range(rounds + 1):
            request = _request(jpegs, seconds=30, seed=number)
            folder = Path(scratch) / f"direct-{number}"
            folder.mkdir()
            direct_s.append(_timed(lambda: write_silence(Job(request, jpegs, folder, lambda *_: None))))  # noqa: B023
            served_s.append(_timed(lambda: http.score(request, jpegs, folder / "served", lambda _: None)))  # noqa: B023
    return {
        "rounds": rounds,
        "round_trip_s": round(statistics.median(served_s[1:]), 3),
        "overhead_s": round(statistics.median(served_s[1:]) - statistics.median(direct_s[1:]), 3),
    }


def write_silence(job: Job[ScoreRequest]) -> ScoreResult:
    """A pipeline that does nothing but write a file of the right size."""
    request, folder = job.request, job.folder
    samples = sample_of_frame(request.sheet.duration_frames, request.sheet.rate)
    with wave.open(str(folder / "mix.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(bytes(samples * 6))
    sha256 = hashlib.sha256((folder / "mix.wav").read_bytes()).hexdigest()
    totals = AlignmentTotals(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None, None)
    plan = ScorePlan(samples, (), (), (), (0,), (0.5,), "none", "calm", "C", Bend.STEADY, Ending.CUT, -1, request.seed)
    report = AlignmentReport("none", "", (), (), None, (), totals, totals, 0.0)
    mix = AudioFile("mix.wav", "mix", sha256, samples, SAMPLE_RATE_HZ, 2, None, None)
    return ScoreResult(content_hash(request), "silence", "", "cpu", request.seed, "0", (mix,), plan, report)


def _idle_mib(core: int) -> float:
    """What the worker holds once it has given its reserves back, which it does after some seconds without work."""
    time.sleep(8)
    return round(psutil.Process(core).children()[0].memory_info().rss / MIB, 1)


class _MemorySampler:
    """Resident memory of a core and its worker over time."""

    def __init__(self, pid: int) -> None:
        self._core = psutil.Process(pid)
        self._samples: list[tuple[int, int]] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def stop(self) -> dict[str, list[float]]:
        """Mean memory in MiB in each quarter of the run."""
        self._done.set()
        self._thread.join()
        places = [len(self._samples) * quarter // 4 for quarter in range(5)]
        quarters = [self._samples[begin:end] for begin, end in itertools.pairwise(places)]
        return {
            f"{name}_mib": [round(statistics.mean(sample[which] for sample in part) / MIB, 1) for part in quarters]
            for which, name in enumerate(("core", "worker"))
        }

    def _sample(self) -> None:
        while not self._done.wait(0.5):
            workers = self._core.children()
            if workers:
                self._samples.append((self._core.memory_info().rss, workers[0].memory_info().rss))


@contextlib.contextmanager
def _core(scratch: Path, command: tuple[str, ...] | None = None) -> Iterator[CoreProcess]:
    arguments = ["--state-folder", str(scratch / "state"), "--session-file", str(scratch / "run" / "core.json")]
    arguments += ["--log-folder", str(scratch / "logs")]
    options = LaunchOptions(arguments=arguments)
    # The leash options of CoreProcess come right after the command: `--as-core` takes them and all that follows.
    process = CoreProcess.start(options if command is None else dataclasses.replace(options, command=command))
    try:
        yield process
    finally:
        process.stop()


def _empty_core(words: list[str]) -> int:
    from vem_core.server.arguments import add_serve_arguments, settings_from_arguments
    from vem_core.server.serving import serve

    parser = argparse.ArgumentParser()
    add_serve_arguments(parser)
    worker = (sys.executable, str(Path(__file__).resolve()), "--as-worker")
    return serve(dataclasses.replace(settings_from_arguments(parser.parse_args(words)), worker_command=worker))


def _request(jpegs: Mapping[str, bytes], *, seconds: int, seed: int) -> ScoreRequest:
    shots = len(jpegs)
    edges = [index * seconds * 24 // shots for index in range(shots + 1)]
    sheet = CutSheet(
        name="benchmark",
        rate=RATE,
        start_frames=0,
        duration_frames=edges[-1],
        shots=tuple(Shot(start, end - start) for start, end in itertools.pairwise(edges)),
        cuts=tuple(Cut(edge) for edge in edges[1:-1]),
    )
    thumbnails = tuple(Thumbnail(name, index, edges[index]) for index, name in enumerate(jpegs))
    return ScoreRequest(sheet, model="sketch", seed=seed, thumbnails=thumbnails)


def _jpegs(count: int) -> dict[str, bytes]:
    pictures = {}
    for index in range(count):
        buffer = io.BytesIO()
        Image.effect_noise((320, 180), 20 + 4 * index).convert("RGB").save(buffer, "JPEG", quality=80)
        pictures[hashlib.sha256(buffer.getvalue()).hexdigest()] = buffer.getvalue()
    return pictures


def _records(state: Path) -> dict[str, JobRecord]:
    records = [loads(JobRecord, path.read_bytes()) for path in state.glob("jobs/*/job.json")]
    return {record.id: record for record in records}


def _timed(call: Any) -> float:
    started_s = time.perf_counter()
    call()
    return time.perf_counter() - started_s


class Spent(NamedTuple):
    """What a call took."""

    wall_s: float
    cpu_s: float  # of this process, the core and its worker


def _spent(core: int, call: Callable[[], object]) -> Spent:
    started_s, used_s = time.perf_counter(), _used_cpu_s(core)
    call()
    return Spent(time.perf_counter() - started_s, _used_cpu_s(core) - used_s)


def _used_cpu_s(core: int) -> float:
    processes = [psutil.Process(), psutil.Process(core), *psutil.Process(core).children()]
    return sum(used.user + used.system for used in (process.cpu_times() for process in processes))


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for name, group in figures.items():
        lines += [name, *(f"  {label:<20} {value}" for label, value in group.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
