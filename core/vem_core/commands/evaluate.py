"""`vem evaluate FOLDER`: a model on the fixed held-out set, beside its ceiling and its floor."""

from __future__ import annotations

from vem_core.contract.command import Command
from vem_core.training.held_out_evaluation import add_arguments, run

COMMAND = Command("Measure a model on held-out pieces, beside its ceiling and floor.", add_arguments, run)
