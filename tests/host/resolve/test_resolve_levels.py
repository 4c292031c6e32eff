"""Level and fades that the editor set on our clip: kept through a re-score where Resolve tells them, else said."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.fake_resolve import FakeStudio
from fakes.resolve_edits import make_edit, make_host, score
from vem_core.contract.errors import OutputError
from vem_plugin.resolve.host import ResolveStudioHost

FADES = {"fadeIn": 12.0, "fadeOut": 24.0}


@pytest.fixture
def studio() -> FakeStudio:
    """A Resolve that tells level and fades."""
    return FakeStudio(make_edit(), version=(21, 1, 0))


def mix(studio: FakeStudio) -> None:
    """Set level and fades on our clip, as an editor does."""
    (item,) = studio.edits[0].audio[1].items
    item.volume_db, item.fades = -4.5, dict(FADES)


def levels(studio: FakeStudio) -> list[tuple[float, dict[str, float]]]:
    return [(item.volume_db, item.fades) for item in studio.edits[0].audio[1].items]


def test_a_new_score_has_level_and_fades_of_the_one_before(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    assert score(host, tmp_path).notices == ()
    mix(studio)
    assert score(host, tmp_path, seed=1).notices == ()
    assert levels(studio) == [(-4.5, FADES)]


def test_a_range_keeps_the_level_on_all_parts_and_fades_on_the_new_one(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    score(host, tmp_path)
    mix(studio)
    score(host, tmp_path, span=(30, 60), seed=1)
    assert [volume for volume, _ in levels(studio)] == [-4.5, -4.5, -4.5]
    assert levels(studio)[1][1] == FADES


def test_what_is_taken_back_has_its_level_again(studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path) -> None:
    score(host, tmp_path)
    mix(studio)
    seen: list[str] = []

    def refuse(call: str) -> bool:
        """Refuse to put the new score onto the timeline, but not to put back the old one."""
        seen.append(call)
        return call == "AppendToTimeline" and seen.count(call) == 1

    studio.refuse = refuse
    with pytest.raises(OutputError):
        score(host, tmp_path, seed=1)
    assert levels(studio) == [(-4.5, FADES)]


def test_a_resolve_that_does_not_take_the_level_is_said(
    studio: FakeStudio, host: ResolveStudioHost, tmp_path: Path
) -> None:
    score(host, tmp_path)
    mix(studio)
    studio.refuse = lambda call: call == "SetProperties"
    (notice,) = score(host, tmp_path, seed=1).notices
    assert "did not take over level and fades" in notice


def test_before_21_1_it_is_said_that_the_level_is_not_kept(tmp_path: Path) -> None:
    studio = FakeStudio(make_edit(), version=(20, 3, 2))
    host = make_host(studio, tmp_path)
    assert score(host, tmp_path).notices == ()
    (notice,) = score(host, tmp_path, seed=1).notices
    assert "21.1" in notice
