"""Two processes that train one network: each shard to one of them, and a process that is killed costs nothing.

The processes run this file: gradients averaged (DDP), then weights split (FSDP2), each on shards that are held in turn.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from vem_core.training.computing import Computing
from vem_core.training.loop import Schedule, train
from vem_core.training.rotation import Held, Rotation, ShardLoad, Share
from vem_core.training.team import join_team

SHARDS, CLIPS, STEPS, KILLED_AT = 8, 4, 24, 9
KINDS = ("averaged", "split")
OWN_STORE = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
"""Without it torch 2.13's second restart finds the addresses that the first left in the launcher's store, and hangs."""


@dataclass(frozen=True)
class Inputs:
    rows: Tensor


def launch(folder: Path, *, restarts: int) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    command = ["torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    return subprocess.run(
        [sys.executable, "-m", *command, "--max-restarts", str(restarts), __file__, str(folder), str(restarts)],
        env={**os.environ, **OWN_STORE, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
def test_a_team_whose_process_is_killed_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """`kill -9` of one of two in mid-step, once in each kind of training; the launcher starts both again."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder, restarts in ((whole, 0), (killed, 2)):
        done = launch(folder, restarts=restarts)
        assert done.returncode == 0, done.stderr[-3_000:]
    assert sorted(path.name for path in killed.glob("killed-*")) == ["killed-averaged", "killed-split"]
    for kind in KINDS:
        expected, found = (load_file(folder / f"{kind}.safetensors") for folder in (whole, killed))
        assert expected.keys() == found.keys()
        assert all(torch.equal(expected[name], found[name]) for name in expected)
    both = [load_file(whole / f"{kind}.safetensors") for kind in KINDS]
    assert all(torch.allclose(both[0][name], both[1][name], atol=1e-6) for name in both[0])
    for kind in KINDS:
        read = [json.loads((whole / f"read-{kind}-{rank}.json").read_text()) for rank in range(2)]
        epoch = SHARDS // 2
        assert Counter(shard for rank in read for shard in rank[:epoch]) == Counter(range(SHARDS))
        assert Counter(shard for rank in read for shard in rank[epoch : 2 * epoch]) == Counter(range(SHARDS))


def train_kind(folder: Path, kind: str, life: int) -> None:
    """The work of one process in one kind of training; the first life of it ends in the middle of a step of rank 1."""
    team = join_team("cpu").splitting(kind == "split")
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 20), nn.Tanh(), nn.Linear(20, 1))
    read: list[int] = []

    def load(shards: Sequence[int]) -> Inputs:
        read.extend(shards)
        return Inputs(torch.randn(CLIPS, 3, generator=torch.Generator().manual_seed(shards[0])))

    rotation = Rotation([ShardLoad(1, CLIPS)] * SHARDS, Share(2, 2, 0, team.rank, team.count))
    with Held(rotation, load, team.device) as held:

        def loss_of_batch(batch: int) -> Tensor:
            if team.rank == 1 and batch // team.count == KILLED_AT and life == KINDS.index(kind):
                (folder / f"killed-{kind}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            rows = held.at(batch // team.count).rows
            chosen = rows[torch.randint(len(rows), (CLIPS,))]
            return (network(chosen) - chosen.prod(1, keepdim=True)).square().mean()

        schedule = Schedule(STEPS, 1e-2, warm_up_steps=2, report_steps=2)
        train(
            network, loss_of_batch, schedule, folder / f"{kind}-state", lambda step, loss: None, team=team,
            check=lambda: network(torch.ones(1, 3)).square().sum(), computing=Computing(split=kind == "split"),
        )  # fmt: skip
    (folder / f"read-{kind}-{team.rank}.json").write_text(json.dumps(read))
    if team.leads:
        save_file(network.state_dict(), folder / f"{kind}.safetensors")
    team.wait()


if __name__ == "__main__":
    torch.set_num_threads(1)
    lives = int(os.environ["TORCHELASTIC_RESTART_COUNT"]) if int(sys.argv[2]) else -1
    for each in KINDS:
        train_kind(Path(sys.argv[1]), each, lives)
