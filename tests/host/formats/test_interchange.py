"""OpenTimelineIO's own files and bundles: looked into before they are parsed, and read where only trifles are wrong."""

from __future__ import annotations

import gc
import json
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from fakes.timelines import clip, timeline, video
from vem_core.contract.errors import TimelineTooNew, TimelineUnreadable
from vem_plugin.formats import interchange
from vem_plugin.formats.aaf_claims import read_aaf_claims
from vem_plugin.timeline.reading import open_timeline
from vem_plugin.timeline.sheet import read_opened


def film() -> otio.schema.Timeline:
    return timeline(video(clip("a", 0, 48), clip("b", 0, 24)))


def cuts(path: Path) -> list[int]:
    return [cut.record_frames for cut in read_opened(open_timeline(path)).sheet.cuts]


def zipped(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in entries.items():
            bundle.writestr(name, content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("suffix", [".otio", ".otioz", ".otiod"])
def test_byte_order_marks(encoding: str, suffix: str, tmp_path: Path) -> None:
    content = film().to_json_string().encode(encoding)
    path = tmp_path / f"film{suffix}"
    if suffix == ".otioz":
        zipped(path, {"content.otio": content})
    elif suffix == ".otiod":
        path.mkdir()
        (path / "content.otio").write_bytes(content)
    else:
        path.write_bytes(content)
    assert cuts(path) == [48]


def test_a_bundle_is_read_whatever_else_lies_in_it(tmp_path: Path) -> None:
    entries = {"content.otio": film().to_json_string().encode(), "version.txt": b"1.0.0", "../../evil.sh": b"x"}
    assert cuts(zipped(tmp_path / "film.otioz", entries)) == [48]
    assert not (tmp_path.parent.parent / "evil.sh").exists()


def test_a_bundle_that_would_unpack_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interchange, "MOST_BYTES", 1_000_000)
    path = zipped(tmp_path / "bomb.otioz", {"content.otio": b" " * 1_000_001})
    assert path.stat().st_size < 2_000
    with pytest.raises(TimelineUnreadable, match="would unpack to more than"):
        open_timeline(path)


def test_a_bundle_that_lies_about_its_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "liar.otioz", {"content.otio": b" " * 1_000_001})
    monkeypatch.setattr(interchange, "MOST_BYTES", 1_000_000)
    lied = zipfile.ZipFile.getinfo

    def smaller(self: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
        info = lied(self, name)
        info.file_size = min(info.file_size, 999_999)
        return info

    monkeypatch.setattr(zipfile.ZipFile, "getinfo", smaller)
    with pytest.raises(TimelineUnreadable):
        open_timeline(path)


@pytest.mark.parametrize(
    ("entries", "most_entries", "expected"),
    [
        ({"other.otio": b"{}"}, 100, "it holds no content.otio"),
        ({"content.otio": b"{}", **{f"media/{index}": b"" for index in range(9)}}, 5, "holds 10 files"),
    ],
)
def test_bundles_that_are_no_timelines(
    entries: dict[str, bytes], most_entries: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interchange, "MOST_ENTRIES", most_entries)
    with pytest.raises(TimelineUnreadable, match=expected):
        open_timeline(zipped(tmp_path / "film.otioz", entries))


@pytest.mark.parametrize(
    ("suffix", "advice"),
    [(".drp", "DaVinci Resolve"), (".drt", "DaVinci Resolve"), (".prproj", "Premiere"), (".kdenlive", "Kdenlive"),
     (".mlt", "Shotcut"), (".doc", "OpenTimelineIO file")],
)  # fmt: skip
def test_projects_of_programs_say_what_to_export(suffix: str, advice: str, tmp_path: Path) -> None:
    (tmp_path / f"film{suffix}").write_bytes(b"x")
    with pytest.raises(TimelineUnreadable, match="a format that VeM Score does not read") as caught:
        open_timeline(tmp_path / f"film{suffix}")
    assert advice in caught.value.hint


def newer(place: Callable[[dict[str, Any]], dict[str, Any]]) -> str:
    written = json.loads(film().to_json_string())
    place(written)["thing"] = {"OTIO_SCHEMA": "Marker.99", "name": "x", "inner": {"OTIO_SCHEMA": "Clip.77"}}
    return json.dumps(written)


def test_a_newer_schema_inside_metadata_is_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    path.write_text(newer(lambda written: written["tracks"]["children"][0]["metadata"]))
    opened = open_timeline(path)
    assert cuts(path) == [48]
    assert opened.notices == (
        "Metadata in it was written by a newer OpenTimelineIO; it was left out, and is not needed.",
    )
    assert opened.timeline.tracks[0].metadata["thing"]["name"] == "x"


def test_a_newer_schema_of_what_is_needed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    written = json.loads(film().to_json_string())
    written["tracks"]["children"][0]["children"][0]["OTIO_SCHEMA"] = "Clip.77"
    path.write_text(json.dumps(written))
    with pytest.raises(TimelineTooNew):
        open_timeline(path)


def test_an_unknown_schema_inside_metadata_is_nobodys_business(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    path.write_text(
        newer(lambda written: written["metadata"]).replace("Marker.99", "Poem.1").replace("Clip.77", "Ode.2")
    )
    assert cuts(path) == [48]


def test_what_is_damaged_is_said(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    path.write_text(film().to_json_string()[:-40])
    with pytest.raises(TimelineUnreadable, match=r"not really \.otio: .*\w{3,}.*\.$"):
        open_timeline(path)


def test_what_an_adapter_prints_stays_off_our_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def chatty(address: str) -> otio.schema.Timeline:
        sys.stdout.write("frame rate mismatch!\n")
        return film()

    monkeypatch.setattr(otio.adapters, "read_from_file", chatty)
    monkeypatch.setattr(interchange, "read_aaf_claims", lambda path: ())
    path = tmp_path / "film.aaf"
    path.write_bytes(b"x")
    assert cuts(path) == [48]
    assert capsys.readouterr().out == ""


def test_a_damaged_aaf_claims_nothing(tmp_path: Path) -> None:
    (tmp_path / "film.aaf").write_bytes(b"x" * 600)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # its parser leaves the file open
        assert read_aaf_claims(tmp_path / "film.aaf") == ()
        gc.collect()


def test_what_an_avid_states_in_its_slots(real_timelines: Path) -> None:
    (claims,) = read_aaf_claims(real_timelines / "avid_2997_dropframe.aaf")
    assert (str(claims.rate), claims.start_frames, claims.duration_frames) == ("30000/1001", 539_460, 2989)
    assert read_opened(open_timeline(real_timelines / "avid_2997_dropframe.aaf")).notices == ()
