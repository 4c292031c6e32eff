"""One real core for all of these tests, lent to whatever would start one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from fakes.core_rig import CoreRig
from vem_plugin.client import session as client_session
from vem_plugin.client.core_process import CoreProcess, LaunchOptions
from vem_plugin.client.http import HttpCoreClient


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpCoreClient]:
    """A client of it."""
    process = CoreProcess.start(LaunchOptions(arguments=CoreRig(tmp_path_factory.mktemp("core")).arguments))
    with HttpCoreClient(process.address) as client:
        yield client
    process.stop()


@pytest.fixture
def lent_core(client: HttpCoreClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands score with it."""
    monkeypatch.setattr(client_session, "core_session", lambda *args, **kwargs: contextlib.nullcontext(client))
