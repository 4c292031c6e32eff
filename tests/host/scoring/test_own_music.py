"""`vem score --music`, through a real core: named once, found again by what it holds, refused in a sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import soundfile

from fakes.band import RATE_HZ, drifting_beats, play_band
from fakes.edits import write_edit
from vem_core.contract.own_music import OWN_MUSIC
from vem_core.contract.request import ScoreRequest
from vem_plugin.cli import main
from vem_plugin.hosts.file import FileHost
from vem_plugin.placement.broadcast_wave import read_chunk
from vem_plugin.placement.state_chunk import CHUNK_NAME, MAX_PACKED_BYTES, parse_state
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import ScoringSession

pytestmark = pytest.mark.usefixtures("lent_core")
SHOTS, SECONDS = [60, 50, 80, 50, 72, 62], 24


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "music" / "my song.flac"
    path.parent.mkdir()
    sound = play_band(drifting_beats(SECONDS - 1.5, 118, 0.0, seed=5), SECONDS, seed=5)
    soundfile.write(path, sound.T, RATE_HZ)
    return path


def asked_again(path: Path) -> ScoreRequest:
    """What the next run of `vem score` would send."""
    session = ScoringSession(FileHost(path))
    return session.ask(session.read(), Order()).request


def test_a_song_becomes_the_score_and_follows_the_next_cut(
    tmp_path: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    assert main(["score", str(path), "--music", str(song), "--tempo", "90", "--json"]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert told["model"] == OWN_MUSIC
    assert "The tempo is the song's own." in printed.err
    packed = read_chunk(Path(told["audio"]["path"]), CHUNK_NAME, MAX_PACKED_BYTES)
    assert packed is not None
    assert str(song.parent) not in str(parse_state(packed))
    write_edit(path, [*SHOTS[:4], SHOTS[4] - 6, SHOTS[5]])
    assert asked_again(path).recut is not None
    assert main(["score", str(path), "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["model"] == OWN_MUSIC
    assert again["refit"]["take"] == 1
    assert again["refit"]["kept_share"] > 0.1  # of 15 s, of which a trim takes three or four bars


def test_a_song_that_is_gone_is_one_sentence_and_music_can_be_made_instead(
    tmp_path: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    assert main(["score", str(path), "--music", str(song), "--json"]) == 0
    write_edit(path, [*SHOTS[:4], SHOTS[4] - 6, SHOTS[5]])
    song.unlink()
    capsys.readouterr()
    assert main(["score", str(path)]) == 3
    assert "my song.flac is not known on this machine" in capsys.readouterr().err
    assert main(["score", str(path), "--music", "none", "--dry-run"]) == 0
    assert "(music)" in capsys.readouterr().out


@pytest.mark.parametrize("stem", ["drums", "drums=gone.wav", "../drums=song"])
def test_what_is_no_stem_is_one_sentence(
    stem: str, tmp_path: Path, song: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    asked = ["score", str(path), "--music", str(song), "--music-stem", stem.replace("=song", f"={song}")]
    assert main(asked) == 3
    assert capsys.readouterr().err.count("\n") <= 2
    assert not (tmp_path / "cut.vem").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, pipe = write_edit(tmp_path / "cut.otio", SHOTS), tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    assert main(["score", str(path), "--music", str(pipe)]) == 3
    assert "it is a pipe, not a file" in capsys.readouterr().err


def test_variants_are_of_music_that_is_made(tmp_path: Path, song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    assert main(["score", str(path), "--music", str(song), "--variants", "2"]) == 3
    assert "not of your own" in capsys.readouterr().err
