"""`vem train adapter`: vem-mini's (see `diffusion`), or with `--backbone` a large model's (see `backbone_adapter`)."""

from __future__ import annotations

import argparse

from vem_core.contract.command import Command
from vem_core.training.diffusion import ADAPTER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the stage, and which model it is for."""
    ADAPTER.add_arguments(parser)
    parser.add_argument("--backbone", metavar="ID", help="of `vem models`: train its adapter, on what it plays itself; "
                        "--pieces are then its takes")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Train the adapter."""
    if arguments.backbone is None:
        return ADAPTER.run(arguments)
    from vem_core.training.backbone_adapter import run as train_backbone_adapter

    return train_backbone_adapter(arguments)


COMMAND = Command(ADAPTER.summary, add_arguments, run)
