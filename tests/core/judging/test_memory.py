"""What was heard is kept: the same table from the memory, and nothing of it where anything changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from fakes.toy_films import tone_taggers, toy_ears, toy_take
from vem_core.audio.files import write_audio
from vem_core.judging.films import FilmManifest, FilmSet
from vem_core.judging.hearing import Ears, Reference, hear
from vem_core.judging.judgement import Judgement
from vem_core.judging.judging import Sources, judge
from vem_core.judging.systems import System

EARS = toy_ears(taggers=tone_taggers())


@pytest.fixture
def films(tmp_path: Path) -> FilmSet:
    """Two toy films whose music lies in `ours`."""
    takes = [toy_take(index, EARS) for index in range(2)]
    (tmp_path / "ours").mkdir()
    for take in takes:
        write_audio(tmp_path / "ours" / f"{take.seen.film.id}.flac", take.music)
    return FilmSet(FilmManifest("Toys", "1", tuple(take.seen.film for take in takes)), tmp_path)


def judged(films: FilmSet, keep: Path | None, ears: Ears = EARS) -> Judgement:
    ours = System("ours", films.folder / "ours", "plain")
    return judge([ours], films, ears, Sources(references=ours), lambda _: None, keep)


def test_a_judgement_from_memory_is_the_same(films: FilmSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, first = judged(films, None), judged(films, tmp_path / "heard")
    assert plain == first
    assert len(list((tmp_path / "heard").iterdir())) == 4  # two films, each with its real music

    def deaf(*_: object) -> None:
        raise AssertionError("it was heard already")

    monkeypatch.setattr("vem_core.judging.judging.hear", deaf)
    monkeypatch.setattr("vem_core.judging.hearing._tags", lambda sound, ears: (None, {}))
    assert judged(films, tmp_path / "heard").systems[0].figures["kld"] == first.systems[0].figures["kld"]


def test_other_music_other_words_and_another_listener_are_heard_again(films: FilmSet, tmp_path: Path) -> None:
    keep = tmp_path / "heard"
    judged(films, keep)

    def kept() -> int:
        return len(list(keep.iterdir()))

    before = kept()
    first, second = films.films
    shutil.copyfile(tmp_path / "ours" / f"{second.id}.flac", tmp_path / "ours" / f"{first.id}.flac")
    judged(films, keep)
    assert kept() == before + 2  # the music, and the real music, which is the same file
    judged(films, keep, toy_ears(taggers=tone_taggers(), encoders="another CLAP"))
    assert kept() == before + 2 + 4


def test_what_is_heard_survives_the_disk() -> None:
    take = toy_take(0, EARS)
    found = hear(take.seen, take.music, EARS)
    again = type(found).from_arrays(found.film, found.arrays())
    assert again.values == pytest.approx(found.values, nan_ok=True)
    assert np.array_equal(again.loudness, found.loudness)
    assert again.embeddings.keys() == found.embeddings.keys()
    reference = Reference.of(take.seen.film, take.music, toy_ears())
    assert "tags" not in reference.arrays()  # nobody tags
    assert np.array_equal(Reference.from_arrays(reference.arrays()).beats_s, reference.beats_s)
