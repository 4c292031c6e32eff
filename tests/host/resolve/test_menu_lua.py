"""The two scripts in the menu of a Resolve that runs Lua alone, run by a real Lua 5.1 against the fake Resolve.

Neither was ever run in Resolve.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.fake_resolve import FakeStudio
from fakes.lua_resolve import MenuLua
from fakes.resolve_edits import laid, make_edit
from fakes.resolve_project import Edit, Item, Media, Track
from fakes.takes import make_take
from vem_core.contract.errors import InputError, OutputError
from vem_plugin.hosts.base import Placement
from vem_plugin.hosts.file import FileHostOptions
from vem_plugin.placement.broadcast_wave import read_wave
from vem_plugin.resolve.exchange import Exchange
from vem_plugin.resolve.folders import ResolveFolders, resolve_folders
from vem_plugin.resolve.lua_values import lua_text, lua_value
from vem_plugin.resolve.menu_host import PLACE_BY_MENU, MenuHost
from vem_plugin.resolve.menu_lua import (
    PLACE_NAME,
    SEND_NAME,
    find_scripts,
    install_scripts,
    place_text,
    send_text,
    uninstall_scripts,
)

DROP_FRAME = Fraction(30000, 1001)


@pytest.fixture
def edit() -> Edit:
    return make_edit()


@pytest.fixture
def studio(edit: Edit) -> FakeStudio:
    studio = FakeStudio(edit, version=(21, 1, 1))
    studio.product = "DaVinci Resolve"
    return studio


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    made = Exchange(tmp_path / "data" / "resolve", tmp_path / "Müsic" / "From Resolve")
    made.inbox.mkdir(parents=True)
    return made


def send(studio: FakeStudio, exchange: Exchange) -> None:
    MenuLua(studio).run(send_text(exchange))


def place(studio: FakeStudio, exchange: Exchange) -> None:
    MenuLua(studio).run(place_text(exchange))


def receive(exchange: Exchange) -> Path:
    (sent,) = exchange.waiting()
    return exchange.receive(sent)


def score(
    timeline: Path, exchange: Exchange, folder: Path, *, span: tuple[int, int] | None = None, seed: int = 0
) -> Placement:
    host = MenuHost(timeline, FileHostOptions(), exchange)
    sheet = host.read_timeline().sheet
    sheet = sheet if span is None else sheet.crop(*span)
    return host.place(make_take(sheet, folder / f"job{seed}", in_frames=span[0] if span else 0, seed=seed))


def reports(edit: Edit) -> list[str]:
    return [str(marker["note"]) for marker in edit.markers.values() if marker["name"] == "VeM Score"]


def test_a_timeline_is_sent_scored_and_placed(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path
) -> None:
    send(studio, exchange)
    assert [path.name for path in exchange.waiting()] == [f"Reel 1--{edit.id}.otio"]
    timeline = receive(exchange)
    assert exchange.waiting() == []
    placement = score(timeline, exchange, tmp_path)
    assert PLACE_BY_MENU in placement.notices
    before = edit.audio[0].items[:]
    place(studio, exchange)
    assert reports(edit) == []
    assert (edit.audio[1].name, edit.audio[1].subtype) == ("VeM Score", "stereo")
    assert laid(edit) == [("Reel 1-take1.wav", 0, 100)]
    assert edit.audio[0].items == before
    (medium,) = studio.root.bins[-1].clips
    assert (studio.root.bins[-1].name, medium.path) == ("VeM Score", str(placement.audio))
    assert "request_sha256" in medium.third_party["vem_score"]
    assert {marker["color"] for marker in medium.markers.values()} >= {"Red", "Green"}
    assert (studio.page, studio.current_bin.name, edit.playhead) == ("color", "Footage", "01:00:00:00")


def test_a_second_take_replaces_the_first_and_a_range_leaves_the_rest(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path
) -> None:
    for seed in (0, 1):
        send(studio, exchange)
        score(receive(exchange), exchange, tmp_path, seed=seed)
        place(studio, exchange)
        assert laid(edit) == [(f"Reel 1-take{seed + 1}.wav", 0, 100)]
    edit.audio[1].items[0].volume_db = -6.0
    send(studio, exchange)
    score(receive(exchange), exchange, tmp_path, span=(24, 74), seed=2)
    place(studio, exchange)
    assert reports(edit) == []
    assert laid(edit) == [("Reel 1-take2.wav", 0, 24), ("Reel 1-take3.wav", 24, 74), ("Reel 1-take2.wav", 74, 100)]
    assert edit.audio[1].items[2].left_offset == 74
    assert edit.audio[1].items[1].volume_db == -6.0


def test_drop_frame_at_2997_lands_on_its_frame(exchange: Exchange, tmp_path: Path) -> None:
    edit = make_edit(DROP_FRAME, "01:00:00;00")
    studio = FakeStudio(edit, rate=DROP_FRAME, version=(21, 1))
    send(studio, exchange)
    placement = score(receive(exchange), exchange, tmp_path)
    place(studio, exchange)
    assert reports(edit) == []
    assert edit.audio[1].items[0].start == 107_892
    assert laid(edit) == [("Reel 1-take1.wav", 0, 100)]
    assert read_wave(placement.audio).samples * DROP_FRAME >= 100 * 48_000  # or Resolve drops the last frame


def test_what_is_in_the_way_stays_and_the_music_gets_a_track_of_its_own(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path
) -> None:
    theirs = Item("mine.wav", edit.start + 10, edit.start + 20, Media("/mine.wav", 100, 24), kind="audio")
    edit.audio.append(Track("VeM Score", "stereo", [theirs]))
    send(studio, exchange)
    score(receive(exchange), exchange, tmp_path)
    place(studio, exchange)
    assert edit.audio[1].items == [theirs]
    assert edit.audio[2].name == "VeM Score 2"
    assert laid(edit, 2) == [("Reel 1-take1.wav", 0, 100)]


@pytest.mark.parametrize("call", ["AddSubFolder", "ImportMedia", "AddTrack", "AppendToTimeline", "SetCurrentFolder"])
def test_a_refused_step_takes_the_others_back_and_says_so_in_a_marker(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path, call: str
) -> None:
    send(studio, exchange)
    score(receive(exchange), exchange, tmp_path)
    before = studio.snapshot()
    refused = iter([True])
    studio.refuse = lambda name: name == call and next(refused, False)
    place(studio, exchange)
    (text,) = reports(edit)
    assert "Resolve" in text
    edit.markers.clear()
    assert studio.snapshot() == before
    place(studio, exchange)
    assert reports(edit) == []
    assert laid(edit) == [("Reel 1-take1.wav", 0, 100)]


def test_a_failed_replacement_puts_the_earlier_take_back(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path
) -> None:
    for seed in (0, 1):
        send(studio, exchange)
        score(receive(exchange), exchange, tmp_path, seed=seed)
        if seed == 0:
            place(studio, exchange)
    refused = iter([True])
    studio.refuse = lambda name: name == "AppendToTimeline" and next(refused, False)
    place(studio, exchange)
    assert len(reports(edit)) == 1
    assert laid(edit) == [("Reel 1-take1.wav", 0, 100)]


def test_a_locked_track_and_another_project_are_said(
    studio: FakeStudio, edit: Edit, exchange: Exchange, tmp_path: Path
) -> None:
    send(studio, exchange)
    score(receive(exchange), exchange, tmp_path)
    edit.audio.append(Track("VeM Score", "stereo", locked=True))
    place(studio, exchange)
    assert "locked" in reports(edit)[0]
    other = make_edit()
    studio.edits, studio.current = [other], other
    place(studio, exchange)
    assert "not in this project" in reports(other)[0]
    place(studio, exchange)
    assert len(reports(other)) == 1  # that of the last attempt is taken away


def test_a_project_of_another_rate_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    edit = make_edit()
    studio = FakeStudio(edit, rate=Fraction(30))
    send(studio, exchange)
    score(receive(exchange), exchange, tmp_path)
    place(studio, exchange)
    assert "frame rate" in reports(edit)[0]
    assert len(edit.audio) == 1


def test_nothing_prepared_and_a_plan_of_another_form_are_said(
    studio: FakeStudio, edit: Edit, exchange: Exchange
) -> None:
    place(studio, exchange)
    assert "Place on timeline" in reports(edit)[0]
    exchange.write_plan({"form": 2})
    place(studio, exchange)
    assert "vem resolve install" in reports(edit)[0]


def test_a_plan_that_is_code_can_do_nothing(studio: FakeStudio, edit: Edit, exchange: Exchange) -> None:
    exchange.plan.write_text("resolve:OpenPage('media') return { form = 1 }")
    place(studio, exchange)
    assert studio.page == "color"
    assert len(reports(edit)) == 1


def test_what_cannot_be_sent_is_said_and_is_no_wish_next_time(
    studio: FakeStudio, edit: Edit, exchange: Exchange
) -> None:
    studio.exports = False
    send(studio, exchange)
    assert "File > Export" in reports(edit)[0]
    studio.exports = True
    send(studio, exchange)
    assert edit.markers == {}
    assert len(exchange.waiting()) == 1


def test_without_a_project_both_end_quietly(studio: FakeStudio, exchange: Exchange) -> None:
    studio.project_open = False
    send(studio, exchange)
    place(studio, exchange)
    assert exchange.waiting() == []


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        ("..", "Timeline"),
        ("Reel--2", "Reel-2"),
        ("映画" * 30, "映画" * 10),
        ("", "Timeline"),
    ],
)
def test_names_are_such_as_files_have(studio: FakeStudio, edit: Edit, exchange: Exchange, name: str, file: str) -> None:
    edit.name = name
    send(studio, exchange)
    assert receive(exchange).name == f"{file}.otio"


def test_the_inbox_waits_for_the_end_of_a_file_and_takes_nothing_else(exchange: Exchange, tmp_path: Path) -> None:
    half = exchange.inbox / "Reel--id-1.otio"
    half.write_text('{"OTIO_SCHEMA": "Timeline.1", "tracks":')
    (exchange.inbox / "notes.otio").write_text("{}")
    (tmp_path / "elsewhere.otio").write_text("{}")
    (exchange.inbox / "Link--id-2.otio").symlink_to(tmp_path / "elsewhere.otio")
    assert exchange.waiting() == []
    half.write_text("{}")
    assert exchange.waiting() == [half]
    assert exchange.receive(half) == exchange.library / "Reel--id-1" / "Reel.otio"
    assert exchange.latest() == exchange.library / "Reel--id-1" / "Reel.otio"


def test_a_file_that_resolve_did_not_send_is_refused(exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "edit.otio").write_text("{}")
    with pytest.raises(InputError, match="was not sent"):
        MenuHost(tmp_path / "edit.otio", FileHostOptions(), exchange)


@given(st.text(max_size=40))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    encodable = text.encode("utf-8", "ignore").decode()
    assert lua_text(encodable).isascii()
    assert MenuLua(FakeStudio()).evaluate(lua_text(encodable)) == encodable


def test_values_are_held_to_what_lua_can_say() -> None:
    table = MenuLua(FakeStudio()).evaluate(lua_value({"a": [1, 2.5, True, None], "b": {"c": "x\n"}}))
    assert (table.a[1], table.a[2], table.a[3], table.a[4], table.b.c) == (1, 2.5, True, None, "x\n")
    for refused in ({"no name": 1}, {"end()": 1}, float("nan"), 2**60):
        with pytest.raises(ValueError, match="no n"):
            lua_value(refused)  # type: ignore[arg-type]


@pytest.mark.parametrize("template", ["send.lua", "place.lua"])
def test_the_scripts_run_once_and_use_nothing_that_free_editions_lack(template: str) -> None:
    text = (Path(__file__).resolve().parents[3] / "vem_plugin/vem_plugin/resolve/lua" / template).read_text()
    code = re.sub(r"--[^\n]*", "", text)
    for missing in (r"\bio\.", r"os\.execute", r"\brequire\b", r"\bfusion\b", r"\bwhile\b", r"\brepeat\b", r"\bbmd\b"):
        assert re.search(missing, code) is None, missing


def folders_in(tmp_path: Path) -> ResolveFolders:
    return resolve_folders("linux", {"HOME": str(tmp_path / "home")}, tmp_path)


def test_both_are_installed_and_taken_away(exchange: Exchange, tmp_path: Path) -> None:
    folders = folders_in(tmp_path)
    paths = install_scripts(folders, exchange)
    assert [path.name for path in paths] == [SEND_NAME, PLACE_NAME]
    assert list(find_scripts(folders)) == paths
    assert install_scripts(folders, exchange) == paths
    assert uninstall_scripts(folders) == paths
    assert list(folders.user_scripts.iterdir()) == []


def test_a_script_of_somebody_elses_stays(exchange: Exchange, tmp_path: Path) -> None:
    folders = folders_in(tmp_path)
    folders.user_scripts.mkdir(parents=True)
    (folders.user_scripts / PLACE_NAME).write_text("-- mine")
    with pytest.raises(OutputError, match="not ours"):
        install_scripts(folders, exchange)
    assert not (folders.user_scripts / SEND_NAME).exists()
    assert uninstall_scripts(folders) == []
