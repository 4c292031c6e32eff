"""A desktop with a real mouse for the tests of this folder; they are skipped where there is no X server to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.desktop import Desktop, NativePanel, missing_programs
from fakes.edits import write_edit

Start = Callable[..., NativePanel]
EDIT_FRAMES = (48, 72, 60, 36, 84)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """A laptop's screen."""
    missing = missing_programs()
    if missing:
        pytest.skip(f"native tests need {', '.join(missing)}")
    made = Desktop((1366, 768), tmp_path)
    yield made
    made.close()


@pytest.fixture
def start(desktop: Desktop, tmp_path: Path) -> Iterator[Start]:
    """Starts panels on the desktop; each must end by itself and with status 0."""
    started: list[NativePanel] = []

    def make(*timelines: Path, size: tuple[int, int] = (0, 0)) -> NativePanel:
        started.append(NativePanel(desktop, tmp_path, *timelines, size=size))
        return started[-1]

    yield make
    assert [panel.end() for panel in started] == [0] * len(started)


@pytest.fixture
def panel(start: Start, tmp_path: Path) -> NativePanel:
    """A panel with an edit of four cuts open."""
    return start(write_edit(tmp_path / "edit.otio", list(EDIT_FRAMES)))
