"""What the synthesiser keeps is bounded in bytes; what was not used for longest makes way."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vem_core.synth import kept as module
from vem_core.synth.kept import KeptArrays, kept


def test_what_is_kept_is_made_once() -> None:
    store, made = KeptArrays(1_000), []

    def make() -> torch.Tensor:
        made.append(1)
        return torch.zeros(10)

    assert store.get("a", make) is store.get("a", make)
    assert (len(made), store.nbytes) == (1, 40)
    store.clear()
    store.get("a", make)
    assert len(made) == 2


def test_what_was_not_used_for_longest_makes_way_whatever_it_is() -> None:
    store = KeptArrays(100)
    store.get("tensor", lambda: torch.zeros(10))
    store.get("array", lambda: np.zeros(10, np.float32))
    store.get("tensor", lambda: torch.ones(10))
    store.get("two", lambda: (torch.zeros(5), torch.zeros(5)))
    assert store.nbytes == 80
    assert not store.get("tensor", lambda: torch.ones(10)).any()
    assert store.get("array", lambda: np.ones(10, np.float32)).all()


def test_a_part_of_a_tensor_counts_as_the_whole_that_it_holds() -> None:
    store = KeptArrays(1_000)
    store.get("part", lambda: torch.zeros(100)[:1])
    assert store.nbytes == 400


def test_what_is_larger_than_all_of_it_is_given_and_not_kept() -> None:
    store = KeptArrays(100)
    assert len(store.get("large", lambda: torch.zeros(50))) == 50
    assert store.nbytes == 0


def test_functions_share_one_store_and_do_not_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MATERIAL", KeptArrays(1_000))

    @kept
    def ones(count: int) -> torch.Tensor:
        return torch.ones(count)

    @kept
    def zeros(count: int) -> torch.Tensor:
        return torch.zeros(count)

    assert ones(3) is ones(3)
    assert ones(3) is not ones(4)
    assert ones(2).all()
    assert not zeros(2).any()
    assert module.MATERIAL.nbytes == 4 * (3 + 4 + 2 + 2)
