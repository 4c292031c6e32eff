"""A feature film on a laptop: how much memory the score of a long timeline takes, and how long.

    python benchmarks/feature_film.py                          one hour with `sketch`
    python benchmarks/feature_film.py --minutes 60 120 180     the lengths to be compared
    python benchmarks/feature_film.py --model vem-mini --json  one JSON object
    python benchmarks/feature_film.py --plot memory.svg        memory over time, a line for each length
    python benchmarks/feature_film.py --minutes 60 120 180 --write-docs    the table of docs/engineers/architecture.md

The timeline has 1,200 cuts an hour, a lane on which somebody speaks for ten seconds in each minute, and two cues with
music of their own; stems are asked for where the model makes them. The real `vem score` scores it on a real core.
What a length leaves is removed before the next.

memory     the largest sum, sampled four times a second, of the proportional set sizes (PSS) of client, core and worker,
           and the largest of each
disk       the most that all files of the run took at once, those included that have no name (tapes)
seconds    from the command's start to its end
processor  seconds of processor time of all three, as they were last seen
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import psutil
import soundfile

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "core"), str(ROOT / "vem_plugin")]
from fakes.timelines import audio, clip, marked, timeline, video  # noqa: E402
from fakes.voices import vocoded  # noqa: E402

CUTS_AN_HOUR = 1_200
FRAMES_PER_S = 24
SPEECH_RATE_HZ = 48_000
SPEECH_S, SPEECH_EVERY_S = 10, 60
TICK_S = 0.25
MIB = 1024 * 1024
PAGE = ROOT / "docs/engineers/architecture.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[60.0])
    parser.add_argument("--model", default="sketch")
    parser.add_argument("--style", help="of the music (default: as the words and pictures ask)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="an .svg of the memory over time")
    parser.add_argument("--folder", type=Path, help="work here, and leave everything there")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/engineers/architecture.md")
    arguments = parser.parse_args()
    runs = []
    for minutes in arguments.minutes:
        runs.append(run(minutes, arguments.model, arguments.style, arguments.folder))
        print(_in_words(runs[-1]), file=sys.stderr, flush=True)
    if arguments.write_docs:
        write_table(runs)
    if arguments.plot:
        arguments.plot.write_text(drawn(runs), encoding="utf-8")
    figures = [{name: value for name, value in each.items() if name != "curve"} for each in runs]
    print(json.dumps(figures) if arguments.json else "\n".join(_in_words(each) for each in figures))
    return 0


def run(minutes: float, model: str, style: str | None, folder: Path | None) -> dict[str, Any]:
    """Score a film of so many minutes, and watch."""
    with tempfile.TemporaryDirectory(prefix="vem-film-") as temporary:
        place = folder or Path(temporary)
        place.mkdir(parents=True, exist_ok=True)
        film = write_film(minutes, place)
        film_bytes = disk_bytes(place, [])
        command = [
            str(Path(sys.executable).with_name("vem")), "score", str(film), "--model", model, "--stems", "--json",
            "--output", str(place / "music"), *(["--style", style] if style else []),
        ]  # fmt: skip
        home = {name: str(place / "home") for name in ("HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}
        (place / "home").mkdir(exist_ok=True, mode=0o700)
        environment = {**os.environ, **home, "TMPDIR": str(place), "VEM_CACHE": str(place / "home")}
        said = place / "said.json"
        began_s = time.monotonic()
        with said.open("wb") as output, (place / "log.txt").open("wb") as log:
            process = subprocess.Popen(command, stdout=output, stderr=log, env=environment, cwd=place)
            watched = watch(process, place)
        seconds = time.monotonic() - began_s
        if process.returncode:
            raise SystemExit((place / "log.txt").read_text()[-2000:])
        files = sorted((place / "music").rglob("*.wav"))
        figures = {
            "minutes": minutes,
            "model": model,
            "cuts": _cuts(minutes),
            "seconds": round(seconds, 1),
            "processor_s": round(sum(watched.worked_s.values()), 1),
            "peak_mib": round(max(total for _, total in watched.curve)),
            "largest_mib": {name: round(size) for name, size in watched.largest_mib.items()},
            "disk_bytes": watched.disk_bytes - film_bytes,
            "files": len(files),
            "bytes": sum(path.stat().st_size for path in files),
            "whole": all(_is_whole(path, round(minutes * 60 * 48_000)) for path in files),
            "curve": watched.curve,
        }
        if folder is None:
            shutil.rmtree(place / "music", ignore_errors=True)
        return figures


def write_film(minutes: float, place: Path) -> Path:
    """The timeline and what is said on it."""
    frames = round(minutes * 60) * FRAMES_PER_S
    random = np.random.default_rng(26)
    cuts = np.sort(random.choice(np.arange(12, frames - 12), _cuts(minutes), replace=False))
    edges = [0, *cuts.tolist(), frames]
    picture = [clip(f"shot {index}", 0, end - start) for index, (start, end) in enumerate(itertools.pairwise(edges))]
    length_s = round(minutes * 60)
    _write_speech(place / "dialogue.wav", length_s)
    said = clip("dialogue", 0, frames, url=str(place / "dialogue.wav"))
    made = timeline(video(*picture), audio(said, name="Dialogue"), name="Film")
    for at, words in ((0, "cue: calm, hopeful"), (frames // 2, "cue: tense, dark")):
        marked(made.tracks, at, words)
    path = place / "film.otio"
    otio.adapters.write_to_file(made, str(path))
    return path


def _write_speech(path: Path, length_s: int) -> None:
    phrase = vocoded(SPEECH_S, rate_hz=SPEECH_RATE_HZ)
    pause = np.zeros((SPEECH_EVERY_S - SPEECH_S) * SPEECH_RATE_HZ, np.float32)
    with soundfile.SoundFile(path, "w", SPEECH_RATE_HZ, 1, "PCM_16", format="RF64") as file:
        for _ in range(-(-length_s // SPEECH_EVERY_S)):
            file.write(pause)
            file.write(phrase)


@dataclass
class Watched:
    """What a run took."""

    curve: list[tuple[float, float]] = field(default_factory=list)  # seconds, MiB of all processes
    largest_mib: dict[str, float] = field(default_factory=lambda: collections.defaultdict(float))  # of each kind
    worked_s: dict[int, float] = field(default_factory=dict)  # of processor, by process
    disk_bytes: int = 0  # at most


def watch(process: subprocess.Popen[bytes], place: Path) -> Watched:
    """Look at a process, its children and the folder that they write in until it ends."""
    watched, began_s = Watched(), time.monotonic()
    while process.poll() is None:
        family, total = _family(process.pid), 0.0
        for each in family:
            try:
                size = each.memory_full_info().pss / MIB
                watched.largest_mib[_kind(each)] = max(watched.largest_mib[_kind(each)], size)
                total += size
                times = each.cpu_times()
                watched.worked_s[each.pid] = times.user + times.system
            except (psutil.Error, AttributeError):
                continue
        watched.curve.append((round(time.monotonic() - began_s, 2), round(total, 1)))
        watched.disk_bytes = max(watched.disk_bytes, disk_bytes(place, family))
        time.sleep(TICK_S)
    return watched


def disk_bytes(place: Path, family: Sequence[psutil.Process]) -> int:
    """What the files below a folder take, and those that a family of processes holds open without a name.

    What goes while it is looked for takes nothing.
    """
    open_files = (Path(f"/proc/{each.pid}/fd").glob("*") for each in family)
    sizes: dict[tuple[int, int], int] = {}  # a file that has two names is there once
    files = (Path(folder, name) for folder, _, names in os.walk(place) for name in names)
    for path in itertools.chain(files, *open_files):
        try:
            found = path.lstat() if path.is_relative_to(place) else path.stat()
        except OSError:  # it is gone already
            continue
        if stat.S_ISREG(found.st_mode) and (found.st_nlink == 0 or path.is_relative_to(place)):
            sizes[found.st_dev, found.st_ino] = 512 * found.st_blocks
    return sum(sizes.values())


def _family(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    if "worker" in words:
        return "worker"
    return "core" if "vem_core" in words or " core " in f"{words} " else "client"


def _cuts(minutes: float) -> int:
    return round(CUTS_AN_HOUR * minutes / 60)


def _is_whole(path: Path, samples: int) -> bool:
    """Whether a file has so many samples, and its last second can be read."""
    with soundfile.SoundFile(path) as file:
        file.seek(max(0, samples - file.samplerate))
        return int(file.frames) == samples and len(file.read()) == min(samples, file.samplerate)


def write_table(runs: Sequence[dict[str, Any]]) -> None:
    """Put the runs into the page's table of their model. What it says of films of other lengths stays."""
    model = runs[0]["model"]
    begin, end = f"<!-- film: {model} -->", f"<!-- end of film: {model} -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    table, _, after = rest.partition(end)
    rows = {float(found[1]): found[0] for found in re.finditer(r"^\| ([\d.]+) min \|.*$", table, re.MULTILINE)}
    rows |= {float(each["minutes"]): _row(each) for each in runs}
    lines = [
        "| film | cuts | seconds, of processor | memory at most | of the worker | music | disk at most |",
        "|---|---|---|---|---|---|---|",
        *(rows[minutes] for minutes in sorted(rows)),
    ]
    PAGE.write_text(before + "\n".join([begin, "", *lines, "", end]) + after, encoding="utf-8")


def _row(run: dict[str, Any]) -> str:
    return (
        f"| {run['minutes']:g} min | {run['cuts']} | {run['seconds']:.0f}, {run['processor_s']:.0f} "
        f"| {run['peak_mib']} MiB | {run['largest_mib'].get('worker', 0)} MiB "
        f"| {run['files']} files, {run['bytes'] / 1e9:.1f} GB | {run['disk_bytes'] / 1e9:.1f} GB |"
    )


def drawn(runs: Sequence[dict[str, Any]]) -> str:
    """The curves as an SVG."""
    width, height, left, bottom = 900, 420, 70, 40
    longest = max(each["curve"][-1][0] for each in runs)
    most = max(each["peak_mib"] for each in runs) * 1.1
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">']
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = (height - bottom) * (1 - share) + 10
        parts.append(f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end" font-size="12">{most * share:.0f}</text>')
        parts.append(f'<line x1="{left}" x2="{width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#ddd"/>')
    for number, each in enumerate(runs):
        colour = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd")[number % 4]
        points = " ".join(
            f"{left + seconds / longest * (width - left - 10):.1f},{(height - bottom) * (1 - size / most) + 10:.1f}"
            for seconds, size in each["curve"]
        )
        parts.append(f'<polyline fill="none" stroke="{colour}" points="{points}"/>')
        label = f"{each['minutes']:g} min, {each['model']}: {each['peak_mib']} MiB, {each['seconds']} s"
        parts.append(f'<text x="{left + 10}" y="{26 + 16 * number}" font-size="13" fill="{colour}">{label}</text>')
    parts.append(f'<text x="{width - 10}" y="{height - 8}" text-anchor="end" font-size="12">{longest:.0f} s</text>')
    parts.append(f'<text x="{left}" y="{height - 8}" font-size="12">MiB (summed PSS) over time</text></svg>')
    return "\n".join(parts)


def _in_words(figures: dict[str, Any]) -> str:
    each = ", ".join(f"{name} {size}" for name, size in sorted(figures["largest_mib"].items()))
    return (
        f"{figures['minutes']:g} min, {figures['cuts']} cuts, {figures['model']}: {figures['seconds']} s "
        f"({figures['processor_s']} s of processor), "
        f"peak {figures['peak_mib']} MiB ({each}), {figures['files']} files of {figures['bytes'] / 1e9:.2f} GB, "
        f"{figures['disk_bytes'] / 1e9:.2f} GB of disk at most, "
        f"{'whole' if figures['whole'] else 'NOT WHOLE'}"
    )


if __name__ == "__main__":
    sys.exit(main())
