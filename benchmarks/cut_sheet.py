#!/usr/bin/env python3
"""How long a timeline takes to become a cut sheet, beside what OpenTimelineIO takes to read and flatten it.

    python benchmarks/cut_sheet.py [--clips 10000] [--rounds 3] [--format-clips 2000] [--json]

The goal is a ratio of at most 2. Times are of the processor, so that other programs disturb them less; the best round
of each counts. Memory is what Python allocates for the sheet (tracemalloc), which should grow with the clips.

Then the same for the formats with readers of our own, an hour of 2,000 clips in each: at most 2 times what the .otio
takes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vem_plugin.placement.editor_formats import WRITERS
from vem_plugin.placement.writing import write_timeline
from vem_plugin.timeline.reading import read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet


def build(clips: int) -> otio.schema.Timeline:
    """One track of clips with media, as an editor writes them: names, media ranges, a keyword each."""

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(length, 24))

    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index in range(clips):
        media = otio.schema.ExternalReference(f"/footage/card_{index % 50:02}.mov", span(86400, 10_000))
        metadata = {"Resolve_OTIO": {"Keywords": "harbour"}}
        source = span(86400 + index * 97 % 5000, 20 + index % 13)
        track.append(otio.schema.Clip(f"Shot {index}", media, source, metadata=metadata))
    timeline = otio.schema.Timeline("Benchmark", global_start_time=otio.opentime.RationalTime(86400, 24))
    timeline.tracks.append(track)
    return timeline


def best_s(rounds: int, work: Callable[[], object]) -> float:
    """The least processor time of several rounds, in seconds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def peak_mib(path: Path) -> float:
    """What Python allocates at most while the sheet is made, the timeline itself not counted."""
    timeline = read_timeline_file(path)
    tracemalloc.start()
    read_cut_sheet(timeline)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def measure(clips: int, rounds: int) -> dict[str, Any]:
    """Read and flatten by OpenTimelineIO, and read into a cut sheet by VeM Score, side by side."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.otio"
        path.write_text(build(clips).to_json_string(), encoding="utf-8")

        def read_and_flatten() -> None:
            timeline = otio.adapters.read_from_file(str(path))
            otio.algorithms.flatten_stack(timeline.video_tracks())

        otio_s = best_s(rounds, read_and_flatten)
        vem_s = best_s(rounds, lambda: read_cut_sheet(read_timeline_file(path)))
        memory = peak_mib(path)
    return {"clips": clips, "otio_s": otio_s, "vem_s": vem_s, "ratio": vem_s / otio_s, "peak_mib": memory}


def measure_formats(clips: int, rounds: int) -> dict[str, Any]:
    """Processor seconds from file to cut sheet, for one timeline in each format."""
    timeline = build(clips)
    taken: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".otio", *WRITERS):
            path = Path(folder) / f"benchmark{suffix}"
            write_timeline(timeline, path)
            taken[suffix] = best_s(rounds, lambda path=path: read_cut_sheet(read_timeline_file(path)))  # type: ignore[misc]
    return {"clips": clips, "formats_s": taken, "ratios": {one: s / taken[".otio"] for one, s in taken.items()}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--format-clips", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = [measure(clips, arguments.rounds) for clips in (arguments.clips // 2, arguments.clips)]
    formats = measure_formats(arguments.format_clips, arguments.rounds)
    if arguments.json:
        print(json.dumps({"results": results, "formats": formats}))
        return 0
    for result in results:
        print(
            f"{result['clips']:6} clips: OpenTimelineIO {result['otio_s']:.2f} s, cut sheet {result['vem_s']:.2f} s, "
            f"ratio {result['ratio']:.2f}, peak {result['peak_mib']:.1f} MiB"
        )
    for suffix, seconds in formats["formats_s"].items():
        ratio = formats["ratios"][suffix]
        print(f"{formats['clips']:6} clips: {suffix:8} to a cut sheet {seconds:.2f} s, {ratio:.2f} times the .otio")
    return 0


if __name__ == "__main__":
    sys.exit(main())
