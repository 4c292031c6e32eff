"""The state of a training run as one file, and the running average of its weights. `checkpoints` keeps the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from vem_core.contract.atomic import replacing


class TrainingState(NamedTuple):
    """All that training needs to go on after `step` steps."""

    network: dict[str, Tensor]
    average: dict[str, Tensor]
    moments: dict[int, dict[str, Tensor]]  # of the optimiser, by parameter
    step: int
    elapsed_s: float

    def copied(self) -> TrainingState:
        """A copy in the processor's memory, which training does not change."""
        return self._replace(
            network=_copied(self.network),
            average=_copied(self.average),
            moments={index: _copied(values) for index, values in self.moments.items()},
        )


def _copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().to("cpu", copy=True) for name, value in tensors.items()}


class Average:
    """The exponential moving average of a network's weights (Polyak and Juditsky 1992), in float32.

    Its memory grows with the steps up to `decay`, so that the first, random weights are soon forgotten. It is split as
    the network is; `on_cpu` keeps it in the processor's memory, at the price of a copy a step.
    """

    def __init__(self, network: nn.Module, decay: float, *, on_cpu: bool = False) -> None:
        self._decay, self._on_cpu = decay, on_cpu
        self.weights = {name: self._here(value).clone() for name, value in _weights(network).items()}

    def follow(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        keep = min(self._decay, (1 + step) / (10 + step))
        current = _weights(network)
        torch._foreach_lerp_(
            list(self.weights.values()), [self._here(current[name]) for name in self.weights], 1 - keep
        )

    def copy_to(self, network: nn.Module) -> None:
        """Put the average into the network; what is no trained weight stays."""
        with torch.no_grad():
            for name, value in _weights(network).items():
                value.copy_(self.weights[name])

    def resume(self, network: nn.Module, weights: Mapping[str, Tensor]) -> None:
        """Go on from saved averages; without any, from the network as it is."""
        for name, value in _weights(network).items():
            saved = weights.get(name)
            self.weights[name].copy_(value if saved is None else split_like(value, saved))

    def _here(self, value: Tensor) -> Tensor:
        return value.cpu() if self._on_cpu else value


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach() for name, value in network.named_parameters()}


def whole(tensor: Tensor) -> Tensor:
    """A tensor that is split among a team's processes (a DTensor) as one, where all ask at the same point."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def split_like(parameter: Tensor, value: Tensor) -> Tensor:
    """A whole tensor, which every process has, split as a parameter is; a number stays one."""
    if not hasattr(parameter, "full_tensor") or value.shape != parameter.shape:
        return value
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(parameter, DTensor)
    here = value.to(parameter.device)
    return distribute_tensor(here, parameter.device_mesh, parameter.placements, src_data_rank=None)


def write_state(path: Path, state: TrainingState) -> None:
    """Write a state; the file appears whole or not at all. Raises OutputError."""
    tensors = {f"network.{name}": value.contiguous() for name, value in state.network.items()}
    tensors |= {f"average.{name}": value.contiguous() for name, value in state.average.items()}
    for index, values in state.moments.items():
        tensors |= {f"optimiser.{index}.{name}": value.contiguous() for name, value in values.items()}
    with replacing(path) as partial:
        save_file(tensors, partial, {"step": str(state.step), "elapsed_s": repr(state.elapsed_s)})


def read_state(path: Path) -> TrainingState:
    """Read a saved state."""
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}}
    moments: dict[int, dict[str, Tensor]] = {}
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            part, _, rest = name.partition(".")
            if part == "optimiser":
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = file.get_tensor(name)
            else:
                parts[part][rest] = file.get_tensor(name)
    step, elapsed_s = int(metadata["step"]), float(metadata["elapsed_s"])
    return TrainingState(parts["network"], parts["average"], moments, step, elapsed_s)
