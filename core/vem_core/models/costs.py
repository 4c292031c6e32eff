"""What VeM's model costs: parameters, operations, time and peak memory of each stage, over the length of the music.

Weights are random: cost does not depend on what they say. Time on the CPU is processor time, which other programs on
the machine stretch little. `share` is the stage's rate over that of a large matrix product on the device in that run.
`attention` compares the memory of one scene-guided cross-attention in which every latent gathers its own shots' tokens
with that of the dense T x S table, which gives the same result.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from vem_core.compute.out_of_memory import return_unused_memory
from vem_core.contract.time import SAMPLES_PER_LATENT
from vem_core.models.conditioning import on_device
from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS, FrameCues
from vem_core.models.pipeline import DECODE_LATENTS, VemPipeline
from vem_core.models.presets import random_pipeline
from vem_core.models.sampling import Conditions, GuidedVelocity, SamplingSettings, sample, seeded_noise
from vem_core.models.scene_attention import gather_attention
from vem_core.models.scene_encoder import SceneCues
from vem_core.models.scenes import scene_index, shot_shares
from vem_core.models.score import SCORE_CHANNELS
from vem_core.models.spectrogram import FRAMES_PER_LATENT, Spectrogram

SHOT_S = 2.5


@dataclass(frozen=True)
class StageRow:
    """One stage on one length of music. `peak_mb`: beyond what was in use before it began."""

    stage: str
    music_s: float
    parameters: int
    gflop: float
    time_s: float
    time_per_music_s: float
    share: float
    peak_mb: float


@dataclass(frozen=True)
class AttentionRow:
    """Bytes that one attention allocates, in two ways."""

    latents: int
    shots: int
    gathered_mb: float
    dense_mb: float


@dataclass(frozen=True)
class ModelCosts:
    """All of it. `matrix_gflops`: of a large float32 matrix product on the device."""

    preset: str
    device: str
    threads: int
    matrix_gflops: float
    stages: tuple[StageRow, ...]
    attention: tuple[AttentionRow, ...]


def measure_costs(
    preset: str, device: torch.device, lengths_s: Sequence[float], steps: int, say: Callable[[str], None]
) -> ModelCosts:
    """Each stage on each length, and the attention's memory; `say` is told what is done. Takes minutes."""
    pipeline = random_pipeline(preset).to(device)
    peak = matrix_peak(device)
    rows: list[StageRow] = []
    for seconds in lengths_s:
        say(f"{seconds:.0f} s of music")
        rows += stages(pipeline, seconds, steps, device, peak)
    attention = tuple(attention_memory(latents, shots) for latents in (750, 3000) for shots in (10, 100, 500))
    return ModelCosts(preset, str(device), torch.get_num_threads(), peak, tuple(rows), attention)


def render_costs(costs: ModelCosts) -> str:
    """The costs as tables for a terminal."""
    lines = [
        f"{costs.preset} on {costs.device}, {costs.threads} threads; matrix product {costs.matrix_gflops:.0f} GFLOP/s",
        "",
        f"{'stage':22} {'music':>6} {'param.':>7} {'GFLOP':>8} {'time':>7} {'s per s':>8} {'share':>6} {'peak':>8}",
    ]
    lines += [
        f"{row.stage:22} {row.music_s:5.0f}s {row.parameters / 1e6:6.2f}M {row.gflop:8.2f} {row.time_s:6.2f}s "
        f"{row.time_per_music_s:8.4f} {row.share:6.0%} {row.peak_mb:6.0f}MB"
        for row in costs.stages
    ]
    lines += ["", "attention: latents  shots  gathered   dense"]
    lines += [
        f"           {each.latents:7} {each.shots:6} {each.gathered_mb:7.1f}MB {each.dense_mb:6.1f}MB"
        for each in costs.attention
    ]
    return "\n".join(lines) + "\n"


@torch.inference_mode()
def stages(
    pipeline: VemPipeline, seconds: float, steps: int, device: torch.device, peak_gflops: float
) -> list[StageRow]:
    """Each stage by itself on `seconds` of music."""
    latents = round(seconds * 25)
    conditioned = on_device(conditions(pipeline, latents), device)
    settings = SamplingSettings(steps=steps)
    noise = seeded_noise(0, pipeline.vae.config.latent_channels, latents).to(device)
    strips = torch.rand(16, 3, pipeline.aligner.config.strip_frames, *pipeline.aligner.config.size, device=device)
    coded = pipeline.vae.decode_latents(noise[..., :DECODE_LATENTS])

    def denoise() -> Tensor:
        velocity = GuidedVelocity(pipeline.transformer, pipeline.adapter, conditioned, settings)
        return sample(velocity, noise, pipeline.scheduler, settings)

    def in_pieces(function: Callable[[Tensor], Any], example: Tensor, ratio: int) -> Callable[[], None]:
        """As often as the music needs it, on the beginning of an example with `ratio` places a latent."""

        def run() -> None:
            for first in range(0, latents, DECODE_LATENTS):
                function(example[..., : ratio * min(DECODE_LATENTS, latents - first)])

        return run

    piece = noise[..., :DECODE_LATENTS]
    front_end = Spectrogram().to(device)
    sound = torch.zeros(1, 2, piece.shape[-1] * SAMPLES_PER_LATENT, device=device)
    work: list[tuple[str, nn.Module | None, Callable[[], object]]] = [
        ("spectrogram", None, in_pieces(front_end, sound, ratio=SAMPLES_PER_LATENT)),
        ("aligner, 16 cuts", pipeline.aligner, lambda: pipeline.aligner(strips)),
        (f"transformer, {steps} steps", pipeline.transformer, denoise),
        ("adapter", pipeline.adapter, in_pieces(pipeline.adapter, conditioned.frames.stacked(), ratio=1)),
        ("VAE decoder", pipeline.vae, in_pieces(pipeline.vae.decode_latents, piece, ratio=1)),
        ("vocoder", pipeline.vocoder, in_pieces(pipeline.vocoder.render, coded, ratio=FRAMES_PER_LATENT)),
        ("decode, whole", None, lambda: pipeline.decode(noise)),
    ]
    return [measure(name, module, run, seconds, device, peak_gflops) for name, module, run in work]


def measure(
    name: str,
    module: nn.Module | None,
    run: Callable[[], object],
    seconds: float,
    device: torch.device,
    peak_gflops: float,
) -> StageRow:
    """One row: operations from one counted run, time and memory from another."""
    with FlopCounterMode(display=False) as counter:
        run()
    with PeakMemory(device) as memory:
        started = _now(device)
        run()
        elapsed = _now(device) - started
    gflop = counter.get_total_flops() / 1e9
    parameters = 0 if module is None else sum(tensor.numel() for tensor in module.parameters())
    rate = gflop / elapsed / peak_gflops
    return StageRow(name, seconds, parameters, gflop, elapsed, elapsed / seconds, rate, memory.peak_mb)


class PeakMemory:
    """The most memory in use inside a `with`, in MB beyond what was in use at its beginning.

    Of the device on CUDA, of the process on Linux (whose kernel forgets its peak when asked to, proc(5)); elsewhere how
    much the process's peak grew.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.peak_mb = 0.0

    def __enter__(self) -> Self:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
        elif sys.platform == "linux":
            return_unused_memory()  # or what is free inside the process would hide what a stage takes
            with contextlib.suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5")
        self._before_mb = self._most_mb()
        return self

    def __exit__(self, *_: object) -> None:
        self.peak_mb = self._most_mb() - self._before_mb

    def _most_mb(self) -> float:
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) / 1e6
        if sys.platform == "linux":
            lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def _now(device: torch.device) -> float:
    """Seconds: on the clock for a GPU, of one thread's processor time on the CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time() / torch.get_num_threads()


def matrix_peak(device: torch.device, size: int = 1536) -> float:
    """GFLOP/s of a large float32 matrix product, best of five."""
    left, right = (torch.randn(size, size, device=device) for _ in range(2))
    best = 0.0
    for _ in range(5):
        started = _now(device)
        left @ right
        best = max(best, 2 * size**3 / (_now(device) - started) / 1e9)
    return best


def conditions(pipeline: VemPipeline, latents: int) -> Conditions:
    """Conditions of an edit with a cut every 2.5 s."""
    starts = np.arange(0, latents, SHOT_S * 25)
    shots = len(starts)
    config = pipeline.transformer.config
    scene = SceneCues(
        torch.randn(1, config.overall_tokens, config.text_width),
        torch.randn(1, shots, config.text_width),
        torch.randn(1, shots, config.visual_width),
        torch.ones(1, shots, dtype=torch.bool),
        torch.from_numpy(starts / 25).float()[None],
        torch.full((1, shots), SHOT_S),
    )
    frames = FrameCues(
        torch.randn(1, len(LEAD_SHEET_CHANNELS), latents),
        torch.randn(1, len(RHYTHM_CHANNELS), latents),
        torch.randn(1, pipeline.aligner.config.feature_width, latents),
        torch.rand(1, len(SCORE_CHANNELS), latents),
    )
    return Conditions(scene, scene_index(starts, np.zeros(shots), latents), frames)


class AllocatedBytes(TorchDispatchMode):
    """Adds up the bytes of every tensor that an operation makes anew."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        known = {leaf.untyped_storage().data_ptr() for leaf in tree_leaves(args) if isinstance(leaf, Tensor)}
        for leaf in tree_leaves(out):
            if isinstance(leaf, Tensor) and leaf.untyped_storage().data_ptr() not in known:
                self.total += leaf.untyped_storage().nbytes()
        return out


@torch.inference_mode()
def attention_memory(latents: int, shots: int, heads: int = 4, width: int = 64, per_shot: int = 4) -> AttentionRow:
    """Bytes allocated by the two ways to attend, on one timeline; both give the same result."""
    index = scene_index(np.linspace(0, latents, shots, endpoint=False), np.zeros(shots), latents)
    queries = torch.randn(1, heads, latents, width)
    overall = (torch.randn(1, heads, 3, width), torch.randn(1, heads, 3, width))
    tokens = (torch.randn(1, shots, per_shot, heads, width), torch.randn(1, shots, per_shot, heads, width))
    with AllocatedBytes() as gathered:
        one = gather_attention(queries, overall, tokens, index)
    with AllocatedBytes() as dense:
        mask = shot_shares(index, shots).log().repeat_interleave(per_shot, dim=-1)[:, None]
        mask = torch.cat([torch.zeros(1, 1, latents, 3), mask], dim=-1)
        keys, values = (
            torch.cat([first, rest.permute(0, 3, 1, 2, 4).reshape(1, heads, -1, width)], dim=2)
            for first, rest in zip(overall, tokens, strict=True)
        )
        other = ((queries @ keys.transpose(-1, -2)) / width**0.5 + mask).softmax(-1) @ values
    torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)
    return AttentionRow(latents, shots, gathered.total / 1e6, dense.total / 1e6)
