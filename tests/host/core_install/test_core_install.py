"""A core that installs itself, from a folder of wheels too, goes on where it broke off, and leaves no trace."""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes.core_tools import CORE_WHEELS, make_wheels
from vem_core.contract.errors import Cancelled, CoreMissing, InputError, OutputError
from vem_plugin.client import core_environment
from vem_plugin.client.core_environment import core_command, environment_folder, environment_python
from vem_plugin.client.core_process import CoreProcess, LaunchOptions
from vem_plugin.commands.core_install import add_actions
from vem_plugin.core_install import installing
from vem_plugin.core_install.bundle import LIST_NAME, check_bundle
from vem_plugin.core_install.installing import UNFINISHED, install, installed_in, uninstall
from vem_plugin.core_install.requirements import Requirements, _checkout
from vem_plugin.core_install.tools import Pip, Source, Uv, find_tool, network_environment, run_tool

REQUIREMENTS = Requirements("vem-score[core]==0.1.0", "0.1.0")
PYTHON = Path("/env/bin/python")
TWO_WHEELS = ("one-1-py3-none-any.whl", "two-2-py3-none-any.whl")


@dataclass
class ScriptedTool:
    """Makes an environment whose Python answers that all is well, and notes what it was asked to install."""

    folder: Path
    log: Path
    fails: bool = False
    silent_from: Path | None = None  # a file that it writes before it says nothing for a minute

    def make_environment(self, folder: Path) -> list[str]:
        python = environment_python(folder)
        text = f"#!{sys.executable}\\nprint('\\\"2.13.0\\\"')\\n"
        code = (
            f"import pathlib; p = pathlib.Path({str(python)!r}); p.parent.mkdir(parents=True, exist_ok=True); "
            f"p.write_text('''{text}'''); p.chmod(0o755)"
        )
        return [sys.executable, "-c", code]

    def install(self, source: Source) -> list[str]:
        if self.silent_from is not None:
            return [sys.executable, "-c", f"import time; open({str(self.silent_from)!r}, 'w'); time.sleep(60)"]
        code = (
            f"import sys; open({str(self.log)!r}, 'a').write(' '.join(sys.argv[1:]) + chr(10)); "
            f"print('Downloading torch (190 MB)'); sys.exit({'1' if self.fails else '0'})"
        )
        return [sys.executable, "-c", code]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the core goes: a user whose name is not ASCII, a path with spaces."""
    return tmp_path / "Zoë Müller" / "my core"


@pytest.fixture
def tool(folder: Path, tmp_path: Path) -> ScriptedTool:
    return ScriptedTool(folder, tmp_path / "log.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="the Python that stands in for an environment's is a script")
def test_a_core_is_installed_found_and_taken_away(
    folder: Path, tool: ScriptedTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(installing, "_NETWORK_BYTES", {"cpu": 1, "": 1})
    installed = install(folder, Source(), said.append, REQUIREMENTS, tool)
    assert installed.torch == "2.13.0"
    assert installed_in(folder) == installed
    assert tool.log.read_text().splitlines() == ["torch==2.13.0", "torch==2.13.0 vem-score[core]==0.1.0"]
    assert any("Downloading torch (190 MB)" in line for line in said)
    monkeypatch.setenv("VEM_CORE_HOME", str(folder))
    monkeypatch.setattr(core_environment.importlib.util, "find_spec", lambda name: None)
    assert core_command()[0] == str(environment_python(folder))
    assert uninstall(folder)
    assert not folder.exists()
    assert not uninstall(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="the Python that stands in for an environment's is a script")
def test_one_that_broke_off_is_never_started_and_gone_on_with(
    folder: Path, tool: ScriptedTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "_NETWORK_BYTES", {"cpu": 1, "": 1})
    tool.fails = True
    with pytest.raises(InputError, match="failed"):
        install(folder, Source(), lambda line: None, REQUIREMENTS, tool)
    assert installed_in(folder) is None
    assert (folder / UNFINISHED).is_file()
    tool.fails = False
    install(folder, Source(), lambda line: None, REQUIREMENTS, tool)
    assert installed_in(folder) is not None
    assert not (folder / UNFINISHED).exists()


def test_another_programs_folder_is_neither_filled_nor_deleted(folder: Path, tool: ScriptedTool) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="something else"):
        install(folder, Source(), lambda line: None, REQUIREMENTS, tool)
    with pytest.raises(InputError, match="something else"):
        uninstall(folder)
    assert (folder / "thesis.txt").read_text() == "mine"


def test_a_full_disk_is_said_before_anything_is_fetched(
    folder: Path, tool: ScriptedTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "_NETWORK_BYTES", {"cpu": 2**60, "": 2**60})
    with pytest.raises(OutputError, match="GB free"):
        install(folder, Source(), lambda line: None, REQUIREMENTS, tool)
    assert not folder.exists()
    assert not tool.log.exists()


def test_wheels_are_held_against_their_hashes(tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path / "wheels", TWO_WHEELS)
    assert len(check_bundle(wheels).sha256) == 2
    (wheels / "one-1-py3-none-any.whl").write_bytes(b"another")
    with pytest.raises(InputError, match="damaged or another file"):
        check_bundle(wheels)
    (wheels / "one-1-py3-none-any.whl").unlink()
    with pytest.raises(InputError, match="is not in"):
        check_bundle(wheels)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "CoreWheels.9"}, "damaged"),
        ({"wheels": {"../evil.whl": "0"}}, "damaged"),
        ({"wheels": {"/abs/evil.whl": "0"}}, "damaged"),
        ({"python": "3.9"}, "for Python 3.9"),
        ({"machine": "Windows AMD64"}, "on Windows AMD64"),
    ],
)
def test_a_list_that_is_damaged_or_of_another_machine_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    wheels = make_wheels(tmp_path / "wheels", TWO_WHEELS)
    listed = json.loads((wheels / LIST_NAME).read_text()) | change
    (wheels / LIST_NAME).write_text(json.dumps(listed))
    with pytest.raises(InputError, match=message):
        check_bundle(wheels)


def test_a_wheel_that_is_not_on_the_list_is_refused(tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path / "wheels", TWO_WHEELS)
    (wheels / "evil-1-py3-none-any.whl").write_bytes(b"x")
    with pytest.raises(InputError, match="is not on its list"):
        check_bundle(wheels)
    with pytest.raises(InputError, match="no folder of wheels"):
        check_bundle(tmp_path)


def test_each_tool_is_asked_in_its_own_words(tmp_path: Path) -> None:
    uv, pip = Uv(("uv",), PYTHON), Pip(PYTHON)
    assert uv.install(Source())[-2:] == ["--torch-backend", "auto"]
    assert uv.install(Source(torch_backend="cpu"))[-2:] == ["--torch-backend", "cpu"]
    assert uv.install(Source(wheels=tmp_path))[-2:] == ["--offline", "--no-deps"]
    assert pip.install(Source(wheels=tmp_path))[-1] == "--no-deps"
    assert "--no-deps" not in pip.install(Source())


def test_where_packages_come_from_is_the_machines_affair() -> None:
    for tool in (Uv(("uv",), PYTHON), Pip(PYTHON)):
        assert not [word for word in tool.install(Source()) if "://" in word or "index" in word]


@pytest.mark.skipif(sys.platform == "win32", reason="the Python that stands in for an environment's is a script")
def test_from_a_folder_every_wheel_is_installed_as_it_is(folder: Path, tool: ScriptedTool, tmp_path: Path) -> None:
    wheels = make_wheels(tmp_path / "wheels", CORE_WHEELS)
    install(folder, Source(wheels=wheels), lambda line: None, REQUIREMENTS, tool)
    assert tool.log.read_text().split() == [str(wheels / name) for name in CORE_WHEELS]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (CORE_WHEELS[:1], "no vem_score 0.1.0"),
        (CORE_WHEELS[1:], "no torch 2.13.0"),
        ((CORE_WHEELS[0], "vem_score-0.2.0-py3-none-any.whl"), "no vem_score 0.1.0"),
        ((*CORE_WHEELS, "six-1-py3-none-any.whl", "six-2-py3-none-any.whl"), "six is among the wheels more than once"),
    ],
)
def test_a_folder_that_is_no_core_of_this_version_is_refused_before_anything_is_made(
    folder: Path, tool: ScriptedTool, tmp_path: Path, names: tuple[str, ...], message: str
) -> None:
    wheels = make_wheels(tmp_path / "wheels", names)
    with pytest.raises(InputError, match=message):
        install(folder, Source(wheels=wheels), lambda line: None, REQUIREMENTS, tool)
    assert not folder.exists()


def test_proxies_and_certificates_reach_the_tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:8080")
    monkeypatch.setenv("SSL_CERT_FILE", "/company.pem")
    monkeypatch.setenv("PIP_CERT", "/company.pem")
    monkeypatch.setenv("PYTHONPATH", "/somebody/elses")
    seen = network_environment()
    assert (seen["HTTPS_PROXY"], seen["SSL_CERT_FILE"], seen["PIP_CERT"]) == (
        "http://proxy:8080", "/company.pem", "/company.pem",
    )  # fmt: skip
    said: list[str] = []
    code = "import os; print(os.environ.get('HTTPS_PROXY'), os.environ.get('PYTHONPATH'))"
    run_tool([sys.executable, "-c", code], said.append)
    assert said == ["http://proxy:8080 None"]


def test_a_tool_that_fails_says_its_own_error() -> None:
    code = "print('Collecting x'); print('ERROR: no matching distribution'); print('bye'); raise SystemExit(1)"
    with pytest.raises(InputError, match="no matching distribution") as caught:
        run_tool([sys.executable, "-c", code], lambda line: None)
    assert "--from FOLDER" in caught.value.hint


def test_uv_comes_first_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vem_plugin.core_install.tools.shutil.which", lambda name: "/usr/bin/uv")
    assert isinstance(find_tool(tmp_path), Uv)
    monkeypatch.setattr("vem_plugin.core_install.tools.shutil.which", lambda name: None)
    answer = subprocess.CompletedProcess([], 1, "", "")
    monkeypatch.setattr("vem_plugin.core_install.tools.run_child", lambda command: answer)
    assert isinstance(find_tool(tmp_path), Pip)


def test_without_any_core_the_first_job_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VEM_CORE_HOME", str(tmp_path / "none"))
    monkeypatch.setattr(core_environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CoreMissing, match="No inference core is installed") as caught:
        CoreProcess.start(LaunchOptions())
    assert "vem core install" in caught.value.hint


def test_with_torch_at_hand_this_python_is_the_core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert importlib.util.find_spec("torch") is not None
    assert core_command()[0] == sys.executable
    monkeypatch.setenv("VEM_CORE_HOME", str(tmp_path / "there"))
    assert environment_folder() == tmp_path / "there"


@pytest.mark.parametrize(
    ("url", "checkout"),
    [
        (None, ""),
        ("{}", ""),
        ("no json", ""),
        ('{"url": "https://example.org/x.whl"}', ""),
        ('{"url": "file:///tmp/x-1-py3-none-any.whl"}', ""),
        ('{"url": "file:///tmp/my%20code", "dir_info": {"editable": true}}', "/tmp/my code"),
    ],
)
def test_a_checkout_installs_itself(url: str | None, checkout: str) -> None:
    assert _checkout(url) == checkout


def test_the_actions_read_their_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_actions(parser.add_subparsers(dest="action"))
    parsed = parser.parse_args(["install", "--from", "wheels", "--into", "there"])
    assert (parsed.wheels, parsed.into) == (Path("wheels"), Path("there"))
    parsed = parser.parse_args(["uninstall", "--into", str(tmp_path / "none")])
    assert parsed.act(parsed) == 0
    assert "No core is installed" in capsys.readouterr().out


def test_a_tool_that_is_silent_is_stopped_and_what_it_wrote_is_kept(
    folder: Path, tool: ScriptedTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "_NETWORK_BYTES", {"cpu": 1, "": 1})
    asked = []

    def stop() -> None:
        asked.append(1)
        if tool.silent_from is not None and tool.silent_from.exists():
            raise Cancelled("Stopped.")

    tool.silent_from = folder.parent / "silent"
    with pytest.raises(Cancelled):
        install(folder, Source(), lambda line: None, REQUIREMENTS, tool, stop)
    assert installed_in(folder) is None
    assert (folder / UNFINISHED).is_file()
    tool.silent_from = None
    assert install(folder, Source(), lambda line: None, REQUIREMENTS, tool).torch == "2.13.0"
