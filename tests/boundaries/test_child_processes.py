"""No child of ours runs code from the folder that somebody stands in: each is started from a poisoned one."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from fakes.edits import write_edit
from vem_core.contract import processes
from vem_core.contract.processes import (
    clean_environment,
    find_program,
    private_folder,
    python_command,
    run_child,
    spawn_context,
)

if sys.platform == "win32":
    pytest.skip("marks and modes are POSIX", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
POISON = (
    *("platformdirs", "pickle", "selectors", "socket", "json", "logging", "typing", "dataclasses", "tempfile"),
    *("torch", "numpy", "httpx", "fastapi", "uvicorn", "opentimelineio", "av", "PIL", "scipy", "safetensors"),
    *(
        "sitecustomize",
        "usercustomize",
        "runpy",
        "multiprocessing",
        "asyncio",
        "argparse",
        "vem_core",
        "vem_ui",
        "__future__",
    ),
)
STARTERS = {
    "subprocess": {"run", "Popen", "call", "check_call", "check_output", "getoutput"},
    "os": {"system", "popen", "fork", "forkpty", "posix_spawn"},
    "asyncio": {"create_subprocess_exec", "create_subprocess_shell"},
    "multiprocessing": {"Process", "Pool", "Manager", "get_context", "set_start_method"},
}
OTHER_STARTERS = {
    "core/vem_core/contract/processes.py",  # the one place
    "vem_plugin/vem_plugin/resolve/menu_script.py",  # runs in Resolve's own Python, without us; starts ours with -I
    "vem_plugin/vem_plugin/commands/parse.py",  # the user's own text editor, in the user's own surroundings
}


@pytest.fixture
def poisoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stranger's folder, which we stand in; its modules leave a mark called PWNED."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    for name in POISON:
        (folder / f"{name}.py").write_text(
            f"open({str(folder / 'PWNED')!r}, 'a').write('{name} ')\nraise ImportError('{name} of a stranger')\n"
        )
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        own = tmp_path / name
        own.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(own))
    monkeypatch.chdir(folder)
    return folder


def held(folder: Path) -> bool:
    """Whether nothing of the stranger's ran."""
    return not (folder / "PWNED").exists()


def test_the_poison_works(poisoned: Path) -> None:
    unsafe = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}  # as a desk has it
    done = subprocess.run([sys.executable, "-c", "import selectors"], env=unsafe, capture_output=True, check=False)
    assert done.returncode == 1
    assert (poisoned / "PWNED").read_text() == "selectors "


@pytest.mark.parametrize("start", [[sys.executable, "-m", "vem_plugin"], [str(Path(sys.executable).with_name("vem"))]])
def test_vem_itself(poisoned: Path, start: list[str]) -> None:
    write_edit(poisoned / "film.otio", [24, 30])
    done = subprocess.run([*start, "cuts", "film.otio"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert held(poisoned)


def test_core_and_worker(poisoned: Path) -> None:
    write_edit(poisoned / "film.otio", [24, 30])
    command = [sys.executable, "-m", "vem_plugin", "score", "film.otio", "--model", "sketch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (poisoned / "film.vem" / "film-take1.wav").is_file()
    assert held(poisoned)


def _helper() -> None:
    from vem_plugin.hosts.helper import HostHelper

    helper = HostHelper()
    assert helper.run(os.getcwd) == str(private_folder())
    helper.close()


def _torch_probe() -> None:
    from vem_core.server.doctor import _torch
    from vem_core.server.settings import Settings

    first, *_ = _torch(Settings())
    assert (first.topic, first.verdict) == ("torch", "ok")


def _resolve_probe() -> None:
    from vem_plugin.resolve.doctor import look

    assert not look().crashed


def _measure() -> None:
    done = run_child(python_command("vem_plugin", "measure", "/nowhere.wav", "/nowhere.json"))
    assert "nowhere" in done.stderr


def _pool() -> None:
    with ProcessPoolExecutor(1, mp_context=spawn_context()) as pool:
        assert pool.submit(os.path.basename, "a/b").result() == "b"


@pytest.mark.parametrize("child", [_helper, _torch_probe, _resolve_probe, _measure, _pool])
def test_other_children(poisoned: Path, monkeypatch: pytest.MonkeyPatch, child: Callable[[], None]) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "")  # as in a program that is not ours and calls us
    child()
    assert held(poisoned)


def test_every_child_is_started_in_one_place() -> None:
    found = set()
    for folder in ("vem_plugin/vem_plugin", "core/vem_core", "ui/vem_ui"):
        for path in (ROOT / folder).rglob("*.py"):
            calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
            if any(_starts_a_process(call) for call in calls):
                found.add(path.relative_to(ROOT).as_posix())
    assert found == OTHER_STARTERS


def _starts_a_process(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.attr in STARTERS.get(function.value.id, ())
    )


def test_only_what_is_listed_is_kept_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV"):
        monkeypatch.setenv(name, "/stranger")
    for name in ("VEM_MODELS", "CUDA_VISIBLE_DEVICES", "HOME", "LC_ALL"):
        monkeypatch.setenv(name, "/own")
    kept = clean_environment({"HF_HUB_OFFLINE": "1"})
    assert "/stranger" not in kept.values()
    assert all(kept[name] == "/own" for name in ("VEM_MODELS", "CUDA_VISIBLE_DEVICES", "HOME", "LC_ALL"))
    assert (kept["PYTHONSAFEPATH"], kept["HF_HUB_OFFLINE"]) == ("1", "1")


def test_a_folder_that_is_named_from_here_is_named_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VEM_MODELS", "weights")
    monkeypatch.setenv("XDG_STATE_HOME", "")
    assert clean_environment()["VEM_MODELS"] == str(tmp_path / "weights")
    assert clean_environment()["XDG_STATE_HOME"] == ""


@pytest.mark.parametrize("trap", ["link", "open"])
def test_a_private_folder_that_somebody_prepared_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    monkeypatch.setattr(processes.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(processes.tempfile, "tempdir", str(tmp_path))
    processes._other_folder.cache_clear()
    prepared = tmp_path / f"vem-score-{os.getuid()}"
    if trap == "link":
        prepared.symlink_to(tmp_path)
    else:
        prepared.mkdir()
        prepared.chmod(0o777)
    chosen = private_folder()
    processes._other_folder.cache_clear()
    assert chosen != prepared
    assert chosen.stat().st_mode & 0o077 == 0


def test_children_start_where_our_own_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run_child((sys.executable, "-P", "-c", "import os; print(os.getcwd())")).stdout.strip() == str(
        private_folder()
    )
    monkeypatch.chdir(tmp_path)


def test_a_program_beside_a_timeline_is_not_taken_for_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "nvidia-smi"
    planted.write_text("#!/bin/sh\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}/nowhere")
    assert find_program("nvidia-smi") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("nvidia-smi") == str(planted)
