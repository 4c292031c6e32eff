"""`vem train ldm`. See `diffusion`."""

from vem_core.training.diffusion import TRANSFORMER as COMMAND

__all__ = ["COMMAND"]
