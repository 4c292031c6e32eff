"""`vem core`: status, stop, doctor and serve, as somebody at a terminal meets them."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import uuid

import psutil
import pytest

from fakes.core_rig import CoreRig, wait_until
from fakes.requests import small_request
from vem_core.commands.core import COMMAND
from vem_core.contract.errors import CoreError
from vem_core.contract.progress import PROTOCOL_VERSION
from vem_core.server import doctor
from vem_plugin.client.http import HttpCoreClient


def vem_core(*words: str) -> int:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    return COMMAND.run(parser.parse_args(words))


def test_core_is_looked_at_and_stopped_by_hand(core_rig: CoreRig, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--session-file", str(core_rig.session_file))
    assert vem_core("status", *place) == 0
    assert "No core is running" in capsys.readouterr().out
    assert vem_core("stop", *place) == 0

    core_rig.start()
    assert vem_core("status", *place) == 0
    assert f"process {core_rig.pid}" in capsys.readouterr().out
    assert vem_core("status", "--json", *place) == 0
    assert json.loads(capsys.readouterr().out)["pid"] == core_rig.pid

    request, jpegs = small_request("steps=1000 pause=0.05")
    with HttpCoreClient(core_rig.address) as client:
        client.submit(str(uuid.uuid4()), request, jpegs)
        wait_until(lambda: client.hello().jobs == 1)
        with pytest.raises(CoreError, match="working on 1 job"):
            vem_core("stop", *place)
    assert vem_core("stop", "--force", *place) == 0
    assert "has ended" in capsys.readouterr().out
    assert core_rig.wait_for_end() == 0


def test_serve_prints_one_line_when_it_is_ready_and_listens_on_the_loopback_alone(core_rig: CoreRig) -> None:
    command = [sys.executable, "-m", "vem_plugin", "core", "serve", *core_rig.arguments]
    core = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    ready = json.loads(core.stdout.readline())
    listening = [each.laddr for each in core.net_connections("inet") if each.status == psutil.CONN_LISTEN]
    core.terminate()
    rest, _ = core.communicate(timeout=30)
    assert ready == {
        "ready": True,
        "port": ready["port"],
        "pid": core.pid,
        "protocol": PROTOCOL_VERSION,
        "session": str(core_rig.session_file),
    }
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", ready["port"])]
    assert rest == ""
    assert core.returncode == 0


def test_server_itself_cannot_reach_other_machines(core_rig: CoreRig) -> None:
    script = """
import dataclasses, os, signal, socket, sys
from pathlib import Path
from vem_core.server.serving import serve
from vem_core.server.settings import Settings

def announce(line):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except OSError as error:
        print(type(error).__name__)
    os.kill(os.getpid(), signal.SIGTERM)

folder = Path(sys.argv[1])
serve(Settings(folder / "state", folder / "core.json", folder / "logs", worker_command=("true",)), announce)
"""
    run = subprocess.run(
        [sys.executable, "-c", script, str(core_rig.folder)], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["OutboundBlocked"], run.stderr


def test_doctor_speaks_in_words_and_reports_without_names(
    core_rig: CoreRig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_TORCH_PROBE", "raise ImportError('libcudart.so is missing')")
    assert vem_core("doctor", *core_rig.arguments) == 5
    said = capsys.readouterr().out
    assert "problem  torch: torch cannot be loaded: ImportError: libcudart.so is missing" in said
    assert "-> Run `vem core install`" in said
    assert "ok       ports: 127.0.0.1 takes calls" in said
    core_rig.start()
    assert vem_core("doctor", "--report", *core_rig.arguments) == 5
    report = capsys.readouterr().out
    assert report.startswith("VeM Score core report")
    assert f"process {core_rig.pid} answers" in report
    assert core_rig.address.token not in report


def test_serve_says_why_it_cannot(core_rig: CoreRig, capsys: pytest.CaptureFixture[str]) -> None:
    core_rig.start()
    assert vem_core("serve", *core_rig.arguments) == 5
    said = capsys.readouterr()
    assert json.loads(said.out)["ready"] is False
    assert "Another core is running" in said.err
