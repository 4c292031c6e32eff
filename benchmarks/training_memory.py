"""Memory of each training stage at 1, 10 and 100 times a corpus: flat, whatever the corpus holds.

    python benchmarks/training_memory.py [--stages vae ldm ...] [--times 1 10 100] [--held-mib 6] [--json]

The corpus is synthetic bytes in the real layout: eight shards of four examples, noise for spectrograms, sound, strips
and conditions. Ten and a hundred times are links to the same files under other names, so that the disk holds them once
and the stages see as many shards. `--held-mib` is what a process may hold of it, several times less than the smallest
corpus has, so that shards rotate at every size. Each stage runs in two processes of the launcher that users have
(`torchrun`), the encoding of latents as well; peak memory is the summed proportional set size (PSS) of both, sampled 20
times a second while they work, beside the same processes' with everything imported and built. `beats` trains alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import torch
from torch import Tensor

from vem_core.compute.out_of_memory import return_unused_memory
from vem_core.models.features import LEAD_SHEET_CHANNELS, RHYTHM_CHANNELS
from vem_core.models.presets import untrained_pipeline
from vem_core.models.score import SCORE_CHANNELS
from vem_core.rhythm.tracking.network import TrackerConfig, TrackerNetworks
from vem_core.training.aligner import AlignerTraining, count_cuts, hold_strips, train_aligner
from vem_core.training.beat_augmentation import BeatExample
from vem_core.training.beat_corpus import KeptExamples, _keep
from vem_core.training.beats import BeatTraining, train_beats
from vem_core.training.clips import BANDS
from vem_core.training.diffusion import DiffusionTraining, train_adapter, train_transformer
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import ExampleShard, MusicExample, finished, write_examples
from vem_core.training.loop import Bookkeeping, Schedule
from vem_core.training.packed_latents import hold_latents
from vem_core.training.rotation import MIB
from vem_core.training.team import Team, join_team
from vem_core.training.vae import VaeTraining, train_vae
from vem_core.training.vocoder import VocoderTraining, train_vocoder

STAGES = ("vae", "vocoder", "aligner", "encode", "ldm", "adapter", "beats")
SHARDS, EXAMPLES, LATENTS, CLIP_LATENTS, SHOTS = 8, 4, 128, 64, 4
CLIPS, VISUAL_WIDTH = 4, 16
GOAL = 0.05


def example(seed: int) -> MusicExample:
    """Noise in the shape of a piece of five seconds."""
    noise = torch.Generator().manual_seed(seed)

    def values(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=noise)

    return MusicExample(
        sound=(values(2, 1920 * LATENTS) * 2_000).short(),
        coded=values(BANDS, 4 * LATENTS).half(),
        overall_text=values(4, 3, 384).half(),
        shot_text=values(4, SHOTS, 384).half(),
        shot_visual=values(SHOTS, VISUAL_WIDTH),
        visual_known=torch.ones(SHOTS, dtype=torch.bool),
        start_s=torch.arange(SHOTS).float(),
        duration_s=torch.ones(SHOTS),
        shots=torch.zeros(LATENTS, 1, dtype=torch.int64),
        log_share=torch.zeros(LATENTS, 1),
        lead_sheet=values(len(LEAD_SHEET_CHANNELS), LATENTS),
        rhythm=values(len(RHYTHM_CHANNELS), LATENTS),
        score=values(len(SCORE_CHANNELS), LATENTS).half(),
        strips=(values(SHOTS, 3, 8, 56, 56).abs() * 60).clamp(0, 255).to(torch.uint8),
        strip_at=torch.arange(SHOTS).float() * 20,
        on_beat=torch.arange(SHOTS) % 2 == 0,
    )


def make_corpus(folder: Path, times: int) -> list[ExampleShard]:
    """The corpus, so many times; the later copies are links."""
    for shard in range(SHARDS * times):
        path = folder / f"train-0-{shard:05}.tar"
        if finished(path) is None:
            if shard < SHARDS:
                pieces = range(EXAMPLES * shard, EXAMPLES * (shard + 1))
                write_examples(path, ((f"{piece:06}", example(piece)) for piece in pieces))
            else:
                for end in (".tar", ".json"):
                    path.with_suffix(end).hardlink_to(folder / f"train-0-{shard % SHARDS:05}{end}")
    found = [finished(folder / f"train-0-{shard:05}.tar") for shard in range(SHARDS * times)]
    return [shard for shard in found if shard is not None]


def make_beats(folder: Path, times: int) -> KeptExamples:
    """Beat examples, so many times, eight of them in memory at once."""
    noise, beats_s = np.random.default_rng(0), np.arange(0.5, 14.0, 0.5)
    for number in range(SHARDS * EXAMPLES * times):
        path = folder / f"piece-{number:05}.npz"
        if not path.exists() and number < SHARDS * EXAMPLES:
            _keep(path, [BeatExample(np.abs(noise.standard_normal((1_500, 58), np.float32)), beats_s, beats_s[::4])])
        elif not path.exists():
            path.hardlink_to(folder / f"piece-{number % (SHARDS * EXAMPLES):05}.npz")
    return KeptExamples([folder / f"piece-{number:05}.npz" for number in range(SHARDS * EXAMPLES * times)], 8)


class Stages:
    """The stages on a corpus, each for some steps, as `vem train` runs them."""

    def __init__(self, folder: Path, times: int, team: Team, held_mib: float, steps: int) -> None:
        self._folder, self._times, self._team = folder, times, team
        self._corpus = make_corpus_once(folder / "corpus", times, team)
        self._parts = untrained_pipeline("tiny")
        self._schedule = Schedule(steps, 1e-3, report_steps=10)
        self._memory = int(held_mib * MIB)

    def _books(self, name: str) -> Bookkeeping:
        state = self._folder / f"{name}-{self._times}"
        return Bookkeeping(state, lambda step, loss: None, self._team, memory_bytes=self._memory)

    def vae(self) -> None:
        training = VaeTraining(self._schedule, CLIPS, CLIP_LATENTS)
        train_vae(self._parts.vae, self._corpus, training, self._books("vae"))

    def vocoder(self) -> None:
        train_vocoder(self._parts.vocoder, self._corpus, VocoderTraining(self._schedule, 2, 16), self._books("vocoder"))

    def aligner(self) -> None:
        training, books = AlignerTraining(self._schedule, CLIPS), self._books("aligner")
        with hold_strips(self._corpus, books.share(CLIPS, 0), self._team.device) as held:
            train_aligner(self._parts.aligner, held, count_cuts(self._corpus), training, books)

    def encode(self) -> None:
        self._encoded()

    def ldm(self) -> None:
        self._diffusion("ldm")

    def adapter(self) -> None:
        self._diffusion("adapter")

    def beats(self) -> None:
        if self._team.leads:
            examples = make_beats(self._folder / "beats", self._times)
            training = BeatTraining(beats=self._schedule, clips=CLIPS, clip_s=3.0)
            networks, silence = TrackerNetworks(TrackerConfig()), np.zeros((2_000, 58), np.float32)
            train_beats(networks, examples, silence, training, None, lambda step, loss: None)
        self._team.wait()

    def _encoded(self) -> list[ExampleShard]:
        parts = untrained_pipeline("tiny")
        vae, aligner = parts.vae.eval(), parts.aligner.eval()
        return encode_shards(self._corpus, vae, aligner, self._folder / f"latents-{self._times}", self._team)

    def _diffusion(self, name: str) -> None:
        books, training = self._books(name), DiffusionTraining(self._schedule, CLIPS, CLIP_LATENTS)
        transformer, adapter = self._parts.transformer, self._parts.adapter
        with hold_latents(self._encoded(), CLIP_LATENTS, books.share(CLIPS, 0), self._team.device) as held:
            if name == "ldm":
                train_transformer(transformer, None, held, training, books)
            else:
                train_adapter(adapter, transformer, held, training, books)


def make_corpus_once(folder: Path, times: int, team: Team) -> list[ExampleShard]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "beats").mkdir(exist_ok=True)
    if team.leads:
        make_corpus(folder, times)
    team.wait()
    return make_corpus(folder, times)


@contextmanager
def peak_of(own: psutil.Process, into: dict[str, float], name: str) -> Iterator[None]:
    """The largest PSS of a process while the block lasts, in MiB."""
    done, peak = threading.Event(), [0.0]

    def watch() -> None:
        while True:
            peak[0] = max(peak[0], own.memory_full_info().pss / MIB)
            if done.wait(0.05):
                return

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
        into[name] = peak[0]


def work(arguments: argparse.Namespace) -> None:
    """What each of the two processes does for one size of corpus."""
    torch.set_num_threads(1)
    team, peaks, own = join_team("cpu"), dict[str, float](), psutil.Process()
    stages = Stages(arguments.worker, arguments.times[0], team, arguments.held_mib, arguments.steps)
    with peak_of(own, peaks, "at rest"):
        pass
    for stage in arguments.stages:
        return_unused_memory()  # what the stage before left in the C library's pools is no cost of this one
        with peak_of(own, peaks, stage):
            getattr(stages, stage)()
        team.wait()
    (arguments.worker / f"peaks-{arguments.times[0]}-{team.rank}.json").write_text(json.dumps(peaks))
    team.wait()


def measure(folder: Path, times: int, arguments: argparse.Namespace) -> dict[str, float]:
    """Summed peaks of two processes by stage, in MiB."""
    launcher = ["-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", "2"]
    own = [__file__, "--worker", str(folder), "--times", str(times), "--held-mib", str(arguments.held_mib)]
    own += ["--steps", str(arguments.steps), "--stages", *arguments.stages]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path[1:])}
    subprocess.run([sys.executable, *launcher, *own], check=True, env=environment)
    both = [json.loads((folder / f"peaks-{times}-{rank}.json").read_text()) for rank in range(2)]
    return {name: both[0][name] + both[1][name] for name in both[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--times", nargs="+", type=int, default=[1, 10, 100])
    parser.add_argument("--held-mib", type=float, default=4.0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        work(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        by_times = {times: measure(Path(folder), times, arguments) for times in arguments.times}
    least = by_times[arguments.times[0]]
    growth = {name: max(peaks[name] for peaks in by_times.values()) / least[name] - 1 for name in least}
    if arguments.json:
        print(json.dumps({"peak_mib": by_times, "growth": growth, "held_mib": arguments.held_mib}, indent=2))
        return
    print("| stage | " + " | ".join(f"{times} x" for times in by_times) + " | growth |")
    print("|---|" + "---|" * (len(by_times) + 1))
    for name in least:
        figures = " | ".join(f"{peaks[name]:.0f} MiB" for peaks in by_times.values())
        print(f"| {name} | {figures} | {growth[name]:+.1%}{'' if growth[name] <= GOAL else ', missed'} |")


if __name__ == "__main__":
    main()
