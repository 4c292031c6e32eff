"""The bridge against a fake Resolve that refuses, is locked, closed or lost: a message, and the timeline as it was."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_edits import score, score_of
from fakes.resolve_project import Track
from vem_core.contract.errors import OutputError
from vem_plugin.resolve.errors import ConnectionLost, NothingOpen, ResolveClosed
from vem_plugin.resolve.host import ResolveStudioHost

NTSC = Fraction(30000, 1001)


def test_the_free_edition_is_told_what_to_do(studio: FakeStudio, host: ResolveStudioHost) -> None:
    studio.product = "DaVinci Resolve"
    host_of_menu = ResolveStudioHost(connect=lambda: _free(studio))
    with pytest.raises(ResolveClosed, match="only Studio") as caught:
        host_of_menu.read_timeline()
    assert "export its timeline as OTIO" in caught.value.hint


def _free(studio: FakeStudio) -> object:
    from fakes.resolve_objects import ResolveObject

    return ResolveObject(studio)


def test_nothing_open(studio: FakeStudio, host: ResolveStudioHost) -> None:
    studio.current = None
    with pytest.raises(NothingOpen, match="No timeline is open in the project 'My film'"):
        host.read_timeline()
    studio.project_open = False
    with pytest.raises(NothingOpen, match="No project is open"):
        host.read_timeline()


Trouble = Callable[[FakeStudio], None]


def lock(studio: FakeStudio) -> None:
    studio.edits[0].audio[1].locked = True


def refuse_once(name: str) -> Trouble:
    """The first call of that name does nothing."""

    def trouble(studio: FakeStudio) -> None:
        calls = itertools.count()
        studio.refuse = lambda call: call == name and next(calls) == 0

    return trouble


def never_delete(studio: FakeStudio) -> None:
    studio.deletes_fail = 1000


NOT_PUT = "did not put the score on audio track A2"


@pytest.mark.parametrize(
    ("again", "trouble", "message"),
    [
        (False, refuse_once("AddSubFolder"), "did not make the bin"),
        (False, refuse_once("SetCurrentFolder"), "does not open the bin"),
        (False, refuse_once("ImportMedia"), "did not import"),
        (False, refuse_once("AddTrack"), "did not add an audio track"),
        (False, refuse_once("AppendToTimeline"), NOT_PUT),
        (True, lock, "is locked in Resolve"),
        (True, refuse_once("ImportMedia"), "did not import"),
        (True, never_delete, "did not delete the earlier take"),
        (True, refuse_once("AppendToTimeline"), NOT_PUT),
    ],
)
def test_what_fails_leaves_everything_as_it_was(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, again: bool, trouble: Trouble, message: str
) -> None:
    """With an earlier score on the lane (`again`) and without."""
    if again:
        score(host, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path, seed=1)
    trouble(studio)
    before, files = studio.snapshot(), sorted(tmp_path.rglob("takes/*"))
    with pytest.raises(OutputError, match=message) as caught:
        host.place(take)
    assert "put back" not in caught.value.message
    assert studio.snapshot() == before
    assert sorted(tmp_path.rglob("takes/*")) == files


EACH_TIME = ("SetCurrentFolder", "ImportMedia", "SetThirdPartyMetadata", "AppendToTimeline", "AddMarker")


@pytest.mark.parametrize(
    ("again", "call"),
    [
        *((False, call) for call in (*EACH_TIME, "AddSubFolder", "AddTrack", "SetTrackName")),
        *((True, call) for call in (*EACH_TIME, "OpenPage", "DeleteClips")),
    ],
)
def test_a_connection_that_is_lost_in_the_middle(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, again: bool, call: str
) -> None:
    """Resolve itself goes on: through a new connection everything is put back."""
    if again:
        score(host, tmp_path)
    take = score_of(host.read_timeline().sheet, tmp_path, seed=1)
    before, files = studio.snapshot(), sorted(tmp_path.rglob("takes/*"))
    studio.lose_before(call)
    with pytest.raises(ConnectionLost, match="stopped answering"):
        host.place(take)
    assert studio.snapshot() == before
    assert sorted(tmp_path.rglob("takes/*")) == files


@pytest.mark.parametrize("call", ["ImportMedia", "AppendToTimeline"])
def test_a_resolve_that_is_gone_for_good(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path, call: str
) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.lose_before(call, gone=True)
    with pytest.raises(
        OutputError, match=r"stopped answering\. Not everything could be put back.*media pool"
    ) as caught:
        host.place(take)
    assert "Edit > Undo" in caught.value.hint
    assert not list(tmp_path.rglob("takes/*.wav"))


def test_a_closed_project(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    take = score_of(host.read_timeline().sheet, tmp_path)
    studio.project_open = False
    with pytest.raises(NothingOpen, match="No project is open"):
        host.place(take)
    studio.project_open, studio.edits, studio.current = True, [], None
    with pytest.raises(NothingOpen, match="not in the open project"):
        host.place(take)


def test_output_is_checked_before_the_work(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    host.check_output()
    studio.edits[0].audio.append(Track("VeM Score", "stereo", locked=True))
    with pytest.raises(OutputError, match=r"'VeM Score' \(A2\) is locked"):
        host.check_output()
    studio.edits[0].audio.pop()
    (tmp_path / "takes").write_text("in the way")
    with pytest.raises(OutputError, match="takes"):
        host.check_output()
