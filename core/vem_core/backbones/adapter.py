"""The transition-beat adapter (VeM section 2.3) on any backbone: what each block reads, scaled and shifted by the plan.

Nothing of the backbone is changed: hooks on the first norm of each block do it. The last layers start at zero, so that
a fresh adapter, or strength 0, gives the backbone's own numbers bit for bit. Where a network's token is wider than a
latent, what the adapter's own layers made of the features is averaged, never the features: an offset within a cell
means nothing in a wider one.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vem_core.backbones.base import Backbone, hooks
from vem_core.contract.errors import ContractError
from vem_core.models.weights_file import fill, pack_weights, unpack_weights
from vem_core.models.windows import Window

FEATURES = ("beat", "beat offset", "downbeat", "downbeat offset", "hit", "hit offset", "phase sine", "phase cosine")


@dataclasses.dataclass(frozen=True)
class AdapterConfig:
    """`widths`: of what each block reads, in order."""

    backbone: str
    widths: tuple[int, ...]
    hidden: int = 128
    features: int = len(FEATURES)


class BackboneAdapter(nn.Module):
    """Features (1, P, L) at the rate of the latents to a scale and shift of every block."""

    def __init__(self, config: AdapterConfig) -> None:
        super().__init__()
        self.config = config
        self.into = nn.Conv1d(config.features, config.hidden, kernel_size=3, padding=1)
        self.middle = nn.Conv1d(config.hidden, config.hidden, kernel_size=3, padding=1)
        self.out = nn.ModuleList(nn.Conv1d(config.hidden, 2 * width, kernel_size=1) for width in config.widths)
        for tensor in self.out.parameters():
            nn.init.zeros_(tensor)

    @classmethod
    def fresh(cls, backbone: Backbone, network: Any, hidden: int = 128) -> BackboneAdapter:
        """An untrained one that fits a backbone, on its device."""
        widths = tuple(width_of(norm) for norm in backbone.norms(network))
        return cls(AdapterConfig(backbone.model_id, widths, hidden)).to(backbone.parts.device)

    def forward(self, features: Tensor) -> Tensor:
        """(1, P, L) to what every block's layer reads, (1, hidden, L)."""
        hidden = F.silu(self.into(features))
        return hidden + F.silu(self.middle(hidden))

    def save(self, path: Path) -> None:
        """Write it as one safetensors file. Raises OutputError."""
        from vem_core.contract.atomic import write_bytes

        write_bytes(path, pack_weights(self.state_dict(), type(self).__name__, dataclasses.asdict(self.config)))

    @classmethod
    def load(cls, path: Path) -> BackboneAdapter:
        """Read what `save` wrote. Raises WeightsDamaged."""
        header, tensors = unpack_weights(path.read_bytes(), path)
        config = AdapterConfig(**{**header.config, "widths": tuple(header.config["widths"])})
        adapter = cls(config)
        fill(adapter, tensors, path)
        return adapter.eval()


@dataclasses.dataclass(frozen=True)
class Steering:
    """An adapter at work: `features` (1, P, L) of the whole, how strongly it steers."""

    adapter: BackboneAdapter
    features: Tensor
    strength: float = 1.0

    def over(self, backbone: Backbone, network: Any, window: Window) -> contextlib.AbstractContextManager[None]:
        """While it lasts, the network is steered by the plan of a window. Gradients reach the adapter alone."""
        norms = backbone.norms(network) if self.strength else []
        if norms and len(norms) != len(self.adapter.out):
            raise ContractError("the adapter is of another backbone")
        hidden = self.adapter(self.features[..., window.first : window.last_excl]) if norms else None
        before = backbone.leading_tokens
        pairs = zip(norms, self.adapter.out if norms else (), strict=True)
        return hooks(
            [norm.register_forward_hook(_steer(layer, hidden, self.strength, before)) for norm, layer in pairs]
        )


def _steer(layer: nn.Module, hidden: Tensor | None, strength: float, before: int) -> Any:
    def steer(module: nn.Module, given: Any, out: Tensor) -> Tensor:
        assert hidden is not None
        tokens = out[:, before:]
        scale, shift = layer(at_tokens(hidden, tokens.shape[1])).transpose(1, 2).to(tokens.dtype).chunk(2, dim=-1)
        steered = tokens + strength * (scale * tokens + shift)
        return torch.cat([out[:, :before], steered], dim=1) if before else steered

    return steer


def at_tokens(hidden: Tensor, tokens: int) -> Tensor:
    """(1, H, L) at a network's number of tokens: those of a patch averaged, those of one time repeated by frequency."""
    latents = hidden.shape[-1]
    if tokens <= latents:
        return F.adaptive_avg_pool1d(hidden, tokens)
    for depth in range(8):  # a U-Net: time by frequency, both halved from level to level
        time = -(-latents // 2**depth)
        if tokens % time == 0 and tokens // time <= 64:
            return F.adaptive_avg_pool1d(hidden, time).repeat_interleave(tokens // time, dim=-1)
    return F.interpolate(hidden, size=tokens)


def width_of(norm: nn.Module) -> int:
    """How many channels a norm gives."""
    for name in ("weight", "gamma", "scale"):
        tensor = getattr(norm, name, None)
        if isinstance(tensor, Tensor):
            return tensor.numel()
    raise ContractError("this norm does not say its width")


def plan_features(
    beats_s: Sequence[float], downbeats_s: Sequence[float], hits_s: Sequence[float], latents: int, latent_s: float
) -> Tensor:
    """(1, len(FEATURES), L): beats, downbeats and hits with their places within their cells, and the phase of the beat.

    Times are seconds; a cell lasts `latent_s`.
    """
    rows = torch.zeros(len(FEATURES), latents)
    for number, times in enumerate((beats_s, downbeats_s, hits_s)):
        for time in times:
            cell = int(time / latent_s)
            if 0 <= cell < latents:
                rows[2 * number, cell] = 1.0
                rows[2 * number + 1, cell] = time / latent_s - cell - 0.5
    beats = torch.tensor(list(beats_s))
    if len(beats) > 1:
        middles = (torch.arange(latents) + 0.5) * latent_s
        after = torch.searchsorted(beats, middles).clamp(1, len(beats) - 1)
        turn = (middles - beats[after - 1]) / (beats[after] - beats[after - 1])
        inside = (middles >= beats[0]) & (middles < beats[-1])
        rows[6], rows[7] = torch.sin(2 * torch.pi * turn) * inside, torch.cos(2 * torch.pi * turn) * inside
    return rows[None]
