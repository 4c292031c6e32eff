"""The window: a strip, a form, takes, and one button."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QTabWidget

from vem_core.contract.errors import VemError
from vem_core.contract.progress import Progress
from vem_plugin.client.base import CoreInfo
from vem_plugin.hosts.base import Placement
from vem_ui.document.controller import Controller
from vem_ui.document.preferences import Preferences
from vem_ui.document.state import ScoreState
from vem_ui.document.takes import StoredTake
from vem_ui.document.wording import for_window, name_for_window
from vem_ui.forms.caution import cautions_of
from vem_ui.forms.form_tabs import FormTabs
from vem_ui.look.theme import DARK, THEMES, Theme
from vem_ui.pages.brief_view import BriefView
from vem_ui.pages.pictures import ShotPictures
from vem_ui.pages.report_view import ReportView
from vem_ui.pages.shots_table import ShotsTable
from vem_ui.pages.spotting_view import SpottingView
from vem_ui.pages.takes_panel import TakesPanel
from vem_ui.pages.understood_view import UnderstoodView
from vem_ui.playback.frame_reader import FrameReader
from vem_ui.playback.player import Player
from vem_ui.playback.sound import AudioOutput
from vem_ui.strip.presenting import StripPresenter
from vem_ui.windows.another_piece import AnotherPiece
from vem_ui.windows.body import WindowBody
from vem_ui.windows.exporting import Exporter, show_in_folder
from vem_ui.windows.failures import Failures
from vem_ui.windows.in_words import outlook_in_words, progress_in_words, selection_in_words, sheet_in_words
from vem_ui.windows.large_picture import LargePictures
from vem_ui.windows.listening import FILM, MUSIC, Listening
from vem_ui.windows.lower_part import COMPACT_BELOW_PX
from vem_ui.windows.message_bar import Deed, Tone
from vem_ui.windows.mixer import MixerButton
from vem_ui.windows.placing import size_on
from vem_ui.windows.problems import unmet_marks
from vem_ui.windows.strip_hand import StripHand, StripScrolling
from vem_ui.windows.style_listening import StyleListening
from vem_ui.windows.transport_keys import bind_transport_keys, keep_keyboard_off_buttons


class MainWindow(QMainWindow):
    """One timeline. Widgets only bind: what they show comes from the document, what they do goes to the controller."""

    closed = Signal(object)  # the window itself
    timelines_dropped = Signal(list)  # paths
    settings_wanted = Signal()
    refreshed = Signal()  # what can be done may be something else now

    def __init__(self, controller: Controller, preferences: Preferences, sound: AudioOutput | None = None) -> None:
        super().__init__()
        self.controller = controller
        self.document = controller.document
        self.theme = DARK
        self._has_colours = False
        self.forms = FormTabs(self.document, controller.sound)
        self.form = self.forms.direction
        self.shots = ShotsTable(self.document)
        self.report = ReportView()
        self.brief = BriefView(self.document, controller.forecast)
        self.understood = UnderstoodView(self.document)
        self.spotting = SpottingView(self.document, controller.sound)
        self.tabs = QTabWidget()
        self.takes = TakesPanel(self.document)
        self.body = body = WindowBody(self.forms, self.tabs, self.takes)
        self.title, self.facts, self.open_button = body.title, body.facts, body.open_button
        self.strip, self.scroll_bar, self.monitor = body.strip, body.scroll_bar, body.monitor
        self.progress, self.message, self.transport = body.progress, body.message, body.transport
        self.player = Player(sound, self)
        self.listening = Listening(controller, self.player, self)
        self.styles = StyleListening(body.start, controller.previews, self.listening, self.player)
        self.large = LargePictures(self.monitor, self.toggle_playing, self)
        self.exporter = Exporter(self)
        self.another = AnotherPiece(controller, self.form.dice, self.message)
        self.failures = Failures(controller, body, self.takes, self)
        self.frames = FrameReader(controller.read_frame, self)
        self.hand = StripHand(self.document, self.strip)
        self._presenter = StripPresenter()
        self._progress_said = ""
        self._scored_state: ScoreState | None = None  # as it was when the last take came; None once that is placed
        self.mixer = MixerButton(self.player.mix, ((MUSIC, self.tr("Music")), (FILM, self.tr("Film"))))
        self.transport.add_mixer(self.mixer)
        self._lay_out()
        self._connect()
        self.show_preferences(preferences)
        self.refresh()

    def show_preferences(self, preferences: Preferences) -> None:
        """Change the colours and what counts as a hit."""
        self.preferences = preferences
        self._presenter.tolerance_frames = preferences.tolerance_frames
        self.controller.audition = preferences.audition
        if self._has_colours:
            self.show_theme(THEMES.get(preferences.theme, DARK))
        self.refresh()

    def setVisible(self, visible: bool) -> None:
        """Take on the colours before the window is seen for the first time; they cost as much as making it."""
        if visible and not self._has_colours:
            self.show_theme(THEMES.get(self.preferences.theme, DARK))
        super().setVisible(visible)

    def show_theme(self, theme: Theme) -> None:
        """Change the colours of the window."""
        self.theme, self._has_colours = theme, True
        self.setPalette(theme.palette())
        self.setStyleSheet(theme.style_sheet())
        for part in (self.strip, self.report, self.brief, self.shots, self.understood, self.monitor, self.takes):
            part.show_theme(theme)

    def refresh(self) -> None:
        """Show the document as it is now."""
        reading, state = self.document.reading, self.document.state
        stored = self.controller.active_take()
        self.body.show_start(reading is None)
        if reading is None:
            self.strip.show_model(None)
        else:
            self._presenter.show_sound(self.controller.sound.reading, state.temp_track)
            self._presenter.show_brief(self.brief.shown)
            self.strip.show_model(self._presenter.model(reading.sheet, state, stored))
        self.strip.set_selection(state.selection, state.locked)
        self.strip.show_conflict(unmet_marks(stored))
        self._show_take(stored)
        takes = [self.controller.shelf.get(record) for record in state.takes]
        self.takes.show_differences(takes)
        self.takes.show_takes(takes, self.controller.earlier_takes())
        self.body.variants.show_state(state, takes)
        self._show_buttons()
        self._show_title()

    def say(
        self, text: str, tone: Tone = Tone.PLAIN, action: str = "", then: Callable[[], None] = lambda: None
    ) -> None:
        """Put a sentence where the editor sees it, with at most one thing to do about it."""
        self.message.say(for_window(text).strip(), tone, (Deed(action, then),) if action else ())

    def come_to_front(self) -> None:
        """Show the window before all others, out of the dock if it is there."""
        self.setWindowState((self.windowState() & ~Qt.WindowState.WindowMinimized) | Qt.WindowState.WindowActive)
        self.show()
        self.raise_()
        self.activateWindow()

    def restore_place(self, geometry: str, layout: str) -> None:
        """Stand where the last window stood, and share the room as it did."""
        if geometry:
            self.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        self.body.restore_layout(layout)

    def place_text(self) -> tuple[str, str]:
        """Where the window stands and how it shares its room, to be kept."""
        return bytes(self.saveGeometry().toBase64().data()).decode(), self.body.layout_text()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop player, decoder and running work before the window goes; it never refuses."""
        self.player.close()
        self.frames.close()
        self.controller.shut_down()
        event.accept()
        self.closed.emit(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept whatever comes as addresses; which of them are files is decided at the drop."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Offer the dropped local files to be opened."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # Opening may close this window, and Qt still holds it until its drop is over.
        QTimer.singleShot(0, self, lambda: self.timelines_dropped.emit(paths))

    def _lay_out(self) -> None:
        self.setAcceptDrops(True)
        for page, name in (
            (self.report, self.tr("Report")),
            (self.brief, self.tr("Brief")),
            (self.shots, self.tr("Shots")),
            (self.spotting, self.tr("Spotting")),
            (self.understood, self.tr("Understood")),
        ):
            self.tabs.addTab(page, name)
        self.tabs.tabBar().setDrawBase(False)
        self.setCentralWidget(self.body)
        self.strip.setFocus(Qt.FocusReason.OtherFocusReason)
        self.resize(size_on(self.screen()))
        self.body.show_compact(self.width() < COMPACT_BELOW_PX)  # cheaper now than once it has its colours
        keep_keyboard_off_buttons(self)

    def _connect(self) -> None:
        document, controller = self.document, self.controller
        document.reading_changed.connect(self._show_pictures)
        document.reading_changed.connect(self.listening.show_range)
        document.reading_changed.connect(self.refresh)
        document.state_changed.connect(self.refresh)
        document.thumbnails_changed.connect(self._show_pictures)
        document.noticed.connect(lambda text: self.say(text, Tone.WARNING))
        document.save_failed.connect(self.failures.show)
        controller.opened.connect(lambda: self._show_position(self.strip.playhead_frames))
        controller.busy_changed.connect(self._show_busy)
        controller.progressed.connect(self._show_progress)
        controller.failed.connect(self.failures.show)
        controller.cancelled.connect(lambda: self.say(self.tr("Stopped. Nothing was changed.")))
        sketched = self.tr("A sketch is ready to hear while the model works.")
        controller.auditioned.connect(lambda: self.say(sketched, Tone.DONE))
        controller.scored.connect(self._show_scored)
        controller.varied.connect(self._tell_varied)
        controller.placed.connect(self._show_placed)
        controller.core_answered.connect(self._show_core)
        controller.shelf.loaded.connect(self.refresh)
        controller.sound.changed.connect(self.refresh)
        self._connect_strip()
        self.forms.made.connect(keep_keyboard_off_buttons)
        self.form.model_chosen.connect(self._tell_caution)
        self.form.brief_wanted.connect(self.show_brief)
        controller.forecast.changed.connect(self._show_outlook)
        controller.forecast.foretold.connect(self.refresh)
        self.report.cut_chosen.connect(self._go_to_cut)
        self.shots.shot_chosen.connect(self._go_to_shot)
        self.understood.shot_chosen.connect(self._go_to_shot)
        self.spotting.frame_chosen.connect(lambda frames: self.seek(float(frames)))
        self.forms.presets.failed.connect(self.failures.show)
        self.forms.presets.done.connect(lambda text: self.say(text, Tone.DONE))
        self.understood.read_wanted.connect(controller.read_shots)
        self.takes.export_wanted.connect(self._export)
        self.takes.settings_wanted.connect(controller.use_settings)
        self.takes.variants_wanted.connect(controller.make_variants)
        self.body.variants.chosen.connect(self.takes.choose)
        self.takes.folder_wanted.connect(show_in_folder)
        self.player.position_changed.connect(self._follow)
        self.player.playing_changed.connect(self.transport.show_playing)
        self.frames.framed.connect(self.monitor.show_decoded)
        self.player.failed.connect(lambda text: self.say(text, Tone.FAILURE))
        self.transport.main.clicked.connect(lambda: controller.cancel() if controller.busy else controller.score())
        self.transport.place.clicked.connect(controller.place)
        self.transport.play.clicked.connect(self.toggle_playing)
        self.transport.loop.toggled.connect(self.listening.show_loop)
        self.mixer.changed.connect(self.player.refresh)
        self.body.core_status.clicked.connect(self.settings_wanted)
        self.failures.settings_wanted.connect(self.settings_wanted)
        controller.previews.failed.connect(self.failures.show)
        self._connect_keys()

    def _connect_keys(self) -> None:
        bind_transport_keys(
            self,
            {
                Qt.Key.Key_Space: self.toggle_playing,
                Qt.Key.Key_J: lambda: self.player.shuttle(-1),
                Qt.Key.Key_K: self.player.pause,
                Qt.Key.Key_L: lambda: self.player.shuttle(1),
            },
        )

    def _connect_strip(self) -> None:
        strip = self.strip
        strip.position_clicked.connect(self.seek)
        strip.shot_opened.connect(self._open_shot)
        strip.play_wanted.connect(self.toggle_playing)
        strip.vary_wanted.connect(self.controller.vary)
        StripScrolling(strip, self.scroll_bar)
        self.transport.zoom_in.clicked.connect(lambda: strip.zoom(1.5))
        self.transport.zoom_out.clicked.connect(lambda: strip.zoom(1 / 1.5))
        self.transport.fit.clicked.connect(strip.fit)

    def _show_take(self, stored: StoredTake | None) -> None:
        if self.report.shown is not stored or stored is None:
            self.report.show_take(stored, self.preferences.tolerance_frames)
            self.form.show_understood(None if stored is None else stored.take.result.plan)
            self.brief.show_made(None if stored is None else stored.take.result.brief)
            self.forms.show_rights(None if stored is None else stored.take.result)
        if stored is None:
            if self.document.state.active_take is None:
                self.listening.show_take(None)
            return
        self.takes.show_files({file.role for file in stored.take.result.files})
        self.listening.show_take(stored)

    def _show_pictures(self) -> None:
        if self.document.reading is not None:
            pictures = ShotPictures(self.document.reading.sheet, self.document.thumbnails)
            self.strip.show_pixmaps(pictures.at_percent)
            self.monitor.show_pictures(pictures)
            self.frames.ask(self.strip.playhead_frames)

    def _show_buttons(self) -> None:
        refits = self.controller.refits()
        self.transport.show_state(
            busy=self.controller.busy,
            can_score=self.document.reading is not None,
            can_place=self.document.state.active_take is not None,
            selected=self.document.state.selection is not None,
            fresh=not refits and self._is_as_scored(),
            refits=refits,
        )
        self.takes.variants.setEnabled(self.document.reading is not None and not self.controller.busy)
        self.transport.show_caution(self.form.caution.caution)
        self.refreshed.emit()
        self._show_outlook()

    def _is_as_scored(self) -> bool:
        """Whether nothing was changed since the last take came; another of its variants is no change."""
        scored, state = self._scored_state, self.document.state
        if scored is not None and state.active_take in scored.variants():
            state = dataclasses.replace(state, active_take=scored.active_take)
        return scored == state

    def _show_outlook(self) -> None:
        """Beside the button: what is selected, or what of the take would stay; under the words what may be meant."""
        self.form.show_suggestion(self.controller.forecast.words)
        reading, span, outlook = self.document.reading, self.document.state.selection, self.controller.forecast.outlook
        said = selection_in_words(reading.sheet, span) if reading and span else ""
        self.transport.show_note(said or (outlook_in_words(outlook) if outlook and reading else ""))

    def _show_title(self) -> None:
        reading = self.document.reading
        self.setWindowTitle(f"{reading.sheet.name} · VeM Score" if reading else "VeM Score")
        self.title.setText(reading.sheet.name if reading else self.tr("No timeline"))
        self.facts.setText(sheet_in_words(reading.sheet) if reading else "")

    def _show_busy(self, busy: bool) -> None:
        self.progress.setRange(0, 0 if busy else 1000)
        self.progress.setValue(0)
        if busy or self.message.text.text() == self._progress_said:
            self.message.clear()
        self._show_buttons()

    def _show_progress(self, progress: Progress) -> None:
        self.progress.setRange(0, 1000)
        self.progress.setValue(round(progress.fraction * 1000))
        self._progress_said = progress_in_words(progress)
        self.message.say(self._progress_said, passing=True)

    def _show_scored(self) -> None:
        self._scored_state = self.document.state
        stored = self.controller.active_take()
        unmet = unmet_marks(stored)
        if stored is None or not unmet:
            self.say(self.tr("Done. Listen, then place it on the timeline."), Tone.DONE)
            return
        text = self.tr("Done, but {count} of your marks could not be met; they stand in red.").format(count=len(unmet))
        self.message.say(text, Tone.WARNING, self.hand.remedies(unmet[-1], stored, self.seek))

    def _tell_varied(self, made: int) -> None:
        self._scored_state = self.document.state
        text = self.tr("{count} variants are made. Switch between them while they play; each keeps the place.")
        self.say(self.tr("One variant is made.") if made == 1 else text.format(count=made), Tone.DONE)

    def _show_placed(self, placement: Placement) -> None:
        self._scored_state = None
        self.takes.show_timeline(placement.timeline)
        path = placement.timeline or placement.audio
        done = self.tr("Placed: {path}. Open that in your editor, or drag it out of the window.")
        placed = (done if placement.timeline else self.tr("Placed: {path}")).format(path=path)
        tone, show = Tone.WARNING if placement.notices else Tone.DONE, self.tr("Show in folder")
        self.say(" ".join([placed, *map(for_window, placement.notices)]), tone, show, lambda: show_in_folder(path))

    def _show_core(self, info: CoreInfo) -> None:
        styles = tuple((style, name_for_window(name)) for style, name in info.styles)
        for part in (self.form, self.brief, self.body.start):
            part.show_styles(styles)
        self.body.core_status.setText(self.tr("Core: {device}").format(device=name_for_window(info.device)))
        self.form.show_models(info.models)
        self.form.caution.show_cautions(cautions_of(info))
        self._show_buttons()

    def _tell_caution(self) -> None:
        """Say what is to be known of the model that was chosen: the line under it may be scrolled away."""
        caution = self.form.caution
        if caution.caution:
            self.say(caution.caution, Tone.WARNING)
        elif caution.is_one(self.message.text.text()):
            self.message.clear()

    def toggle_playing(self) -> None:
        """Play or pause, and say so once if nothing can be heard."""
        self.player.toggle()
        if self.player.playing and self.player.silent_because:
            self.say(self.player.silent_because, Tone.WARNING)

    def show_large_picture(self) -> None:
        """Show the picture in a window of its own; if it is there, bring it to the front."""
        self.large.show_for(self.windowTitle())

    def seek(self, frames: float) -> None:
        """Go to a place in the timeline."""
        if self.document.reading is not None:
            self._show_position(frames)
            self.player.seek(frames / float(self.document.reading.sheet.rate))

    def start_over(self) -> None:
        """Ask for nothing and follow no take, as on the first day."""
        self.document.change(self.tr("Start over"), self.document.state.started_over())

    def _open_shot(self, shot: int) -> None:
        self.tabs.setCurrentWidget(self.shots)
        self.shots.edit_words(shot)

    def show_brief(self) -> None:
        """Bring the brief into view."""
        self.body.below.bring(self.tabs)
        self.tabs.setCurrentWidget(self.brief)

    def _go_to_cut(self, cut: int) -> None:
        stored = self.controller.active_take()
        if stored is not None:
            self.seek(float(stored.take.in_frames + stored.take.request.sheet.cuts[cut].record_frames))

    def _go_to_shot(self, shot: int) -> None:
        if self.document.reading is not None:
            self.seek(float(self.document.reading.sheet.shots[shot].start_frames))

    def _export(self, kind: str) -> None:
        stored = self.controller.active_take()
        if stored is None:
            return
        try:
            written = self.exporter.export(stored, kind)
        except VemError as error:
            self.failures.show(error)
            return
        if written is not None:
            self.say(self.tr("Exported: {path}").format(path=written), Tone.DONE)

    def _follow(self, seconds: float) -> None:
        if self.document.reading is not None:
            sheet = self.document.reading.sheet
            frames = seconds * float(sheet.rate)
            # Handles sound before and after the timeline: the playhead waits at its edge.
            self._show_position(min(max(0.0, frames), float(sheet.duration_frames)))

    def _show_position(self, frames: float) -> None:
        assert self.document.reading is not None
        self.strip.set_playhead(frames, follow=True)
        self.monitor.show_frame(frames)
        self.frames.ask(frames, self.player.frames_per_s)
        self.transport.show_position(self.document.reading.sheet, frames)
