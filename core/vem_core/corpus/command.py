"""`vem data synth FOLDER`: the synthetic corpus, made or completed."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError
from vem_core.contract.tasks import add_worker_arguments, say_where, workers_of
from vem_core.contract.time import LATENT_RATE_HZ
from vem_core.corpus.splits import Split

_LEAVES = "the settings and numbers of the pieces; the samples come back. A SoundFont must lie in the same place there"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem data synth`."""
    parser.add_argument("folder", type=Path, help="where the shards go; run again to go on or to add pieces")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("--pieces", type=int, default=1_000, help="how many there are to be in all (default: 1000)")
    amount.add_argument("--hours", type=float, help="instead: about as many pieces as last so long")
    parser.add_argument("--split", choices=[split.value for split in Split], default=Split.TRAIN.value)
    parser.add_argument("--seed", type=int, default=0, help="another seed is another corpus (default: 0)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--window-s", type=float, default=12.8, help="seconds of sound in a sample (default: 12.8)")
    length.add_argument("--whole", action="store_true", help="samples are whole pieces of 12 to 120 seconds")
    parser.add_argument("--styles", nargs="+", default=[], metavar="STYLE", help="only these (default: all in turn)")
    parser.add_argument("--soundfont", type=Path, help="an .sf2 or .sf3; plays the acoustic parts of half the pieces")
    add_worker_arguments(parser, _LEAVES, os.cpu_count() or 1)
    parser.add_argument("--pieces-per-shard", type=int, default=32)


def run(arguments: argparse.Namespace) -> int:
    """Make what is missing of the corpus, and say how fast that goes."""
    from vem_core.composer.styles import style_by_id
    from vem_core.corpus.shards import CorpusSettings, hash_file, recipe_sha256
    from vem_core.corpus.synthesis import SynthesisProgress, synthesise

    window_latents = None if arguments.whole else round(arguments.window_s * LATENT_RATE_HZ)
    pieces = arguments.pieces if arguments.hours is None else pieces_of_hours(arguments.hours, window_latents)
    if pieces < 1 or arguments.window_s < 1:
        raise InputError("--pieces (or --hours) must be at least 1, and --window-s at least one second.")
    soundfont: Path | None = None if arguments.soundfont is None else arguments.soundfont.absolute()
    if soundfont is not None and not soundfont.is_file():
        raise InputError(f"There is no SoundFont {soundfont}.")
    settings = CorpusSettings(
        split=Split(arguments.split),
        seed=arguments.seed,
        window_latents=window_latents,
        styles=tuple(style_by_id(style).id for style in arguments.styles),
        soundfont_sha256=hash_file(soundfont) if soundfont is not None else "",
        recipe_sha256=recipe_sha256(),
        pieces_per_shard=arguments.pieces_per_shard,
    )

    def say(progress: SynthesisProgress) -> None:
        sys.stderr.write(
            f"shard {progress.shards} of {progress.of}: {progress.pieces_per_minute:.1f} pieces a minute, "
            f"{progress.times_real_time:.1f} times real time\n"
        )

    workers = workers_of(arguments)
    say_where(workers, _LEAVES)
    index = synthesise(arguments.folder, settings, pieces, workers=workers, soundfont=soundfont, on_shard=say)
    size_mb = sum(shard.bytes for shard in index.shards) / 1e6
    sys.stdout.write(
        f"{arguments.folder}: {index.samples} samples, {index.audio_s / 3600:.2f} hours, {size_mb:.0f} MB "
        f"in {len(index.shards)} shards\n"
    )
    return 0


def pieces_of_hours(hours: float, window_latents: int | None) -> int:
    """How many pieces of the corpus last so long in the mean."""
    from vem_core.corpus.pieces import mean_duration_s

    return round(3600 * hours / mean_duration_s(window_latents))


COMMAND = Command("compose and render a corpus with exact labels", add_arguments, run)
