"""A Resolve with an edit, and the host of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_edits import make_edit, make_host
from vem_plugin.resolve.host import ResolveStudioHost


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio(make_edit())


@pytest.fixture
def host(studio: FakeStudio, tmp_path: Path) -> ResolveStudioHost:
    return make_host(studio, tmp_path)
