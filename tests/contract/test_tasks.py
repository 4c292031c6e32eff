"""Tasks in this process, in a pool, on a Ray cluster: the same results in the same order, whoever is lost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.tasks import die, square, square_once_killed
from vem_core.contract.errors import InputError, VemError
from vem_core.contract.tasks import AHEAD, TRIES, Workers, add_worker_arguments, run_tasks, workers_of


def counted(numbers: list[int], taken: list[int]) -> Iterator[int]:
    for number in numbers:
        taken.append(number)
        yield number


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_items_and_few_are_taken_ahead(processes: int) -> None:
    taken: list[int] = []
    results = run_tasks(square, counted(list(range(20)), taken), Workers(processes))
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    assert len(taken) <= 3 + (processes * AHEAD if processes > 1 else 0)
    assert list(results) == [number * number for number in range(3, 20)]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_task_raises_is_raised_here_with_its_hint(processes: int) -> None:
    with pytest.raises(InputError, match="-1 has no square") as raised:
        list(run_tasks(square, [1, -1, 2, 3], Workers(processes)))
    assert (raised.value.hint, raised.value.details) == ("Take another.", {"number": -1})


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    results = run_tasks(square_once_killed, [(tmp_path, number) for number in range(12)], Workers(2))
    assert list(results) == [number * number for number in range(12)]
    assert (tmp_path / "killed").exists()


def test_a_task_that_kills_every_worker_is_named() -> None:
    with pytest.raises(VemError, match=rf"lost {TRIES} times at one task: 7"):
        list(run_tasks(die, [7], Workers(2)))


def test_the_options_say_what_leaves_the_machine(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="x")
    add_worker_arguments(parser, "the names of the pieces")
    assert workers_of(parser.parse_args(["--workers", "3", "--ray", "auto"])) == Workers(3, "auto")
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    assert "leaves this machine: the names of the pieces" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(InputError, match="at least 1"):
        workers_of(parser.parse_args(["--workers", "0"]))


def test_without_ray_its_absence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="Ray is not installed") as raised:
        list(run_tasks(square, [1], Workers(ray_address="auto")))
    assert "vem-score[cluster]" in raised.value.hint


@pytest.mark.slow
def test_a_ray_cluster_does_the_same_and_survives_its_losses(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra `cluster`")
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=small)
    try:
        other = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        workers = Workers(ray_address=cluster.address)
        results = run_tasks(square_once_killed, [(tmp_path, number) for number in range(12)], workers)
        assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
        cluster.remove_node(other)
        assert list(results) == [number * number for number in range(5, 12)]
        with pytest.raises(InputError, match="-1 has no square"):
            list(run_tasks(square, [1, -1], workers))
    finally:
        cluster.shutdown()
