"""The pages of sound and delivery, the spotting as it was read, and presets: each through clicks and keys."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDoubleSpinBox, QMenu, QSpinBox
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from fakes.takes import make_sheet, make_take
from vem_core.contract.cut_sheet import CueStart, Event, Span, Wish
from vem_core.contract.errors import AudioError
from vem_core.contract.outlook import RecutOutlook
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.request import AudioFormat, Delivery, ScoreRequest, SpeechRoom
from vem_core.contract.temp_track import TempTrack
from vem_plugin.presets import read_preset
from vem_plugin.sound.lanes import AudioLane, SoundClip
from vem_plugin.sound.roles import Role
from vem_plugin.sound.speech import SpeechReading
from vem_plugin.sound.temp_track import TempTrackUse
from vem_ui.document.state import ScoreState
from vem_ui.strip.model import tempo_points

CTRL, NONE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.NoModifier
HEARD = TempTrack((88.0, 98.0), "D minor", 0.2, (0.2, None, 0.9), ("house", "ambient"))
SPEECH = (Span(30, 40, "Narration"),)


def lane(number: int, name: str, role: Role) -> AudioLane:
    clip = SoundClip(name, name, role, 0, 180, f"/sound/{number}.wav", Fraction(0), Fraction(1))
    return AudioLane(number, name, role, (clip,))


LANES = (lane(1, "Narration", Role.SPEECH), lane(2, "Music (temp)", Role.MUSIC), lane(3, "A3", Role.UNKNOWN))


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> Iterator[Panel]:
    """A window on a spotted timeline with a narrator and a temp track."""
    sheet = dataclasses.replace(
        make_sheet(48, 72, 60),
        events=(Event(20, Wish.HIT, "punch"),),
        silences=(Span(120, 24),),
        cue_starts=(CueStart(48, "tense"),),
    )
    with contextlib.closing(Panel(qtbot, tmp_path, sheet=sheet)) as made:
        made.host.lanes, made.host.speech, made.core.heard = LANES, SpeechReading(SPEECH), HEARD
        made.open()
        made.window.forms.presets.folder = tmp_path / "presets"
        qtbot.waitUntil(lambda: made.window.controller.sound.reading is not None, timeout=10_000)
        yield made


def page(panel: Panel, number: int) -> None:
    """Click on one of the pages of the form."""
    bar = panel.window.forms.tabBar()
    panel.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, NONE, bar.tabRect(number).center())


def typed(panel: Panel, box: QDoubleSpinBox | QSpinBox, text: str) -> None:
    box.selectAll()
    panel.qtbot.keyClicks(box, text)
    panel.qtbot.keyClick(box, Qt.Key.Key_Tab)


def tick(panel: Panel, box: QAbstractButton) -> None:
    panel.qtbot.mouseClick(box, Qt.MouseButton.LeftButton, NONE, QPoint(8, box.height() // 2))


def pick(panel: Panel, box: QComboBox, row: int) -> None:
    panel.qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(row):
        panel.qtbot.keyClick(box, Qt.Key.Key_Down)


Press = Callable[[Panel], None]
EACH_CONTROL: list[tuple[int, Press, Callable[[ScoreState], object], object]] = [
    (1, lambda it: typed(it, it.window.forms.sound.room_depth, "11"), lambda s: s.direction.room.depth_db, 11.0),
    (1, lambda it: typed(it, it.window.forms.sound.room_attack, "0.5"), lambda s: s.direction.room.attack_s, 0.5),
    (1, lambda it: typed(it, it.window.forms.sound.room_release, "2"), lambda s: s.direction.room.release_s, 2.0),
    (1, lambda it: tick(it, it.window.forms.sound.level_only), lambda s: s.direction.room.thin, False),
    (1, lambda it: typed(it, it.window.forms.sound.offset, "-40"), lambda s: s.direction.beat_offset_ms, -40.0),
    (1, lambda it: it.click(it.window.forms.sound.earlier), lambda s: s.direction.beat_offset_ms, -42.0),
    (1, lambda it: it.click(it.window.forms.sound.later), lambda s: s.direction.beat_offset_ms, 42.0),
    (1, lambda it: typed(it, it.window.forms.sound.tolerance, "60"), lambda s: s.direction.hit_tolerance_ms, 60.0),
    (2, lambda it: pick(it, it.window.forms.delivery.target, 1), lambda s: s.delivery, Delivery(-23.0)),
    (2, lambda it: pick(it, it.window.forms.delivery.target, 3), lambda s: s.delivery, Delivery(None, -3.0)),
    (2, lambda it: typed(it, it.window.forms.delivery.loudness, "-19"), lambda s: s.delivery, Delivery(-19.0)),
    (2, lambda it: pick(it, it.window.forms.delivery.format, 1), lambda s: s.delivery.format, AudioFormat.FLAC),
    (2, lambda it: pick(it, it.window.forms.delivery.sample_rate, 2), lambda s: s.delivery.sample_rate_hz, 96_000),
    (2, lambda it: tick(it, it.window.forms.delivery.stems), lambda s: s.delivery.stems, True),
    (2, lambda it: tick(it, it.window.forms.delivery.midi), lambda s: s.delivery.midi, True),
    (2, lambda it: tick(it, it.window.forms.delivery.stem_lanes), lambda s: (s.stem_lanes, s.delivery.stems),
     (True, True)),
    (2, lambda it: typed(it, it.window.forms.delivery.before, "24"), lambda s: s.delivery.handle_before_frames, 24),
    (2, lambda it: typed(it, it.window.forms.delivery.after, "12"), lambda s: s.delivery.handle_after_frames, 12),
]  # fmt: skip


@pytest.mark.parametrize(("number", "press", "read", "value"), EACH_CONTROL)
def test_each_control_is_shown_kept_and_undone(
    panel: Panel, number: int, press: Press, read: Callable[[ScoreState], object], value: object
) -> None:
    page(panel, number)
    before = panel.window.document.state
    press(panel)
    after = panel.window.document.state
    assert read(after) == value
    panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL)
    while panel.window.document.state != before:  # a number that was typed digit by digit
        assert panel.window.document.undo_stack.canUndo()
        panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL)
    while panel.window.document.undo_stack.canRedo():
        panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Y, CTRL)
    assert panel.window.document.state == after
    panel.reopen()
    assert panel.window.document.state == after


def test_what_is_asked_for_reaches_the_core_and_the_host(panel: Panel) -> None:
    panel.score()
    assert panel.asked.sheet.speech == SPEECH
    assert panel.asked.direction.room == SpeechRoom()
    page(panel, 1)
    typed(panel, panel.window.forms.sound.room_depth, "0")
    assert not panel.window.forms.sound.room_attack.isEnabled()
    page(panel, 2)
    tick(panel, panel.window.forms.delivery.stem_lanes)
    panel.score()
    assert panel.asked.sheet.speech == ()
    assert panel.asked.delivery.stems
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    assert panel.host.placed[-1].stem_lanes
    assert panel.host.placed[-1].muted_lane is None


def test_the_speech_of_a_selection_is_counted_from_its_start(panel: Panel) -> None:
    panel.keys(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)  # to the first cut
    panel.keys(Qt.Key.Key_I)
    panel.keys(Qt.Key.Key_End)
    panel.keys(Qt.Key.Key_O)
    panel.score()
    assert panel.asked.sheet.speech == (Span(0, 22, "Narration"),)


def test_speech_and_lanes_are_said(panel: Panel) -> None:
    form = panel.window.forms.sound
    assert form.speech.text() == "Speech for 1.7 s in one place."
    assert [form.temp_lane.itemText(row) for row in range(form.temp_lane.count())] == [
        "The one called music", "1 Narration", "2 Music (temp)", "3 A3",
    ]  # fmt: skip


def test_a_temp_track_is_switched_off_when_a_take_is_placed(panel: Panel) -> None:
    page(panel, 1)
    panel.score()
    pick(panel, panel.window.forms.sound.temp_use, 1)
    assert panel.window.document.state.temp_track.name == "Music (temp)"
    panel.click(panel.window.transport.place)
    panel.wait_idle()
    assert panel.host.placed[-1].muted_lane == 2
    pick(panel, panel.window.forms.sound.temp_lane, 3)
    assert panel.window.document.state.temp_track.muted_lane == 3
    pick(panel, panel.window.forms.sound.temp_use, 0)
    assert panel.window.document.state.temp_track.muted_lane is None


def follow(panel: Panel) -> None:
    form, state = panel.window.forms.sound, lambda: panel.window.document.state
    page(panel, 1)
    form.temp_use.setFocus()
    panel.qtbot.keyClick(form.temp_use, Qt.Key.Key_End)
    panel.qtbot.waitUntil(lambda: not panel.window.controller.sound.listening, timeout=10_000)
    panel.qtbot.waitUntil(lambda: state().temp_track.heard is not None or panel.said != "", timeout=10_000)


def test_a_followed_temp_track_becomes_the_direction_is_shown_edited_and_left(panel: Panel) -> None:
    form, direction = panel.window.form, panel.window.forms.sound
    before = panel.window.document.state
    panel.qtbot.keyClicks(form.prompt, "dusk")
    follow(panel)
    state = panel.window.document.state
    assert (state.direction.tempo_bpm, state.direction.key, state.direction.style) == ((88, 98), "D minor", "house")
    assert state.direction.shot_energies == (0.2, None, 0.9)
    assert "93 BPM, D minor, house, energy 0.20 to 0.90" in direction.heard.text()
    assert (form.tempo_low.value(), form.tempo_high.value(), form.key.currentText()) == (88, 98, "D minor")
    page(panel, 0)
    pick(panel, form.key, 1)  # the editor overrules the key
    panel.score()
    assert panel.asked.direction.key == "C minor"
    assert panel.asked.direction.shot_energies == (0.2, None, 0.9)
    page(panel, 1)
    pick(panel, direction.temp_use, 0)
    left = panel.window.document.state.direction
    assert (left.tempo_bpm, left.key, left.style, left.shot_energies) == (None, "C minor", None, ())
    assert left.prompt == "dusk"
    while panel.window.document.undo_stack.canUndo():
        panel.qtbot.keyClick(panel.window.strip, Qt.Key.Key_Z, CTRL)
    assert panel.window.document.state == before


def test_a_temp_track_that_cannot_be_heard_is_said_and_nothing_changes(panel: Panel) -> None:
    panel.host.unheard = AudioError("The temp track 'Music (temp)' is silent under this range.")
    before = panel.window.document.state
    follow(panel)
    assert "silent under this range" in panel.said
    assert panel.window.document.state == before
    assert panel.window.forms.sound.temp_use.currentData() == TempTrackUse.LEAVE


def test_listening_to_a_temp_track_shows_how_far_it_is_and_can_be_stopped(panel: Panel) -> None:
    form, sound = panel.window.forms.sound, panel.window.controller.sound
    shown: list[str] = []

    def steps() -> Iterator[Progress]:
        for fraction in (0.0, 0.25):
            yield Progress("job", JobState.RUNNING, Stage.MEASURE, fraction=fraction)
        stopped.wait(10)  # the worker is in the middle until the editor has clicked
        yield Progress("job", JobState.RUNNING, Stage.MEASURE, fraction=0.5)

    stopped = threading.Event()
    panel.core.script_on(steps())
    sound.progressed.connect(lambda _: shown.append(form.heard.text()))
    before = panel.window.document.state
    page(panel, 1)
    form.temp_use.setFocus()
    panel.qtbot.keyClick(form.temp_use, Qt.Key.Key_End)
    panel.qtbot.waitUntil(lambda: shown[-1:] == ["Listening ... 25 %"], timeout=10_000)
    panel.click(form.stop)
    stopped.set()
    panel.qtbot.waitUntil(lambda: not sound.listening, timeout=10_000)
    assert panel.core.cancelled == ["The temp track 'Music (temp)'"]
    assert panel.window.document.state == before
    assert not form.stop.isVisible()
    assert form.temp_use.currentData() == TempTrackUse.LEAVE


def test_without_a_lane_called_music_the_tool_asks_for_one(panel: Panel) -> None:
    panel.host.lanes = (LANES[0],)
    panel.window.controller.read_again()
    panel.wait_idle()
    panel.qtbot.waitUntil(lambda: panel.window.forms.sound.temp_lane.count() == 2, timeout=10_000)
    page(panel, 1)
    pick(panel, panel.window.forms.sound.temp_use, 1)
    assert "No audio lane is called music" in panel.said
    assert panel.window.forms.sound.temp_use.currentData() == TempTrackUse.LEAVE


@pytest.mark.parametrize(("now", "lane_now"), [((LANES[0], lane(5, "Music (temp)", Role.MUSIC)), 5), (LANES[:1], None)])
def test_the_temp_track_keeps_its_name_when_lanes_come_and_go(
    panel: Panel, now: tuple[AudioLane, ...], lane_now: int | None
) -> None:
    page(panel, 1)
    pick(panel, panel.window.forms.sound.temp_use, 1)
    panel.host.lanes = now
    with panel.qtbot.waitSignal(panel.window.document.thumbnails_changed, timeout=10_000):
        panel.window.controller.read_again()
    sound = panel.window.controller.sound
    panel.qtbot.waitUntil(lambda: sound.reading is not None and sound.reading.lanes == now, timeout=10_000)
    assert panel.window.document.state.temp_track.muted_lane == lane_now
    assert ("is no longer there" in panel.said) == (lane_now is None)


def test_heard_energies_follow_their_shots_through_a_re_cut(panel: Panel) -> None:
    follow(panel)
    sheet = panel.host.sheet
    panel.host.sheet = dataclasses.replace(
        make_sheet(48, 60), shots=(sheet.shots[0], dataclasses.replace(sheet.shots[2], start_frames=48))
    )
    with panel.qtbot.waitSignal(panel.window.document.thumbnails_changed, timeout=10_000):
        panel.window.controller.read_again()
    panel.wait_idle()
    state = panel.window.document.state
    assert state.temp_track.heard is not None
    assert state.temp_track.heard.shot_energies == state.direction.shot_energies == (0.2, 0.9)


def test_the_spotting_is_listed_and_a_row_leads_there(panel: Panel) -> None:
    view = panel.window.spotting
    panel.window.tabs.setCurrentWidget(view)
    rows = [[view.model.data(view.model.index(row, column)) for column in range(4)] for row in range(4)]
    assert rows == [
        ["01:00:00:20", "", "hit", "punch"],
        ["01:00:01:06", "01:00:02:22", "speech", "Narration"],
        ["01:00:02:00", "", "cue", "tense"],
        ["01:00:05:00", "01:00:06:00", "no music", ""],
    ]
    place = view.table.visualRect(view.model.index(3, 0)).center()
    panel.qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, NONE, place)
    assert panel.window.strip.playhead_frames == 120


def test_no_tempo_is_drawn_across_a_silence() -> None:
    plan = make_take(make_sheet(240), None).result.plan
    parted = tuple(beat for beat in plan.beats if not 3 < beat.samples / 48_000 < 7)
    points = tempo_points(dataclasses.replace(plan, beats=parted), Fraction(24), 0)
    assert {bpm for _, bpm in points} == {120.0}
    assert len(points) == len(parted) - 2


def test_handles_are_heard_and_drawn_before_the_range(panel: Panel) -> None:
    page(panel, 2)
    typed(panel, panel.window.forms.delivery.before, "24")
    panel.score()
    stored = panel.window.controller.active_take()
    assert stored is not None
    assert (stored.first_frames, stored.duration_frames) == (-24, 204)
    model = panel.window.strip.model
    assert model is not None
    assert model.waveform_frames == -24
    assert panel.window.player.range_s == (-1.0, 7.5)
    panel.window.seek(48.0)
    assert panel.window.player.position_s == pytest.approx(2.0)
    panel.window.player.seek(-0.8)
    panel.window.player.position_changed.emit(-0.8)
    assert panel.window.strip.playhead_frames == 0


def test_speech_alone_is_no_reason_to_refit(panel: Panel) -> None:
    panel.score()
    assert panel.asked.sheet.speech == SPEECH
    assert panel.window.transport.main.text() == "Score again"


def test_what_would_stay_is_worked_out_with_the_speech_that_scoring_makes_room_for(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.score()
    asked: list[ScoreRequest] = []

    def outlook(request: ScoreRequest, attachments: object, on_progress: object) -> RecutOutlook:
        asked.append(request)
        return RecutOutlook(1, 0, 0.8)

    monkeypatch.setattr(panel.core, "outlook", outlook)
    state = panel.window.document.state
    panel.window.document.change("wish", state.with_wish(48, Wish.HIT))
    panel.qtbot.waitUntil(lambda: panel.window.transport.selection.toolTip() == "80 % of take 1 stays", timeout=20_000)
    assert asked[-1].sheet.speech == SPEECH


def test_the_rights_of_the_active_take_are_stated(panel: Panel) -> None:
    assert "once there is a take" in panel.window.forms.delivery.rights.text()
    panel.score()
    assert panel.window.forms.delivery.rights.text().startswith("Do as you like.\nLicence of the model: a fake's")


def entry(menu: QMenu, *words: str) -> None:
    """Choose what stands in a menu, through its submenus."""
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text() == words[0])
    inner = action.menu()
    if isinstance(inner, QMenu) and len(words) > 1:
        action = next(entry for entry in inner.actions() if entry.text() == words[1])
    action.trigger()


def test_presets_are_saved_applied_shared_taken_and_removed(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    presets, document = panel.window.forms.presets, panel.window.document
    shared = tmp_path / "shared.vem-preset.json"
    names = iter(["", "Calm seas", "not/a name"])
    monkeypatch.setattr(presets, "ask_name", lambda: next(names))
    monkeypatch.setattr(presets, "ask_file", lambda title, suggested, write: shared)
    panel.qtbot.keyClicks(panel.window.form.prompt, "a calm sea")
    page(panel, 1)
    typed(panel, panel.window.forms.sound.room_depth, "12")
    entry(presets, "Save as ...")  # and thinks better of it
    assert not (tmp_path / "presets").exists()
    entry(presets, "Save as ...")
    assert "Calm seas" in panel.said
    wished = document.state.direction
    document.settle()
    panel.keys(Qt.Key.Key_Up)  # a shot's own energy, which no preset touches
    typed(panel, panel.window.forms.sound.room_depth, "3")
    own = document.state.direction.shot_energies
    assert own
    entry(presets, "Calm seas")
    assert document.state.direction == dataclasses.replace(wished, shot_energies=own)
    entry(presets, "Share as a file", "Calm seas")
    assert read_preset(shared).direction == wished
    entry(presets, "Save as ...")
    assert "cannot be saved" in panel.said
    entry(presets, "Remove", "Calm seas")
    assert not list((tmp_path / "presets").iterdir())
    entry(presets, "Take from a file ...")
    assert [path.name for path in (tmp_path / "presets").iterdir()] == ["Calm seas.vem-preset.json"]
    shared.write_text("{}")
    entry(presets, "Take from a file ...")
    assert "is not a preset" in panel.said
