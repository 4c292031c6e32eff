"""The state of a training run on disk, and the running average of its weights.

The file appears whole or not at all: it is written beside its name, flushed to the disk and moved into place, so that
a process that is killed at any instant leaves the state before or the state after.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


class TrainingState(NamedTuple):
    """All that training needs to go on after `step` steps."""

    network: dict[str, Tensor]
    average: dict[str, Tensor]
    moments: dict[int, dict[str, Tensor]]  # of the optimiser, by parameter
    step: int
    elapsed_s: float


class Average:
    """The exponential moving average of a network's weights (Polyak and Juditsky 1992), in float32.

    Its memory grows with the steps up to `decay`, so that the first, random weights are soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self._decay = decay
        self.weights = _weights(network, copy=True)

    def follow(self, network: nn.Module, step: int) -> None:
        """Take in the weights after a step, counted from 0."""
        keep = min(self._decay, (1 + step) / (10 + step))
        current = _weights(network, copy=False)
        torch._foreach_lerp_(list(self.weights.values()), [current[name] for name in self.weights], 1 - keep)

    def copy_to(self, network: nn.Module) -> None:
        """Put the average into the network; what is no trained weight stays."""
        with torch.no_grad():
            for name, value in _weights(network, copy=False).items():
                value.copy_(self.weights[name])

    def resume(self, network: nn.Module, weights: dict[str, Tensor]) -> None:
        """Go on from saved averages; without any, from the network as it is."""
        for name, value in _weights(network, copy=False).items():
            self.weights[name].copy_(weights.get(name, value))


def _weights(network: nn.Module, *, copy: bool) -> dict[str, Tensor]:
    return {name: value.detach().clone() if copy else value.detach() for name, value in network.named_parameters()}


def save_state(path: Path, state: TrainingState) -> None:
    """Replace the state on disk."""
    tensors = {f"network.{name}": value.contiguous() for name, value in state.network.items()}
    tensors |= {f"average.{name}": value.contiguous() for name, value in state.average.items()}
    for index, values in state.moments.items():
        tensors |= {f"optimiser.{index}.{name}": value.contiguous() for name, value in values.items()}
    beside = path.with_suffix(".part")
    save_file(tensors, beside, {"step": str(state.step), "elapsed_s": repr(state.elapsed_s)})
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(path)


def load_state(path: Path) -> TrainingState:
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
    step, elapsed_s = int(metadata["step"]), float(metadata.get("elapsed_s", 0.0))
    return TrainingState(parts["network"], parts["average"], moments, step, elapsed_s)
