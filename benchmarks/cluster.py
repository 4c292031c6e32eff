"""A corpus on a Ray cluster of two nodes on this machine's loopback, one of them killed in the middle, against one
process: are the shards the same, byte for byte, and how long did either take?

    python benchmarks/cluster.py FOLDER [--pieces 1000] [--window-s 2] [--kill-after 0.4] [--json]

The pieces are cut to their first window (`--window-s`), so that a thousand of them are made in minutes. FOLDER keeps
both corpora; what is already there is not made again, so that a run that was stopped goes on.
Needs the extra `cluster`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from vem_core.contract.tasks import Workers
from vem_core.contract.time import LATENT_RATE_HZ
from vem_core.corpus.shards import CorpusIndex, CorpusSettings, recipe_sha256
from vem_core.corpus.synthesis import SynthesisProgress, synthesise

_NODE = {"num_cpus": 1, "object_store_memory": 200 << 20, "include_dashboard": False}


def on_cluster(
    folder: Path, settings: CorpusSettings, pieces: int, kill_after: float, say: Callable[[str], None]
) -> tuple[CorpusIndex, bool]:
    """The corpus by two nodes, one of which is taken away when that share of the shards is there; whether it was."""
    cluster = Cluster(initialize_head=True, head_node_args=_NODE)
    other = cluster.add_node(num_cpus=1, object_store_memory=_NODE["object_store_memory"])
    killed = False

    def lose(progress: SynthesisProgress) -> None:
        nonlocal killed
        if not killed and progress.shards >= kill_after * progress.of and progress.shards < progress.of:
            alive = sum(node["Alive"] for node in ray.nodes())
            cluster.remove_node(other, allow_graceful=False)
            killed = True
            say(f"killed one of {alive} nodes after {progress.shards} of {progress.of} shards")

    try:
        return synthesise(folder, settings, pieces, workers=Workers(ray_address=cluster.address), on_shard=lose), killed
    finally:
        cluster.shutdown()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=1000)
    parser.add_argument("--window-s", type=float, default=2.0)
    parser.add_argument("--kill-after", type=float, default=0.4, metavar="SHARE", help="of the shards")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    settings = CorpusSettings(window_latents=round(chosen.window_s * LATENT_RATE_HZ), recipe_sha256=recipe_sha256())

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    begun = time.monotonic()
    shared, killed = on_cluster(chosen.folder / "cluster", settings, chosen.pieces, chosen.kill_after, say)
    between = time.monotonic()
    alone = synthesise(chosen.folder / "alone", settings, chosen.pieces)
    ended = time.monotonic()
    differing = [
        record.name
        for record in alone.shards
        if (chosen.folder / "alone" / record.name).read_bytes()
        != (chosen.folder / "cluster" / record.name).read_bytes()
    ]
    result = {
        "pieces": sum(record.pieces for record in shared.shards),
        "samples": shared.samples,
        "shards": len(shared.shards),
        "node_killed": killed,
        "same_records": shared.shards == alone.shards,
        "differing_shards": differing,
        "megabytes": round(sum(record.bytes for record in shared.shards) / 1e6, 1),
        "cluster_s": round(between - begun, 1),
        "alone_s": round(ended - between, 1),
    }
    print(json.dumps(result, indent=None if chosen.json else 2))
    return 0 if killed and not differing and shared.shards == alone.shards else 1


if __name__ == "__main__":
    sys.exit(main())
