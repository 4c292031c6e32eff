"""`vem bench model`: what VeM's model costs on this machine."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from vem_core.contract.command import Command
from vem_core.contract.request import Device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be measured, and its options."""
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="model")
    model = subjects.add_parser("model", help="parameters, operations, time and peak memory of each stage")
    model.add_argument("--seconds", type=float, nargs="+", default=[10, 30, 120, 600], metavar="S",
                       help="lengths of music (default: 10 30 120 600)")  # fmt: skip
    model.add_argument("--steps", type=int, default=4, help="of the sampler (default: 4)")
    model.add_argument("--preset", default="mini", help="size of the model, with random weights (default: mini)")
    model.add_argument("--device", choices=[device.value for device in Device], default="cpu", help="default: cpu")
    model.add_argument("--threads", type=int, help="of the CPU (default: as torch chooses)")
    model.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    import torch

    from vem_core.compute.devices import torch_device
    from vem_core.models.costs import measure_costs, render_costs

    device = torch.device(torch_device(Device(arguments.device)))
    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    costs = measure_costs(arguments.preset, device, arguments.seconds, arguments.steps, _say)
    sys.stdout.write(json.dumps(dataclasses.asdict(costs)) + "\n" if arguments.json else render_costs(costs))
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


COMMAND = Command("Measure what the model costs on this machine.", add_arguments, run)
