"""A corpus of any size in bounded memory: what is held when, by whom, and that each shard is read once an epoch."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from vem_core.contract.errors import InputError
from vem_core.training.rotation import FOR_EVER, Held, Rotation, ShardLoad, Share, Stay

CPU = torch.device("cpu")
LOADS = [ShardLoad(10 + number % 3, 8) for number in range(12)]


def stays_of_epoch(rotation: Rotation, shards: int) -> list[Stay]:
    """The stays from the first batch on, until so many shards were held."""
    stays, batch = [], 0
    while sum(len(stay.shards) for stay in stays) < shards:
        stays.append(rotation.stay(batch))
        batch = stays[-1].end_excl
    return stays


@given(
    st.lists(st.tuples(st.integers(1, 100), st.integers(0, 9)), min_size=4, max_size=40),
    st.integers(1, 4),
    st.integers(1, 400),
)
def test_together_the_processes_hold_each_shard_once_an_epoch(
    sizes: list[tuple[int, int]], count: int, memory: int
) -> None:
    loads = [ShardLoad(*size) for size in sizes]
    useful = [number for number, load in enumerate(loads) if load.clips]
    if len(useful) < count:
        return
    held: Counter[int] = Counter()
    for rank in range(count):
        share = len(useful[rank::count])
        for stay in stays_of_epoch(Rotation(loads, Share(memory, 4, 3, rank, count)), share):
            held.update(stay.shards)
            assert sum(loads[shard].bytes for shard in stay.shards) <= memory or len(stay.shards) == 1
    assert held == Counter(useful)


def test_clips_are_drawn_as_often_as_there_are_some() -> None:
    stays = stays_of_epoch(Rotation(LOADS, Share(60, 2)), len(LOADS))
    assert len(stays) > 3
    for stay in stays:
        assert stay.batches == sum(LOADS[shard].clips for shard in stay.shards) / 2


def test_what_is_held_depends_on_the_batch_alone() -> None:
    forwards, backwards = Rotation(LOADS, Share(60, 2, 7)), Rotation(LOADS, Share(60, 2, 7))
    seen = [forwards.stay(batch) for batch in range(200)]
    assert [backwards.stay(batch) for batch in reversed(range(200))] == seen[::-1]
    assert [Rotation(LOADS, Share(60, 2, 8)).stay(batch) for batch in range(200)] != seen


def test_a_corpus_that_fits_is_held_for_ever_in_its_own_order() -> None:
    assert Rotation(LOADS, Share(200, 2)).stay(10**9) == Stay(0, FOR_EVER, tuple(range(12)))


def test_fewer_shards_than_processes_are_shared() -> None:
    held = {Rotation(LOADS[:2], Share(5, 1, 0, rank, 3)).stay(0).shards for rank in range(3)}
    assert held == {(0,), (1,)}
    with pytest.raises(InputError, match="as long as a clip"):
        Rotation([ShardLoad(10, 0)], Share(10, 1))


@dataclass(frozen=True)
class Numbers:
    values: Tensor


class Reader:
    """Notes what is read, by whom."""

    def __init__(self) -> None:
        self.read: list[tuple[int, ...]] = []
        self.threads: set[str] = set()
        self.reading = threading.Event()

    def load(self, shards: Sequence[int]) -> Numbers:
        self.read.append(tuple(shards))
        self.threads.add(threading.current_thread().name)
        self.reading.set()
        return Numbers(torch.tensor(list(shards)))


def test_the_next_stay_is_read_while_one_lasts_and_each_only_once() -> None:
    rotation, reader = Rotation(LOADS, Share(60, 2)), Reader()
    expected = [stay.shards for stay in stays_of_epoch(rotation, 2 * len(LOADS))]
    with Held(rotation, reader.load, CPU) as held:
        assert tuple(held.at(0).values.tolist()) == expected[0]
        reader.reading.clear()
        assert reader.read[1:] == [expected[1]] or reader.reading.wait(10)
        batch = 0
        for shards in expected:
            stay = rotation.stay(batch)
            for number in range(stay.first, stay.end_excl):
                assert tuple(held.at(number).values.tolist()) == shards
            batch = stay.end_excl
    assert reader.read[: len(expected)] == expected
    assert len(reader.read) <= len(expected) + 1
    assert threading.current_thread().name not in reader.threads


def test_a_shard_that_cannot_be_read_is_told_where_it_is_needed() -> None:
    def load(shards: Sequence[int]) -> Numbers:
        if 3 in shards:
            raise InputError("that shard is damaged")
        return Numbers(torch.tensor(list(shards)))

    with Held(rotation := Rotation(LOADS, Share(24, 2)), load, CPU) as held:
        damaged = next(batch for batch in range(100) if 3 in rotation.stay(batch).shards)
        for batch in range(damaged):
            held.at(batch)
        with pytest.raises(InputError, match="damaged"):
            held.at(damaged)


def test_what_is_held_whole_needs_no_reader() -> None:
    numbers = Numbers(torch.arange(3))
    assert Held.whole(numbers).at(10**9) is numbers
