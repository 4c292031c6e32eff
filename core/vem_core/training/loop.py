"""A training loop that can stop and go on at any step: the state is one safetensors file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. The rate goes up in a line, then down along half a cosine to a hundredth."""

    steps: int
    learning_rate: float
    warm_up_steps: int = 50
    weight_decay: float = 1e-4
    longest_gradient: float = 1.0
    report_steps: int = 50  # between reports, and between saved states

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        if step < self.warm_up_steps:
            return self.learning_rate * (step + 1) / self.warm_up_steps
        share = (step - self.warm_up_steps) / max(1, self.steps - self.warm_up_steps)
        return self.learning_rate * (0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * share))))


Report = Callable[[int, float], None]
"""Called with (steps done, mean loss since the last call)."""


def train(
    network: nn.Module, loss_of_step: Callable[[int], Tensor], schedule: Schedule, state: Path | None, report: Report
) -> None:
    """Train a network in place by AdamW. With `state`, go on from that file if it exists, and keep it up to date.

    `loss_of_step` draws the batch of a step, from the step's number alone, and answers its loss. Dropout is seeded by
    the step too, so that stopping and going on changes nothing.
    """
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=schedule.weight_decay)
    done = _load_state(state, network, optimiser) if state is not None and state.exists() else 0
    losses: list[float] = []
    network.train()
    for step in range(done, schedule.steps):
        for group in optimiser.param_groups:
            group["lr"] = schedule.rate(step)
        torch.manual_seed(step)
        loss = loss_of_step(step)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), schedule.longest_gradient)
        optimiser.step()
        losses.append(float(loss.detach()))
        if (step + 1) % schedule.report_steps == 0 or step + 1 == schedule.steps:
            if state is not None:
                _save_state(state, network, optimiser, step + 1)
            report(step + 1, float(np.mean(losses)))
            losses.clear()
    network.eval()


def _save_state(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    tensors = {f"network.{name}": value.contiguous() for name, value in network.state_dict().items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value.contiguous() for name, value in values.items()}
    beside = path.with_suffix(".part")
    save_file(tensors, beside, {"step": str(step)})
    beside.replace(path)


def _load_state(path: Path, network: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Put a saved state back and return the steps it has behind it."""
    weights: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    with safe_open(path, framework="pt") as file:
        step = int(file.metadata()["step"])
        for name in file.keys():  # noqa: SIM118 - it is no mapping
            part, _, rest = name.partition(".")
            if part == "network":
                weights[rest] = file.get_tensor(name)
            else:
                index, _, moment = rest.partition(".")
                moments.setdefault(int(index), {})[moment] = file.get_tensor(name)
    network.load_state_dict(weights)
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})
    return step
