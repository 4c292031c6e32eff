"""Several processes that train one network: `torchrun --nproc-per-node N -m vem_core.training STAGE ...`.

`accelerate launch` does as well. accelerate joins them and averages gradients (DDP); torch splits weights among them
where that is asked for (FSDP2). A process that dies ends the others; started again, by hand or by `--max-restarts` of
the launcher, they go on from the last state. Alone, nothing of this does anything, and accelerate is not imported.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, nn

from vem_core.compute.devices import torch_device
from vem_core.contract.request import Device
from vem_core.training.state import whole

LONGEST_WAIT = timedelta(days=2)
"""For the others, who may be preparing shards. A process that has died is noticed by the launcher, at once."""


@dataclass(frozen=True)
class Team:
    """This process among its peers. Rank 0 speaks and writes for all."""

    rank: int = 0
    count: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    accelerator: Any = None  # accelerate.Accelerator, where there is more than one process
    splits: bool = False  # weights among the processes

    @property
    def leads(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def splitting(self, wanted: bool) -> Team:
        """The same team, which splits weights if that is wanted and it has more than one process."""
        return dataclasses.replace(self, splits=wanted and self.count > 1)

    def wrap(self, module: nn.Module) -> nn.Module:
        """The module, with gradients that are averaged over the team; where it splits weights, in place."""
        if self.accelerator is None:
            return module
        if not self.splits:
            return self.accelerator.prepare_model(module)
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import fully_shard

        fully_shard(module, mesh=init_device_mesh(self.device.type, (self.count,)))
        return module

    def unwrap(self, network: nn.Module) -> None:
        """Make a network's split weights whole again, in place, on every process."""
        if not self.splits:
            return
        for module in network.modules():
            for name, parameter in list(module.named_parameters(recurse=False)):
                setattr(module, name, nn.Parameter(whole(parameter.detach()), parameter.requires_grad))

    def reducing(self, objective: nn.Module, last: bool) -> contextlib.AbstractContextManager[object]:
        """Around a backward pass: gradients are averaged over the team after the `last` of a step only."""
        if last or self.accelerator is None or self.splits:
            return contextlib.nullcontext()
        return self.accelerator.no_sync(objective)

    @contextlib.contextmanager
    def gathered(self, objective: nn.Module) -> Iterator[None]:
        """Weights that are split are whole as long as the block lasts, for what is computed beside training."""
        if self.splits:
            objective.unshard()  # type: ignore[operator] # of FSDPModule, which `wrap` made of it
        yield
        if self.splits:
            objective.reshard()  # type: ignore[operator]

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
    from accelerate import Accelerator, InitProcessGroupKwargs

    accelerator = Accelerator(cpu=chosen == "cpu", kwargs_handlers=[InitProcessGroupKwargs(timeout=LONGEST_WAIT)])
    return Team(accelerator.process_index, accelerator.num_processes, accelerator.device, accelerator)
