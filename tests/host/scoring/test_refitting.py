"""What `vem score` makes of the score that it finds: which take it follows, and what it says where it cannot."""

from __future__ import annotations

import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from fakes.edits import write_edit
from fakes.random_edits import sheet_of
from fakes.takes import make_take
from vem_core.contract.errors import InputError
from vem_core.contract.parse import GlobalCues, Parse, StoryboardCue, shot_boundaries_samples
from vem_core.contract.plan import Bend, Ending
from vem_core.contract.request import Direction
from vem_core.contract.result import Levels
from vem_core.contract.sheet_diff import diff_sheets
from vem_core.contract.wishes import Wishes
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.state import PlacedTake, StateProblem
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.refitting import Following, follow
from vem_plugin.scoring.resolving import followed_direction, resolve
from vem_plugin.scoring.session import ScoringSession
from vem_plugin.takes.earlier import EarlierScore

LENGTHS = (48, 60, 36, 72)


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    """A timeline that carries a score in place."""
    path = write_edit(tmp_path / "edit.otio", LENGTHS)
    host = FileHost(path, FileHostOptions(in_place=True))
    host.place(make_take(host.read_timeline().sheet, tmp_path / "made"))
    return path


def found(path: Path) -> EarlierScore:
    earlier = FileHost(path, FileHostOptions(in_place=True)).earlier_score()
    assert earlier is not None
    return earlier


def again(path: Path, **wishes: Any) -> Following:
    host = FileHost(path, FileHostOptions(in_place=True))
    session = ScoringSession(host)
    return session.prepare(session.read(), Order(Wishes(**wishes))).following


def following(earlier: EarlierScore, wishes: Wishes = Wishes()) -> Following:
    """What is asked again of a take whose cut did not change."""
    assert isinstance(earlier.take, PlacedTake)
    sheet = earlier.take.request.sheet
    request = resolve(wishes, sheet, earlier.take.request, earlier.take.result.model).request(sheet)
    return follow(request, {}, earlier)


def change_state(path: Path, change: object) -> None:
    """Rewrite the state on our clip with a function from text to text, or None for no state."""
    timeline = otio.adapters.read_from_file(str(path))
    for clip in timeline.find_clips():
        if "vem_score" in clip.metadata:
            state = change(str(clip.metadata["vem_score"]["state"])) if callable(change) else None
            if state is None:
                del clip.metadata["vem_score"]["state"]
            else:
                clip.metadata["vem_score"]["state"] = state
    otio.adapters.write_to_file(timeline, str(path))


def test_a_timeline_without_a_score_has_none_to_follow(tmp_path: Path) -> None:
    assert FileHost(write_edit(tmp_path / "edit.otio", LENGTHS)).earlier_score() is None


def test_nothing_changed_means_nothing_is_made(scored: Path) -> None:
    before = scored.read_bytes()
    rescore = again(scored)
    assert rescore.unchanged is not None
    FileHost(scored, FileHostOptions(in_place=True)).keep(rescore.unchanged)
    assert scored.read_bytes() == before


def test_other_wishes_for_the_whole_make_a_new_piece_and_another_ending_does_not(scored: Path) -> None:
    other = again(scored, style="rock")
    assert other.request.recut is None
    assert "style" in other.notices[0]
    assert again(scored, ending=Ending.FADE).request.recut is not None
    louder = again(scored, loudness_lufs=-23.0)
    assert louder.request.recut is not None
    assert louder.request.recut.earlier.sounds == ()
    assert "loudness" in louder.notices[0]


def test_what_is_not_said_again_is_as_it_was(scored: Path) -> None:
    request = again(scored).request
    assert (request.direction.prompt, request.model) == ("täke", "sketch")


def test_what_was_said_of_single_shots_goes_with_them_also_where_it_is_energies_or_words_alone() -> None:
    before, after = sheet_of(120, [40, 80]), sheet_of(80, [40])
    difference = diff_sheets(before, after)
    assert followed_direction(Direction(shot_energies=(0.1, 0.5, 0.9)), difference).shot_energies == (0.1, 0.5)
    assert followed_direction(Direction(shot_words=("a", "b", "c")), difference).shot_words == ("a", "b")
    assert followed_direction(Direction(prompt="dusk"), difference) == Direction(prompt="dusk")


def test_a_deleted_wav_is_said_and_the_piece_kept(scored: Path) -> None:
    next(scored.parent.glob("edit.vem/*.wav")).unlink()
    rescore = again(scored)
    assert "is gone" in rescore.notices[0]
    assert rescore.request.recut is not None
    assert rescore.request.recut.earlier.sounds == ()


def test_a_wav_edited_by_hand_is_said_and_left_alone(scored: Path) -> None:
    earlier = found(scored)
    assert isinstance(earlier.take, PlacedTake)
    levels = Levels((0,), -1.0, 0)
    files = tuple(dataclasses.replace(file, sound_sha256="0" * 64, levels=levels) for file in earlier.take.result.files)
    result = dataclasses.replace(earlier.take.result, files=files)
    edited = dataclasses.replace(earlier, take=dataclasses.replace(earlier.take, result=result))
    rescore = following(edited, Wishes(ending=Ending.FADE))
    assert "changed outside VeM Score" in rescore.notices[0]
    assert rescore.request.recut is not None
    assert len(rescore.request.recut.earlier.sounds) == 1
    assert rescore.request.recut.earlier.levels is None  # they are no longer the file's


def test_another_description_of_a_shot_makes_that_shot_anew(scored: Path) -> None:
    earlier = found(scored)
    assert isinstance(earlier.take, PlacedTake)
    sheet = earlier.take.request.sheet
    bounds = shot_boundaries_samples(sheet)
    cues = tuple(StoryboardCue(start, end - start, "a road") for start, end in itertools.pairwise(bounds))
    told = Parse("bundled", bounds[-1], GlobalCues(), cues, ())
    request = dataclasses.replace(earlier.take.request, parse=told)
    earlier = dataclasses.replace(earlier, take=dataclasses.replace(earlier.take, request=request))
    assert following(earlier).unchanged is not None
    recut = following(earlier, Wishes(parse=told.with_description(1, "a storm"))).request.recut
    assert recut is not None
    assert [shot.where.start_frames for shot in recut.varied] == [sheet.shots[1].start_frames]
    assert recut.varied[0].seed != request.seed


def test_a_wav_of_another_length_is_not_used(scored: Path) -> None:
    wav = next(scored.parent.glob("edit.vem/*.wav"))
    wav.write_bytes(b"RIFF" + bytes(60))
    rescore = again(scored)
    assert "no longer the file that was made" in rescore.notices[0]
    assert rescore.request.recut is not None
    assert rescore.request.recut.earlier.sounds == ()
    assert wav.read_bytes() == b"RIFF" + bytes(60)


def test_a_lost_state_is_read_from_beside_the_wav(scored: Path) -> None:
    change_state(scored, None)
    assert isinstance(found(scored).take, PlacedTake)
    next(scored.parent.glob("edit.vem/*.json")).unlink()
    assert found(scored).take is StateProblem.MISSING
    rescore = again(scored)
    assert rescore.request.recut is None
    assert "remembers nothing" in rescore.notices[0]


def test_a_damaged_state_stops_with_a_way_out(scored: Path) -> None:
    change_state(scored, lambda text: text[: len(text) // 2])
    next(scored.parent.glob("edit.vem/*.json")).unlink()
    with pytest.raises(InputError, match=r"damaged.*Nothing was changed") as caught:
        again(scored)
    assert "--afresh" in caught.value.hint


def test_a_newer_state_stops_with_a_way_out(scored: Path) -> None:
    change_state(scored, lambda text: json.dumps({**json.loads(text), "schema": "PlacedTake.2", "more": 1}))
    with pytest.raises(InputError, match=r"newer version.*Nothing was changed") as caught:
        again(scored)
    assert "Update VeM Score" in caught.value.hint


STATED = {
    "loudness_lufs": (-23.0, -16.0),
    "true_peak_dbtp": (-3.0, -1.0),
    "ending": (Ending.FADE, Ending.RING_OUT),
    "room_depth_db": (0.0, 8.0),
    "seed": (7, 0),
    "style": ("house", None),
    "stems": (True, False),
    "midi": (True, False),
    "bend": (Bend.FREE, None),
    "prompt": ("dusk", ""),
}


@pytest.mark.parametrize("name", sorted(STATED))
def test_a_default_that_is_asked_for_is_a_wish_like_any_other(tmp_path: Path, name: str) -> None:
    """What was asked, then its default in so many words: no longer "Nothing changed"."""
    first, default = STATED[name]
    path = write_edit(tmp_path / "edit.otio", LENGTHS)
    sheet = FileHost(path).read_timeline().sheet
    take = make_take(sheet, tmp_path / "made")
    request = resolve(Wishes(**{name: first}), sheet).request(sheet)  # type: ignore[arg-type]
    FileHost(path, FileHostOptions(in_place=True)).place(dataclasses.replace(take, request=request))
    assert again(path).unchanged is not None
    assert again(path, **{name: first}).unchanged is not None
    asked = again(path, **{name: default})
    assert asked.unchanged is None
    values = {**vars(asked.request), **vars(asked.request.direction), **vars(asked.request.delivery)}
    values |= {f"room_{field}": value for field, value in vars(asked.request.direction.room).items()}
    assert values[name] == default
