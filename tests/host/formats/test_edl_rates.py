"""The rate of an edit decision list, which hardly ever states it: by its timecodes, a medium, or what was asked."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fakes.edl import Counting, Shot, write_edl
from fakes.movies import write_movie
from host.formats.test_edl_reading import HEAD, ONE, TWO, cuts, read
from vem_plugin.timeline.reading import open_timeline

RATES = [
    (Fraction(24000, 1001), Counting(24)),
    (Fraction(24), Counting(24)),
    (Fraction(25), Counting(25)),
    (Fraction(30000, 1001), Counting(30)),
    (Fraction(30000, 1001), Counting(30, drop=True)),
    (Fraction(50), Counting(50)),
    (Fraction(60000, 1001), Counting(60)),
    (Fraction(60000, 1001), Counting(60, drop=True)),
]
FILMS = st.lists(
    st.tuples(st.integers(0, 200_000), st.integers(4, 3000), st.sampled_from([0, 0, 0, 2, 4])), min_size=2, max_size=12
)


@settings(max_examples=40, deadline=None)
@given(film=FILMS, at=st.sampled_from(RATES), hours=st.sampled_from([0, 1]))
def test_written_lists_come_back_with_the_same_cuts(
    film: list[tuple[int, int, int]],
    at: tuple[Fraction, Counting],
    hours: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rate, counting = at
    start = hours * 3600 * counting.nominal - (hours * 108 * counting.nominal // 30 if counting.drop else 0)
    shots = [Shot(f"R{index:03}", *shot) for index, shot in enumerate(film)]
    found = read(tmp_path_factory.mktemp("edl"), write_edl(shots, counting, start), rate)
    edges = [sum(shot.frames for shot in shots[:index]) for index in range(len(shots) + 1)]
    assert cuts(found) == [edge + shot.mix // 2 for edge, shot in zip(edges[1:-1], shots[1:], strict=True)]
    assert (found.sheet.rate, found.sheet.start_frames, found.sheet.duration_frames) == (rate, start, edges[-1])
    assert found.sheet.drop_frame is counting.drop
    assert not any("says" in notice for notice in found.notices)


def witnesses(shots: list[Shot], nominal: int) -> list[Shot]:
    """The shots whose source and record cross different numbers of seconds."""
    found, record = [], 0
    for shot in shots:
        crossed = [(at + shot.frames) // nominal - at // nominal for at in (shot.source_start, record)]
        found += [shot] if crossed[0] != crossed[1] else []
        record += shot.frames
    return found


@settings(max_examples=40, deadline=None)
@given(film=FILMS.filter(lambda film: len(film) > 3), nominal=st.sampled_from([24, 25, 30, 50, 60]))
def test_the_rate_is_told_by_the_timecodes_themselves(
    film: list[tuple[int, int, int]], nominal: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shots = [Shot(f"R{index:03}", *shot) for index, shot in enumerate(film)]
    assume(len(witnesses(shots, nominal)) >= 2)
    found = read(tmp_path_factory.mktemp("edl"), write_edl(shots, Counting(nominal), 0), None)
    assert (round(found.sheet.rate), len([notice for notice in found.notices if "states no frame rate" in notice])) == (
        nominal,
        1,
    )


def test_drop_frame_tells_the_rate(tmp_path: Path) -> None:
    found = read(tmp_path, write_edl([Shot("A", 0, 100), Shot("B", 0, 100)], Counting(30, drop=True), 107_892), None)
    assert (found.sheet.rate, found.sheet.start_frames, cuts(found)) == (Fraction(30000, 1001), 107_892, [100])
    assert found.notices == ()


def test_a_rate_that_nothing_tells_is_said_with_what_it_means(tmp_path: Path) -> None:
    (notice,) = read(tmp_path, HEAD + ONE + TWO, None).notices
    assert "read at 24 frames per second, since nothing in it tells" in notice
    assert "--rate 23.976" in notice
    assert "3.60 s off at 01:00:00:00" in notice


def test_the_asked_rate_is_taken_and_a_doubt_is_said(tmp_path: Path) -> None:
    text = write_edl([Shot("A", 24, 61), Shot("B", 0, 74)], Counting(25), 90_000)
    found = read(tmp_path, text, Fraction(30))
    assert found.sheet.rate == 30
    assert any("its timecodes fit 25" in notice for notice in found.notices)
    assert read(tmp_path, text, Fraction(25)).notices == ()


def test_frames_that_are_counted_from_one(tmp_path: Path) -> None:
    """OpenShot numbers the frames of a second from 1 to 25."""
    text = (
        "001 AX V C 00:00:00:06 00:00:01:16 00:00:00:01 00:00:01:11\n"
        "002 AX V C 00:00:10:06 00:00:13:10 00:00:01:11 00:00:04:15\n"
        "003 AX V C 00:00:20:06 00:00:22:16 00:00:04:15 00:00:06:25\n"
        "004 AX V C 00:00:30:06 00:00:31:24 00:00:06:25 00:00:08:18\n"
    )
    found = read(tmp_path, text, None)
    assert (found.sheet.rate, found.sheet.start_frames, cuts(found)) == (25, 0, [35, 114, 174])
    assert cuts(read(tmp_path, text, Fraction(25))) == [35, 114, 174]


def test_a_medium_beside_the_list_tells_the_rate(tmp_path: Path) -> None:
    write_movie(tmp_path / "ONE.mov", 4, rate=Fraction(25))
    text = HEAD + ONE + "* FROM CLIP NAME: ONE.mov\n" + TWO
    found = read(tmp_path, text, None)
    assert (found.sheet.rate, cuts(found)) == (25, [50])
    assert any("the rate of ONE.mov" in notice for notice in found.notices)
    elsewhere = tmp_path / "card"
    elsewhere.mkdir()
    (tmp_path / "ONE.mov").rename(elsewhere / "ONE.mov")
    assert open_timeline(tmp_path / "film.edl").claims.rate == 24
    assert open_timeline(tmp_path / "film.edl", media_folders=(elsewhere,)).claims.rate == 25


def test_media_of_one_rate_agree(tmp_path: Path) -> None:
    for name, rate in (("ONE.mov", 25), ("TWO.mov", 25), ("THREE.mov", 50)):
        write_movie(tmp_path / name, 4, rate=Fraction(rate))
    text = HEAD + ONE + "* FROM CLIP NAME: ONE.mov\n" + TWO
    assert read(tmp_path, text + "* FROM CLIP NAME: THREE.mov\n", None).sheet.rate == 24
    assert read(tmp_path, text + "* FROM CLIP NAME: TWO.mov\n", None).sheet.rate == 25
