"""The tables in docs that say which test shows what: every test they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["service.md", "model.md", "recut.md", "sound.md", "styles.md"])
def test_named_tests_exist(page: str) -> None:
    defined = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))
    assert named
    assert named <= defined, f"docs/{page} names tests that do not exist: {sorted(named - defined)}"
