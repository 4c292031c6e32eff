"""Long signals piece by piece, with no seam: each piece sees enough of its neighbours to come out as in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor


class Chunk(NamedTuple):
    """A piece [first, last_excl) and the span [read_first, read_last_excl) that has to be read for it."""

    first: int
    last_excl: int
    read_first: int
    read_last_excl: int


def plan_chunks(length: int, chunk: int, reach: int) -> list[Chunk]:
    """Pieces of `chunk` that tile [0, length), each read with `reach` more on either side where there is more."""
    return [
        Chunk(first, min(first + chunk, length), max(0, first - reach), min(first + chunk + reach, length))
        for first in range(0, length, chunk)
    ]


def apply_in_chunks(
    function: Callable[[Tensor], Tensor], signal: Tensor, *, chunk: int, reach: int, ratio: tuple[int, int]
) -> Tensor:
    """`function(signal)` along the last axis, computed in pieces whose results are put together.

    `function` must depend on at most `reach` input steps to either side and turn ratio[0] steps into ratio[1]; `chunk`
    and
    `reach` are multiples of ratio[0]. Peak memory is that of one piece, beside the result.
    """
    return torch.cat(list(each_chunk(function, signal, chunk=chunk, reach=reach, ratio=ratio)), dim=-1)


def each_chunk(
    function: Callable[[Tensor], Tensor], signal: Tensor, *, chunk: int, reach: int, ratio: tuple[int, int]
) -> Iterator[Tensor]:
    """The pieces of `apply_in_chunks`, one at a time."""
    taken, given = ratio
    for piece in plan_chunks(signal.shape[-1], chunk, reach):
        made = function(signal[..., piece.read_first : piece.read_last_excl])
        skip = (piece.first - piece.read_first) * given // taken
        yield made[..., skip : skip + (piece.last_excl - piece.first) * given // taken]
