"""Training throughput: the product's loop, which streams its corpus, against the plain loop of before, in one run.

    python benchmarks/training_speed.py [--stages vae ldm ...] [--preset mini] [--steps 20] [--rounds 3] [--json]

The plain loop has the whole corpus in memory from the start, draws, goes back, steps (AdamW, clipped, averaged), and
keeps no state. The product's holds a quarter of the corpus, reads the rest shard by shard in a thread, averages, and
writes its state at the end. Both draw by the same numbers and take as many steps, in turn, so that a machine's other
work strikes both; figures are medians over the rounds of steps a second, by the clock and by the processor (all
threads of the process together). One thread computes, `--threads` says otherwise.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parent))
from training_memory import CLIP_LATENTS, make_corpus

from vem_core.models.presets import untrained_pipeline
from vem_core.training.aligner import AlignerTraining, count_cuts, hold_strips, train_aligner
from vem_core.training.diffusion import DiffusionTraining, train_adapter, train_transformer
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import ExampleShard
from vem_core.training.loop import Bookkeeping, Check, Schedule
from vem_core.training.packed_latents import hold_latents
from vem_core.training.vae import VaeTraining, train_vae
from vem_core.training.vocoder import VocoderTraining, train_vocoder

STAGES = ("vae", "vocoder", "aligner", "ldm", "adapter")
WHOLE = 2**40
CPU = torch.device("cpu")


class PlainBooks(Bookkeeping):
    """Books whose loop is the plain one: all there is to training, and nothing else."""

    def train(
        self,
        network: nn.Module,
        loss_of_batch: Callable[[int], Tensor],
        schedule: Schedule,
        *,
        check: Check | None = None,
        half: bool = False,
    ) -> None:
        network.train()
        optimiser = torch.optim.AdamW(network.parameters(), weight_decay=schedule.weight_decay)
        average = [parameter.detach().clone() for parameter in network.parameters()]
        for step in range(schedule.steps):
            torch.manual_seed(step)
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(step, 0.0)
            optimiser.zero_grad()
            loss_of_batch(step).backward()
            nn.utils.clip_grad_norm_(network.parameters(), schedule.longest_gradient)
            optimiser.step()
            with torch.no_grad():
                for mean, parameter in zip(average, network.parameters(), strict=True):
                    mean.lerp_(parameter, 1 - schedule.averaging)
        network.eval()


@dataclass(frozen=True)
class Spent:
    """Of one call of a stage."""

    clock_s: float
    processor_s: float


def run_stage(
    name: str, shards: list[ExampleShard], latents: list[ExampleShard], books: Bookkeeping, size: argparse.Namespace
) -> None:
    """One stage on fresh parts, as `vem train` runs it."""
    parts, clips = untrained_pipeline(size.preset), size.clips
    schedule = Schedule(size.steps, 1e-3, report_steps=size.steps)
    if name == "vae":
        train_vae(parts.vae, shards, VaeTraining(schedule, clips, CLIP_LATENTS), books)
    elif name == "vocoder":
        train_vocoder(parts.vocoder, shards, VocoderTraining(schedule, clips, 16), books)
    elif name == "aligner":
        with hold_strips(shards, books.share(clips, 0), CPU) as held:
            train_aligner(parts.aligner, held, count_cuts(shards), AlignerTraining(schedule, clips), books)
    else:
        training = DiffusionTraining(schedule, clips, CLIP_LATENTS)
        with hold_latents(latents, CLIP_LATENTS, books.share(clips, 0), CPU) as held:
            if name == "ldm":
                train_transformer(parts.transformer, None, held, training, books)
            else:
                train_adapter(parts.adapter, parts.transformer, held, training, books)


def spent_by(call: Callable[[], None]) -> Spent:
    clock_s, processor_s = time.monotonic(), time.process_time()
    call()
    return Spent(time.monotonic() - clock_s, time.process_time() - processor_s)


def compare(name: str, shards: list[ExampleShard], folder: Path, size: argparse.Namespace) -> dict[str, float]:
    """Medians of both loops, and the product's throughput over the plain loop's."""
    parts = untrained_pipeline(size.preset)
    latents = encode_shards(shards, parts.vae.eval(), parts.aligner.eval(), folder / "latents")
    read = latents if name in ("ldm", "adapter") else shards
    quarter = max(1, sum(shard.record.bytes for shard in read) // 4)
    plain, product = [], []
    for turn in range(size.rounds + 1):
        state = folder / f"{name}-{turn}"
        streamed = Bookkeeping(state, lambda step, loss: None, memory_bytes=quarter)
        whole = PlainBooks(None, lambda step, loss: None, memory_bytes=WHOLE)
        for books, found in ((whole, plain), (streamed, product))[:: 1 if turn % 2 else -1]:
            spent = spent_by(lambda: run_stage(name, shards, latents, books, size))  # noqa: B023 - called at once
            if turn:  # the first warms both
                found.append(spent)
    clock = [statistics.median(each.clock_s for each in found) for found in (plain, product)]
    processor = [statistics.median(each.processor_s for each in found) for found in (plain, product)]
    return {
        "plain_steps_s": size.steps / processor[0],
        "product_steps_s": size.steps / processor[1],
        "by_processor": processor[0] / processor[1],
        "by_clock": clock[0] / clock[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--preset", default="mini")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--clips", type=int, default=4, help="a batch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "corpus").mkdir()
        shards = make_corpus(place / "corpus", 1)
        found = {}
        for name in arguments.stages:
            found[name] = compare(name, shards, place, arguments)
            print(f"{name}: {found[name]}", file=sys.stderr, flush=True)
    if arguments.json:
        print(json.dumps(found))
        return
    print("| stage | plain, steps a processor second | streamed | throughput by processor | by clock |")
    print("|---|---|---|---|---|")
    for name, each in found.items():
        print(
            f"| {name} | {each['plain_steps_s']:.2f} | {each['product_steps_s']:.2f} "
            f"| x {each['by_processor']:.2f} | x {each['by_clock']:.2f} |"
        )


if __name__ == "__main__":
    main()
