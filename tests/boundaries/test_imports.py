"""Who may import what, tried for real: with the heavy packages made unimportable."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

IMPORT_ALL = """
import importlib, json, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ModuleNotFoundError(f"{name} is not for this side", name=name)

REFUSED = set(json.loads(sys.argv[2]))
sys.meta_path.insert(0, Refuse())
package = importlib.import_module(sys.argv[1])
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def import_all(package: str, refused: list[str]) -> int:
    """Import every module of a package in a fresh interpreter without the refused packages; how many there are."""
    command = [sys.executable, "-c", IMPORT_ALL, package, json.dumps(refused)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_the_host_side_imports_without_torch_and_qt() -> None:
    refused = ["torch", "diffusers", "transformers", "scipy", "soundfile", "fastapi", "PySide6", "madmom"]
    assert import_all("vem_plugin", refused) > 10


ALLOWED = ("vem_core.contract",)
"""What the host side and the panel may see of the core."""


@pytest.mark.parametrize("folder", ["vem_plugin/vem_plugin", "ui/vem_ui"])
def test_the_host_side_sees_the_contract_and_nothing_else_of_the_core(folder: str) -> None:
    seen = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / folder).rglob("*.py")
        for name in imported_names(path)
        if name.partition(".")[0] == "vem_core"
    }
    assert {
        (path, name) for path, name in seen if not f"{name}.".startswith(tuple(f"{room}." for room in ALLOWED))
    } == set()
    assert len(seen) > 10


def imported_names(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_contract_imports_with_the_standard_library_alone() -> None:
    refused = ["numpy", "opentimelineio", "av", "PIL", "httpx", "platformdirs", "torch", "scipy", "fastapi", "pydantic"]
    assert import_all("vem_core.contract", refused) >= 8


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_asking_for_help_imports_no_command(arguments: list[str]) -> None:
    script = (
        "import sys; from vem_plugin.cli import main; status = main(sys.argv[1:]);"
        "heavy = {'torch', 'numpy', 'opentimelineio', 'av', 'PySide6'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else status)"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "vem" in done.stdout


def test_the_plugin_manifest_is_one_that_opentimelineio_reads() -> None:
    import opentimelineio as otio

    manifest = otio.plugins.manifest.manifest_from_file(str(ROOT / "plugin.json"))
    assert isinstance(manifest, otio.plugins.manifest.Manifest)
