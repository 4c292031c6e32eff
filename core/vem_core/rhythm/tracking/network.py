"""The two networks of our beat tracker: one hears beats in a band spectrogram, the other bars in the beats' features.

The first: two convolutions halve the frame rate, a bidirectional LSTM listens over it, and each of its steps answers
for two frames again. The second is an LSTM over beats. Both together have 0.25 million parameters.
Axes: B batch, F frames at 100 Hz, N beats, C channels, W width of the LSTM.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, ModelMissing, WeightsDamaged
from vem_core.rhythm.tracking.bars import FEATURES

FORMAT = "vem-beats-1"
_RISE_FRAMES = 2


@dataclass(frozen=True)
class BeatNetworkConfig:
    """Sizes of the network that hears beats. `bands` is what `band_spectrogram` gives."""

    bands: int = 58
    channels: int = 64
    width: int = 64
    layers: int = 2
    dropout: float = 0.1


@dataclass(frozen=True)
class BarNetworkConfig:
    """Sizes of the network that hears bars. `features` is what `bar_features` gives."""

    features: int = FEATURES
    width: int = 32
    dropout: float = 0.2


@dataclass(frozen=True)
class TrackerConfig:
    beats: BeatNetworkConfig = BeatNetworkConfig()
    bars: BarNetworkConfig = BarNetworkConfig()


class BeatNetwork(nn.Module):
    """(B, F, bands) log magnitudes to (B, F) logits of a beat. F is even."""

    def __init__(self, config: BeatNetworkConfig) -> None:
        super().__init__()
        self.near = nn.Conv1d(2 * config.bands, config.channels, kernel_size=5, padding=2)
        self.halving = nn.Conv1d(config.channels, config.channels, kernel_size=6, stride=2, padding=2)
        self.recurrence = nn.LSTM(
            config.channels,
            config.width,
            config.layers,
            batch_first=True,
            bidirectional=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.answer = nn.Linear(2 * config.width, 2)  # for each of two frames

    def forward(self, spectrogram: Tensor) -> Tensor:
        rise = F.relu(spectrogram[:, _RISE_FRAMES:] - spectrogram[:, :-_RISE_FRAMES])
        rise = F.pad(rise, (0, 0, _RISE_FRAMES, 0))  # B F bands
        x = torch.cat([spectrogram - 0.5, rise], dim=2).transpose(1, 2)  # B 2·bands F
        x = F.gelu(self.near(x))  # B C F
        x = F.gelu(self.halving(x)).transpose(1, 2)  # B F/2 C
        x, _ = self.recurrence(self.dropout(x))  # B F/2 2W
        logits: Tensor = self.answer(self.dropout(x))  # B F/2 2
        return logits.flatten(1)  # B F


class BarNetwork(nn.Module):
    """(B, N, features) of beats to (B, N) logits that a beat begins a bar."""

    def __init__(self, config: BarNetworkConfig) -> None:
        super().__init__()
        self.enter = nn.Linear(config.features, config.width)
        self.recurrence = nn.LSTM(config.width, config.width, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.answer = nn.Linear(2 * config.width, 1)

    def forward(self, features: Tensor) -> Tensor:
        x, _ = self.recurrence(self.dropout(F.gelu(self.enter(features))))  # B N 2W
        logits: Tensor = self.answer(self.dropout(x))  # B N 1
        return logits.squeeze(2)  # B N


class TrackerNetworks(nn.Module):
    """Both networks, as they are stored together."""

    def __init__(self, config: TrackerConfig = TrackerConfig()) -> None:
        super().__init__()
        self.config = config
        self.beats = BeatNetwork(config.beats)
        self.bars = BarNetwork(config.bars)


def save_networks(networks: TrackerNetworks, path: Path) -> None:
    """Write the weights with their config in the header (safetensors)."""
    metadata = {"format": FORMAT, "config": dumps(networks.config)}
    save_file({name: value.contiguous() for name, value in networks.state_dict().items()}, path, metadata)


def load_networks(path: Path) -> TrackerNetworks:
    """The networks in a file, ready to listen.

    Raises ModelMissing where there is no file, WeightsDamaged for another format, a broken file, or unknown or missing
    weights.
    """
    if not path.is_file():
        raise ModelMissing(f"The beat tracker's weights are missing: {path}.", hint="Reinstall VeM Score.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
        if metadata.get("format") != FORMAT:
            raise WeightsDamaged(f"{path.name} is in the format {metadata.get('format')}, not {FORMAT}.")
        networks = TrackerNetworks(loads(TrackerConfig, metadata["config"]))
        networks.load_state_dict(weights)
    except (SafetensorError, OSError, KeyError, RuntimeError, ContractError) as error:
        raise WeightsDamaged(f"The beat tracker's weights cannot be used: {error}.") from error
    return networks.eval()
