"""Work that is many equal tasks: here, over processes of this machine, or over a Ray cluster. For host side and core.

`run_tasks` gives the results in the order of the items, whoever did them, and holds few of them at once. Which worker
does what, what becomes of a lost one's work, and on which machine there is room is decided by the standard library's
process pool or by Ray (https://docs.ray.io); nothing of that is written here. Ray is imported only where an address of
one is given.

A task is a function of a module (not a lambda), its items and results can be pickled, and its result depends on its
item alone: a task whose worker was lost is done again elsewhere.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from vem_core.contract.errors import InputError, VemError
from vem_core.contract.processes import private_folder, protect_children, spawn_context

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 4
"""How often a task is begun in all before its workers' deaths are held to be its own fault."""

AHEAD = 3
"""Tasks handed out for each worker: one that is done, one that waits, and some slack for long ones before them."""

_EXTRA = "Install it on every machine of the cluster: pip install 'vem-score[cluster]'."


@dataclass(frozen=True)
class Workers:
    """Who does the tasks. Raises InputError for fewer than one process."""

    processes: int = 1  # of this machine; one: in this process itself
    ray_address: str = ""  # of a Ray cluster that takes their place: "auto", "host:6379", "ray://host:10001"

    def __post_init__(self) -> None:
        if self.processes < 1:
            raise InputError("--workers must be at least 1.")


def add_worker_arguments(parser: argparse.ArgumentParser, leaves: str, processes: int = 1) -> None:
    """Add `--workers` and `--ray`. `leaves`: what a cluster gets to see, and what it must have in place."""
    parser.add_argument(
        "--workers", type=int, default=processes, metavar="N", help=f"processes at once (default: {processes})"
    )
    add_ray_argument(parser, leaves)


def add_ray_argument(parser: argparse.ArgumentParser, leaves: str) -> None:
    """Add `--ray` alone, as `add_worker_arguments` does."""
    parser.add_argument(
        "--ray",
        default="",
        metavar="ADDRESS",
        help=f"a Ray cluster instead (auto, HOST:6379, ray://HOST:10001). What leaves this machine: {leaves}",
    )


def workers_of(arguments: argparse.Namespace) -> Workers:
    """The workers that those options name. Raises InputError."""
    return Workers(arguments.workers, arguments.ray)


def say_where(workers: Workers, leaves: str) -> None:
    """Write to stderr what is about to leave this machine, where anything is."""
    if workers.ray_address:
        said = f"On the Ray cluster at {workers.ray_address}. What leaves this machine: {leaves}."
        sys.stderr.write(said + "\n")


def run_tasks(function: Callable[[Item], Result], items: Iterable[Item], workers: Workers) -> Iterator[Result]:
    """`function` of every item, in the items' order; items are taken, and results held, only a few ahead.

    What a task raises ends the work and is raised here. Raises VemError for a task that lost its worker `TRIES` times,
    InputError where there is no Ray or no cluster at that address.
    """
    if workers.ray_address:
        return _on_ray(function, items, workers.ray_address)
    if workers.processes == 1:
        return map(function, items)
    return _in_processes(function, items, workers.processes)


@dataclass
class _Pending:
    """A task that was handed to the pool."""

    item: Any
    future: Future[Any]
    tries: int = 1


def _in_processes(function: Callable[[Item], Result], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """By the standard library's pool; of one that broke, what was not finished is done by the next."""
    waiting = iter(items)
    pool = _pool(processes)
    try:
        pending = deque(_Pending(item, pool.submit(function, item)) for item in islice(waiting, processes * AHEAD))
        while pending:
            try:
                result = pending[0].future.result()
            except BrokenProcessPool:
                pool.shutdown(wait=True, cancel_futures=True)
                pool = _pool(processes)
                for task in pending:
                    _begin_again(task, pool, function)
                continue
            pending.popleft()
            yield result
            for item in islice(waiting, 1):
                pending.append(_Pending(item, _submit(pool, function, item)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=spawn_context())  # torch and fork do not agree


def _submit(pool: ProcessPoolExecutor, function: Callable[[Item], Result], item: Item) -> Future[Result]:
    """Hand out a task; to a pool that has just broken, as one that it did not finish."""
    try:
        return pool.submit(function, item)
    except BrokenProcessPool as error:
        lost: Future[Result] = Future()
        lost.set_exception(error)
        return lost


def _begin_again(task: _Pending, pool: ProcessPoolExecutor, function: Callable[[Any], Any]) -> None:
    done = task.future.done() and not task.future.cancelled()
    if done and not isinstance(task.future.exception(), BrokenProcessPool):
        return
    if task.tries == TRIES:
        raise _lost(task.item)
    task.tries += 1
    task.future = pool.submit(function, task.item)


def _lost(item: object) -> VemError:
    return VemError(
        f"A worker was lost {TRIES} times at one task: {item!r:.200}.",
        hint="It may want more memory than there is; try fewer --workers.",
    )


def _on_ray(function: Callable[[Item], Result], items: Iterable[Item], address: str) -> Iterator[Result]:
    """By Ray, which begins a task again where its worker or machine was lost; one processor core for each task."""
    ray = _connect(address)
    try:
        remote = ray.remote(num_cpus=1, max_retries=TRIES - 1)(function)
        cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
        waiting = iter(items)
        pending = deque((item, remote.remote(item)) for item in islice(waiting, cores * AHEAD))
        while pending:
            item, reference = pending.popleft()
            yield _result(ray, item, reference)
            del reference  # lets the store forget the result
            pending.extend((item, remote.remote(item)) for item in islice(waiting, 1))
    finally:
        ray.shutdown()


def _connect(address: str) -> Any:
    """Ray, connected. Its workers look for modules where this process does, which must not be where somebody stands."""
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise InputError("Ray is not installed here.", hint=_EXTRA) from error
    protect_children()
    try:
        with contextlib.chdir(private_folder()):
            ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError, TimeoutError) as error:
        raise InputError(
            f"No Ray cluster answers at {address}.", hint="`ray start --head` on one machine says its address."
        ) from error
    return ray


def _result(ray: Any, item: object, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if "failed to import on the worker" in str(error.cause):  # Ray's own words (function_manager.py)
            raise InputError("A machine of the cluster cannot do this task: it lacks what this one has.",
                             hint=_EXTRA) from error  # fmt: skip
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise _lost(item) from error
