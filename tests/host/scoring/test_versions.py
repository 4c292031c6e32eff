"""From one version of a cut to the next, through the session: what is said, what is followed, what a dry run leaves."""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.ear import Ear, session_with
from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AudioFile, ScoreResult
from vem_core.contract.wishes import Wishes
from vem_plugin.cli import main
from vem_plugin.commands.score import COMMAND
from vem_plugin.commands.score_options import order_from_arguments
from vem_plugin.commands.showing import refit_json
from vem_plugin.hosts.file import FileHost
from vem_plugin.placement.broadcast_wave import sound_sha256
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import Outcome

FIRST, SECOND = [30, 25, 20, 25], [30, 20, 20, 25]


class NoiseCore:
    """Delivers noise with its hashes, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[ScoreRequest] = []

    def score(
        self, request: ScoreRequest, attachments: Mapping[str, bytes], folder: Path, on_progress: object
    ) -> ScoreResult:
        self.asked.append(request)
        result = make_take(request.sheet, folder, seed=len(self.asked)).result
        return dataclasses.replace(result, files=tuple(_hashed(folder, file) for file in result.files))

    def outlook(self, request: ScoreRequest, attachments: Mapping[str, bytes], on_progress: object) -> RecutOutlook:
        assert request.recut is not None
        return RecutOutlook(request.recut.earlier.take, 1, 0.75)


def _hashed(folder: Path, file: AudioFile) -> AudioFile:
    return dataclasses.replace(file, sound_sha256=sound_sha256(folder / file.name))


def score(path: Path, core: NoiseCore, order: Order = Order()) -> tuple[Outcome, Ear]:
    session, ear = session_with(FileHost(path), core)
    return session.run(order), ear


def second_version(folder: Path, before: Outcome, style: str = "A7") -> Path:
    """Saved as `second.otio` by an editor that keeps no metadata and calls its lanes as it likes."""
    path = write_edit(folder / "second.otio", SECOND)
    timeline = otio.adapters.read_from_file(str(path))
    lane = otio.schema.Track(style, kind=otio.schema.TrackKind.Audio)
    span = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(100, 24))
    lane.append(otio.schema.Clip("music", otio.schema.ExternalReference(str(before.placement.audio), span), span))
    timeline.tracks.append(lane)
    otio.adapters.write_to_file(timeline, str(path))
    return path


def test_a_first_piece_is_announced_and_a_second_version_follows_it(tmp_path: Path) -> None:
    core = NoiseCore()
    before, ear = score(write_edit(tmp_path / "first.otio", FIRST), core)
    assert any("a new piece is made" in said for said in ear.said)
    assert refit_json(before)["take"] is None
    assert "No score" in str(refit_json(before)["reason"])
    after, ear = score(second_version(tmp_path, before), core)
    recut = core.asked[1].recut
    assert recut is not None
    assert [sound.role for sound in recut.earlier.sounds] == ["mix"]
    assert any("recognised by its sound" in said for said in ear.said)
    assert after.placement.audio == tmp_path / "second.vem" / "second-take1.wav"


def test_other_wishes_are_announced_before_the_music_is_made(tmp_path: Path) -> None:
    core = NoiseCore()
    before, _ = score(write_edit(tmp_path / "first.otio", FIRST), core)
    after, ear = score(second_version(tmp_path, before), core, Order(Wishes(style="ambient")))
    assert core.asked[1].recut is None
    assert "Other wishes than take 1 had (style): a new piece is made." in ear.said
    assert refit_json(after)["reason"] == "Other wishes than take 1 had (style): a new piece is made."


def test_a_take_is_followed_that_is_named_by_hand(tmp_path: Path) -> None:
    core = NoiseCore()
    before, _ = score(write_edit(tmp_path / "first.otio", FIRST), core)
    other = write_edit(tmp_path / "other.otio", SECOND)
    _, ear = score(other, core, Order(source=str(before.placement.audio)))
    assert core.asked[1].recut is not None
    assert not any("new piece" in said for said in ear.said)


def test_a_dry_run_makes_and_writes_nothing(tmp_path: Path) -> None:
    core = NoiseCore()
    before, _ = score(write_edit(tmp_path / "first.otio", FIRST), core)
    second = second_version(tmp_path, before)
    files = sorted(tmp_path.rglob("*"))
    session, _ = session_with(FileHost(second), core)
    _, outlook = session.foresee(session.read(), Order())
    assert (outlook.take, outlook.kept_share) == (1, 0.75)
    session, _ = session_with(FileHost(second), core)
    _, outlook = session.foresee(session.read(), Order(afresh=True))
    assert (outlook.take, outlook.kept_share) == (None, 0.0)
    assert "as asked" in outlook.reason
    assert sorted(tmp_path.rglob("*")) == files
    assert len(core.asked) == 1


def test_the_same_cut_under_another_name_needs_nothing(tmp_path: Path) -> None:
    core = NoiseCore()
    first = write_edit(tmp_path / "first.otio", FIRST)
    before, _ = score(first, core)
    assert before.placement.timeline is not None
    placed = otio.adapters.read_from_file(str(before.placement.timeline))
    for reference in (clip.media_reference for clip in placed.find_clips()):
        reference.target_url = reference.target_url.removeprefix("../")
    placed.name = "first"
    otio.adapters.write_to_file(placed, str(tmp_path / "renamed.otio"))
    after, _ = score(tmp_path / "renamed.otio", core)
    assert after.unchanged
    assert after.placement.audio == before.placement.audio
    assert refit_json(after) == {"take": 1, "kept_share": 1.0, "reason": "Nothing changed."}
    assert json.dumps(refit_json(after))


def test_the_command_says_what_a_new_piece_is_made_for_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_edit(tmp_path / "first.otio", FIRST)
    assert main(["score", str(path), "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["take"], said["kept_share"]) == (None, 0.0)
    assert "No score of VeM Score" in said["reason"]
    assert list(tmp_path.iterdir()) == [path]


def test_no_state_is_an_order_to_leave_it_out(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    sheet = FileHost(write_edit(tmp_path / "first.otio", FIRST)).read_timeline().sheet
    for words, embedded in (([], True), (["--no-state"], False)):
        arguments = parser.parse_args(["x.otio", *words, "--from", "3"])
        order = order_from_arguments(arguments, sheet)
        assert (order.embed_state, order.source) == (embedded, "3")
