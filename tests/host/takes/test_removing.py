"""Deleting takes is strict: names, links, states that cannot be read, takes in the making."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.edits import write_edit
from fakes.takes import make_sheet, make_take
from vem_core.contract.codec import dumps, loads
from vem_core.contract.errors import ContractError, OutputError
from vem_plugin.hosts.file import FileHost
from vem_plugin.placement.state import PlacedTake, StateProblem, is_plain_name, read_state
from vem_plugin.takes.listing import takes_on_disk
from vem_plugin.takes.names import OutputNames
from vem_plugin.takes.removing import remove_files, unused_files
from vem_plugin.takes.reserving import reserved_number


@pytest.fixture
def edit(tmp_path: Path) -> Path:
    """A timeline with two takes, of which the scored timeline plays the second, and a panel take off the list."""
    path = write_edit(tmp_path / "edit.otio", (48, 60))
    for number in (1, 2):
        host = FileHost(path)
        host.place(make_take(host.read_timeline().sheet, tmp_path / f"made {number}", seed=number, extras=True))
    left = tmp_path / "edit.vem" / "takes" / "001"
    left.mkdir(parents=True)
    (left / "mix.wav").write_bytes(b"x")
    (tmp_path / "edit.vem" / "panel.json").write_text('{"takes": []}')
    return path


def remove(edit: Path) -> None:
    names = OutputNames.beside(edit)
    remove_files(unused_files(takes_on_disk(edit, names), names), names)


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def link_the_shelf(folder: Path) -> None:
    (folder / "takes" / "001" / "mix.wav").unlink()
    (folder / "takes" / "001").rmdir()
    (folder / "takes").rmdir()
    (folder / "takes").symlink_to(victim(folder))


def link_a_take(folder: Path) -> None:
    (folder / "takes" / "002").symlink_to(victim(folder))


def link_inside_a_take(folder: Path) -> None:
    (folder / "takes" / "001" / "stems").symlink_to(victim(folder))


def link_a_file(folder: Path) -> None:
    (folder / "takes" / "001" / "score.mid").symlink_to(victim(folder) / "thesis.doc")


def link_the_stems(folder: Path) -> None:
    stems = folder / "edit-take1-stems"
    (stems / "drums.wav").unlink()
    stems.rmdir()
    (victim(folder) / "drums.wav").write_bytes(b"somebody's")
    stems.symlink_to(victim(folder))


def link_the_music(folder: Path) -> None:
    music = folder / "edit-take1.wav"
    music.unlink()
    music.symlink_to(victim(folder) / "thesis.doc")


def put_a_strange_file(folder: Path) -> None:
    (folder / "takes" / "001" / "thesis.doc").write_bytes(b"years of work")


def empty_the_list(folder: Path) -> None:
    (folder / "panel.json").write_bytes(b"")


def spoil_the_list(folder: Path) -> None:
    (folder / "panel.json").write_text('{"takes": [{"folder": 3}]}')


def forget_the_list(folder: Path) -> None:
    (folder / "panel.json").write_text("{}")


def link_the_list(folder: Path) -> None:
    (folder / "panel.json").unlink()
    (folder / "panel.json").symlink_to("nowhere.json")


def put_the_list_aside(folder: Path) -> None:
    (folder / "panel.damaged-1.json").write_text("{")


def lay_a_pipe_beside(folder: Path) -> None:
    os.mkfifo(folder.parent / "copy.otio")


def victim(folder: Path) -> Path:
    found = folder.parent / "victim"
    found.mkdir(exist_ok=True)
    (found / "thesis.doc").write_bytes(b"years of work")
    return found


DOUBTS: list[Callable[[Path], None]] = [
    link_the_shelf, link_a_take, link_inside_a_take, link_a_file, link_the_stems, link_the_music, put_a_strange_file,
    empty_the_list, spoil_the_list, forget_the_list, link_the_list, put_the_list_aside, lay_a_pipe_beside,
]  # fmt: skip


def test_without_a_doubt_what_is_unused_goes(edit: Path) -> None:
    remove(edit)
    folder = edit.with_name("edit.vem")
    assert {names for path in folder.rglob("*") if path.is_file() for names in [path.name]} == {
        "edit-take2.wav", "edit-take2.json", "edit-take2.mid", "drums.wav", "edit.scored.otio", "panel.json",
    }  # fmt: skip
    assert not (folder / "takes" / "001").exists()


@pytest.mark.skipif(os.name == "nt", reason="needs links and pipes")
@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda doubt: doubt.__name__)
def test_any_doubt_refuses_in_a_sentence_and_deletes_nothing(edit: Path, doubt: Callable[[Path], None]) -> None:
    doubt(edit.with_name("edit.vem"))
    before = everything(edit.parent)
    with pytest.raises(OutputError):
        remove(edit)
    assert everything(edit.parent) == before


def test_a_take_in_the_making_is_waited_for(edit: Path) -> None:
    before = everything(edit.parent)
    with reserved_number(OutputNames.beside(edit)), pytest.raises(OutputError, match="Take 3 is being made"):
        remove(edit)
    assert everything(edit.parent) == before


def test_a_linked_folder_of_takes_is_refused(edit: Path) -> None:
    folder = edit.with_name("edit.vem")
    folder.rename(edit.with_name("elsewhere"))
    folder.symlink_to(edit.with_name("elsewhere"))
    with pytest.raises(OutputError, match="is a link"):
        remove(edit)


def test_files_outside_are_not_removed_whoever_names_them(edit: Path, tmp_path: Path) -> None:
    names = OutputNames.beside(edit)
    for path in (tmp_path / "x.wav", names.folder / ".." / "x.wav", names.folder / "missing.wav", names.folder):
        (tmp_path / "x.wav").write_bytes(b"mine")
        with pytest.raises(OutputError, match="no plain file inside"):
            remove_files([path], names)
        assert (tmp_path / "x.wav").is_file()


@pytest.mark.parametrize("name", ["", ".", "..", "../a.wav", "a/b.wav", "a\\b.wav", "C:x.wav", "a\0.wav", "a\n.wav"])
def test_names_of_music_are_checked_where_a_state_is_read(name: str) -> None:
    take = make_take(make_sheet(48, 60), None)
    state = json.loads(dumps(PlacedTake(1, "a.wav", 0, take.request, take.result)))
    assert isinstance(read_state(json.dumps(state)), PlacedTake)
    assert read_state(json.dumps({**state, "audio": name})) is StateProblem.DAMAGED
    assert not is_plain_name(name)


@pytest.mark.parametrize("change", [{"take": 0}, {"take": -1}, {"take": 10**9}, {"in_frames": -1}])
def test_numbers_of_takes_are_checked_where_a_state_is_read(change: dict[str, int]) -> None:
    take = make_take(make_sheet(48, 60), None)
    state = json.loads(dumps(PlacedTake(1, "a.wav", 0, take.request, take.result)))
    with pytest.raises(ContractError):
        loads(PlacedTake, json.dumps({**state, **change}))


def test_files_of_a_take_lie_inside_it(tmp_path: Path) -> None:
    take = make_take(make_sheet(48, 60), tmp_path)
    (mix,) = take.result.files
    out = dataclasses.replace(take.result, files=(dataclasses.replace(mix, name="../../thesis.doc"),))
    with pytest.raises(ContractError, match="inside its folder"):
        PlacedTake(1, "a.wav", 0, take.request, out)


@pytest.mark.parametrize("name", ["Reel: 1", "täke 終", "a\u200db", "x" * 100])
def test_names_that_editors_give_are_good_names(name: str) -> None:
    assert is_plain_name(f"{name}-take1.wav")


def test_a_name_that_would_be_a_path_elsewhere_is_written_plainly(tmp_path: Path) -> None:
    assert OutputNames.beside(tmp_path / "AC\\DC.otio").audio(1).name == "AC_DC-take1.wav"
    assert OutputNames.beside(tmp_path / "C: drive.otio").audio(1).name == "C_ drive-take1.wav"
