"""Which device computes."""

from __future__ import annotations

from vem_core.contract.errors import ModelMissing
from vem_core.contract.request import Device


def torch_device(device: Device) -> str:
    """The torch device for the device that was asked for: "cuda" or "cpu"; `auto` is CUDA where there is one.

    Raises ModelMissing where CUDA was asked for and there is none.
    """
    if device is Device.CPU:
        return "cpu"
    import torch

    if device is Device.CUDA and not torch.cuda.is_available():
        raise ModelMissing("There is no CUDA device on this machine.", hint="Use --device auto or --device cpu.")
    return "cuda" if torch.cuda.is_available() else "cpu"
