"""What a user installs: the wheel holds the three packages with their data, and nothing else of ours."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_three_packages(wheel_names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"vem_plugin", "vem_core", "vem_ui"}


def test_the_wheel_holds_the_data_the_code_reads(wheel_names: set[str]) -> None:
    assert any(name.startswith("vem_core/composer/styles/") and name.endswith(".toml") for name in wheel_names)
    assert "vem_core/py.typed" in wheel_names
    assert {"vem_core/judging/study/page.html", "vem_core/judging/cutsync/cutsync-1.0.json"} <= wheel_names
    assert "vem_core/_resources/models.json" in wheel_names
    assert "vem_plugin/otio_plugin/plugin.json" in wheel_names
