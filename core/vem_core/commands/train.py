"""`vem train STAGE`: one command for each thing that is trained."""

from __future__ import annotations

from vem_core.contract.command import Command
from vem_core.training.stages import add_arguments, run

COMMAND = Command("Train one of the models from nothing.", add_arguments, run)
