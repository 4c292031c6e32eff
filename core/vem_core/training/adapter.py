"""`vem train adapter`. See `diffusion`."""

from vem_core.training.diffusion import ADAPTER as COMMAND

__all__ = ["COMMAND"]
