"""`vem evaluate FOLDER`: a model on the fixed held-out set, beside its ceiling and its floor."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from vem_core.contract.errors import InputError
from vem_core.contract.request import Device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem evaluate`."""
    parser.add_argument(
        "folder", type=Path, nargs="?", help="a training folder or a saved model (default: the bundled one)"
    )
    parser.add_argument(
        "--checkpoint", choices=("ldm", "adapter"), help="the last state of that stage, which may still be training"
    )
    parser.add_argument("--output", type=Path, help="where tables and examples go (default: FOLDER/evaluation)")
    parser.add_argument("--preset", default="mini", help="of a training folder (default: mini)")
    parser.add_argument("--pieces", type=int, default=50, help="held-out pieces (default: 50)")
    parser.add_argument("--styles", nargs="+", default=[], metavar="STYLE", help="of the pieces (default: all)")
    parser.add_argument("--experiments", type=int, default=50, help="of them, for the experiments (default: 50)")
    parser.add_argument(
        "--add-experiments", action="store_true", help="only those, to the evaluation of the same weights that is there"
    )
    parser.add_argument(
        "--classifier-pieces", type=int, default=104, help="renders to learn styles from (default: 104)"
    )
    parser.add_argument("--real-music", type=Path, metavar="FOLDER", help="keeps what is heard of real renders, for "
                        "several evaluations (default: OUTPUT/real)")  # fmt: skip
    parser.add_argument("--examples", type=int, default=6, help="pieces to keep as sound and pictures (default: 6)")
    parser.add_argument("--steps", type=int, help="of the sampler (default: the product's)")
    parser.add_argument("--shift", type=float, help="of the noise levels, 1: evenly spaced (default: the product's)")
    parser.add_argument("--guidance", type=float, help="default: the product's")
    parser.add_argument(
        "--guided-sigmas", type=float, nargs=2, metavar=("FROM", "TO"), help="where it holds (default: the product's)"
    )
    parser.add_argument("--trackers", nargs="+", choices=("auto", "madmom"), default=[], help="default: both, if there")
    parser.add_argument("--encoder", type=Path, help="folder of the text encoder (default: the installed package)")
    parser.add_argument("--device", choices=[device.value for device in Device], default="auto")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, help="processes that listen; on a CPU as many threads play"
    )


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, write `evaluation.json` and `evaluation.md`, print the table. Stopped, it goes on where it was."""
    import dataclasses

    from vem_core.evaluation.evaluating import EvaluationPlan, add_experiments, evaluate
    from vem_core.evaluation.results import from_text, report, to_text
    from vem_core.generation.vem_mini import default_settings
    from vem_core.parsing.text import MiniLmEncoder
    from vem_core.training.release import checkpoint_pipeline, load_any
    from vem_core.training.team import join_team

    if arguments.pieces < 2 or arguments.workers < 1:
        raise InputError("--pieces must be at least 2, and --workers at least 1.")
    plan = EvaluationPlan(
        pieces=arguments.pieces,
        experiments=min(arguments.experiments, arguments.pieces),
        classifier_pieces=arguments.classifier_pieces,
        examples=arguments.examples,
        workers=arguments.workers,
        trackers=tuple(arguments.trackers),
        styles=tuple(arguments.styles),
        real_music=arguments.real_music,
        settings=dataclasses.replace(default_settings(), **chosen_settings(arguments)),
    )
    folder, name = arguments.folder, "evaluation"
    if arguments.checkpoint is None:
        pipeline = load_any(folder, arguments.preset)
    elif folder is None:
        raise InputError("--checkpoint is of a training folder: name it.")
    else:
        pipeline, step = checkpoint_pipeline(folder, arguments.preset, arguments.checkpoint)
        name = f"evaluation-{arguments.checkpoint}-{step}"
    pipeline = pipeline.to(join_team(arguments.device).device)
    output: Path = arguments.output or (folder or Path()) / name
    output.mkdir(parents=True, exist_ok=True)
    encoder, path = MiniLmEncoder(arguments.encoder), output / "evaluation.json"
    if arguments.add_experiments:
        if not path.is_file():
            raise InputError(f"There is no {path} to add experiments to.", hint="Leave --add-experiments out.")
        before = from_text(path.read_text(encoding="utf-8"))
        found = add_experiments(before, pipeline, encoder, plan, output, print_progress)
    else:
        found = evaluate(pipeline, encoder, plan, output, print_progress)
    path.write_text(to_text(found), encoding="utf-8")
    text = report(found)
    (output / "evaluation.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def chosen_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the options change of the sampler's settings."""
    given = {name: getattr(arguments, name) for name in ("steps", "shift", "guidance", "guided_sigmas")}
    changed = {name: value for name, value in given.items() if value is not None}
    if "guided_sigmas" in changed:
        changed["guided_sigmas"] = tuple(changed["guided_sigmas"])
    return changed


def print_progress(text: str) -> None:
    """A line for whoever watches."""
    sys.stderr.write(text + "\n")
