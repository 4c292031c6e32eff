"""The window: a strip, a form, takes, and one button."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import VemError
from vem_core.contract.progress import Progress
from vem_plugin.hosts.base import Placement
from vem_ui.controller import Controller
from vem_ui.direction_form import DirectionForm
from vem_ui.document.state import RecordSpan, next_wish, sheet_with_wishes
from vem_ui.document.takes import StoredTake
from vem_ui.monitor import Monitor
from vem_ui.pictures import ShotPictures
from vem_ui.player import Player, matched_gains_db
from vem_ui.report_view import ReportView
from vem_ui.strip.model import StripModel, beat_marks, cut_marks, frames_of_samples, tempo_points
from vem_ui.strip.view import StripView
from vem_ui.strip.waveform import Waveform, read_waveform
from vem_ui.takes_list import TakesList
from vem_ui.theme import DARK, Theme


class MainWindow(QMainWindow):
    """One timeline. Widgets only bind: what they show comes from the document, what they do goes to the controller."""

    def __init__(self, controller: Controller, styles: list[tuple[str, str]], theme: Theme = DARK) -> None:
        super().__init__()
        self.controller = controller
        self.document = controller.document
        self.strip = StripView()
        self.form = DirectionForm(self.document, styles)
        self.takes = TakesList(self.document)
        self.report = ReportView()
        self.monitor = Monitor()
        self.player = Player(self)
        self.main_button = QPushButton(self.tr("Score timeline"))
        self.main_button.setObjectName("main")
        self.place_button = QPushButton(self.tr("Place on timeline"))
        self.play_button = QPushButton(self.tr("Play"))
        self.progress = QProgressBar()
        self.message = QLabel()
        self._waveforms: dict[str, Waveform] = {}
        self._lay_out()
        self._connect()
        self.show_theme(theme)
        self.refresh()

    def show_theme(self, theme: Theme) -> None:
        """Change the colours of the window."""
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        self.strip.show_theme(theme)

    def refresh(self) -> None:
        """Show the document as it is now."""
        reading = self.document.reading
        stored = self.controller.active_take()
        sheet = None if reading is None else sheet_with_wishes(reading.sheet, self.document.state)
        self.strip.show_model(None if sheet is None else self._model(sheet, stored))
        self.strip.set_selection(self.document.state.selection)
        self.report.show_result(stored.take.request.sheet if stored else None, stored.take.result if stored else None)
        self._load_player(stored)
        self._refresh_buttons()
        self.setWindowTitle(f"{reading.sheet.name} · VeM Score" if reading else "VeM Score")

    def say(self, text: str, *, failure: bool = False) -> None:
        """Put a sentence where the editor sees it."""
        self.message.setText(text)
        self.message.setProperty("failure", failure)
        self.message.style().polish(self.message)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.player.close()
        self.controller.shut_down()
        event.accept()

    # What the window is made of

    def _lay_out(self) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.message.setWordWrap(True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QHBoxLayout()
        buttons.addWidget(self.play_button)
        buttons.addWidget(self.message, 1)
        buttons.addWidget(self.place_button)
        buttons.addWidget(self.main_button)
        lower = QSplitter(Qt.Orientation.Horizontal)
        for title, widget in (
            (self.tr("Direction"), self.form),
            (self.tr("Takes"), self.takes),
            (self.tr("Report"), self.report),
            (self.tr("Picture"), self.monitor),
        ):
            lower.addWidget(_titled(title, widget))
        lower.setStretchFactor(2, 1)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.addWidget(self.strip, 3)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)
        layout.addWidget(lower, 4)
        self.setCentralWidget(whole)
        self.resize(1180, 760)

    def _connect(self) -> None:
        document, controller = self.document, self.controller
        document.reading_changed.connect(self.refresh)
        document.state_changed.connect(self.refresh)
        document.thumbnails_changed.connect(self._show_pictures)
        document.noticed.connect(self.say)
        controller.busy_changed.connect(self._show_busy)
        controller.progressed.connect(self._show_progress)
        controller.failed.connect(self._show_failure)
        controller.scored.connect(lambda: self.say(self.tr("Done. Listen, then place it on the timeline.")))
        controller.placed.connect(self._show_placed)
        self.strip.cut_clicked.connect(self._cycle_wish)
        self.strip.position_clicked.connect(self._seek)
        self.strip.energy_dragged.connect(self._set_energy)
        self.strip.span_selected.connect(self._select)
        self.report.cut_chosen.connect(self._go_to_cut)
        self.player.position_changed.connect(self._follow)
        self.player.playing_changed.connect(
            lambda playing: self.play_button.setText(self.tr("Pause") if playing else self.tr("Play"))
        )
        self.player.failed.connect(lambda text: self.say(text, failure=True))
        self.main_button.clicked.connect(lambda: controller.cancel() if controller.busy else controller.score())
        self.place_button.clicked.connect(controller.place)
        self.play_button.clicked.connect(self.player.toggle)
        self._add_actions()

    def _add_actions(self) -> None:
        undo = self.document.undo_stack.createUndoAction(self)
        undo.setShortcut(QKeySequence.StandardKey.Undo)
        redo = self.document.undo_stack.createRedoAction(self)
        redo.setShortcut(QKeySequence.StandardKey.Redo)
        play = QAction(self.tr("Play or pause"), self)
        play.setShortcut("Ctrl+Space")
        play.triggered.connect(self.player.toggle)
        score = QAction(self.tr("Score timeline"), self)
        score.setShortcut("Ctrl+Return")
        score.triggered.connect(self.main_button.click)
        place = QAction(self.tr("Place on timeline"), self)
        place.setShortcut("Ctrl+Shift+Return")
        place.triggered.connect(self.place_button.click)
        menu = self.menuBar().addMenu(self.tr("&Edit"))
        for action in (undo, redo, score, place, play):
            menu.addAction(action)

    # What the document shows

    def _model(self, sheet: CutSheet, stored: StoredTake | None) -> StripModel:
        energies: tuple[float | None, ...] = self.document.state.direction.shot_energies
        if stored is None:
            return StripModel(sheet, cut_marks(sheet, None, 0), energies=energies)
        take, rate = stored.take, sheet.rate
        first_cut = next(
            (index for index, cut in enumerate(sheet.cuts) if cut.record_frames > take.in_frames), len(sheet.cuts)
        )
        whole = len(take.result.plan.shot_energies) == len(sheet.shots)
        planned = take.result.plan.shot_energies if whole else (None,) * len(sheet.shots)
        wished = energies or (None,) * len(sheet.shots)
        return StripModel(
            sheet,
            cut_marks(sheet, take.result.report, take.in_frames, first_cut),
            beat_marks(take.result.plan, rate, take.in_frames),
            tempo_points(take.result.plan, rate, take.in_frames),
            tuple(plan if wish is None else wish for wish, plan in zip(wished, planned, strict=True)),
            self._waveform(stored),
            float(take.in_frames),
        )

    def _waveform(self, stored: StoredTake) -> Waveform | None:
        folder = stored.record.folder
        if folder not in self._waveforms:
            try:
                self._waveforms[folder] = read_waveform(stored.mix)
            except VemError as error:
                self._show_failure(error)
                return None
        return self._waveforms[folder]

    def _load_player(self, stored: StoredTake | None) -> None:
        if stored is None:
            self.player.load(None)
            return
        loudness = [self.controller.take_loudness(record) for record in self.document.state.takes]
        active = self.document.state.active_take or 0
        self.player.load(stored.mix, matched_gains_db(loudness)[active])

    def _show_pictures(self) -> None:
        if self.document.reading is not None:
            pictures = ShotPictures(self.document.reading.sheet, self.document.thumbnails)
            self.strip.show_pixmaps(pictures.at_percent)
            self.monitor.show_pictures(pictures)

    def _refresh_buttons(self) -> None:
        busy = self.controller.busy
        self.main_button.setText(self.tr("Cancel") if busy else self.tr("Score timeline"))
        self.main_button.setEnabled(busy or self.document.reading is not None)
        has_take = self.document.state.active_take is not None
        self.place_button.setEnabled(has_take and not busy)
        self.play_button.setEnabled(has_take)

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setRange(0, 0 if busy else 1000)
        self._refresh_buttons()

    def _show_progress(self, progress: Progress) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(progress.fraction * 1000))
        left = "" if progress.remaining_s is None else self.tr(" · {s:.0f} s left").format(s=progress.remaining_s)
        steps = f" {progress.step}/{progress.steps}" if progress.steps > 1 else ""
        self.say(f"{progress.message}{steps}{left}")

    def _show_failure(self, error: VemError) -> None:
        self.say(f"{error.message} {error.hint}".strip(), failure=True)

    def _show_placed(self, placement: Placement) -> None:
        self.say(self.tr("Placed: {path}").format(path=placement.timeline or placement.audio))

    # What the hand does

    def _cycle_wish(self, cut: int) -> None:
        state = self.document.state
        assert self.strip.model is not None
        mark = self.strip.model.cuts[cut]
        self.document.change(self.tr("Wish of a cut"), state.with_wish(mark.record_frames, next_wish(mark.wish)))

    def _set_energy(self, shot: int, energy: float) -> None:
        assert self.document.reading is not None
        state = self.document.state.with_shot_energy(len(self.document.reading.sheet.shots), shot, round(energy, 2))
        self.document.change(self.tr("Energy of a shot"), state, merge=f"energy {shot}")

    def _select(self, span: RecordSpan | None) -> None:
        state = dataclasses.replace(self.document.state, selection=span)
        self.document.change(self.tr("Select"), state, merge="select")

    def _go_to_cut(self, row: int) -> None:
        stored = self.controller.active_take()
        if stored is not None:
            self._seek(float(stored.take.in_frames + stored.take.request.sheet.cuts[row].record_frames))

    def _seek(self, frames: float) -> None:
        if self.document.reading is not None:
            self.strip.set_playhead(frames, follow=True)
            self.monitor.show_frame(frames)
            self.player.seek(max(0.0, (frames - self._take_start()) / float(self.document.reading.sheet.rate)))

    def _follow(self, seconds: float) -> None:
        if self.document.reading is not None:
            frames = self._take_start() + frames_of_samples(seconds * 48_000, self.document.reading.sheet.rate)
            self.strip.set_playhead(frames, follow=True)
            self.monitor.show_frame(frames)

    def _take_start(self) -> int:
        state = self.document.state
        return 0 if state.active_take is None else state.takes[state.active_take].in_frames


def _titled(title: str, widget: QWidget) -> QGroupBox:
    box = QGroupBox(title)
    layout = QVBoxLayout(box)
    layout.addWidget(widget)
    return box
