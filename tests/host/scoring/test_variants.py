"""Variants through a real core: several takes in the library, none on the lane, each placed by its command."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from vem_core.contract.errors import DirectionError, GenerationError
from vem_core.contract.recut import FrameRange
from vem_core.contract.wishes import Wishes
from vem_plugin.cli import main
from vem_plugin.client.http import HttpCoreClient
from vem_plugin.hosts.file import FileHost
from vem_plugin.scoring.listening import SilentListener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import ScoringSession

pytestmark = pytest.mark.usefixtures("lent_core")
SHOTS = [30, 25, 40, 25, 36, 31]


def test_variants_are_takes_that_their_commands_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, output = write_edit(tmp_path / "my cut.otio", SHOTS), tmp_path / "out"
    asked = ["score", str(path), "--variants", "2", "--style", "house", "--model", "sketch", "--output", str(output)]
    assert main([*asked, "--json"]) == 0
    variants = json.loads(capsys.readouterr().out)["variants"]
    assert sorted(variant["take"] for variant in variants) == [1, 2]
    assert variants[0]["value"] >= variants[1]["value"]
    assert len({(variant["key"], round(variant["tempo_bpm"]), variant["seed"]) for variant in variants}) == 2
    sounds = {Path(variant["audio"]).read_bytes() for variant in variants}
    assert len(sounds) == 2
    scored = output / "my cut.scored.otio"
    assert not scored.exists()
    for variant in variants:
        command = shlex.split(variant["place"])
        assert command[0] == "vem"
        assert main(command[1:]) == 0
        (lane,) = otio.adapters.read_from_file(str(scored)).audio_tracks()
        assert Path(variant["audio"]).name in lane[0].media_reference.target_url
    capsys.readouterr()
    assert main(["takes", str(path), "--output", str(output), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["takes"]) == 2


def test_a_placed_variant_is_followed_by_the_next_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    session = ScoringSession(FileHost(path), SilentListener())
    wishes = Wishes(style="lo-fi", model="sketch")
    (variant,) = session.variants(session.read(), Order(wishes), 1)
    assert main(["takes", str(path), "--place", str(variant.take.take)]) == 0
    write_edit(path, [*SHOTS[:4], SHOTS[4] - 4, SHOTS[5]])
    capsys.readouterr()
    assert main(["score", str(path), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["take"] == variant.take.take


def test_the_table_ranks_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_edit(tmp_path / "cut.otio", SHOTS)
    assert main(["score", str(path), "--variants", "2", "--style", "house", "--model", "sketch"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["take", "style"]
    assert (first.split()[0], second.split()[0]) == ("1.", "2.")


def test_what_was_made_before_one_fails_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, said = write_edit(tmp_path / "cut.otio", SHOTS), list[str]()
    score, calls = HttpCoreClient.score, list[int]()

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise GenerationError("The music cannot be made.")
        return score(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(HttpCoreClient, "score", failing)
    listener = SilentListener()
    monkeypatch.setattr(listener, "say", said.append)
    session = ScoringSession(FileHost(path), listener)
    with pytest.raises(GenerationError):
        session.variants(session.read(), Order(Wishes(style="house", model="sketch")), 2)
    assert said[-1] == "1 of 2 variants are made: takes 1."
    assert (tmp_path / "cut.vem" / "cut-take1.wav").exists()


@pytest.mark.parametrize("order", [Order(source="1"), Order(locked=(FrameRange(0, 20),))])
def test_variants_follow_no_take(tmp_path: Path, order: Order) -> None:
    session = ScoringSession(FileHost(write_edit(tmp_path / "cut.otio", SHOTS)))
    with pytest.raises(DirectionError, match="follow no take"):
        session.variants(session.read(), order, 2)
    with pytest.raises(DirectionError, match="1 to 12 variants"):
        session.variants(session.read(), Order(), 0)
