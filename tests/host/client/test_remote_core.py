"""A core on another machine: reached through a tunnel that breaks, with a token from a file."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from fakes.core_rig import CoreRig
from fakes.requests import small_request
from fakes.tunnel import Tunnel
from vem_core.contract.errors import CoreLost, NotAuthorised
from vem_core.contract.progress import Progress
from vem_plugin.client.address import CoreAddress
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.client.session import core_session

TOKEN = "a-token-of-more-than-thirty-two-characters"


def token_file(folder: Path, token: str = TOKEN) -> Path:
    path = folder / f"token-{token[:3]}"
    path.write_text(f"{token}\n")
    path.chmod(0o600)
    return path


def test_job_goes_on_through_a_tunnel_that_breaks(
    core_rig: CoreRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core_rig.start("--token-file", str(token_file(tmp_path)))
    tunnel = Tunnel(int(core_rig.address.url.rpartition(":")[2]))
    cores = tmp_path / "cores.json"
    entry = {"url": f"http://127.0.0.1:{tunnel.port}", "token_file": str(token_file(tmp_path))}
    cores.write_text(json.dumps([entry]))
    monkeypatch.setenv("VEM_CORES", str(cores))
    request, jpegs = small_request("steps=30 pause=0.05", seed=8)
    seen: list[Progress] = []

    def cut_once(progress: Progress) -> None:
        seen.append(progress)
        if progress.step == 5:
            tunnel.cut()
            threading.Timer(0.5, tunnel.restore).start()

    try:
        with core_session() as client:
            result = client.score(request, jpegs, tmp_path / "out", cut_once)
    finally:
        tunnel.close()
    assert result.seed == 8
    assert (tmp_path / "out" / "mix.wav").is_file()
    assert tunnel.carried >= 2
    fractions = [progress.fraction for progress in seen]
    assert fractions == sorted(fractions)
    assert core_rig.log().count("Worker") == 1  # the job ran once, whatever became of the tunnel


def test_wrong_token_for_a_remote_core_is_said_at_once(core_rig: CoreRig, tmp_path: Path) -> None:
    core_rig.start("--token-file", str(token_file(tmp_path)))
    address = CoreAddress.with_token_file(core_rig.address.url, token_file(tmp_path, "wrong" * 10))
    with HttpCoreClient(address) as client, pytest.raises(NotAuthorised):
        client.hello()
    with pytest.raises(CoreLost, match="None of the 1 cores"), core_session([address]):
        pass
