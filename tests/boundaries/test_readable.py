"""Sizes that read well, and a sentence for every public function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"vem_core": ROOT / "core", "vem_plugin": ROOT / "vem_plugin", "vem_ui": ROOT / "ui"}
BESIDE = ("benchmarks", "docs", "tests")
MOST_LINES, MOST_LINES_OF_99 = 450, 60


class Function(NamedTuple):
    """A function as it stands in a file."""

    place: str  # file:line
    name: str
    lines: int
    documented: bool
    public: bool
    method: bool


def functions_of(path: Path) -> Iterator[Function]:
    """The functions of a file, inner ones too. Public: no name on the way to it begins with an underscore."""

    def walk(node: ast.AST, public: bool, method: bool) -> Iterator[Function]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (child.end_lineno or child.lineno) - child.lineno + 1
                own = public and not child.name.startswith("_")
                documented = ast.get_docstring(child) is not None
                place = f"{path.relative_to(ROOT)}:{child.lineno}"
                yield Function(place, child.name, lines, documented, own, method)
                yield from walk(child, False, False)
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, public and not child.name.startswith("_"), True)
            else:
                yield from walk(child, public, method)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), True, False)


def functions_in(package: str) -> list[Function]:
    """The functions of a package."""
    return [function for path in sorted((FOLDERS[package] / package).rglob("*.py")) for function in functions_of(path)]


def silent_in(package: str) -> list[str]:
    """Public functions without a docstring, but for methods that do what a documented one of that name says."""
    found = functions_in(package)
    said = {function.name for function in found if function.method and function.documented}
    return [
        f"{function.place} {function.name}"
        for function in found
        if function.public and not function.documented and not (function.method and function.name in said)
    ]


@pytest.mark.parametrize("folder", [*(f"{path.name}/{package}" for package, path in FOLDERS.items()), *BESIDE])
def test_files_can_be_read_in_one_sitting(folder: str) -> None:
    files = sorted((ROOT / folder).rglob("*.py"))
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = {path: lines for path, lines in lengths.items() if lines > MOST_LINES}
    assert long == {}


@pytest.mark.parametrize("package", FOLDERS)
def test_99_functions_in_100_fit_on_a_screen(package: str) -> None:
    lines = sorted(function.lines for function in functions_in(package))
    assert lines[int(0.99 * len(lines))] < MOST_LINES_OF_99


@pytest.mark.parametrize("package", FOLDERS)
def test_public_functions_say_what_they_do(package: str) -> None:
    assert silent_in(package) == []
