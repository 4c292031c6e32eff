"""`vem data build SOURCE FOLDER`: a corpus from real videos with music, in the same shards as the synthetic one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError, VemError
from vem_core.corpus.layouts import LAYOUTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem data build`."""
    parser.add_argument("source", type=Path, help="a folder of videos with music")
    parser.add_argument("folder", type=Path, help="where the shards go; finished ones are kept")
    parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="how the source is laid out")
    parser.add_argument("--tracker", default="", help="auto or madmom (default: madmom if there, as in the paper)")
    parser.add_argument(
        "--parser", choices=("bundled", "qwen2.5-vl"), default="bundled", help="what captions the shots"
    )
    parser.add_argument("--least-snr-db", type=float, default=20.0)
    parser.add_argument("--least-coherence", type=float, default=0.0, help="cuts on beats: 0 as by chance, 1 all")
    parser.add_argument("--videos-per-shard", type=int, default=16)


def run(arguments: argparse.Namespace) -> int:
    """Build what is missing, and say what was left out and why."""
    from vem_core.corpus.layouts import find_videos
    from vem_core.corpus.recorded import Filters, Unsuitable, recorded_sample
    from vem_core.corpus.samples import CorpusSample
    from vem_core.corpus.shards import (
        CorpusIndex,
        CorpusSettings,
        ShardRecord,
        clear_unfinished,
        finished_shard,
        write_index,
        write_shard,
    )
    from vem_core.parsing.registry import parser_by_id
    from vem_core.rhythm.tracking.registry import available_trackers, tracker_by_id

    items = find_videos(arguments.source, arguments.layout)
    tracker = tracker_by_id(arguments.tracker or available_trackers()[-1])
    parser = parser_by_id(arguments.parser)
    filters = Filters(arguments.least_snr_db, arguments.least_coherence)
    size = arguments.videos_per_shard
    settings = CorpusSettings(
        window_latents=None, recipe_sha256=f"recorded, {tracker.tracker_id}", pieces_per_shard=size
    )
    arguments.folder.mkdir(parents=True, exist_ok=True)
    clear_unfinished(arguments.folder)
    records: list[ShardRecord] = []
    cuts = hits = 0

    def samples(first: int, part: list) -> Iterator[CorpusSample]:  # type: ignore[type-arg]
        nonlocal cuts, hits
        for index, item in enumerate(part, first):
            try:
                sample = recorded_sample(item, index, tracker, parser, filters)
            except Unsuitable as reason:
                sys.stderr.write(f"{item.name}: left out, {reason}\n")
                continue
            except InputError as error:
                sys.stderr.write(f"{item.name}: left out, {error.message}\n")
                continue
            met = sum(cut.on_beat for cut in sample.labels.cuts)
            cuts, hits = cuts + len(sample.labels.cuts), hits + met
            sys.stderr.write(f"{item.name}: {len(sample.labels.cuts)} cuts, {met} on a beat\n")
            yield sample

    for number, first in enumerate(range(0, len(items), size)):
        part = items[first : first + size]
        record = finished_shard(arguments.folder, number, len(part))
        records.append(record or write_shard(arguments.folder, number, samples(first, part), len(part)))
        write_index(arguments.folder, CorpusIndex(settings, tuple(records)))
    index = CorpusIndex(settings, tuple(records))
    if not index.samples:
        raise VemError("No video was suitable.", hint="The lines above say why each was left out.")
    sys.stdout.write(
        f"{arguments.folder}: {index.samples} of {len(items)} videos, {index.audio_s / 60:.1f} minutes; "
        f"{hits} of {cuts} new cuts on a beat (by {tracker.tracker_id})\n"
    )
    return 0


COMMAND = Command("build a corpus from videos with music", add_arguments, run)
