"""Which shards a process holds in memory, and until when: a corpus of any size in bounded memory.

Clips are drawn at random from what is held (a *stay*), by the number of the batch; after as many batches as it takes to
see each clip once in the mean, other shards follow. Each epoch deals the shards anew among the processes of the team,
each shard to one process and into one stay, so that it is read once. What is held depends on the number of the batch
alone, so that a run that goes on holds what the stopped one held. A corpus that fits is held whole and is never read
again.

While a stay lasts, the next one is read by a thread, into pinned memory where a GPU will take it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar

import numpy as np
import torch
from torch import Tensor

from vem_core.contract.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

FOR_EVER = 1 << 62
MIB = 1 << 20


class ShardLoad(NamedTuple):
    """What a shard has for a stage."""

    bytes: int  # in memory
    clips: int  # that do not overlap


class Stay(NamedTuple):
    """The shards that a process holds for some batches, which it counts by itself."""

    first: int
    batches: int
    shards: tuple[int, ...]  # ascending

    @property
    def end_excl(self) -> int:
        """The first batch after it."""
        return self.first + self.batches


@dataclass(frozen=True)
class Share:
    """How much a process may hold, and what it draws: `clips` a batch, as process `rank` of `count`."""

    memory_bytes: int
    clips: int
    seed: int = 0
    rank: int = 0
    count: int = 1


class Rotation:
    """The stays of a process, from the first batch on. Raises InputError where no shard has a clip."""

    def __init__(self, loads: Sequence[ShardLoad], share: Share) -> None:
        self._loads, self._share = loads, share
        self._useful = [number for number, load in enumerate(loads) if load.clips > 0]
        if not self._useful:
            raise InputError("No piece of the corpus is as long as a clip.")
        self._going = self._from_the_start()
        self._current = next(self._going)

    def stay(self, batch: int) -> Stay:
        """What is held for a batch."""
        if batch < self._current.first:
            self._going = self._from_the_start()
            self._current = next(self._going)
        while batch >= self._current.end_excl:
            self._current = next(self._going)
        return self._current

    def _from_the_start(self) -> Iterator[Stay]:
        if self._share.count == 1 and self._bytes(self._useful) <= self._share.memory_bytes:
            yield Stay(0, FOR_EVER, tuple(self._useful))
            return
        first, epoch = 0, 0
        while True:
            for shards in self._portions(self._dealt(epoch)):
                clips = sum(self._loads[shard].clips for shard in shards)
                stay = Stay(first, max(1, round(clips / self._share.clips)), tuple(sorted(shards)))
                yield stay
                first = stay.end_excl
            epoch += 1

    def _dealt(self, epoch: int) -> list[int]:
        """This process's shards of an epoch, in order. With fewer shards than processes some share one."""
        order = np.random.default_rng((self._share.seed, 6, epoch)).permutation(self._useful).tolist()
        if len(order) < self._share.count:
            return [order[self._share.rank % len(order)]]
        return order[self._share.rank :: self._share.count]

    def _portions(self, shards: Sequence[int]) -> Iterator[list[int]]:
        """Parts of at most half of the memory each (or one shard), the other half being the next's."""
        portion: list[int] = []
        for shard in shards:
            if portion and self._bytes([*portion, shard]) > self._share.memory_bytes // 2:
                yield portion
                portion = []
            portion.append(shard)
        yield portion

    def _bytes(self, shards: Sequence[int]) -> int:
        return sum(self._loads[shard].bytes for shard in shards)


class Held(Generic[T]):
    """What a process holds of a corpus. `T` is a dataclass with tensors; `load` reads some shards into the processor's
    memory, from which they go to `device`. Use it as a context, or close it: it has a thread.
    """

    def __init__(self, rotation: Rotation, load: Callable[[Sequence[int]], T], device: torch.device) -> None:
        self._rotation, self._load, self._device = rotation, load, device
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="next-shards")
        self._stay: Stay | None = None
        self._held: T | None = None
        self._coming: tuple[Stay, Future[T]] | None = None

    @classmethod
    def whole(cls, held: T) -> Held[T]:
        """One that holds always the same."""
        always = cls(Rotation([ShardLoad(0, 1)], Share(1, 1)), lambda shards: held, torch.device("cpu"))
        always._stay, always._held = Stay(0, FOR_EVER, (0,)), held
        return always

    def at(self, batch: int) -> T:
        """What a batch, by this process's count, is drawn from. Raises what `load` raises."""
        if self._held is None or self._stay is None or not self._stay.first <= batch < self._stay.end_excl:
            stay = self._rotation.stay(batch)
            self._held = None  # before the next one comes: a GPU has room for one
            self._held = self._moved(self._read(stay))
            self._stay = stay
            if stay.end_excl < FOR_EVER:
                coming = self._rotation.stay(stay.end_excl)
                self._coming = coming, self._reader.submit(self._load_pinned, coming)
        return self._held

    def _read(self, stay: Stay) -> T:
        coming, self._coming = self._coming, None
        if coming is not None and coming[0] == stay:
            return coming[1].result()
        return self._reader.submit(self._load_pinned, stay).result()

    def _load_pinned(self, stay: Stay) -> T:
        loaded = self._load(stay.shards)
        return _each_tensor(loaded, lambda tensor: tensor.pin_memory()) if self._device.type == "cuda" else loaded

    def _moved(self, loaded: T) -> T:
        if self._device.type == "cpu":
            return loaded
        return _each_tensor(loaded, lambda tensor: tensor.to(self._device, non_blocking=True))

    def close(self) -> None:
        """Read no more."""
        self._coming = None
        self._reader.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _each_tensor(held: T, change: Callable[[Tensor], Tensor]) -> T:
    tensors: dict[str, Any] = {
        field.name: change(value)
        for field in dataclasses.fields(held)
        if isinstance(value := getattr(held, field.name), Tensor)
    }
    return dataclasses.replace(held, **tensors)
