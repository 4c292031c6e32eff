"""`vem train beats`: the recurrent beat tracker, from nothing to its weights, on the corpus that we render ourselves.

Stops and goes on at any step: the state is a safetensors file, and the clips of a step depend on the seed and the step
alone. On two CPU cores 2,000 steps take about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from vem_core.contract.command import Command
from vem_core.rhythm.tracking.base import Curve
from vem_core.rhythm.tracking.network import BeatNetwork, BeatNetworkConfig, save_network
from vem_core.rhythm.tracking.onsets import FRAME_RATE_HZ
from vem_core.training.beat_augmentation import BeatExample, cut_clip, speech_spectrograms
from vem_core.training.beat_corpus import render_corpus


@dataclass(frozen=True)
class BeatTraining:
    """How the network is trained."""

    steps: int = 2_000
    clips: int = 16  # a step
    clip_s: float = 12.0
    learning_rate: float = 3e-3
    warm_up_steps: int = 50
    weight_decay: float = 1e-4
    longest_gradient: float = 1.0
    beat_weight: float = 4.0  # of a frame with a beat against one without
    downbeat_weight: float = 8.0
    seed: int = 0


Report = Callable[[int, float], None]
"""Called with (step, mean loss since the last call)."""


def train_network(
    examples: Sequence[BeatExample],
    speech: Curve,
    training: BeatTraining,
    state: Path | None,
    report: Report,
    config: BeatNetworkConfig | None = None,
    every_steps: int = 50,
) -> BeatNetwork:
    """A network trained on the examples, under snatches of `speech` (a band spectrogram) now and then.

    With `state`, goes on from that file if it exists, and keeps it up to date.
    """
    torch.manual_seed(training.seed)
    network = BeatNetwork(config or BeatNetworkConfig())
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=training.weight_decay)
    done = _load_state(state, network, optimiser) if state is not None and state.exists() else 0
    losses: list[float] = []
    for step in range(done, training.steps):
        for group in optimiser.param_groups:
            group["lr"] = training.learning_rate * _schedule(step, training)
        losses.append(_train_step(network, optimiser, draw_batch(examples, speech, training, step), training, step))
        if (step + 1) % every_steps == 0 or step + 1 == training.steps:
            report(step + 1, float(np.mean(losses)))
            losses.clear()
            if state is not None:
                _save_state(state, network, optimiser, step + 1)
    return network.eval()


def draw_batch(
    examples: Sequence[BeatExample], speech: Curve, training: BeatTraining, step: int
) -> tuple[Tensor, Tensor]:
    """The clips (B, F, bands) and targets (B, F, 2) of one step."""
    rng = np.random.default_rng((training.seed, step))
    frames = int(training.clip_s * FRAME_RATE_HZ)
    chosen = rng.integers(len(examples), size=training.clips)
    clips, targets = zip(*(cut_clip(examples[one], frames, speech, rng) for one in chosen), strict=True)
    return torch.from_numpy(np.stack(clips)), torch.from_numpy(np.stack(targets))


def _train_step(
    network: BeatNetwork,
    optimiser: torch.optim.Optimizer,
    batch: tuple[Tensor, Tensor],
    training: BeatTraining,
    step: int,
) -> float:
    torch.manual_seed(hash((training.seed, step)) % 2**63)  # dropout
    network.train()
    clips, targets = batch
    weights = torch.tensor([training.beat_weight, training.downbeat_weight])
    loss = F.binary_cross_entropy_with_logits(network(clips), targets, pos_weight=weights)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), training.longest_gradient)
    optimiser.step()
    return float(loss.detach())


def _schedule(step: int, training: BeatTraining) -> float:
    """The learning rate's share: up in a line, then down along half a cosine to a hundredth."""
    if step < training.warm_up_steps:
        return (step + 1) / training.warm_up_steps
    share = (step - training.warm_up_steps) / max(1, training.steps - training.warm_up_steps)
    return 0.01 + 0.99 * 0.5 * (1 + float(np.cos(np.pi * share)))


def _save_state(path: Path, network: BeatNetwork, optimiser: torch.optim.Optimizer, step: int) -> None:
    tensors = {f"network.{name}": value.contiguous() for name, value in network.state_dict().items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value.contiguous() for name, value in values.items()}
    beside = path.with_suffix(".part")
    save_file(tensors, beside, {"step": str(step)})
    beside.replace(path)


def _load_state(path: Path, network: BeatNetwork, optimiser: torch.optim.Optimizer) -> int:
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem train beats`."""
    parser.add_argument("folder", type=Path, help="keeps the rendered corpus and the state; run again to go on")
    parser.add_argument("--output", type=Path, help="where the weights go (default: FOLDER/beats.safetensors)")
    parser.add_argument("--pieces", type=int, default=400, help="composed pieces to render (default: 400)")
    parser.add_argument("--bands", type=int, default=400, help="rough bands to render (default: 400)")
    parser.add_argument("--steps", type=int, default=BeatTraining.steps)
    parser.add_argument("--seed", type=int, default=0)


def run(arguments: argparse.Namespace) -> int:
    """Render what is missing of the corpus, train, write the weights."""
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # a network this small is slower on more

    def say(text: str) -> None:
        sys.stderr.write(text + "\n")

    examples = render_corpus(folder / "corpus", arguments.pieces, arguments.bands, say)
    training = BeatTraining(steps=arguments.steps, seed=arguments.seed)

    def say_loss(step: int, loss: float) -> None:
        say(f"step {step}: loss {loss:.4f}")

    network = train_network(examples, speech_spectrograms(), training, folder / "state.safetensors", say_loss)
    save_network(network, arguments.output or folder / "beats.safetensors")
    return 0


COMMAND = Command("train the recurrent beat tracker", add_arguments, run)
