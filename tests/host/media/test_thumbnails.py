"""Thumbnails of every kind of medium: the right frame, a warning instead of a failure, small and deterministic."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.movies import number_of, write_movie, write_stills
from fakes.takes import make_sheet, write_wav24
from vem_core.contract.request import Thumbnail, ThumbnailUse
from vem_plugin.files.locating import MediaLocator
from vem_plugin.hosts.base import ThumbnailSet
from vem_plugin.media import library, thumbnails
from vem_plugin.media.thumbnails import SHOT_HEIGHT, SHOT_WIDTH, STRIP_SIDE, read_thumbnails
from vem_plugin.timeline.sheet import ReadCutSheet
from vem_plugin.timeline.shot_media import MediaKind, SequenceNaming, ShotMedia

FILM = Fraction(24000, 1001)
SHOT = ShotMedia(0, 0, 12, Fraction(24), MediaKind.FILE, available_start_frames=Fraction(0))


def read_of(*media: ShotMedia) -> ReadCutSheet:
    """A read sheet whose shots show those media, one after the other."""
    sheet = make_sheet(*(stretch.record_duration_frames for stretch in media), rate=media[0].record_rate)
    placed = (
        replace(stretch, shot=index, record_start_frames=sheet.shots[index].start_frames)
        for index, stretch in enumerate(media)
    )
    return ReadCutSheet(sheet, tuple(placed))


def thumbnails_of(folder: Path, *media: ShotMedia) -> ThumbnailSet:
    read = read_of(*media)
    return read_thumbnails(read, read.sheet, MediaLocator(folder))


def image(pictures: ThumbnailSet, thumbnail: Thumbnail) -> Image.Image:
    return Image.open(io.BytesIO(pictures.jpegs[thumbnail.sha256]))


def shown(pictures: ThumbnailSet) -> list[int]:
    """The numbers on the shots' own thumbnails."""
    return [number_of(image(pictures, t)) for t in pictures.thumbnails if t.use is ThumbnailUse.SHOT]


@pytest.mark.parametrize(
    ("available", "source", "timecode", "first"),
    [
        (86_400, 86_420, "01:00:00:00", 20),  # Resolve, Avid: all in media timecode
        (None, 86_420, "01:00:00:00", 20),  # an edit list: only the source timecode
        (0, 20, "01:00:00:00", 20),  # counted from the file's first frame, whatever its timecode
        (0, 86_420, "01:00:00:00", 20),  # an available range that lost its origin
        (None, 20, None, 20),
        (None, 86_420, None, 20),  # a transcode that lost its timecode: the full hour is the best guess
        (900, 920, None, 20),
    ],
)
def test_source_positions_are_read_in_every_convention(
    tmp_path: Path, available: int | None, source: int, timecode: str | None, first: int
) -> None:
    write_movie(tmp_path / "a.mov", 100, FILM, timecode=timecode)
    start = None if available is None else Fraction(available)
    stretch = ShotMedia(
        0, 0, 12, FILM, MediaKind.FILE, "a.mov", "a.mov", Fraction(source), FILM, available_start_frames=start
    )
    assert shown(thumbnails_of(tmp_path, stretch)) == [first + 2, first + 6, first + 10]


@pytest.mark.parametrize(
    ("speed", "source_rate", "expected"),
    [
        (Fraction(1), Fraction(24), [32, 36, 40]),
        (Fraction(2), Fraction(24), [34, 42, 50]),
        (Fraction(-1), Fraction(24), [27, 23, 19]),
        (Fraction(0), Fraction(24), [30, 30, 30]),
        (Fraction(1, 2), Fraction(24), [31, 33, 35]),
        (Fraction(1), Fraction(48), [34, 42, 50]),
    ],
)
def test_retimes_show_the_frame_that_plays(
    tmp_path: Path, speed: Fraction, source_rate: Fraction, expected: list[int]
) -> None:
    write_movie(tmp_path / "a.mov", 100, source_rate)
    stretch = replace(SHOT, target_url="a.mov", source_start_frames=Fraction(30), source_rate=source_rate, speed=speed)
    assert shown(thumbnails_of(tmp_path, stretch)) == expected


def test_image_sequences_are_counted_from_their_first_file(tmp_path: Path) -> None:
    write_stills(tmp_path / "seq", range(1001, 1041))
    reference = replace(
        SHOT,
        kind=MediaKind.IMAGE_SEQUENCE,
        target_url="seq",
        source_start_frames=Fraction(1011),
        available_start_frames=Fraction(1001),
        sequence=SequenceNaming("shot.", ".png", 1001, 1, 4),
    )
    assert shown(thumbnails_of(tmp_path, reference)) == [1013, 1017, 1021]
    for pattern in ("shot.%04d.png", "shot.####.png", "shot.[1001-1040].png"):
        for available, source in ((1001, 1011), (None, 1011), (0, 10), (None, 10)):
            stretch = replace(
                SHOT,
                target_url=f"seq/{pattern}",
                source_start_frames=Fraction(source),
                available_start_frames=None if available is None else Fraction(available),
            )
            assert shown(thumbnails_of(tmp_path, stretch)) == [1013, 1017, 1021], (pattern, available, source)


def test_stills_hold(tmp_path: Path) -> None:
    write_stills(tmp_path, [7])
    stretch = replace(SHOT, target_url="shot.0007.png", source_start_frames=Fraction(500), available_start_frames=None)
    assert shown(thumbnails_of(tmp_path, stretch)) == [7, 7, 7]


def test_nothing_fails_and_each_reason_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "noise.mov").write_bytes(b"\x00\x01" * 500)
    write_wav24(tmp_path / "song.wav", 100)
    (tmp_path / "folder").mkdir()
    pictures = thumbnails_of(
        tmp_path,
        replace(SHOT, name="gone.mov", target_url="/nowhere/gone.mov"),
        replace(SHOT, name="lost.mov", target_url="/nowhere/lost.mov"),
        replace(SHOT, name="gone.mov", target_url="/nowhere/gone.mov"),
        replace(SHOT, name="noise.mov", target_url="noise.mov"),
        replace(SHOT, name="song.wav", target_url="song.wav"),
        replace(SHOT, name="folder", target_url="folder"),
        replace(SHOT, name="unnamed", kind=MediaKind.MISSING),
        replace(SHOT, name="frames", target_url="frames/%04d.exr"),
        replace(SHOT, name="web", target_url="https://example.org/a.mov"),
    )
    assert all(thumbnail.placeholder for thumbnail in pictures.thumbnails)
    said = "\n".join(pictures.warnings)
    for name in ("gone.mov, lost.mov", "noise.mov", "song.wav", "folder", "unnamed", "frames", "web"):
        assert name in said
    assert said.count("gone.mov") == 1
    assert "no picture in it" in said


def test_many_missing_media_make_one_short_sentence(tmp_path: Path) -> None:
    media = [replace(SHOT, name=f"{index}.mov", target_url=f"/x/{index}.mov") for index in range(50)]
    (warning,) = thumbnails_of(tmp_path, *media).warnings
    assert warning.startswith("No pictures from 0.mov, 1.mov, 2.mov, 3.mov, 4.mov, 5.mov and 44 more: not found")


def test_black_is_black_and_titles_are_placeholders(tmp_path: Path) -> None:
    pictures = thumbnails_of(tmp_path, replace(SHOT, kind=MediaKind.BLACK), replace(SHOT, kind=MediaKind.GENERATOR))
    assert pictures.warnings == ()
    shots = [thumbnail for thumbnail in pictures.thumbnails if thumbnail.use is ThumbnailUse.SHOT]
    assert [thumbnail.placeholder for thumbnail in shots] == [False] * 3 + [True] * 3
    assert np.asarray(image(pictures, shots[0])).max() == 0
    assert np.asarray(image(pictures, shots[3])).min() > 80
    strip = [thumbnail for thumbnail in pictures.thumbnails if thumbnail.use is ThumbnailUse.STRIP]
    assert [thumbnail.placeholder for thumbnail in strip] == [False] * 4 + [True] * 4


def test_sizes_are_small_and_fixed(tmp_path: Path) -> None:
    write_movie(tmp_path / "wide.mov", 12, size=(480, 96))
    write_movie(tmp_path / "tall.mov", 12, size=(96, 192))
    pictures = thumbnails_of(tmp_path, replace(SHOT, target_url="wide.mov"), replace(SHOT, target_url="tall.mov"))
    sizes = {(thumbnail.shot, thumbnail.use): image(pictures, thumbnail).size for thumbnail in pictures.thumbnails}
    assert sizes[0, ThumbnailUse.SHOT] == (SHOT_WIDTH, 32)
    assert sizes[1, ThumbnailUse.SHOT] == (45, SHOT_HEIGHT)
    assert sizes[1, ThumbnailUse.STRIP] == (STRIP_SIDE, STRIP_SIDE)
    assert max(len(jpeg) for jpeg in pictures.jpegs.values()) < 8000


def test_equal_timelines_give_equal_bytes(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mov", 60)
    media = [replace(SHOT, target_url="a.mov", source_start_frames=Fraction(start)) for start in (40, 0, 20)]
    assert thumbnails_of(tmp_path, *media) == thumbnails_of(tmp_path, *media)


def test_few_media_are_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MAX_OPEN_MEDIA", 2)
    for index in range(5):
        write_movie(tmp_path / f"{index}.mov", 12)
    with library.MediaLibrary(MediaLocator(tmp_path)) as media:
        for index in (0, 1, 2, 3, 4, 0):
            stretch = replace(SHOT, target_url=f"{index}.mov")
            assert media.draw(stretch, 5, lambda picture: number_of(picture.fitted(160, 96))) == 5
            assert len(media._open) <= 2


def test_edit_lists_name_reels_that_are_searched(tmp_path: Path) -> None:
    write_movie(tmp_path / "A001C003.mov", 60)
    read = read_of(replace(SHOT, kind=MediaKind.MISSING, name="A001C003"))
    found = read_thumbnails(read, read.sheet, MediaLocator(tmp_path / "edits", [tmp_path]))
    assert (shown(found), found.warnings) == ([2, 6, 10], ())
    (warning,) = read_thumbnails(read, read.sheet, MediaLocator(tmp_path / "edits")).warnings
    assert "A001C003" in warning


def test_pictures_that_cannot_be_converted_are_placeholders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("unknown pixel format")

    write_movie(tmp_path / "a.mov", 20)
    monkeypatch.setattr(thumbnails.Picture, "fitted", refuse)
    monkeypatch.setattr(thumbnails.Picture, "square", refuse)
    pictures = thumbnails_of(tmp_path, replace(SHOT, name="a.mov", target_url="a.mov"))
    assert all(thumbnail.placeholder for thumbnail in pictures.thumbnails)
    assert "unknown pixel format" in pictures.warnings[0]


def test_real_footage_gives_pictures(real_media: Path) -> None:
    url = str(real_media / "big_buck_bunny_480p_30s.mp4")
    starts = range(0, 700, 70)
    media = [replace(SHOT, name="bunny", target_url=url, source_start_frames=Fraction(start)) for start in starts]
    pictures = thumbnails_of(real_media, *media)
    assert pictures.warnings == ()
    assert len(pictures.jpegs) > 60
    assert {image(pictures, t).size for t in pictures.thumbnails if t.use is ThumbnailUse.SHOT} == {(160, 90)}
