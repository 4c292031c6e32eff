"""No cycles: neither between files nor between the packages that they lie in, imports inside functions included."""

from __future__ import annotations

from collections.abc import Mapping, Set

import grimp
import pytest

Graph = Mapping[str, Set[str]]
PACKAGES = ("vem_core", "vem_ui")


def cycles(graph: Graph) -> list[list[str]]:
    """The groups of nodes that reach each other (Tarjan), each in alphabetical order."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        waiting.append(node)
        for after in sorted(graph.get(node, ())):
            if after not in index:
                visit(after)
                low[node] = min(low[node], low[after])
            elif after in waiting:
                low[node] = min(low[node], index[after])
        if low[node] == index[node]:
            group = waiting[waiting.index(node) :]
            del waiting[waiting.index(node) :]
            if len(group) > 1:
                found.append(sorted(group))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def imports_between_files(package: str) -> dict[str, set[str]]:
    """Which module imports which."""
    graph = grimp.build_graph(package, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def imports_between_packages(package: str) -> dict[str, set[str]]:
    """Which room (the folder under the package) imports which."""

    def room(module: str) -> str:
        return ".".join(module.split(".")[:2])

    rooms: dict[str, set[str]] = {}
    for module, imported in imports_between_files(package).items():
        if module != package:
            rooms.setdefault(room(module), set()).update({room(other) for other in imported} - {room(module), package})
    return rooms


@pytest.mark.parametrize("package", PACKAGES)
def test_no_cycle_between_files(package: str) -> None:
    assert cycles(imports_between_files(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
def test_no_cycle_between_packages(package: str) -> None:
    assert cycles(imports_between_packages(package)) == []


def test_a_cycle_is_seen() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [["b", "c"]]
