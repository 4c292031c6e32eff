"""`vem bench model`: what VeM's model costs here. `vem bench backbone ID`: a large model that you have, measured."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.request import Device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be measured, and its options."""
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="model|backbone")
    model = subjects.add_parser("model", help="parameters, operations, time and peak memory of each stage")
    model.add_argument("--seconds", type=float, nargs="+", default=[10, 30, 120, 600], metavar="S",
                       help="lengths of music (default: 10 30 120 600)")  # fmt: skip
    model.add_argument("--steps", type=int, default=4, help="of the sampler (default: 4)")
    model.add_argument("--preset", default="mini", help="size of the model, with random weights (default: mini)")
    model.add_argument("--device", choices=[device.value for device in Device], default="cpu", help="default: cpu")
    model.add_argument("--threads", type=int, help="of the CPU (default: as torch chooses)")
    model.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    backbone = subjects.add_parser("backbone", help="speed, memory, beats and words of a model that you installed")
    backbone.add_argument("model", metavar="ID", help="of `vem models`")
    backbone.add_argument("--output", type=Path, default=Path("backbone-bench"), help="default: backbone-bench")
    backbone.add_argument("--edits", type=int, default=12, help="of each of four styles (default: 12)")
    backbone.add_argument("--minutes", type=float, default=10.0, help="no longer than this (default: 10)")
    backbone.add_argument("--device", choices=[device.value for device in Device], default="auto")
    backbone.add_argument("--predict", action="store_true",
                          help="no weights needed: estimate what ACE-Step takes on other machines")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    return _bench_backbone(arguments) if arguments.subject == "backbone" else _bench_model(arguments)


def _bench_backbone(arguments: argparse.Namespace) -> int:
    from vem_core.evaluation.backbone_bench import BenchSettings, bench_backbone, render_bench, render_predictions

    if arguments.predict:
        sys.stdout.write(render_predictions())
        return 0
    settings = BenchSettings(
        arguments.model, arguments.output, arguments.edits, arguments.minutes, Device(arguments.device)
    )
    sys.stdout.write(render_bench(bench_backbone(settings, _say)))
    return 0


def _bench_model(arguments: argparse.Namespace) -> int:
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
