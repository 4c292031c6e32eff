"""The built wheel in clean environments, one for each extra (docs/engineers/releasing.md), as pip is set up here.

It installs up to 2 GB for each: `VEM_TRY_WHEEL=1` asks for that; without it these are skipped.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from fakes.edits import write_edit
from vem_plugin.core_install.tools import network_environment

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


class Installation:
    """An environment with the wheel and an extra, whose user has nothing else."""

    def __init__(self, folder: Path, wheel: Path, extra: str) -> None:
        if not os.environ.get("VEM_TRY_WHEEL"):
            pytest.skip("gigabytes are installed: only where VEM_TRY_WHEEL asks for it")
        venv.create(folder / "env", with_pip=True)
        self._bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        self._home = folder / "home"
        self._home.mkdir()
        pip = [str(self._bin / "python"), "-m", "pip", "install", "--quiet", f"{wheel}{extra}"]
        subprocess.run(pip, check=True, env={"PATH": os.environ["PATH"], **network_environment()})

    def vem(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run `vem` there."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._home), "QT_QPA_PLATFORM": "offscreen"}
        command = [str(self._bin / "vem"), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=self._home)


@pytest.mark.parametrize("extra", ["", "[adapters]"])
def test_the_host_side_alone_reads_timelines_and_says_what_is_missing(wheel: Path, tmp_path: Path, extra: str) -> None:
    there = Installation(tmp_path, wheel, extra)
    edit = write_edit(tmp_path / "edit.otio", [30, 20, 40])
    assert "2 cuts" in there.vem("cuts", edit).stdout
    scored = there.vem("score", edit)
    assert (scored.returncode, "vem core install" in scored.stderr) == (5, True)
    panel = there.vem("panel", "--version")
    assert "vem-score[ui]" in panel.stdout
    assert "vem-score[ui]" in there.vem("panel").stderr
    doctor = there.vem("core", "doctor")
    assert doctor.returncode == 5
    assert "vem core install" in doctor.stdout
    assert ("AAF is read" in there.vem("doctor", "--no-core").stdout) == bool(extra)


def test_with_the_panel_its_version_is_told(wheel: Path, tmp_path: Path) -> None:
    there = Installation(tmp_path, wheel, "[ui]")
    panel = there.vem("panel", "--version")
    assert panel.returncode == 0
    assert "PySide6 6." in panel.stdout


def test_with_the_core_a_timeline_is_scored(wheel: Path, tmp_path: Path) -> None:
    there = Installation(tmp_path, wheel, "[core]")
    edit = write_edit(tmp_path / "edit.otio", [60, 50, 70])
    scored = there.vem("score", edit, "--prompt", "calm")
    assert scored.returncode == 0, scored.stderr
    assert (tmp_path / "edit.vem" / "edit-take1.wav").is_file()
    assert "speech is told from music" in there.vem("doctor", "--no-core").stdout
    doctor = there.vem("core", "doctor")
    assert doctor.returncode == 0, doctor.stdout
