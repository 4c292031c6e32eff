"""`vem export FOLDER VERSION`: a trained model as the product ships it: weights, card, registry."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vem_core.contract.command import Command


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem export`."""
    parser.add_argument("folder", type=Path, help="a training folder, or a saved model")
    parser.add_argument("version", help="of the release; the weights of a version are never overwritten")
    parser.add_argument("--preset", default="mini", help="of a training folder (default: mini)")
    parser.add_argument(
        "--evaluation",
        type=Path,
        action="append",
        default=[],
        help="an evaluation.json of it, one a kind of device (default: FOLDER/evaluation/evaluation.json)",
    )
    parser.add_argument(
        "--heard",
        type=Path,
        help="what benchmarks/listening.py --models sketch vem-mini --json printed of these weights; "
        "without it `auto` stays with sketch",
    )
    parser.add_argument("--resources", type=Path, help="where it goes (default: the resources of this checkout)")
    parser.add_argument("--data", default="", help="what the card says about the data and its licence")
    parser.add_argument("--reproduce", default="", help="what the card says about reproducing it")


def run(arguments: argparse.Namespace) -> int:
    """Write the release and say what it holds."""
    from vem_core.resources.paths import resource_path
    from vem_core.training.release import CardFacts, export

    folder: Path = arguments.folder
    beside = folder / "evaluation" / "evaluation.json"
    evaluations = arguments.evaluation or ([beside] if beside.is_file() else [])
    resources = arguments.resources or resource_path("models.json").parent
    facts = CardFacts(arguments.version, arguments.data, arguments.reproduce)
    entry = export(folder, arguments.preset, resources, evaluations, facts, arguments.heard)
    size_mb = sum(file.bytes for file in entry.files) / 1e6
    trusted = ", ".join(entry.gates_met_on)
    auto = f"`auto` may mean it on: {trusted}" if trusted else "`auto` stays with sketch"
    sys.stdout.write(f"{resources / entry.folder}: {len(entry.files)} files, {size_mb:.1f} MB; {auto}\n")
    return 0


COMMAND = Command("Release a trained model: weights, card, registry.", add_arguments, run)
