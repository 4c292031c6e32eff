"""Several processes that train one network: `accelerate launch --num_processes N -m vem_plugin train ...`.

Alone, nothing of this does anything, and accelerate is not imported.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from vem_core.compute.devices import torch_device
from vem_core.contract.request import Device


@dataclass(frozen=True)
class Team:
    """This process among its peers. Rank 0 speaks and writes for all."""

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    accelerator: Any = None  # accelerate.Accelerator, where there is more than one process

    @property
    def leads(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module, with gradients that are averaged over the team."""
        return module if self.accelerator is None else self.accelerator.prepare_model(module)

    def mean(self, value: Tensor) -> float:
        """The mean of a number over the team."""
        return float(value if self.accelerator is None else self.accelerator.reduce(value, "mean"))

    def agree(self, value: float) -> float:
        """What the leader says; all must ask at the same point."""
        if self.accelerator is None:
            return value
        from accelerate.utils import broadcast

        return float(broadcast(torch.tensor(value, dtype=torch.float64, device=self.device)))

    def wait(self) -> None:
        """Until all are here."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()


ALONE = Team()


def join_team(device: str = "auto") -> Team:
    """The team that a launcher started this process in; a team of one without a launcher.

    `device` is one that `choose_device` takes. Raises ModelMissing where it is not to be had.
    """
    chosen = torch_device(Device(device))
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Team(device=torch.device(chosen))
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=chosen == "cpu")
    return Team(accelerator.process_index, accelerator.num_processes, accelerator.device, accelerator)
