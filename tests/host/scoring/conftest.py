"""One real core for all of these tests, lent to whatever would start one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from fakes.core_fixtures import real_core
from fakes.core_rig import CoreRig
from vem_plugin.client import session as client_session
from vem_plugin.client.http import HttpCoreClient

__all__ = ["client", "lent_core", "real_core"]


@pytest.fixture(scope="session")
def client(real_core: CoreRig) -> Iterator[HttpCoreClient]:
    """A client of it."""
    with real_core.client() as client:
        yield client


@pytest.fixture
def lent_core(client: HttpCoreClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands score with it."""
    monkeypatch.setattr(client_session, "core_session", lambda *args, **kwargs: contextlib.nullcontext(client))
