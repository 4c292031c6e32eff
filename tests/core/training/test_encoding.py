"""Latents are the same bytes whoever encodes them: this process, others, a cluster that loses a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from vem_core.contract.tasks import Workers
from vem_core.models.aligner import TransitionBeatAligner
from vem_core.models.presets import untrained_pipeline
from vem_core.models.vae import MusicVAE
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import ExampleShard, finished


@pytest.fixture
def models() -> tuple[MusicVAE, TransitionBeatAligner]:
    parts = untrained_pipeline("tiny")
    return parts.vae.eval(), parts.aligner.eval()


def copies(corpus: list[ExampleShard], folder: Path, count: int) -> list[ExampleShard]:
    """So many shards, each with one of the corpus's two pieces."""
    folder.mkdir()
    for number in range(count):
        for end in (".tar", ".json"):
            (folder / f"{number:05}{end}").hardlink_to(corpus[number % 2].path.with_suffix(end))
    found = [finished(folder / f"{number:05}.tar") for number in range(count)]
    return [shard for shard in found if shard is not None]


def bytes_of(shards: list[ExampleShard]) -> list[bytes]:
    return [path.read_bytes() for shard in shards for path in (shard.path, shard.path.with_suffix(".json"))]


def test_workers_encode_the_same_bytes(
    corpus: list[ExampleShard],
    models: tuple[MusicVAE, TransitionBeatAligner],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shards = copies(corpus, tmp_path / "corpus", 4)
    alone = encode_shards(shards, *models, tmp_path / "alone")
    monkeypatch.chdir(tmp_path)  # relative folders reach the workers, who stand elsewhere
    relative = [shard.at(shard.path.relative_to(tmp_path)) for shard in shards]
    shared = encode_shards(relative, *models, Path("shared"), workers=Workers(2))
    assert bytes_of(shared) == bytes_of(alone)
    assert len(set(bytes_of(alone))) == 4  # two pieces, each with its record


def test_without_an_aligner_workers_have_none_either(
    corpus: list[ExampleShard], models: tuple[MusicVAE, TransitionBeatAligner], tmp_path: Path
) -> None:
    shards = copies(corpus, tmp_path / "corpus", 2)
    alone = encode_shards(shards, models[0], None, tmp_path / "alone")
    shared = encode_shards(shards, models[0], None, tmp_path / "shared", workers=Workers(2))
    assert bytes_of(shared) == bytes_of(alone)


@pytest.mark.slow
def test_a_cluster_encodes_the_same_bytes_and_survives_its_losses(
    corpus: list[ExampleShard], models: tuple[MusicVAE, TransitionBeatAligner], tmp_path: Path
) -> None:
    pytest.importorskip("ray", reason="needs the extra `cluster`")
    from ray.cluster_utils import Cluster

    shards = copies(corpus, tmp_path / "corpus", 20)
    alone = encode_shards(shards, *models, tmp_path / "alone")
    small = {"num_cpus": 1, "object_store_memory": 100 << 20, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=small)
    try:
        other = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
        lost = []

        def lose(text: str) -> None:
            if not lost:
                cluster.remove_node(other, allow_graceful=False)
                lost.append(text)

        workers = Workers(ray_address=cluster.address)
        shared = encode_shards(shards, *models, tmp_path / "shared", say=lose, workers=workers)
    finally:
        cluster.shutdown()
    assert lost == ["encoded 10 of 20 shards"]
    assert bytes_of(shared) == bytes_of(alone)
