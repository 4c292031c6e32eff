"""Media addresses as editors write them, and media that are no longer where they were."""

from __future__ import annotations

import os
from pathlib import Path

import opentimelineio as otio
import pytest

from vem_plugin.files.addresses import parse_address
from vem_plugin.files.locating import MediaLocator

on_posix = pytest.mark.skipif(os.sep == "\\", reason="POSIX file names")


@pytest.mark.parametrize(
    ("address", "path", "parts"),
    [
        ("/films/a b #1 100%?.mov", "/films/a b #1 100%?.mov", ("films", "a b #1 100%?.mov")),
        ("file:///films/a%20b%20%231.mov", "/films/a b #1.mov", ("films", "a b #1.mov")),
        ("file:///films/a b #1?.mov", "/films/a b #1?.mov", ("films", "a b #1?.mov")),
        ("file://localhost/D%3a/media/sc01.mov", "D:/media/sc01.mov", ("media", "sc01.mov")),
        ("file://LOCALHOST/films/a.mov", "/films/a.mov", ("films", "a.mov")),
        ("file:///C:/clips/a.mov", "C:/clips/a.mov", ("clips", "a.mov")),
        ("file://C:/clips/a.mov", "C:/clips/a.mov", ("clips", "a.mov")),
        ("file://C:\\clips\\a.mov", "C:\\clips\\a.mov", ("clips", "a.mov")),
        ("C:\\clips\\a b.mov", "C:\\clips\\a b.mov", ("clips", "a b.mov")),
        ("D:/clips/a.mov", "D:/clips/a.mov", ("clips", "a.mov")),
        ("\\\\nas\\films\\day 1\\a.mov", "\\\\nas\\films\\day 1\\a.mov", ("day 1", "a.mov")),
        ("file://nas/films/a.mov", "//nas/films/a.mov", ("nas", "films", "a.mov")),
        ("media/a.mov", "media/a.mov", ("media", "a.mov")),
        ("..\\media\\a.mov", "..\\media\\a.mov", ("media", "a.mov")),
        ("file:media/a.mov", "media/a.mov", ("media", "a.mov")),
        ("Tür/Ähre.mov", "Tür/Ähre.mov", ("Tür", "Ähre.mov")),
    ],
)
def test_addresses_are_taken_apart(address: str, path: str, parts: tuple[str, ...]) -> None:
    parsed = parse_address(address)
    assert parsed.spellings[0] == path
    assert parsed.parts == parts


@pytest.mark.parametrize("address", ["", "  ", "http://example.org/a.mov", "s3://bucket/a.mov", "mem://x"])
def test_what_no_file_can_have_has_no_path(address: str, tmp_path: Path) -> None:
    assert parse_address(address).spellings == ()
    assert MediaLocator(tmp_path).locate(address) is None


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@on_posix
@pytest.mark.parametrize("name", ["a b.mov", "#1.mov", "100%.mov", "what?.mov", "50%20off.mov", "Ähre.mov", "a;b.mov"])
@pytest.mark.parametrize("style", ["bare", "url", "raw url", "relative"])
def test_odd_names_are_found_in_every_spelling(tmp_path: Path, name: str, style: str) -> None:
    path = touch(tmp_path / "media" / name)
    written = {
        "bare": str(path),
        "url": path.as_uri(),
        "raw url": f"file://{path}",
        "relative": f"media/{name}",
    }[style]
    assert MediaLocator(tmp_path).locate(written) == path


@on_posix
def test_what_opentimelineio_encodes_is_found(tmp_path: Path) -> None:
    path = touch(tmp_path / "media" / "take #1 (50%).mov")
    assert MediaLocator(tmp_path).locate(otio.url_utils.url_from_filepath(str(path))) == path


def test_windows_addresses_count_from_the_timeline_when_the_project_moved(tmp_path: Path) -> None:
    path = touch(tmp_path / "footage" / "day 1" / "a.mov")
    locator = MediaLocator(tmp_path)
    for address in (
        "D:\\Projects\\film\\footage\\day 1\\a.mov",
        "file://localhost/D%3a/Projects/film/footage/day%201/a.mov",
        "\\\\nas\\film\\footage\\day 1\\a.mov",
        "footage\\day 1\\a.mov",
        "/Users/ana/film/footage/day 1/a.mov",
    ):
        found = locator.locate(address)
        assert found is not None, address
        assert found.samefile(path), address


def test_moved_media_are_searched_by_name_and_best_matching_folders(tmp_path: Path) -> None:
    touch(tmp_path / "archive" / "A001" / "clip.mov")
    wanted = touch(tmp_path / "archive" / "B002" / "day 2" / "Clip.MOV")
    touch(tmp_path / "archive" / "C003" / "clip.mov")
    locator = MediaLocator(tmp_path / "elsewhere", [tmp_path / "archive"])
    assert locator.locate("/Volumes/RAID/B002/day 2/clip.mov") == wanted
    assert locator.locate("X:\\b002\\DAY 2\\clip.mov") == wanted
    assert locator.locate("/nowhere/clip.mov") == tmp_path / "archive" / "A001" / "clip.mov"
    assert locator.locate("/nowhere/other.mov") is None


def test_search_folders_are_asked_in_order_and_may_be_missing(tmp_path: Path) -> None:
    first, second = touch(tmp_path / "one" / "a.mov"), touch(tmp_path / "two" / "a.mov")
    folders = [tmp_path / "missing", tmp_path / "two", tmp_path / "one"]
    assert MediaLocator(tmp_path / "x", folders).locate("/gone/a.mov") == second
    assert MediaLocator(tmp_path / "x", folders[::-1]).locate("/gone/a.mov") == first


def test_folders_of_sequences_are_searched_too(tmp_path: Path) -> None:
    folder = touch(tmp_path / "renders" / "sh010" / "sh010.0001.exr").parent
    assert MediaLocator(tmp_path / "x", [tmp_path]).locate("/mnt/farm/renders/sh010/") == folder


def test_accents_compare_as_macos_writes_them(tmp_path: Path) -> None:
    path = touch(tmp_path / "archive" / "A\u0308hre.mov")
    assert MediaLocator(tmp_path / "x", [tmp_path / "archive"]).locate("/gone/Ähre.mov") == path


def test_impossible_paths_are_not_found(tmp_path: Path) -> None:
    assert MediaLocator(tmp_path).locate("a" * 5000) is None
    assert MediaLocator(tmp_path).locate("a\0b.mov") is None
