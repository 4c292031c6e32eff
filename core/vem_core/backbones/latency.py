"""How long a backbone would take on a machine that nobody has at hand: counted operations over a share of its peak.

Operations are counted on networks without weights, in the real sizes. The share of the peak of a large matrix product
that a network reaches is measured on the CPU (`measured_share`) and assumed elsewhere: an estimate, and it says so.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.utils.flop_counter import FlopCounterMode

TOKENS = 300
"""Of words: what ten shots' captions come to within a window."""


class Peak(NamedTuple):
    """TFLOP/s of large matrix products, dense."""

    half: float  # bfloat16 or float16 with float32 sums: networks
    single: float  # float32: the autoencoder


PEAKS = {
    "H100": Peak(990.0, 67.0),
    "RTX 4090": Peak(165.0, 82.0),
    "RTX 3060": Peak(25.0, 12.7),
    "Apple M3": Peak(4.0, 4.0),
    "8 cores": Peak(0.6, 0.6),
}
"""As their makers state it; the M3's GPU, and a processor with 8 cores and AVX2 by their clocks."""

ASSUMED_SHARE = 0.4
"""Of a machine's peak. On one core here it was .64 (docs/engineers/backbones.md)."""


class Cost(NamedTuple):
    """Operations, in TFLOP."""

    evaluation: float  # of the network, once
    coding: float  # the sketch in, the music out

    def seconds(self, peak: Peak, evaluations: int, share: float = ASSUMED_SHARE) -> float:
        """At that peak."""
        return (evaluations * self.evaluation / peak.half + self.coding / peak.single) / share


class Latency(NamedTuple):
    """An estimate."""

    machine: str
    music_s: float
    seconds: float


def ace_step_cost(music_s: float, **sizes: int) -> Cost:
    """What so many seconds of music cost ACE-Step 1.5 (2B, or other sizes of its network)."""
    from diffusers import AceStepTransformer1DModel, AutoencoderOobleck

    latents = round(music_s * 25)
    with torch.device("meta"), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of what the library's own code calls
        network = AceStepTransformer1DModel(**sizes)
        vae = AutoencoderOobleck(
            encoder_hidden_size=128,
            downsampling_ratios=[2, 4, 4, 6, 10],
            channel_multiples=[1, 2, 4, 8, 16],
            decoder_channels=128,
            decoder_input_channels=64,
            sampling_rate=48_000,
        )
        evaluation = counted(lambda: evaluate_ace_step(network, latents))
        second = counted(lambda: (vae.encode(torch.empty(1, 2, 48_000)), vae.decode(torch.empty(1, 64, 25))))
    return Cost(evaluation, second * music_s)


def evaluate_ace_step(network: Any, latents: int, dtype: torch.dtype | None = None) -> Any:
    """One evaluation of its network, of nothing in particular; `dtype` (None: its own) is what it takes."""
    like = next(network.parameters())
    inner = network.config.encoder_hidden_size or network.config.hidden_size

    def some(*shape: int) -> torch.Tensor:
        return torch.zeros(*shape, device=like.device, dtype=dtype or like.dtype)

    return network(
        hidden_states=some(1, latents, network.config.audio_acoustic_hidden_dim),
        timestep=some(1) + 0.5,
        timestep_r=some(1) + 0.5,
        encoder_hidden_states=some(1, TOKENS, inner),
        context_latents=some(1, latents, network.config.in_channels - network.config.audio_acoustic_hidden_dim),
        return_dict=False,
    )


@torch.no_grad()
def counted(run: Callable[[], object]) -> float:
    """TFLOP of what `run` does."""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops() / 1e12


def predicted(cost_of: Callable[[float], Cost], evaluations: int, lengths_s: tuple[float, ...]) -> list[Latency]:
    """For each machine and length of music."""
    costs = {length: cost_of(length) for length in lengths_s}
    return [
        Latency(machine, length, cost.seconds(peak, evaluations))
        for machine, peak in PEAKS.items()
        for length, cost in costs.items()
    ]


@torch.no_grad()
def measured_share(run: Callable[[], object], tflop: float, peak_gflops: float) -> tuple[float, float]:
    """Seconds of processor time that `run` takes, and the share of the peak that it reaches; on the CPU."""
    began = time.process_time()
    run()
    seconds = (time.process_time() - began) / torch.get_num_threads()
    return seconds, 1000 * tflop / seconds / peak_gflops
