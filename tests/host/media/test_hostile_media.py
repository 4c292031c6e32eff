"""Media that a stranger's timeline names: pipes, devices, lists that lead elsewhere, pictures larger than memory."""

from __future__ import annotations

import os
import socket
import sys
from fractions import Fraction
from pathlib import Path, PureWindowsPath

import pytest
from PIL import Image

from fakes.timelines import audio, clip, timeline, video
from vem_core.contract.errors import AudioError
from vem_plugin.files import locating
from vem_plugin.files.containers import open_container
from vem_plugin.files.locating import MediaLocator
from vem_plugin.media.decoding import MovieReader, UnreadableMedium
from vem_plugin.media.thumbnails import read_thumbnails
from vem_plugin.sound.decoding import read_sound
from vem_plugin.sound.lanes import read_lanes
from vem_plugin.sound.speech import read_speech
from vem_plugin.timeline.sheet import read_cut_sheet

if sys.platform == "win32":
    pytest.skip("pipes and devices are POSIX", allow_module_level=True)

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["pipe.mov", "device.mov", "folder.mov"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something in a medium's place that is no file."""
    path = tmp_path / str(request.param)
    match path.stem:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
    return path


def test_pictures_are_not_waited_for(no_file: Path) -> None:
    read = read_cut_sheet(timeline(video(clip("a", 0, 24, url=str(no_file)), clip("b", 50, 24, url=str(no_file)))))
    made = read_thumbnails(read, read.sheet, MediaLocator(no_file.parent))
    assert all(thumbnail.placeholder for thumbnail in made.thumbnails)
    assert "No pictures from" in " ".join(made.warnings)


def test_sound_is_not_waited_for(no_file: Path) -> None:
    with pytest.raises(AudioError, match="not a file"):
        read_sound(no_file, Fraction(0), Fraction(1), 16_000)


def test_speech_on_what_is_no_file_is_said_not_to_be_heard(no_file: Path) -> None:
    made = timeline(video(clip("a", 0, 48)), audio(clip("vo", 0, 48, url=str(no_file)), name="Narration"))
    rate = read_cut_sheet(made).sheet.rate
    reading = read_speech(read_lanes(made, rate), MediaLocator(no_file.parent), rate, 48)
    assert "not a file" in reading.notices[0]


@pytest.mark.parametrize("name", ["list.m3u8", "film.mov", "list.ffconcat", "film.mpd"])
def test_lists_that_lead_elsewhere_are_refused_and_ask_nobody(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        texts = {
            ".m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n",
            ".mov": f"\ufeff #EXTM3U\n#EXTINF:10,\n{address}\n#EXT-X-ENDLIST\n",
            ".ffconcat": f"ffconcat version 1.0\nfile '{address}'\n",
            ".mpd": f'<?xml version="1.0"?><MPD><BaseURL>{address}</BaseURL></MPD>',
        }
        path = tmp_path / name
        path.write_text(texts[path.suffix], encoding="utf-8")
        with pytest.raises(UnreadableMedium, match="a list of other files"):
            MovieReader(path)
        with pytest.raises(AudioError, match="a list of other files"):
            read_sound(path, Fraction(0), Fraction(1), 16_000)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_an_address_is_a_path_and_never_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http:", "concat:a|b", "pipe:0", "subfile,,start,0,end,9,,:a"):
        with pytest.raises(FileNotFoundError):
            open_container(Path(name))


def test_a_picture_larger_than_memory_is_refused_by_its_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (640, 400)).save(tmp_path / "still.png")
    MovieReader(tmp_path / "still.png").close()
    monkeypatch.setattr("vem_plugin.media.decoding.MAX_PIXELS", 640 * 399)
    with pytest.raises(UnreadableMedium, match="640 x 400 are too large"):
        MovieReader(tmp_path / "still.png")


def test_a_strangers_server_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    touched: list[str] = []
    monkeypatch.setattr(locating, "_exists", lambda path: touched.append(str(path)) or False)
    locator = MediaLocator(tmp_path)
    monkeypatch.setattr(locator, "_timeline_folder", PureWindowsPath(r"D:\films\cut"))
    for address in (r"\\stranger\share\a.mov", "file://stranger/share/a.mov", "//stranger/share/a.mov"):
        assert locator.locate(address) is None
    assert not [path for path in touched if path.startswith("\\\\")]
    assert r"D:\films\cut\a.mov" in touched
