"""`vem core`: status, stop and serve, as somebody at a terminal meets them."""

from __future__ import annotations

import argparse
import json
import uuid

import pytest

from fakes.core_rig import CoreRig, wait_until
from fakes.requests import small_request
from vem_core.commands.core import COMMAND
from vem_core.contract.errors import CoreError
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


def test_serve_says_why_it_cannot(core_rig: CoreRig, capsys: pytest.CaptureFixture[str]) -> None:
    core_rig.start()
    assert vem_core("serve", *core_rig.arguments) == 5
    said = capsys.readouterr()
    assert json.loads(said.out)["ready"] is False
    assert "Another core is running" in said.err
