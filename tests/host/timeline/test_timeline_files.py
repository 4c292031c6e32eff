"""Opening timeline files: what cannot be read is said in one sentence."""

from __future__ import annotations

import gc
import json
import warnings
import zipfile
from pathlib import Path

import opentimelineio as otio
import pytest

from fakes.timelines import clip, timeline, video
from vem_core.contract.errors import AdapterMissing, NoPicture, TimelineError, TimelineTooNew, TimelineUnreadable
from vem_plugin.formats.nesting import is_too_deep
from vem_plugin.timeline.reading import read_timeline_file, read_timelines


def write(folder: Path, name: str, content: bytes | otio.core.SerializableObject) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.to_json_string().encode())
    return path


def test_an_otio_file(tmp_path: Path) -> None:
    path = write(tmp_path, "Ünï #1 %20?.otio", timeline(video(clip("a", 0, 10)), name="Film"))
    assert read_timeline_file(path).name == "Film"


COMPLETE = timeline(video(clip("a", 0, 10))).to_json_string().encode()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.otio", b"", "is empty"),
        ("truncated.otio", COMPLETE[: len(COMPLETE) // 2], "damaged, cut off"),
        ("text.otio", b"hello", "damaged, cut off"),
        ("number.otio", b"3", "not a timeline"),
        ("null.otio", b"null", "not a timeline"),
        ("object.otio", b'{"a": 1}', "not a timeline"),
        ("unknown.otio", b'{"OTIO_SCHEMA": "Poem.1"}', "not a timeline"),
        ("clip.otio", clip("a", 0, 10), "holds a single Clip"),
        ("damaged.edl", b"garbage", "damaged, cut off"),
        ("damaged.xml", b"<a>", "damaged, cut off"),
        ("other.xml", b"<html></html>", "damaged, cut off"),
        ("damaged.fcpxml", b"x", "damaged, cut off"),
        ("damaged.otioz", b"x", "damaged, cut off"),
        ("deep.otio", b"[" * 200_000, "nested without end"),
        ("deep objects.otio", b'{"a": ' * 200_000, "nested without end"),
        ("project.prproj", b"x", "a format that VeM Score does not read"),
        ("noname", b"x", "a format that VeM Score does not read"),
    ],
)
def test_files_that_are_no_timelines(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    with pytest.raises(TimelineUnreadable, match=expected) as caught:
        read_timeline_file(write(tmp_path, name, content))
    assert name in caught.value.message
    assert caught.value.hint


def test_bundles_are_looked_into_before_they_are_parsed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "deep.otioz", "w") as bundle:
        bundle.writestr("content.otio", b"[" * 200_000)
    write(tmp_path, "deep.otiod/content.otio", b"[" * 200_000)
    for name in ("deep.otioz", "deep.otiod"):
        with pytest.raises(TimelineUnreadable, match="nested without end"):
            read_timeline_file(tmp_path / name)


@pytest.mark.parametrize(
    ("json", "deep"),
    [
        (b"[" * 20 + b"]" * 20, False),
        (b"[" * 21 + b"]" * 21, True),
        (b'{"a": ' * 21 + b"1", True),
        (b"[]" * 1000, False),
        (b'["' + b"[" * 100 + b'"]', False),
        (b'["\\"' + b"[" * 100 + b'"]', False),
        (b'["\\\\", ' + b"[" * 100, True),
    ],
)
def test_how_deep_brackets_are_nested(json: bytes, deep: bool) -> None:
    assert is_too_deep(json, 20) is deep


def test_a_damaged_aaf(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # its parser leaves the file open
        with pytest.raises(TimelineUnreadable, match="damaged, cut off"):
            read_timeline_file(write(tmp_path, "damaged.aaf", b"x"))
        gc.collect()


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TimelineUnreadable, match="is a folder"):
        read_timeline_file(tmp_path)
    with pytest.raises(TimelineUnreadable, match="There is no file"):
        read_timeline_file(tmp_path / "gone.otio")


def test_a_file_of_a_newer_opentimelineio(tmp_path: Path) -> None:
    newer = json.loads(COMPLETE)
    newer["tracks"]["markers"] = [{"OTIO_SCHEMA": "Marker.99", "name": "x"}]
    with pytest.raises(TimelineTooNew, match="newer OpenTimelineIO than"):
        read_timeline_file(write(tmp_path, "newer.otio", json.dumps(newer).encode()))


def test_collections(tmp_path: Path) -> None:
    two = otio.schema.SerializableCollection(children=[timeline(name="One"), clip("a", 0, 1), timeline(name="Two")])
    path = write(tmp_path, "two.otio", two)
    assert [timeline.name for timeline in read_timelines(path)] == ["One", "Two"]
    assert read_timeline_file(path).name == "One"
    assert read_timeline_file(path, "Two").name == "Two"
    with pytest.raises(TimelineError, match="no timeline called 'Three'"):
        read_timeline_file(path, "Three")
    bin_only = otio.schema.SerializableCollection(children=[clip("a", 0, 1)])
    with pytest.raises(NoPicture, match="collection without a timeline"):
        read_timeline_file(write(tmp_path, "bin.otio", bin_only))


def test_a_bare_track_or_stack_is_taken_for_a_timeline(tmp_path: Path) -> None:
    assert len(read_timeline_file(write(tmp_path, "track.otio", video(clip("a", 0, 10)))).tracks) == 1
    stack = otio.schema.Stack("s", [video(clip("a", 0, 10))])
    assert len(read_timeline_file(write(tmp_path, "stack.otio", stack)).tracks) == 1


def test_formats_whose_adapter_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTIO_DISABLE_ENTRYPOINTS_PLUGINS", "1")
    monkeypatch.setattr(otio.plugins.manifest, "_MANIFEST", otio.plugins.manifest.load_manifest())
    with pytest.raises(AdapterMissing, match=r"\.aaf files") as caught:
        read_timeline_file(write(tmp_path, "cut.aaf", b"x"))
    assert "vem-score[adapters]" in caught.value.hint
