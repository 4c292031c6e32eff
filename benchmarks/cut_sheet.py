#!/usr/bin/env python3
"""How long a timeline takes to become a cut sheet, beside what OpenTimelineIO takes to read and flatten it.

    python benchmarks/cut_sheet.py [--clips 10000] [--rounds 3] [--json]

The goal is a ratio of at most 2, and for the same cuts as an EDL, FCP7 XML or FCPXML at most twice the time of the
.otio: from the file to the sheet, and of the whole command `vem cuts`. Times are of the processor, so that other
programs disturb them less; the best round of each counts.
Memory is what Python allocates for the sheet (tracemalloc), which should grow with the clips.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vem_plugin.placement.editor_formats import WRITERS
from vem_plugin.placement.writing import write_timeline
from vem_plugin.timeline.reading import open_timeline, read_timeline_file
from vem_plugin.timeline.sheet import read_cut_sheet, read_opened


def build(clips: int) -> otio.schema.Timeline:
    """One track of clips with media, as an editor writes them: names, media ranges, a keyword each."""

    def span(start: int, length: int) -> otio.opentime.TimeRange:
        return otio.opentime.TimeRange(otio.opentime.RationalTime(start, 24), otio.opentime.RationalTime(length, 24))

    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index in range(clips):
        media = otio.schema.ExternalReference(f"/footage/card_{index % 50:02}.mov", span(86400, 10_000))
        metadata = {"Resolve_OTIO": {"Keywords": "harbour"}}
        source = span(86400 + index * 97 % 5000, 37 + index % 13)
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


def write_edl(timeline: otio.schema.Timeline) -> str:
    """The clips of a one-track timeline at 24 frames per second as an edit decision list, with names and reels."""

    def stamp(frame: int) -> str:
        seconds, frames = divmod(frame, 24)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frames:02}"

    lines = ["TITLE: Benchmark", "FCM: NON-DROP FRAME", ""]
    record = round(timeline.global_start_time.value)
    for number, clip in enumerate(timeline.tracks[0], start=1):
        first, length = (round(time.value) for time in (clip.source_range.start_time, clip.source_range.duration))
        times = " ".join(map(stamp, (first, first + length, record, record + length)))
        lines += [f"{number:06}  CARD{number % 50:02} V     C        {times}", f"* FROM CLIP NAME: {clip.name}"]
        record += length
    return "\n".join(lines) + "\n"


def measure_formats(clips: int, rounds: int) -> dict[str, Any]:
    """Processor seconds from the file to the cut sheet, and of a whole `vem cuts`, for the same cuts in each format."""
    timeline = build(clips)
    rate = Fraction(24)
    read_s: dict[str, float] = {}
    run_s: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {suffix: Path(folder, f"benchmark{suffix}") for suffix in (".otio", ".edl", *WRITERS)}
        paths[".edl"].write_text(write_edl(timeline), encoding="utf-8")
        for suffix in (".otio", *WRITERS):
            write_timeline(timeline, paths[suffix])
        cuts = {tuple(read_opened(open_timeline(path, rate=rate)).sheet.cuts) for path in paths.values()}
        if len(cuts) != 1:
            raise SystemExit("the formats give other cuts than the .otio")
        for suffix, path in paths.items():
            read_s[suffix] = best_s(rounds, lambda path=path: read_opened(open_timeline(path, rate=rate)))  # type: ignore[misc]
            run_s[suffix] = min(command_s(path) for _ in range(rounds))
    return {
        "clips": clips,
        "hours": timeline.duration().to_seconds() / 3600,
        "formats_s": read_s,
        "ratios": {suffix: taken / read_s[".otio"] for suffix, taken in read_s.items()},
        "commands_s": run_s,
        "command_ratios": {suffix: taken / run_s[".otio"] for suffix, taken in run_s.items()},
    }


def command_s(path: Path) -> float:
    """Processor seconds of one `vem cuts` as a program of its own. Raises CalledProcessError."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-P", "-m", "vem_plugin", "cuts", str(path), "--rate", "24", "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = [measure(clips, arguments.rounds) for clips in (arguments.clips // 2, arguments.clips)]
    formats = measure_formats(2_000, arguments.rounds)
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
        command, whole = formats["commands_s"][suffix], formats["command_ratios"][suffix]
        print(
            f"{formats['clips']:6} clips, {formats['hours']:.1f} h: {suffix:8} read in {seconds:.2f} s, "
            f"{ratio:.2f} times the .otio; vem cuts {command:.2f} s, {whole:.2f} times"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
