"""A season in a batch over Ray: one worker of one thread against two, and one of the two killed in the middle.

    python benchmarks/batch.py [--timelines 40] [--seconds 30] [--json]

The real `vem batch --ray` scores so many timelines of so many seconds with `sketch`, on a cluster of one node with one
core on loopback, then of two, then of two again while one worker process is killed (SIGKILL) after a quarter of the
takes. Figures are seconds from the command's start to its end and the first over the second; every run must score all
timelines and give the same sound, by its SHA-256. Needs the extra `cluster` and two free cores: about six minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import opentimelineio as otio
import psutil
from ray.cluster_utils import Cluster

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]
from fakes.timelines import clip, timeline, video  # noqa: E402

FRAMES_PER_S = 24
_HOMES = ("HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
_NODE = {"num_cpus": 1, "object_store_memory": 200 << 20, "include_dashboard": False}


def write_season(folder: Path, count: int, seconds: float) -> None:
    """Timelines with a cut every two to three seconds."""
    folder.mkdir(parents=True)
    frames = round(seconds * FRAMES_PER_S)
    for number in range(count):
        random = np.random.default_rng(number)
        cuts = np.sort(random.choice(np.arange(12, frames - 12), max(1, round(seconds / 2.5)), replace=False))
        edges = [0, *cuts.tolist(), frames]
        shots = [clip(f"shot {index}", 0, end - start) for index, (start, end) in enumerate(itertools.pairwise(edges))]
        episode = timeline(video(*shots), name=f"episode {number:02}")
        otio.adapters.write_to_file(episode, str(folder / f"episode-{number:02}.otio"))


def score(place: Path, name: str, nodes: int, *, kills: bool = False) -> dict[str, Any]:
    """The season on a cluster of so many nodes with one core each: how long it took, and the sounds by name."""
    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    output, log = place / name, place / f"{name}.txt"
    command = [str(Path(sys.executable).with_name("vem")), "batch", str(place / "season"), "--ray", cluster.address]
    command += ["--model", "sketch", "--output", str(output)]
    try:
        for _ in range(nodes - 1):
            cluster.add_node(num_cpus=1, object_store_memory=_NODE["object_store_memory"])
        began_s = time.monotonic()
        with log.open("wb") as said:
            process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
            killed = kills and _kill_a_worker(place, output, process)
            status = process.wait()
        seconds = time.monotonic() - began_s
    finally:
        cluster.shutdown()
    if status:
        raise SystemExit(log.read_text()[-2000:])
    return {"seconds": round(seconds, 1), "killed": killed, "sounds": _sounds(output)}


def _kill_a_worker(place: Path, output: Path, process: subprocess.Popen[bytes]) -> bool:
    """Kill one of our processes that score, once a quarter of the takes are there; whether there was one."""
    after = len(list((place / "season").iterdir())) // 4
    while process.poll() is None:
        if len(list(output.rglob("*-take1.json"))) >= after:
            for each in psutil.process_iter(["cmdline"]):
                if "ray::score_job" in " ".join(each.info["cmdline"] or ()) and _is_ours(each, place):
                    each.kill()
                    return True
        time.sleep(0.2)
    return False


def _is_ours(process: psutil.Process, place: Path) -> bool:
    try:
        return process.environ().get("HOME") == str(place / "home")
    except psutil.Error:
        return False


def _sounds(output: Path) -> dict[str, str]:
    """The SHA-256 of the samples of each take's mix."""
    found = {}
    for path in sorted(output.rglob("*-take1.json")):
        files = json.loads(path.read_text(encoding="utf-8"))["result"]["files"]
        found[path.name] = next(file["sound_sha256"] for file in files if file["role"] == "mix")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--timelines", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vem-batch-") as folder:
        place = Path(folder)
        (place / "home").mkdir(mode=0o700)
        os.environ |= {each: str(place / "home") for each in _HOMES} | {"OMP_NUM_THREADS": "1"}
        write_season(place / "season", chosen.timelines, chosen.seconds)
        one, two, lost = score(place, "one", 1), score(place, "two", 2), score(place, "lost", 2, kills=True)
    result = {
        "timelines": chosen.timelines,
        "scored": [len(run["sounds"]) for run in (one, two, lost)],
        "one_worker_s": one["seconds"],
        "two_workers_s": two["seconds"],
        "times_as_fast": round(one["seconds"] / two["seconds"], 2),
        "with_one_killed_s": lost["seconds"],
        "worker_killed": lost["killed"],
        "same_sound": one["sounds"] == two["sounds"] == lost["sounds"],
    }
    print(json.dumps(result, indent=None if chosen.json else 2))
    complete = all(count == chosen.timelines for count in result["scored"])
    return 0 if complete and result["same_sound"] and result["worker_killed"] else 1


if __name__ == "__main__":
    sys.exit(main())
