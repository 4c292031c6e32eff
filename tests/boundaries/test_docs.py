"""The docs hold together: links lead somewhere, and pages that are named in code and text exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOURCES = sorted(
    path
    for folder in ("benchmarks", "core", "docs", "tests", "ui", "vem_plugin", "resources")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".md", ".toml"}
)

LONGEST_LINE = 110

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)[^)]*\)")
_NAMED = re.compile(r"\bdocs/[\w./-]+\.(?:md|py|png)\b")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [target for target in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_that_is_named_exists() -> None:
    named = {
        (name, path.relative_to(ROOT))
        for path in [*SOURCES, *PAGES, ROOT / "pyproject.toml"]
        for name in _NAMED.findall(path.read_text(encoding="utf-8"))
    }
    assert named
    assert sorted(f"{path}: {name}" for name, path in named if not (ROOT / name).exists()) == []


def test_nothing_lies_outside_the_three_rooms() -> None:
    """Editors, engineers, records: three places, three tones. Beside them only the front page, pictures, sounds."""
    rooms = {"editors", "engineers", "records", "pictures", "sounds", "examples"}
    beside = [path.name for path in (ROOT / "docs").iterdir() if path.name not in rooms]
    assert beside == ["index.md"]


def _prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page by number, without what must stay on one line: tables, drawings, what a terminal shows."""
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and not line.lstrip().startswith("|") and not line.startswith("    "):
            yield number, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_of_prose_are_short_enough_to_read_in_an_editor(page: Path) -> None:
    if page.name == "CHANGELOG.md" or page.is_relative_to(ROOT / "docs" / "records"):
        return  # a line an entry; records stay as they were written
    assert [f"{number}: {line}" for number, line in _prose(page) if len(line) > LONGEST_LINE] == []
