#!/usr/bin/env python3
"""Build the package of a system: a Python that can be moved, our wheel with the window, and what starts it.

    python packages/build_package.py --wheel dist/vem_score-0.1.0-py3-none-any.whl --output dist

`--python` is the folder of a Python that runs wherever it lies (python-build-standalone, as `uv python install` brings
it); without it the one that runs this is taken. What the wheel needs is fetched as pip is set up here.
Standard library only. docs/records/decisions/030-packages.md says why it is done so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAME = "vem-score"
LEFT_OUT = ("test", "idlelib", "tkinter", "turtledemo", "lib2to3", "__pycache__", "site-packages", "config-*", "*.a")
"""Of the standard library: what a program does not need."""


def main() -> int:
    options = read_options()
    version = options.wheel.name.split("-")[1]
    folder = options.output / f"{NAME}-{version}-{system_name()}"
    shutil.rmtree(folder, ignore_errors=True)
    python = copy_python(options.python, folder / "python")
    install(python, options.wheel)
    add_launchers(folder)
    packed = pack(folder)
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    packed.with_name(f"{packed.name}.sha256").write_text(f"{digest}  {packed.name}\n")
    sys.stdout.write(f"{packed}: {packed.stat().st_size / 1e6:.0f} MB, unpacked {size_of(folder) / 1e6:.0f} MB\n")
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--python", type=Path, default=Path(sys.base_prefix), metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=Path("dist"), metavar="FOLDER")
    return parser.parse_args()


def system_name() -> str:
    """As the package's name has it."""
    system = {"linux": "linux", "darwin": "macos", "win32": "windows"}[sys.platform]
    machine = os.uname().machine if hasattr(os, "uname") else "x86_64"
    return f"{system}-{machine}"


def copy_python(source: Path, target: Path) -> Path:
    """Copy a Python with its standard library and nothing that was installed into it; its program."""
    ignored = shutil.ignore_patterns(*LEFT_OUT, "share", "include", "Doc", "tcl", "pkgconfig")
    shutil.copytree(source, target, ignore=ignored, symlinks=True)
    if sys.platform == "win32":
        return target / "python.exe"
    for path in (target / "bin").iterdir():
        if not path.name.startswith("python3"):
            path.unlink()
    python = target / "bin" / "python3"
    if sys.platform == "linux" and links_elsewhere(python.resolve(), target):
        subprocess.run(["patchelf", "--set-rpath", "$ORIGIN/../lib", str(python.resolve())], check=True)
    return python


def links_elsewhere(program: Path, folder: Path) -> bool:
    """Whether a program's own library is looked for outside its folder: in the place where it was built."""
    linked = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    lines = [line for line in linked.splitlines() if "libpython" in line]
    return any(str(folder) not in line for line in lines)


def install(python: Path, wheel: Path) -> None:
    """Install the wheel with the window, by the pip that comes with that Python."""
    subprocess.run([str(python), "-I", "-m", "ensurepip", "--default-pip"], check=True, stdout=subprocess.DEVNULL)
    command = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-warn-script-location"]
    subprocess.run([*command, f"{wheel}[ui,adapters]"], check=True)
    for script in (python.parent / "Scripts", python.parent):
        for path in script.glob("vem*"):
            path.unlink()  # they name the place where they were made


def add_launchers(folder: Path) -> None:
    """Add what the system starts, and installs by."""
    system = sys.platform if sys.platform != "win32" else "windows"
    source = HERE / {"darwin": "macos"}.get(system, system)
    for path in sorted(source.iterdir()):
        target = folder / path.name
        shutil.copy2(path, target)
        if path.suffix not in (".desktop", ".txt", ".iss", ".plist"):
            target.chmod(0o755)


def pack(folder: Path) -> Path:
    """The folder as one file: .tar.gz, and .zip on Windows."""
    if sys.platform == "win32":
        packed = folder.with_name(f"{folder.name}.zip")
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                archive.write(path, path.relative_to(folder.parent))
        return packed
    packed = folder.with_name(f"{folder.name}.tar.gz")
    with tarfile.open(packed, "w:gz") as archive:
        archive.add(folder, folder.name)
    return packed


def size_of(folder: Path) -> int:
    """Of all its files, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
