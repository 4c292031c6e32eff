"""A folder of silent movies becomes a set of films to judge on; what is broken or twice there is named."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pytest

from fakes.musical_movies import CUTS, FRAMES, write_movie
from vem_core.commands import data
from vem_core.contract.errors import InputError
from vem_core.judging.films import read_films


def test_a_silent_set_is_described(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_movie(tmp_path / "tokyo walk.mov", None)
    shutil.copy(tmp_path / "tokyo walk.mov", tmp_path / "tokyo-walk.mov")
    (tmp_path / "tokyo walk.txt").write_text("a woman walks down a street\n")
    (tmp_path / "broken.mp4").write_bytes(b"no movie at all")
    parser = argparse.ArgumentParser()
    data.add_arguments(parser)
    asked = parser.parse_args(["films", str(tmp_path), "--name", "Sora"])
    assert data.run(asked) == 0
    said = capsys.readouterr().out
    assert "left out: broken: broken.mp4 has no picture" in said
    assert "left out: tokyo-walk: another film is called tokyo-walk" in said
    films = read_films(tmp_path / "films.json")
    (film,) = films.films
    assert (film.id, film.duration_frames, film.caption) == ("tokyo-walk", FRAMES, "a woman walks down a street")
    assert [cut.frame for cut in film.cuts] == list(CUTS)
    assert films.video_of(film) == tmp_path / "tokyo walk.mov"
    (tmp_path / "tokyo walk.mov").unlink()
    (tmp_path / "tokyo-walk.mov").unlink()
    with pytest.raises(InputError, match="No film could be read"):
        data.run(asked)
