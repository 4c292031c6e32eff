#!/usr/bin/env python3
"""Every chore of this repository, on a fresh machine and the hundredth time.

    python3 run.py demo            set up, then score a demo edit and print how its cuts were met
    python3 run.py test            set up, then check style, types, imports and run the tests
    python3 run.py test --slow     also the tests marked slow
    python3 run.py vem ARGS...     set up, then run `vem`
    python3 run.py fix             let ruff rewrite what it can
    python3 run.py docs            set up, then build the site of docs/ into build/site
    python3 run.py setup           only set up

Standard library only. The set-up makes `.venv` beside this file and is skipped while pyproject.toml is unchanged.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "vem-setup.txt"

# torch first and pinned: any later step that has to choose a torch would choose gigabytes of CUDA.
# The others are what madmom and this project are built with, since build isolation is off.
FOUNDATION = [
    "torch==2.13.0",
    "numpy>=2.2,<2.5",
    "Cython>=3.1",
    "setuptools>=77",
    "hatchling>=1.27",
    "editables>=0.5",
]
# For the weights that it carries, which `vem judge` hears by; what it asks for is of 2019 and cannot be installed.
WITHOUT_THEIR_DEPENDENCIES = ["musicnn==0.1.0"]
MADMOM = "madmom==0.16.1"
SITE = "mkdocs-material>=9.6,<10"
# File by file, in the order that tests/conftest.py puts them in.
IN_PARALLEL = ["-n", "auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]


def main(arguments: list[str]) -> int:
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        print(f"VeM Score needs Python 3.11 to 3.13; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    chores = {"setup": lambda _: 0, "demo": demo, "test": test, "vem": vem, "fix": fix, "docs": docs}
    if not arguments or arguments[0] not in chores:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        set_up()
    except subprocess.CalledProcessError as error:
        print(f"The set-up failed (exit {error.returncode}): {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return chores[arguments[0]](arguments[1:])


def set_up() -> None:
    wanted = _fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print(f"Setting up {VENV} (a few minutes the first time) ...", file=sys.stderr)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    _pip(*FOUNDATION)
    _pip("--no-build-isolation", "-e", ".[dev]")
    _pip("--no-deps", *WITHOUT_THEIR_DEPENDENCIES)
    try:
        _pip("--no-build-isolation", MADMOM)
    except subprocess.CalledProcessError:
        print(
            "madmom could not be built (it needs a C compiler); beats are measured without it.",
            file=sys.stderr,
        )
    STAMP.write_text(wanted)


def demo(arguments: list[str]) -> int:
    return vem(["demo", *arguments])


def vem(arguments: list[str]) -> int:
    return _run(str(BIN / "vem"), *arguments)


def test(arguments: list[str]) -> int:
    slow = "--slow" in arguments
    rest = [argument for argument in arguments if argument != "--slow"]
    checks = [
        [str(PYTHON), "-m", "ruff", "check", "."],
        [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        [str(PYTHON), "-m", "mypy"],
        [str(BIN / "lint-imports")],
        [str(PYTHON), "-m", "pytest", "-q", *IN_PARALLEL, *([] if slow else ["-m", "not slow"]), *rest],
    ]
    failed = [check for check in checks if _run(*check) != 0]
    for check in failed:
        print(
            f"FAILED: {' '.join(Path(part).name if part == check[0] else part for part in check)}",
            file=sys.stderr,
        )
    return 1 if failed else 0


def fix(arguments: list[str]) -> int:
    return _run(str(PYTHON), "-m", "ruff", "check", "--fix", ".") | _run(str(PYTHON), "-m", "ruff", "format", ".")


def docs(arguments: list[str]) -> int:
    if not (BIN / "mkdocs").exists():  # nothing else needs it
        _pip(SITE)
    return _run(str(PYTHON), "-m", "mkdocs", "build", "--strict", *arguments)


def _fingerprint() -> str:
    recipe = [
        sys.version,
        (ROOT / "pyproject.toml").read_text(),
        *FOUNDATION,
        *WITHOUT_THEIR_DEPENDENCIES,
        MADMOM,
    ]
    return hashlib.sha256("\n".join(recipe).encode()).hexdigest()


def _pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stderr=None)


def _run(*command: str) -> int:
    environment = {**os.environ, "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # the tests start hundreds of commands: compile each module once
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
