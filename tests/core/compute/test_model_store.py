"""The store of loaded models, and what else stays in memory from job to job."""

from __future__ import annotations

import gc
import weakref

import pytest

from vem_core.compute.model_store import ModelStore


class Weights:
    """Something large."""


def test_a_model_is_loaded_once_and_stays() -> None:
    models = ModelStore()
    first = models.get("tracker", "ours", Weights)
    assert models.get("tracker", "ours", Weights) is first
    assert models.roles == ("tracker",)


def test_another_model_in_the_same_role_takes_the_place_of_the_first_which_is_gone_before_it_is_loaded() -> None:
    models = ModelStore()
    first = weakref.ref(models.get("music", "on the gpu", Weights))

    def load() -> Weights:
        gc.collect()
        assert first() is None
        return Weights()

    models.get("music", "on the cpu", load)
    assert models.roles == ("music",)


def test_a_model_that_cannot_be_loaded_leaves_nothing_behind() -> None:
    models = ModelStore()

    def fail() -> Weights:
        raise MemoryError

    with pytest.raises(MemoryError):
        models.get("music", 1, fail)
    assert models.roles == ()


def test_unloading_lets_go_of_everything() -> None:
    models = ModelStore()
    held = [weakref.ref(models.get(role, 1, Weights)) for role in ("music", "tracker", "text encoder")]
    models.unload()
    gc.collect()
    assert [reference() for reference in held] == [None, None, None]
