"""How the steps of training are computed: precision, accumulation, compilation, where the average lies."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vem_core.compute.devices import mixes_precision
from vem_core.contract.errors import InputError

if TYPE_CHECKING:
    import torch


class Precision(enum.StrEnum):
    """Of products inside the network; weights and their moments are float32 always."""

    AUTO = "auto"  # bfloat16 where it suits the network and the device has it
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


@dataclass(frozen=True)
class Computing:
    """A processor computes in bfloat16 only where it is asked for: it is slower on most. Raises InputError."""

    precision: Precision = Precision.AUTO
    tf32: bool = True  # of float32 products on CUDA
    compile: bool = False  # the transformer, on a GPU
    accumulate: int = 1  # batches a step
    split: bool = False  # weights, gradients, moments and average over the team's processes (FSDP)
    average_on_cpu: bool = False

    def __post_init__(self) -> None:
        if self.accumulate < 1:
            raise InputError("A step accumulates at least one batch.")
        if self.split and self.average_on_cpu:
            raise InputError("Split weights have their average split as well: leave average_on_cpu out.")

    @property
    def matmul_precision(self) -> str:
        """As torch calls it."""
        return "high" if self.tf32 else "highest"

    def autocasts(self, device: torch.device, suits: bool) -> bool:
        """Whether products are in bfloat16."""
        if device.type == "cpu":
            return self.precision is Precision.BFLOAT16
        wanted = suits if self.precision is Precision.AUTO else self.precision is Precision.BFLOAT16
        return wanted and mixes_precision(device.type)
