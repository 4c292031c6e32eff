"""Whatever a stranger wrote into our own clip: it is read, left out or refused in words, and never crashes anything."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.edits import write_edit
from fakes.takes import make_take
from vem_core.contract.errors import VemError
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.placement.state import PlacedTake, StateProblem, read_state

BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["../../x", "/etc/passwd", "9" * 5000, "C:\\x", "a\0b", "-1", "NaN"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(whole: Any, place: tuple[Any, ...], value: object) -> Any:
    """A copy of a JSON value with another value in a place."""
    copy = json.loads(json.dumps(whole))
    parent = copy
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return copy


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an edit and its scored timeline."""
    folder = tmp_path_factory.mktemp("scored")
    host = FileHost(write_edit(folder / "edit.otio", [24, 30]), FileHostOptions(relative_paths=True))
    host.place(make_take(host.read_timeline().sheet, folder / "job"))
    shutil.rmtree(folder / "job")
    return folder


@given(data=st.data())
@BOUNDED
def test_any_state_is_a_take_or_a_problem(scored: Path, data: st.DataObject) -> None:
    whole = json.loads((scored / "edit.vem" / "edit-take1.json").read_text(encoding="utf-8"))
    text = json.dumps(changed(whole, data.draw(st.sampled_from(list(places(whole)))), data.draw(json_values)))
    assert isinstance(read_state(text), PlacedTake | StateProblem)
    assert isinstance(read_state(text, data.draw(st.text(max_size=20))), PlacedTake | StateProblem)


@pytest.mark.parametrize("version", ["9" * 5000, "²", "٣.٤", "", "1.2.3.4", "99.0"])
def test_any_version_is_compared(version: str) -> None:
    assert read_state("{}", version) is (StateProblem.NEWER if version[:1] in ("9", "1") else StateProblem.DAMAGED)


@given(data=st.data())
@BOUNDED
def test_any_lane_of_ours_is_scored_again_or_refused_in_words(scored: Path, data: st.DataObject) -> None:
    whole = json.loads((scored / "edit.vem" / "edit.scored.otio").read_text(encoding="utf-8"))
    ours = list(places(whole["tracks"]["children"][-1]))
    place = ("tracks", "children", -1, *data.draw(st.sampled_from(ours)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "film")
        folder.mkdir()
        path = folder / "edit.otio"
        path.write_text(json.dumps(changed(whole, place, data.draw(json_values))), encoding="utf-8")
        shutil.copytree(scored / "edit.vem", folder / "edit.vem")
        host = FileHost(path)
        with contextlib.suppress(VemError):
            sheet = host.read_timeline().sheet
            host.earlier_score()
            host.place(make_take(sheet, folder / "job"))
        assert [other.name for other in folder.parent.iterdir()] == ["film"]
        assert {other.name for other in folder.iterdir()} <= {"edit.otio", "edit.vem", "job"}


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")
@pytest.mark.timeout(120)
def test_neighbours_that_are_no_files_are_not_waited_for(scored: Path, tmp_path: Path) -> None:
    for name in ("edit-take1.json", "edit-take1.wav", "edit-take7.json"):
        folder = tmp_path / name
        shutil.copytree(scored, folder)
        state = json.loads((folder / "edit.vem" / "edit.scored.otio").read_text(encoding="utf-8"))
        state["tracks"]["children"][-1]["children"][0]["metadata"]["vem_score"].pop("state")
        (folder / "edit.vem" / "edit.scored.otio").write_text(json.dumps(state), encoding="utf-8")
        (folder / "edit.vem" / name).unlink(missing_ok=True)
        os.mkfifo(folder / "edit.vem" / name)
        host = FileHost(folder / "edit.otio")
        host.earlier_score()
        host.place(make_take(host.read_timeline().sheet, folder / "job"))


def test_another_recording_is_never_taken_for_the_music(scored: Path, tmp_path: Path) -> None:
    shutil.copytree(scored, tmp_path / "own")
    path = tmp_path / "own" / "edit.vem" / "edit.scored.otio"
    private = tmp_path / "private.wav"
    shutil.copyfile(path.with_name("edit-take1.wav"), private)
    path.with_name("edit-take1.wav").unlink()
    text = path.read_text(encoding="utf-8").replace('"target_url": "edit-take1.wav"', f'"target_url": "{private}"')
    path.write_text(text, encoding="utf-8")
    earlier = FileHost(path).earlier_score()
    assert earlier is not None
    assert dict(earlier.sounds) == {}
