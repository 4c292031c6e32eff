"""A stand-in for uv that makes an environment in a moment, and a folder of tiny wheels that is a core's."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from vem_plugin.core_install.bundle import LIST_NAME, machine_name, python_version

CORE_WHEELS = ("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl", "vem_score-0.1.0-py3-none-any.whl")

_UV = '''#!{python}
"""uv's two commands that an installation asks for; how long a fetch takes and whether it fails lies beside it."""
import pathlib, sys, time
here, words = pathlib.Path(__file__).parent, sys.argv[1:]
with (here / "asked.txt").open("a") as log:
    log.write(" ".join(words) + "\\n")
if words[:1] == ["venv"]:
    python = pathlib.Path(words[-1]) / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text("#!{python}\\nprint('\\"2.13.0\\"')\\n")
    python.chmod(0o755)
    print("Creating virtual environment", flush=True)
else:
    print("Downloading torch (190.5MiB)", flush=True)
    time.sleep(float((here / "seconds.txt").read_text()))
    if (here / "fails.txt").exists():
        sys.exit("error: Failed to fetch torch: the network is unreachable")
    print("Installed 61 packages", flush=True)
'''


def make_uv(folder: Path, seconds: float = 0.0) -> Path:
    """A program `uv` in a folder, for the front of a PATH; it notes what it was asked in `asked.txt` there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seconds.txt").write_text(str(seconds))
    program = folder / "uv"
    program.write_text(_UV.replace("{python}", sys.executable))
    program.chmod(0o755)
    return program


def make_wheels(folder: Path, names: Sequence[str] = CORE_WHEELS) -> Path:
    """A folder of wheels of a few bytes each, with its list."""
    folder.mkdir()
    for name in names:
        with zipfile.ZipFile(folder / name, "w") as wheel:
            wheel.writestr("x.py", name)
    sha256 = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    listed = {"schema": "CoreWheels.1", "python": python_version(), "machine": machine_name(), "wheels": sha256}
    (folder / LIST_NAME).write_text(json.dumps(listed))
    return folder
