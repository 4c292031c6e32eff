"""No cycles: neither between the rooms of a package nor between its files, whatever kind of import makes them.

Imports inside functions and those for types alone count as any other: a room that can only be read together with
another is not a room.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = {"vem_plugin": ROOT / "vem_plugin", "vem_core": ROOT / "core", "vem_ui": ROOT / "ui"}

Graph = Mapping[str, set[str]]


def modules_of(package: str) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    found = {}
    for path in sorted((SOURCES[package] / package).rglob("*.py")):
        parts = path.relative_to(SOURCES[package]).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(path: Path, modules: Iterable[str]) -> Iterator[str]:
    """The modules that a file imports anywhere in it."""
    known = set(modules)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known:
                    yield inner
                elif node.module in known:
                    yield node.module


def graph_of(package: str) -> dict[str, set[str]]:
    """Which module of a package imports which others of it."""
    modules = modules_of(package)
    return {name: {other for other in imports_of(path, modules) if other != name} for name, path in modules.items()}


def rooms_of(graph: Graph) -> dict[str, set[str]]:
    """The same for rooms: the folders below a package, and each module that stands beside them."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for name, others in graph.items():
        rooms[room_of(name)] |= {room_of(other) for other in others} - {room_of(name)}
    return dict(rooms)


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def cycles_of(graph: Graph) -> list[frozenset[str]]:
    """The sets of nodes that reach each other (Tarjan's strongly connected components of more than one node)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[frozenset[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in order:
                visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], order[other])
        if lowest[node] == order[node]:
            component = set()
            while node not in component:
                component.add(stack.pop())
            if len(component) > 1:
                found.append(frozenset(component))

    for node in graph:
        if node not in order:
            visit(node)
    return found


def test_a_cycle_is_found_and_a_ladder_is_none() -> None:
    assert cycles_of({"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}) == [frozenset("abc")]
    assert cycles_of({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_imports_inside_functions_and_for_types_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    inner, typed = "def f():\n    from p.a import b\n", "if TYPE_CHECKING:\n    from p import c\n"
    file.write_text(f"{inner}{typed}import p.d\nfrom p.a import E\n")
    assert sorted(imports_of(file, ["p", "p.a", "p.a.b", "p.c", "p.d"])) == ["p.a", "p.a.b", "p.c", "p.d"]


@pytest.mark.parametrize("package", SOURCES)
def test_there_is_no_cycle_between_rooms(package: str) -> None:
    assert cycles_of(rooms_of(graph_of(package))) == []


@pytest.mark.parametrize("package", SOURCES)
def test_there_is_no_cycle_between_files(package: str) -> None:
    assert cycles_of(graph_of(package)) == []
