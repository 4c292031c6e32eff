"""`vem data build SOURCE FOLDER`: a corpus from real videos with music, in the same shards as the synthetic one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.command import Command
from vem_core.contract.tasks import add_worker_arguments, say_where, workers_of
from vem_core.corpus.filters import Filters
from vem_core.corpus.layouts import LAYOUTS

if TYPE_CHECKING:
    from vem_core.corpus.building import FilmRecord

_LEAVES = "the paths of the videos, which must be the same there, and their captions; the samples come back"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem data build`."""
    usual = Filters()
    parser.add_argument("source", type=Path, help="a folder of videos with music")
    parser.add_argument("folder", type=Path, help="where the shards go; what is there and still holds is kept")
    parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="how the source is laid out")
    parser.add_argument("--tracker", default="", help="auto or madmom (default: madmom if there, as in the paper)")
    parser.add_argument(
        "--parser", choices=("bundled", "qwen2.5-vl"), default="bundled", help="what captions the shots"
    )
    out = parser.add_argument_group("what is left out")
    out.add_argument("--least-snr-db", type=float, default=usual.least_snr_db, help="programme over broadband noise")
    out.add_argument("--most-clipped", type=float, default=usual.most_clipped, help="share of the samples")
    out.add_argument("--most-hum-db", type=float, default=usual.most_hum_db, help="mains hum against the programme")
    out.add_argument("--least-coherence", type=float, default=usual.least_coherence,
                     help="cuts on beats: 0 as by chance, 1 all (default: any)")  # fmt: skip
    out.add_argument("--least-beats", type=int, default=usual.least_beats)
    out.add_argument("--longest-s", type=float, default=600.0)
    parser.add_argument("--videos-per-shard", type=int, default=16)
    add_worker_arguments(parser, _LEAVES)


def run(arguments: argparse.Namespace) -> int:
    """Build what is missing, and say what was left out and why."""
    from vem_core.corpus.building import Looking, build_corpus
    from vem_core.corpus.hearing import tagging
    from vem_core.corpus.layouts import find_videos
    from vem_core.corpus.shards import MEASURING, recipe_sha256
    from vem_core.rhythm.tracking.registry import available_trackers

    videos = find_videos(arguments.source.absolute(), arguments.layout)
    looking = Looking(
        tracker=arguments.tracker or available_trackers()[-1],
        parser=arguments.parser,
        tagger=tagging(),
        longest_s=arguments.longest_s,
        code_sha256=recipe_sha256(MEASURING),
    )
    filters = Filters(
        least_snr_db=arguments.least_snr_db,
        most_clipped=arguments.most_clipped,
        most_hum_db=arguments.most_hum_db,
        least_coherence=arguments.least_coherence,
        least_beats=arguments.least_beats,
    )
    workers = workers_of(arguments)
    say_where(workers, _LEAVES)
    report = build_corpus(
        arguments.folder,
        videos.items,
        videos.left_out,
        looking,
        filters,
        per_shard=arguments.videos_per_shard,
        workers=workers,
        on_film=_say,
    )
    sys.stdout.write(f"{arguments.folder}: {report.as_text()}")
    return 0


def _say(done: int, of: int, record: FilmRecord) -> None:
    measures = record.measures
    said = record.error if measures is None else f"{measures.cuts} cuts, {measures.cuts_on_beats} on a beat"
    sys.stderr.write(f"[{done} of {of}] {record.name}: {said}\n")


COMMAND = Command("build a corpus from videos with music", add_arguments, run)
