"""`resources/models.json`: one spelling, and every file that it names is the one that lies there."""

from __future__ import annotations

import dataclasses

import pytest

from vem_core.contract.errors import ContractError
from vem_core.resources.paths import resource_path
from vem_core.resources.registry import (
    ModelEntry,
    ModelFile,
    ModelRegistry,
    read_registry,
    registry_text,
    verified_folder,
)

ENTRY = ModelEntry("a", "1.0", "music", "weights/a-1.0", (ModelFile("x", 1, "0" * 64),), "Apache-2.0", "cards/a.md")


def test_the_registry_is_spelt_in_the_one_way() -> None:
    assert resource_path("models.json").read_text(encoding="utf-8") == registry_text(read_registry())


def test_every_registered_file_is_the_one_that_lies_there() -> None:
    registry = read_registry()
    for entry in registry.models:
        verified_folder(entry)
        assert resource_path(entry.card).is_file()
        assert sum(file.bytes for file in entry.files) <= 32_000_000
        assert all(file.bytes <= 16_000_000 for file in entry.files)


def test_a_version_is_never_overwritten() -> None:
    registry = ModelRegistry((ENTRY,))
    with pytest.raises(ContractError, match="never overwritten"):
        registry.with_entry(dataclasses.replace(ENTRY, files=(ModelFile("x", 1, "1" * 64),)))
    assert registry.with_entry(dataclasses.replace(ENTRY, gates_met_on=("cpu",))).models[0].gates_met_on == ("cpu",)
    newer = registry.with_entry(dataclasses.replace(ENTRY, version="1.1"))
    assert [entry.version for entry in newer.models] == ["1.1"]


def test_a_model_is_registered_once() -> None:
    with pytest.raises(ContractError, match="twice"):
        ModelRegistry((ENTRY, ENTRY))
