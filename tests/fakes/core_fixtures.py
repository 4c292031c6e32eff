"""Cores to test against: one that a module shares, and places for cores that get killed.

A folder of tests takes them over in its conftest: `from fakes.core_fixtures import core_rig, shared_core`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.core_rig import CoreRig


@pytest.fixture(scope="module")
def shared_core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreRig]:
    """A running core for tests that leave it as they found it."""
    rig = CoreRig(tmp_path_factory.mktemp("core"))
    rig.start()
    yield rig
    rig.close()


@pytest.fixture
def core_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreRig]:
    """A place for cores of one test."""
    rig = CoreRig(tmp_path_factory.mktemp("core"))
    yield rig
    rig.close()
