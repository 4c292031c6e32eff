"""Cores to test against: one that a module shares, and places for cores that get killed.

A folder of tests takes them over in its conftest: `from fakes.core_fixtures import core_rig, shared_core`.
`warm_core` is a real one that commands find where a user's own would be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture(scope="session")
def real_core(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CoreRig]:
    """A real core that stays, for all tests of a process."""
    rig = CoreRig(tmp_path_factory.mktemp("run"), (sys.executable, "-P", "-m", "vem_core.server"))
    rig.start()
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def warm_core(real_core: CoreRig) -> Iterator[CoreRig]:
    """A real core that the commands of a module find running, as beside an open panel (on Linux)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(real_core.folder))
        yield real_core


@pytest.fixture
def no_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None is running: the commands of this test start their own."""
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))


def lend_to_commands(rig: CoreRig, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a core that the commands of this test use; its token and the list of cores lie in `folder`."""
    token = folder / "token"
    token.write_text("a-token-of-more-than-thirty-two-characters")
    token.chmod(0o600)
    address = rig.start("--token-file", str(token))
    cores = folder / "cores.json"
    cores.write_text(json.dumps([{"url": address.url, "token_file": str(token)}]))
    monkeypatch.setenv("VEM_CORES", str(cores))
