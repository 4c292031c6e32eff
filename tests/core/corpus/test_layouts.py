"""Folders as published data sets lay them out, with files that are not there, twice there, or not what they seem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vem_core.contract.errors import InputError
from vem_core.corpus.filters import LeftOut, Reason
from vem_core.corpus.layouts import find_videos


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def names(left_out: list[LeftOut]) -> list[tuple[str, Reason]]:
    return [(each.name, each.reason) for each in left_out]


def test_plain_folders_take_music_and_words_of_the_same_name(tmp_path: Path) -> None:
    touch(tmp_path / "a.mp4", tmp_path / "deep" / "b.MOV", tmp_path / "deep" / "b.wav", tmp_path / "notes.txt")
    (tmp_path / "a.txt").write_text("a harbour\n\n  at dusk \n")
    items, left_out = find_videos(tmp_path)
    assert [(item.name, item.captions) for item in items] == [("a", ("a harbour", "at dusk")), ("deep/b", ())]
    assert [item.sound for item in items] == [None, tmp_path / "deep" / "b.wav"]
    assert left_out == []


def test_pairs_that_lack_a_half_are_named(tmp_path: Path) -> None:
    touch(*(tmp_path / "videos" / f"{name}.mp4" for name in ("one", "two")))
    touch(*(tmp_path / "music" / f"{name}.mp3" for name in ("one", "three")))
    touch(tmp_path / "captions" / "one.txt")
    (tmp_path / "captions" / "one.txt").write_text("shoes on wet asphalt")
    items, left_out = find_videos(tmp_path)
    assert [(item.name, item.captions) for item in items] == [("one", ("shoes on wet asphalt",))]
    assert names(left_out) == [("three", Reason.MISSING), ("two", Reason.MISSING)]


def test_m2ugens_conversations_are_read(tmp_path: Path) -> None:
    touch(tmp_path / "videos" / "a.mp4", tmp_path / "audios" / "a.mp3", tmp_path / "videos" / "b.mp4")
    turns = [{"from": "human", "value": "Make music", "caption": "a man plays"}, {"from": "gpt", "caption": "a blues"}]
    told = [
        {"input_file": "a.mp4", "output_file": "a.mp3", "conversation": turns},
        {"input_file": "a.mp4", "output_file": "a.mp3", "conversation": []},
        {"input_file": "b.mp4", "output_file": "b.mp3", "conversation": []},
        {"input_file": "../../etc/passwd", "output_file": "a.mp3", "conversation": []},
        "no entry",
    ]
    (tmp_path / "MUVideoInstructions.json").write_text(json.dumps(told))
    items, left_out = find_videos(tmp_path)
    assert [(item.name, item.captions) for item in items] == [("a", ("a man plays", "a blues"))]
    assert items[0].sound == tmp_path / "audios" / "a.mp3"
    assert names(left_out) == [
        ("a", Reason.DUPLICATE),
        ("b", Reason.MISSING),
        ("passwd", Reason.MISSING),
        ("entry 4", Reason.MISSING),
    ]
    (tmp_path / "MUVideoInstructions.json").write_text("{")
    with pytest.raises(InputError, match="is not JSON"):
        find_videos(tmp_path)


def test_symmvs_table_is_read(tmp_path: Path) -> None:
    rows = ["index\tyoutube_url\ttonality\tshazam_id", "7\tx\tA minor\t1", "8\ty\tC\t2", "7\tx\tA minor\t1"]
    (tmp_path / "SymMV.csv").write_text("\n".join(rows))
    touch(tmp_path / "00007.mp4")
    items, left_out = find_videos(tmp_path)
    assert [(item.name, item.key) for item in items] == [("00007", "A minor")]
    assert names(left_out) == [("8", Reason.MISSING), ("00007", Reason.DUPLICATE)]
    (tmp_path / "SymMV.csv").write_text("number,url\n7,x\n")
    with pytest.raises(InputError, match="no column"):
        find_videos(tmp_path)


def test_what_is_no_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"):
        find_videos(tmp_path / "gone")
    with pytest.raises(InputError, match="no videos"):
        find_videos(tmp_path)
    with pytest.raises(InputError, match=r"no SymMV\.csv"):
        find_videos(tmp_path, "symmv")
