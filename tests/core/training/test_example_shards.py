"""Shards of examples: each made once by one process of the team, whole or not at all, read in parts."""

from __future__ import annotations

import tarfile
import threading
from collections import Counter
from pathlib import Path

import pytest
import torch

from vem_core.contract.errors import CorpusDamaged
from vem_core.corpus.labels import PieceId
from vem_core.corpus.pieces import make_piece
from vem_core.corpus.samples import cut_samples, encode_sample
from vem_core.corpus.shards import CorpusIndex, CorpusSettings, write_index, write_shard
from vem_core.corpus.sound import play
from vem_core.corpus.splits import Split
from vem_core.models.presets import untrained_pipeline
from vem_core.training import encoding, preparing
from vem_core.training.encoding import encode_shards
from vem_core.training.example_shards import (
    CODED,
    FIELDS,
    SOUND,
    STRIPS,
    TOLD,
    ExampleShard,
    finished,
    read_examples,
    write_examples,
)
from vem_core.training.music_corpus import Recipe
from vem_core.training.preparing import composed_shards, import_shards, present
from vem_core.training.team import Team

from .conftest import HashEncoder


class Meeting:
    """What a team's processes, here threads, wait at."""

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count)

    def wait_for_everyone(self) -> None:
        self._barrier.wait(60)


def as_team(count: int, work) -> list:  # type: ignore[no-untyped-def, type-arg] # of any kind of work
    meeting, results = Meeting(count), [None] * count

    def run(rank: int) -> None:
        results[rank] = work(Team(rank, count, accelerator=meeting))

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def linked(shard: ExampleShard, folder: Path, count: int) -> list[ExampleShard]:
    """So many shards that hold the same."""
    shards = []
    for number in range(count):
        for end in (".tar", ".json"):
            (folder / f"{number:05}{end}").hardlink_to(shard.path.with_suffix(end))
        shards.append(finished(folder / f"{number:05}.tar"))
    return [shard for shard in shards if shard is not None]


def test_every_shard_is_encoded_by_exactly_one_process(
    corpus: list[ExampleShard], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "corpus").mkdir()
    shards = linked(corpus[0], tmp_path / "corpus", 5)
    written: Counter[str] = Counter()
    write_parts = encoding.write_parts

    def counting(path: Path, *rest):  # type: ignore[no-untyped-def] # hands its arguments on
        written[path.name] += 1
        return write_parts(path, *rest)

    monkeypatch.setattr(encoding, "write_parts", counting)
    vae = untrained_pipeline("tiny").vae.eval()
    results = as_team(2, lambda team: encode_shards(shards, vae, None, tmp_path / "latents", team))
    assert results[0] == results[1]
    assert written == Counter(shard.path.name for shard in shards)
    as_team(3, lambda team: encode_shards(shards, vae, None, tmp_path / "latents", team))
    assert set(written.values()) == {1}
    results[0][3].path.write_bytes(b"torn")
    encode_shards(shards, vae, None, tmp_path / "latents")
    assert written[results[0][3].path.name] == 2


def test_a_part_is_read_without_the_others(corpus: list[ExampleShard]) -> None:
    (whole,) = read_examples(corpus[0], FIELDS)
    for part, names in FIELDS.items():
        (example,) = read_examples(corpus[0], (part,))
        for name in example._fields:
            value = getattr(example, name)
            assert torch.equal(value, getattr(whole, name)) if name in names else not value.numel()


def test_a_shard_is_a_webdataset_of_the_same_bytes_every_time(corpus: list[ExampleShard], tmp_path: Path) -> None:
    (whole,) = read_examples(corpus[0], FIELDS)
    again = write_examples(tmp_path / "again.tar", [(corpus[0].examples[0].key, whole)])
    assert again.path.read_bytes() == corpus[0].path.read_bytes()
    assert again.record == corpus[0].record
    with tarfile.open(again.path) as tar:
        assert [name.partition(".")[2] for name in tar.getnames()] == [CODED, SOUND, STRIPS, TOLD]


def test_some_of_a_shards_examples_may_be_meant(corpus: list[ExampleShard], tmp_path: Path) -> None:
    (whole,) = read_examples(corpus[0], FIELDS)
    both = write_examples(tmp_path / "both.tar", [("a", whole), ("b", whole._replace(strips=whole.strips[:1]))])
    assert [len(example.strips) for example in read_examples(both.of(["b"]), (STRIPS,))] == [1]
    assert finished(both.path, ["b"]) == both.of(["b"])
    assert finished(both.path, ["b", "c"]) is None
    assert finished(both.path, made_from="another corpus") is None


def test_a_shard_that_has_changed_is_not_read(corpus: list[ExampleShard], tmp_path: Path) -> None:
    (shard,) = linked(corpus[0], tmp_path, 1)
    data = shard.path.read_bytes()
    shard.path.unlink()
    shard.path.write_bytes(data[: len(data) // 2])
    assert finished(shard.path) is None
    with pytest.raises(CorpusDamaged, match="another size"):
        list(read_examples(shard, (CODED,)))


def test_pieces_share_shards_and_more_pieces_do_not_move_them(tmp_path: Path) -> None:
    pieces = [PieceId(Split.TRAIN, 3, index) for index in range(20)]
    few, many = composed_shards(tmp_path, pieces[:9]), composed_shards(tmp_path, pieces)
    assert [len(shard.pieces) for shard in few] == [8, 1]
    assert [len(shard.pieces) for shard in many] == [8, 8, 4]
    assert [shard.path for shard in few] == [shard.path for shard in many[:2]]
    assert present(few) == []


def test_a_corpus_is_imported_shard_by_shard_and_again_where_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_piece(PieceId(Split.TRAIN, 0, 1), 110, (), soundfont=False)
    samples = list(cut_samples(made, play(made.piece, made.finish, made.seed, None), 110))
    source = tmp_path / "source"
    source.mkdir()
    records = tuple(write_shard(source, number, map(encode_sample, samples[:1]), 1) for number in range(3))
    write_index(source, CorpusIndex(CorpusSettings(window_latents=110), records))
    made_by: list[tuple[int, str]] = []
    make = preparing.ImportedShard.make

    def noting(shard: preparing.ImportedShard, *rest) -> None:  # type: ignore[no-untyped-def] # hands them on
        made_by.append((shard.number, threading.current_thread().name))
        make(shard, *rest)

    monkeypatch.setattr(preparing.ImportedShard, "make", noting)

    def imported(team: Team) -> list[ExampleShard]:
        said: list[str] = []
        return import_shards(tmp_path / "here", source, Recipe(), said.append, encoder=HashEncoder(), team=team)

    first, second = as_team(2, imported)
    assert first == second
    assert sorted(number for number, _ in made_by) == [0, 1, 2]
    assert len({thread for _, thread in made_by}) == 2
    (example,) = read_examples(first[0], FIELDS)
    assert example.sound.shape[1] == 1920 * samples[0].labels.window.latents
    changed = write_shard(source, 1, map(encode_sample, samples[-1:]), 1)
    write_index(source, CorpusIndex(CorpusSettings(window_latents=110), (records[0], changed, records[2])))
    imported(Team())
    assert sorted(number for number, _ in made_by) == [0, 1, 1, 2]
