"""The arithmetic of a large corpus: bytes, processor time and operations for an hour of music, step by step.

    python benchmarks/training_scale.py [--pieces 6] [--preset mini] [--hours 280] [--epochs 100] [--json]
                                        [--gpus 8] [--peak-tflops 989] [--cores 200]

Measured: processor seconds of composing, playing, preparing and encoding on one core; bytes of each part on disk;
processor seconds of a batch of each stage on one core. Counted: the floating-point operations of a batch, forwards and
backwards (torch's FlopCounterMode: matrix products and convolutions). Computed from both, and no more than that: what
so many hours take on so many cores and GPUs at a stated share of their peak (`SHARES`), and how fast shards must be
read to keep the GPUs busy, beside the processor seconds that one reading thread takes for an hour of music.
"""

from __future__ import annotations

import argparse
import json
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split
from vem_core.models.presets import untrained_pipeline
from vem_core.parsing.text import MiniLmEncoder
from vem_core.training.aligner import AlignerTraining, count_cuts, hold_strips, train_aligner
from vem_core.training.clips import hold_pieces
from vem_core.training.diffusion import DiffusionTraining, train_adapter, train_transformer
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import ExampleShard, seconds_of, write_examples
from vem_core.training.loop import Bookkeeping, Check, Schedule
from vem_core.training.music_corpus import Recipe, example_of
from vem_core.training.packed_latents import hold_latents
from vem_core.training.rotation import Held, Share
from vem_core.training.vae import VaeTraining, train_vae
from vem_core.training.vocoder import VocoderTraining, train_vocoder

SHARES = {"vae": 0.15, "vocoder": 0.1, "aligner": 0.1, "ldm": 0.3, "adapter": 0.3}
"""Of a GPU's bfloat16 peak that we would expect a stage to reach; stated, not measured."""

PARTS_READ = {
    "vae": ("coded.safetensors",),
    "vocoder": ("coded.safetensors", "sound.flac"),
    "aligner": ("strips.safetensors",),
    "ldm": ("latents",),
    "adapter": ("latents",),
}
BATCHES = 2


@dataclass(frozen=True)
class Costs(Bookkeeping):
    """Books that count a batch instead of training."""

    gflop: list[float] = field(default_factory=list)  # of a batch
    seconds: list[float] = field(default_factory=list)

    def train(
        self, network: nn.Module, loss_of_batch: Callable[[int], Tensor], schedule: Schedule, *,
        check: Check | None = None, half: bool = False,
    ) -> None:  # fmt: skip
        network.train()
        with FlopCounterMode(display=False) as counted:
            loss_of_batch(0).backward()
        self.gflop.append(counted.get_total_flops() / 1e9)
        begun = time.process_time()
        for batch in range(BATCHES):
            loss_of_batch(batch).backward()
        self.seconds.append((time.process_time() - begun) / BATCHES)
        network.eval()


def make_corpus(folder: Path, pieces: int) -> tuple[ExampleShard, dict[str, float]]:
    """A shard of composed pieces, and the processor seconds that each step took."""
    spent: Counter[str] = Counter()
    encoder, examples = MiniLmEncoder(), []
    encoder.encode(["warm"])
    for index in range(pieces):
        begun = time.process_time()
        made = make_piece(PieceId(Split.TRAIN, 7, index), Recipe().window_latents)
        composed = time.process_time()
        audio = play(made.piece, made.finish, made.seed, None)
        played = time.process_time()
        examples.append((f"{index:06}", example_of(made.labels, audio, made.jpegs, encoder)))
        spent.update(compose=composed - begun, play=played - composed, prepare=time.process_time() - played)
    begun = time.process_time()
    shard = write_examples(folder / "shard.tar", examples)
    spent["prepare"] += time.process_time() - begun
    return shard, dict(spent)


def bytes_by_part(shard: ExampleShard) -> Counter[str]:
    sizes: Counter[str] = Counter()
    with tarfile.open(shard.path) as tar:
        for member in tar:
            sizes[member.name.partition(".")[2]] += member.size
    return sizes


def measure_stages(shard: ExampleShard, encoded: ExampleShard, preset: str) -> dict[str, dict[str, float]]:
    """GFLOP and processor seconds for an hour of music, by stage."""
    parts, cpu, schedule = untrained_pipeline(preset), torch.device("cpu"), Schedule(1, 1e-3)
    found: dict[str, dict[str, float]] = {}

    def note(name: str, costs: Costs, music_s: float, networks: Sequence[nn.Module], held: Held[Any]) -> None:
        hours, begun = music_s / 3600, time.process_time()
        with held:
            held.at(0)
        reading_s = time.process_time() - begun
        parameters = sum(weight.numel() for network in networks for weight in network.parameters())
        found[name] = {
            "parameters_m": parameters / 1e6,
            "tflop_per_hour": costs.gflop[0] / hours / 1e3,
            "processor_s_per_hour": costs.seconds[0] / hours,
            "reading_s_per_hour": reading_s / (seconds_of([shard]) / 3600),
        }

    def books() -> Costs:
        return Costs(None, lambda step, loss: None)

    def share(clips: int) -> Share:
        return books().share(clips, 0)

    latent_s = SAMPLES_PER_LATENT / SAMPLE_RATE_HZ
    vae = VaeTraining(schedule, clips=4)
    train_vae(parts.vae, [shard], vae, counting := books())
    pieces = hold_pieces([shard], 64, share(4), cpu)
    note("vae", counting, vae.clips * vae.clip_latents * latent_s, [parts.vae], pieces)
    vocoder = VocoderTraining(schedule, clips=2)
    train_vocoder(parts.vocoder, [shard], vocoder, counting := books())
    pieces = hold_pieces([shard], 64, share(2), cpu, sound=True)
    note("vocoder", counting, vocoder.clips * vocoder.clip_latents * latent_s, [parts.vocoder], pieces)
    aligner, counts = AlignerTraining(schedule, strips=8), count_cuts([shard])
    with hold_strips([shard], share(8), cpu) as strips:
        train_aligner(parts.aligner, strips, counts, aligner, counting := books())
    note(
        "aligner",
        counting,
        aligner.strips * seconds_of([shard]) / counts.cuts,
        [parts.aligner],
        hold_strips([shard], share(8), cpu),
    )
    diffusion = DiffusionTraining(schedule, clips=4)
    music_s = diffusion.clips * diffusion.clip_latents * latent_s
    with hold_latents([encoded], diffusion.clip_latents, share(4), cpu) as held:
        train_transformer(parts.transformer, None, held, diffusion, counting := books())
        note("ldm", counting, music_s, [parts.transformer], hold_latents([encoded], 192, share(4), cpu))
        train_adapter(parts.adapter, parts.transformer, held, diffusion, counting := books())
        note("adapter", counting, music_s, [parts.adapter], hold_latents([encoded], 192, share(4), cpu))
    return found


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    torch.set_num_threads(1)
    shard, spent = make_corpus(folder, arguments.pieces)
    hours = seconds_of([shard]) / 3600
    parts = untrained_pipeline(arguments.preset)
    begun = time.process_time()
    (encoded,) = encode_shards([shard], parts.vae.eval(), parts.aligner.eval(), folder / "latents")
    spent["encode"] = time.process_time() - begun
    sizes = dict(bytes_by_part(shard)) | {"latents": encoded.record.bytes}
    return {
        "music_s": 3600 * hours,
        "cuts_per_hour": count_cuts([shard]).cuts / hours,
        "processor_s_per_hour": {name: seconds / hours for name, seconds in spent.items()},
        "megabytes_per_hour": {name: size / hours / 1e6 for name, size in sizes.items()},
        "stages": measure_stages(shard, encoded, arguments.preset),
    }


def compute(measured: dict, arguments: argparse.Namespace) -> dict[str, object]:  # type: ignore[type-arg] # of JSON
    """What so many hours take on so many machines."""
    megabytes, preparing = measured["megabytes_per_hour"], measured["processor_s_per_hour"]
    on_disk = sum(megabytes.values())
    stages = {}
    for name, cost in measured["stages"].items():
        hour_s = cost["tflop_per_hour"] / (arguments.gpus * arguments.peak_tflops * SHARES[name])
        read = sum(megabytes[part] for part in PARTS_READ[name])
        stages[name] = {
            "share_of_peak": SHARES[name],
            "wall_hours": hour_s * arguments.hours * arguments.epochs / 3600,
            "read_gigabytes_per_s": read / hour_s / 1e3,
            "reading_hours": cost["reading_s_per_hour"] * arguments.hours * arguments.epochs / arguments.gpus / 3600,
        }
    return {
        "disk_gigabytes": {name: size * arguments.hours / 1e3 for name, size in megabytes.items()}
        | {"all": on_disk * arguments.hours / 1e3},
        "core_hours": {name: seconds * arguments.hours / 3600 for name, seconds in preparing.items()},
        "hours_on_cores": {
            name: seconds * arguments.hours / 3600 / arguments.cores for name, seconds in preparing.items()
        },
        "stages": stages,
    }


def show(measured: dict, computed: dict, arguments: argparse.Namespace) -> None:  # type: ignore[type-arg] # of JSON
    print(f"measured on {measured['music_s']:.0f} s of music, {measured['cuts_per_hour']:.0f} cuts an hour\n")
    print(f"| step | processor s for an hour | {arguments.hours:.0f} h on {arguments.cores} cores, computed |")
    print("|---|---|---|")
    for name, seconds in measured["processor_s_per_hour"].items():
        print(f"| {name} | {seconds:.0f} | {60 * computed['hours_on_cores'][name]:.1f} min |")
    print(f"\n| part | MB for an hour | {arguments.hours:.0f} h, computed |\n|---|---|---|")
    for name, size in measured["megabytes_per_hour"].items():
        print(f"| {name} | {size:.1f} | {computed['disk_gigabytes'][name]:.0f} GB |")
    print(
        f"\n| stage | parameters | TFLOP for an hour | processor s for an hour | share of peak | {arguments.epochs} "
        f"epochs of {arguments.hours:.0f} h on {arguments.gpus} GPUs | to be read | reading them, a thread each |\n"
        "|---|---|---|---|---|---|---|---|"
    )
    for name, cost in measured["stages"].items():
        then = computed["stages"][name]
        print(
            f"| {name} | {cost['parameters_m']:.1f} M | {cost['tflop_per_hour']:.1f} | "
            f"{cost['processor_s_per_hour']:.0f} | {then['share_of_peak']:.0%} | {60 * then['wall_hours']:.1f} min | "
            f"{then['read_gigabytes_per_s']:.1f} GB/s | {60 * then['reading_hours']:.0f} min |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pieces", type=int, default=6)
    parser.add_argument("--preset", default="mini")
    parser.add_argument("--hours", type=float, default=280.0)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--gpus", type=int, default=8)
    parser.add_argument("--peak-tflops", type=float, default=989.0, help="of one GPU in bfloat16 (default: an H100's)")
    parser.add_argument("--cores", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder), arguments)
    computed = compute(measured, arguments)
    if arguments.json:
        print(json.dumps({"measured": measured, "computed": computed}, indent=2))
    else:
        show(measured, computed, arguments)


if __name__ == "__main__":
    main()
