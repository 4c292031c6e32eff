"""The launcher in Resolve's Scripts menu: installed, started by a foreign Python, and what doctor says."""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vem_core.contract.errors import OutputError
from vem_plugin.commands.resolve import COMMAND
from vem_plugin.resolve import doctor, installing
from vem_plugin.resolve.doctor import Seen
from vem_plugin.resolve.errors import ResolveClosed, ScriptingMissing
from vem_plugin.resolve.folders import ResolveFolders, resolve_folders
from vem_plugin.resolve.installing import (
    SCRIPT_NAME,
    find_launchers,
    install,
    launcher_text,
    panel_command,
    read_launcher,
    uninstall,
)
from vem_plugin.resolve.scripting import connect

if sys.platform == "win32":
    pytest.skip("the panels started here are shell scripts", allow_module_level=True)

VERSIONS = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
FOUND_PYTHONS = sorted(VERSIONS.glob("3.1[0-4].*/bin/python")) or [Path(sys.executable)]
SET_BY_RESOLVE = {
    "PYTHONPATH": "/opt/resolve/Developer/Scripting/Modules",
    "PYTHONHOME": "/opt/resolve/python",
    "LD_LIBRARY_PATH": "/opt/resolve/libs",
    "LD_PRELOAD": "",
    "DYLD_LIBRARY_PATH": "/opt/resolve/libs",
    "QT_PLUGIN_PATH": "/opt/resolve/libs/plugins",
    "QT_QPA_PLATFORM_PLUGIN_PATH": "/opt/resolve/libs/plugins",
    "QML2_IMPORT_PATH": "/opt/resolve/qml",
}


@pytest.fixture(params=["linux", "darwin", "win32"])
def folders(request: pytest.FixtureRequest, tmp_path: Path) -> ResolveFolders:
    """The folders of each system, all below a temporary one."""
    return folders_of(request.param, tmp_path)


def folders_of(platform: str, tmp_path: Path) -> ResolveFolders:
    environment = {"HOME": str(tmp_path / "home"), "APPDATA": str(tmp_path / "home" / "AppData" / "Roaming")}
    return resolve_folders(platform, environment, tmp_path)


@pytest.mark.parametrize(
    ("platform", "user", "shared", "library"),
    [
        (
            "linux",
            "home/.local/share/DaVinciResolve/Fusion/Scripts/Utility",
            "opt/resolve/Fusion/Scripts/Utility",
            "opt/resolve/libs/Fusion/fusionscript.so",
        ),
        (
            "darwin",
            "home/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
            "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
            "Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Libraries/Fusion/fusionscript.so",
        ),
        (
            "win32",
            "home/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts/Utility",
            "ProgramData/Blackmagic Design/DaVinci Resolve/Fusion/Scripts/Utility",
            "Program Files/Blackmagic Design/DaVinci Resolve/fusionscript.dll",
        ),
    ],
)
def test_the_folders_are_resolves_own(tmp_path: Path, platform: str, user: str, shared: str, library: str) -> None:
    folders = folders_of(platform, tmp_path)
    assert folders.user_scripts == tmp_path / user
    assert folders.shared_scripts == tmp_path / shared
    assert folders.libraries[0] == tmp_path / library


def test_resolve_under_home_is_found_on_linux(tmp_path: Path) -> None:
    (tmp_path / "home" / "resolve").mkdir(parents=True)
    assert folders_of("linux", tmp_path).shared_scripts == tmp_path / "home/resolve/Fusion/Scripts/Utility"


def test_variables_say_where_scripting_lies() -> None:
    folders = resolve_folders("linux", {"HOME": "/h", "RESOLVE_SCRIPT_API": "/a", "RESOLVE_SCRIPT_LIB": "/l.so"})
    assert folders.modules[0] == Path("/a/Modules")
    assert folders.libraries[0] == Path("/l.so")


@pytest.mark.parametrize("all_users", [False, True])
def test_install_and_uninstall(folders: ResolveFolders, all_users: bool) -> None:
    path = install(folders, panel_command(), all_users=all_users)
    assert path == (folders.shared_scripts if all_users else folders.user_scripts) / SCRIPT_NAME
    (launcher,) = find_launchers(folders)
    assert launcher.command == panel_command()
    assert launcher.works
    install(folders, ("/elsewhere/python",), all_users=all_users)
    assert not find_launchers(folders)[0].works
    assert uninstall(folders) == [path]
    assert find_launchers(folders) == []
    assert list(path.parent.iterdir()) == []
    assert uninstall(folders) == []


def test_a_script_of_somebody_elses_is_left_alone(folders: ResolveFolders) -> None:
    folders.user_scripts.mkdir(parents=True)
    other = folders.user_scripts / SCRIPT_NAME
    other.write_text("print('mine')")
    with pytest.raises(OutputError, match="not ours"):
        install(folders, panel_command())
    assert uninstall(folders) == []
    assert other.read_text() == "print('mine')"


def test_missing_rights_for_all_users_are_explained(tmp_path: Path) -> None:
    folders = folders_of("linux", tmp_path)
    (tmp_path / "opt").write_text("in the way")
    with pytest.raises(OutputError) as caught:
        install(folders, panel_command(), all_users=True)
    assert "administrator" in caught.value.hint


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)])
def test_the_launcher_is_python_of_every_version_and_standard_library_only(version: tuple[int, int]) -> None:
    tree = ast.parse(launcher_text(panel_command()), feature_version=version)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_any_path_survives_the_launcher(tmp_path: Path) -> None:
    command = ("/a b/pÿthön\\n'\"𝄞/python", "-m", "x")
    path = tmp_path / SCRIPT_NAME
    path.write_text(launcher_text(command), encoding="ascii", errors="strict")
    launcher = read_launcher(path)
    assert launcher is not None
    assert launcher.command == command


def write_panel(tmp_path: Path, body: str) -> Path:
    panel = tmp_path / "panel.sh"
    panel.write_text(f"#!/bin/sh\n{body}\n")
    panel.chmod(0o755)
    return panel


def run_launcher(
    tmp_path: Path, command: tuple[str, ...], python: Path, **extra: str
) -> subprocess.CompletedProcess[str]:
    script = tmp_path / SCRIPT_NAME
    script.write_text(launcher_text(command))
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], **extra}
    return subprocess.run(
        [str(python), "-I", str(script)], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("python", FOUND_PYTHONS, ids=lambda path: path.parent.parent.name)
def test_the_panel_starts_with_a_clean_environment(tmp_path: Path, python: Path) -> None:
    panel = write_panel(tmp_path, f'env > "{tmp_path}/seen.part"; echo "$@" >> "{tmp_path}/seen.part"; '
                                  f'mv "{tmp_path}/seen.part" "{tmp_path}/seen"')  # fmt: skip
    kept = {"DISPLAY": ":7", "RESOLVE_SCRIPT_LIB": "/opt/resolve/fusionscript.so", "LANG": "de_DE.UTF-8"}
    done = run_launcher(tmp_path, (str(panel), "panel", "--resolve"), python, **kept, **SET_BY_RESOLVE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    lines = (tmp_path / "seen").read_text().splitlines()
    seen = dict(line.split("=", 1) for line in lines[:-1] if "=" in line)
    assert lines[-1] == "panel --resolve"
    assert not [name for name in seen if name.startswith(("PYTHON", "QT_", "QML", "LD_", "DYLD_"))]
    assert {name: seen[name] for name in kept} == kept


def test_nothing_that_resolve_sets_leaks() -> None:
    from vem_plugin.resolve.menu_script import clean

    environment = {**SET_BY_RESOLVE, "PATH": "/bin", "HOME": "/h", "RESOLVE_SCRIPT_API": "/a"}
    assert clean(environment) == {"PATH": "/bin", "HOME": "/h", "RESOLVE_SCRIPT_API": "/a"}


def test_the_panel_outlives_the_launcher(tmp_path: Path) -> None:
    panel = write_panel(
        tmp_path, f'sleep 4; ps -o pgid= -p $$ > "{tmp_path}/alive.part"; mv "{tmp_path}/alive.part" "{tmp_path}/alive"'
    )
    began = time.monotonic()
    done = run_launcher(tmp_path, (str(panel),), Path(sys.executable))
    assert done.returncode == 0
    assert not (tmp_path / "alive").exists()
    while not (tmp_path / "alive").exists():
        assert time.monotonic() < began + 60, "the panel ended with its launcher"
        time.sleep(0.05)
    assert int((tmp_path / "alive").read_text()) != os.getpgrp()


def test_a_missing_installation_is_said_in_console_and_dialog(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    zenity = tools / "zenity"
    zenity.write_text(f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done > "{tmp_path}/dialog"\n')
    zenity.chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    done = run_launcher(tmp_path, ("/gone/python", "-m", "vem_plugin"), Path(sys.executable), PATH=path)
    assert done.returncode == 1
    assert "VeM Score is not installed at /gone/python" in done.stdout
    assert "vem resolve install" in (tmp_path / "dialog").read_text()


def test_a_panel_that_does_not_come_up_is_quoted(tmp_path: Path) -> None:
    panel = write_panel(tmp_path, "echo 'no display' >&2; exit 7")
    done = run_launcher(tmp_path, (str(panel),), Path(sys.executable), PATH="/nowhere")
    assert done.returncode == 1
    assert "ended at once (status 7)" in done.stdout
    assert "no display" in done.stdout


def fake_module(tmp_path: Path, product: str | None, *, project: bool = True) -> Path:
    """A scripting module in Python, as a file that RESOLVE_SCRIPT_LIB can name."""
    path = tmp_path / "fusionscript.py"
    made = "None" if product is None else "studio.connect() or ResolveObject(studio)"
    path.write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from fakes.fake_resolve import FakeStudio\nfrom fakes.resolve_objects import ResolveObject\n"
        "from fakes.resolve_project import Edit\n"
        "studio = FakeStudio(Edit('Reel 1'))\n"
        f"studio.product, studio.project_open = {product!r}, {project}\n"
        f"def scriptapp(name): return {made}\n"
    )
    return path


def examined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: Path | None) -> str:
    """What doctor prints, one line a finding."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    if library is not None:
        monkeypatch.setenv("RESOLVE_SCRIPT_LIB", str(library))
    else:
        monkeypatch.delenv("RESOLVE_SCRIPT_LIB", raising=False)
    findings = doctor.examine(resolve_folders(root=tmp_path))
    return "\n".join(f"{finding.good} {finding.what} / {finding.advice}" for finding in findings)


def test_doctor_says_that_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = examined(tmp_path, monkeypatch, None)
    assert "False DaVinci Resolve is not in" in text
    assert "False VeM Score is not in Resolve's Scripts menu / Run `vem resolve install`." in text
    assert "fusionscript) is not on this machine" in text


@pytest.mark.parametrize(
    ("product", "project", "expected"),
    [
        ("DaVinci Resolve Studio", True, "True Reel 1 is open in My film"),
        ("DaVinci Resolve Studio", False, "False No project is open"),
        ("DaVinci Resolve", True, "the free edition: only Studio"),
        (None, True, "does not answer"),
    ],
)
def test_doctor_says_what_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, product: str | None, project: bool, expected: str
) -> None:
    monkeypatch.setattr(doctor, "is_running", lambda: True)
    text = examined(tmp_path, monkeypatch, fake_module(tmp_path, product, project=project))
    assert expected in text
    assert ("External scripting using: Local" in text) == (product is None)


def test_doctor_survives_a_module_that_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "fusionscript.py"
    library.write_text("import os; os.abort()")
    assert "crashes when it loads" in examined(tmp_path, monkeypatch, library)


def test_doctor_says_that_the_module_is_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "fusionscript.so"
    library.write_bytes(b"not a library")
    text = examined(tmp_path, monkeypatch, library)
    assert "cannot be loaded by Python" in text
    assert "must be 64-bit" in text


@pytest.mark.parametrize(("running", "expected"), [(False, "is not running"), (True, "runs but"), (None, "not answer")])
def test_silence_has_several_reasons(running: bool | None, expected: str) -> None:
    findings = list(doctor._scripting(Seen(module="m"), running=running))
    assert expected in findings[-1].what
    assert not findings[-1].good


def test_a_launcher_whose_environment_is_gone_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(resolve_folders(sys.platform, {"HOME": str(tmp_path / "home")}, tmp_path), ("/gone/python",))
    assert "starts /gone/python, which is gone / Run `vem resolve install` again." in examined(
        tmp_path, monkeypatch, None
    )


def test_connecting_without_a_module_or_an_answer(tmp_path: Path) -> None:
    with pytest.raises(ScriptingMissing, match="not on this machine"):
        connect(folders_of("linux", tmp_path))
    library = tmp_path / "silent.py"
    library.write_text("def scriptapp(name): return None\n")
    folders = resolve_folders("linux", {"HOME": str(tmp_path), "RESOLVE_SCRIPT_LIB": str(library)}, tmp_path)
    with pytest.raises(ResolveClosed, match="does not answer"):
        connect(folders)


def run_command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args(words))


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("RESOLVE_SCRIPT_LIB", raising=False)
    assert run_command("install") == 0
    assert "Workspace > Scripts > VeM Score" in capsys.readouterr().out
    assert len(list(tmp_path.rglob("VeM Score - *.lua"))) == 2
    (launcher,) = tmp_path.rglob(SCRIPT_NAME)
    assert json.dumps(sys.executable) in launcher.read_text().replace("'", '"')
    assert run_command("doctor") == 3
    said = capsys.readouterr().out
    assert "ok       Workspace > Scripts > VeM Score starts" in said
    assert "ok       Workspace > Scripts has send timeline and place music" in said
    assert run_command("uninstall") == 0
    assert not launcher.exists()
    assert list(tmp_path.rglob("*.lua")) == []
    assert run_command("uninstall") == 0
    assert "was not in Resolve's menu" in capsys.readouterr().out


def test_the_template_holds_one_blank() -> None:
    lines = installing._TEMPLATE.read_text().splitlines()
    assert sum(line.startswith(installing._PREFIX) for line in lines) == 1
