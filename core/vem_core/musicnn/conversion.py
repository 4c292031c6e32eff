"""From musicnn's TensorFlow variables to the tensors of our network, and to a safetensors file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from vem_core.musicnn.checkpoint import read_checkpoint

# TensorFlow numbers layers in the order in which the graph was built.
_CONVOLUTIONS = ("timbral.0", "timbral.1", "temporal.0", "temporal.1", "temporal.2", "middle.0", "middle.1", "middle.2")
_NORMS = (
    "normalise",
    "timbral_norm.0",
    "timbral_norm.1",
    "temporal_norm.0",
    "temporal_norm.1",
    "temporal_norm.2",
    "middle_norm.0",
    "middle_norm.1",
    "middle_norm.2",
    "pooled_norm",
    "dense_norm",
)
_DENSE = ("dense", "output")
_NORM_PARTS = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def convert(checkpoint: Path, target: Path) -> None:
    """Write the network's weights in a checkpoint folder as a safetensors file, whole or not at all.

    Raises ModelMissing where there is no such checkpoint.
    """
    tensors = dict(converted(read_checkpoint(checkpoint)))
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    save_file(tensors, partial, metadata={"source": checkpoint.name, "licence": "ISC"})
    partial.replace(target)


def converted(variables: Mapping[str, np.ndarray]) -> Iterator[tuple[str, Tensor]]:
    """The state of `Musicnn` by name, of TensorFlow's variables by theirs. KeyError where one is missing."""
    for number, name in enumerate(_CONVOLUTIONS):
        kernel = torch.tensor(variables[f"{_numbered('conv2d', number)}/kernel"])  # frames, bands, in, out
        kernel = kernel.permute(3, 2, 0, 1)
        if name.startswith("middle"):
            kernel = kernel[:, 0].transpose(1, 2)  # the bands of a middle layer are the channels of the one before
        yield f"{name}.weight", kernel.contiguous()
        yield f"{name}.bias", torch.tensor(variables[f"{_numbered('conv2d', number)}/bias"])
    for number, name in enumerate(_NORMS):
        for theirs, ours in _NORM_PARTS.items():
            yield f"{name}.{ours}", torch.tensor(variables[f"{_numbered('batch_normalization', number)}/{theirs}"])
        yield f"{name}.num_batches_tracked", torch.tensor(0)
    for number, name in enumerate(_DENSE):
        yield f"{name}.weight", torch.tensor(variables[f"{_numbered('dense', number)}/kernel"]).T.contiguous()
        yield f"{name}.bias", torch.tensor(variables[f"{_numbered('dense', number)}/bias"])


def _numbered(kind: str, number: int) -> str:
    return kind if number == 0 else f"{kind}_{number}"
