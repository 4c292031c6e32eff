"""What others named is opened only where it is a file, of a size, on this machine; nothing waits for a pipe."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from vem_core.contract.foreign_files import check_regular, is_within, may_touch, open_regular, read_regular, server_of

if sys.platform == "win32":
    pytest.skip("pipes and devices are POSIX", allow_module_level=True)


def special(folder: Path, kind: str) -> Path:
    """A thing that has a name and is no file."""
    path = folder / kind
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "link to a pipe":
            os.mkfifo(folder / "target")
            path.symlink_to(folder / "target")
        case "device":
            path = Path("/dev/zero")
        case "terminal":
            path = Path("/dev/tty")
        case "folder":
            path.mkdir()
    return path


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "device", "terminal", "folder"])
def test_what_is_no_file_is_refused_in_words(tmp_path: Path, kind: str) -> None:
    path = special(tmp_path, kind)
    for attempt in (open_regular, check_regular):
        with pytest.raises(OSError, match="not a file"):
            attempt(path)


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
        with pytest.raises(OSError, match="socket, not a file"):
            open_regular(tmp_path / "door")


def test_a_pipe_that_takes_the_place_of_a_file_at_the_last_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = special(tmp_path, "pipe")
    monkeypatch.setattr("vem_core.contract.foreign_files.check_regular", lambda *seen: None)
    with pytest.raises(OSError, match="pipe, not a file"):
        open_regular(pipe)


def test_size_is_bounded_even_where_it_is_not_said(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"12345")
    assert read_regular(path, 5) == b"12345"
    with pytest.raises(OSError, match="larger than"):
        read_regular(path, 4)
    with path.open("r+b") as file:
        file.truncate(2**40)  # a terabyte of nothing
    with pytest.raises(OSError, match="larger than"):
        read_regular(path, 2**20)
    if sys.platform == "linux":  # says that it has no bytes, and has some
        with pytest.raises(OSError, match="larger than"):
            read_regular(Path("/proc/self/status"), 10)


def test_a_name_that_no_file_can_have_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        open_regular(Path("a\0b"))


def test_links_lead_out_of_a_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    assert is_within(inside / "a" / "b", [inside])
    assert not is_within(inside / "link" / "b", [inside])
    assert not is_within(inside / ".." / "outside", [inside])
    assert is_within(inside / "link", [inside, outside])


@pytest.mark.parametrize(
    ("path", "server"),
    [
        (PureWindowsPath(r"\\Studio\media\a.mov"), "studio"),
        (PureWindowsPath("//Studio/media/a.mov"), "studio"),
        (PureWindowsPath(r"\\?\UNC\Studio\media\a.mov"), "?"),
        (PureWindowsPath(r"\\.\pipe\name"), "."),
        (PureWindowsPath(r"C:\media\a.mov"), None),
        (PurePosixPath("/net/Studio/media/a.mov"), "studio"),
        (PurePosixPath("//net/studio/a.mov"), "studio"),
        (PurePosixPath("/network/a.mov"), None),
        (PurePosixPath("/home/net/a.mov"), None),
        (PurePosixPath("net/studio/a.mov"), None),
    ],
)
def test_servers_are_recognised(path: PurePosixPath | PureWindowsPath, server: str | None) -> None:
    assert server_of(path) == server


def test_only_the_timelines_own_server_may_be_asked() -> None:
    on_server, here = PureWindowsPath(r"\\studio\films\cut"), PureWindowsPath(r"D:\films\cut")
    assert may_touch(PureWindowsPath(r"\\STUDIO\media\a.mov"), on_server)
    assert not may_touch(PureWindowsPath(r"\\stranger\media\a.mov"), on_server)
    assert not may_touch(PureWindowsPath(r"\\stranger\media\a.mov"), here)
    assert may_touch(PureWindowsPath(r"C:\media\a.mov"), on_server)
