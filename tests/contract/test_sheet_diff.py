"""What a re-cut changed, on the changes editors make."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vem_core.contract.cut_sheet import Cut, CutSheet, Shot, SourceSpan
from vem_core.contract.sheet_diff import ShotChange, diff_sheets

Clip = tuple[str, float, int]  # medium, first source frame, length


def sheet(clips: Sequence[Clip], rate: int = 24, start_frames: int = 0) -> CutSheet:
    shots, at = [], 0
    for media, source, length in clips:
        shots.append(Shot(at, length, media, source=SourceSpan(media, source, Fraction(rate))))
        at += length
    cuts = tuple(Cut(shot.start_frames) for shot in shots[1:])
    return CutSheet("edit", Fraction(rate), start_frames, at, tuple(shots), cuts)


EDIT: list[Clip] = [("sea", 0, 50), ("road", 10, 40), ("city", 0, 30), ("road", 100, 35), ("sea", 80, 60)]


def changes(old: CutSheet, new: CutSheet) -> list[str]:
    return [match.change.value for match in diff_sheets(old, new).matches]


def test_nothing_changed() -> None:
    assert diff_sheets(sheet(EDIT), sheet(EDIT)).unchanged


def test_a_trimmed_shot_moves_those_after_it_and_changes_none() -> None:
    diff = diff_sheets(sheet(EDIT), sheet([EDIT[0], ("road", 10, 37), *EDIT[2:]]))
    assert [match.change for match in diff.matches] == [ShotChange.KEPT, ShotChange.TRIMMED] + 3 * [ShotChange.KEPT]
    assert [match.travel_frames for match in diff.matches] == [0, 0, -3, -3, -3]
    assert not diff.unchanged


def test_a_slipped_shot_stands_where_it_stood() -> None:
    diff = diff_sheets(sheet(EDIT), sheet([EDIT[0], ("road", 200, 40), *EDIT[2:]]))
    assert [match.change for match in diff.matches][1] is ShotChange.SLIPPED
    assert {match.travel_frames for match in diff.matches} == {0}


def test_insertion_and_removal() -> None:
    inserted = [*EDIT[:2], ("forest", 0, 20), *EDIT[2:]]
    assert changes(sheet(EDIT), sheet(inserted)) == ["kept", "kept", "inserted", "kept", "kept", "kept"]
    diff = diff_sheets(sheet(inserted), sheet(EDIT))
    assert diff.removed == (2,)


def test_two_shots_swapped() -> None:
    swapped = [EDIT[1], EDIT[0], *EDIT[2:]]
    diff = diff_sheets(sheet(EDIT), sheet(swapped))
    assert sorted(match.change for match in diff.matches) == sorted([ShotChange.MOVED] + 4 * [ShotChange.KEPT])
    assert diff.removed == ()


def test_a_split_shot_is_one_trimmed_and_one_inserted() -> None:
    split = [("sea", 0, 20), ("sea", 20, 30), *EDIT[1:]]
    assert changes(sheet(EDIT), sheet(split))[:2] == ["trimmed", "inserted"]


def test_the_start_timecode_and_the_rate_are_told_apart_from_the_cuts() -> None:
    later = diff_sheets(sheet(EDIT), sheet(EDIT, start_frames=86_400))
    assert later.start_changed
    assert not later.unchanged
    assert {match.change for match in later.matches} == {ShotChange.KEPT}
    assert diff_sheets(sheet(EDIT), sheet(EDIT, rate=25)).rate_changed


@pytest.mark.parametrize("picture", [True, False])
def test_shots_without_a_source_are_known_by_their_name(picture: bool) -> None:
    bare = sheet(EDIT)
    shots = tuple(dataclasses.replace(shot, source=None, picture=picture) for shot in bare.shots)
    bare = dataclasses.replace(bare, shots=shots)
    assert diff_sheets(bare, bare).unchanged


@given(st.integers(0, 2**32))
def test_every_old_shot_is_matched_once_or_removed(seed: int) -> None:
    chance = random.Random(seed)
    clips = [(chance.choice("abc"), chance.randrange(0, 300, 10), chance.randrange(5, 60)) for _ in range(12)]
    recut = [clip for clip in clips if chance.random() > 0.2] or clips[:1]
    chance.shuffle(recut) if chance.random() < 0.3 else None
    recut.insert(chance.randrange(len(recut) + 1), ("new", 0, 11))
    diff = diff_sheets(sheet(clips), sheet(recut))
    matched = [match.old for match in diff.matches if match.old is not None]
    assert sorted([*matched, *diff.removed]) == list(range(len(clips)))
    assert [match.new for match in diff.matches] == list(range(len(recut)))


def test_media_in_another_folder_are_the_same_media() -> None:
    def sheet(*media: str) -> CutSheet:
        shots = tuple(
            Shot(index * 24, 24, source=SourceSpan(medium, 100.0, Fraction(24))) for index, medium in enumerate(media)
        )
        cuts = tuple(Cut(shot.start_frames) for shot in shots[1:])
        return CutSheet("edit", Fraction(24), 0, 24 * len(media), shots, cuts)

    old = sheet("a.mov#11", "b.mov#22", "c.mov#33")
    assert diff_sheets(old, sheet("a.mov#91", "b.mov#92", "c.mov#93")).unchanged
    twins = diff_sheets(sheet("a.mov#11", "a.mov#12"), sheet("a.mov#91", "a.mov#92"))  # nobody knows which is which
    assert [match.old for match in twins.matches] == [None, None]
    mixed = diff_sheets(sheet("a.mov#11", "b.mov#22"), sheet("a.mov#11", "a.mov#12"))
    assert [match.old for match in mixed.matches] == [0, None]
