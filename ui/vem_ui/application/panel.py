"""The running panel: its windows, the core they share, settings, language."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTimer, QTranslator, Signal
from PySide6.QtWidgets import QApplication, QFileDialog

from vem_core.contract.errors import InputError, SeveralTimelines, TimelineError, VemError
from vem_core.contract.service import APP_NAME
from vem_plugin.client.base import CoreClient, CoreInfo
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.session import core_session
from vem_plugin.client.supervisor import CoreChoice
from vem_plugin.hosts.base import Host
from vem_plugin.hosts.file import FileHost, FileHostOptions
from vem_plugin.resolve.exchange import Exchange
from vem_plugin.resolve.host import ResolveStudioHost
from vem_plugin.resolve.menu_host import MenuHost
from vem_plugin.runner import Runner, run_here
from vem_plugin.takes.names import FOLDER_SUFFIX, OutputNames
from vem_plugin.timeline.endings import ENDINGS
from vem_ui.application.core_connection import CoreConnection, OpenSession
from vem_ui.application.demo import DemoBuilder
from vem_ui.application.resolve_inbox import ResolveInbox
from vem_ui.application.single_instance import OpenRequest
from vem_ui.application.timeline_watch import TimelineWatch
from vem_ui.document import wording
from vem_ui.document.controller import Controller
from vem_ui.document.document import Document
from vem_ui.document.operation import Operation
from vem_ui.document.preferences import Preferences, PreferenceStore
from vem_ui.document.storage import is_writable
from vem_ui.document.wording import for_window
from vem_ui.forms.caution import cautions_of
from vem_ui.playback.player import open_sound
from vem_ui.playback.sound import AudioOutput
from vem_ui.windows.machine_check import check_machine
from vem_ui.windows.main_window import MainWindow
from vem_ui.windows.menus import WindowMenus
from vem_ui.windows.message_bar import Tone
from vem_ui.windows.settings_dialog import SettingsDialog
from vem_ui.windows.which_timeline import ask_which

TRANSLATIONS = Path(__file__).parents[1] / "translations"
_log = logging.getLogger(__name__)


class PanelApplication(QObject):
    """Opens timelines in windows of their own. Everything outside the panel comes in as an argument, for tests."""

    window_closed = Signal()

    def __init__(
        self,
        store: PreferenceStore | None = None,
        open_session: OpenSession | None = None,
        make_sound: Callable[[], AudioOutput] = open_sound,
        make_resolve_host: Callable[[], ResolveStudioHost] = ResolveStudioHost,
        make_file_host: Callable[[Path, FileHostOptions], Host] = FileHost,
        run: Runner = run_here,
        exchange: Exchange | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._exchange = exchange
        self._make_resolve_host = make_resolve_host
        self._make_file_host = make_file_host
        self._elsewhere = run
        self._asking: Operation[OutputNames] | None = None  # Resolve, which timeline is open
        self.store = store or PreferenceStore()
        self.first_run = not self.store.exists
        self.preferences = self.store.load()
        self.windows: list[MainWindow] = []
        self._make_sound = make_sound
        self._core = CoreConnection(open_session or self._local_session)
        self._closed = False
        self._core_info: CoreInfo | None = None
        self._core_problem = ""
        self._menus: dict[MainWindow, WindowMenus] = {}
        self._watches: dict[MainWindow, TimelineWatch] = {}
        self._paths: dict[MainWindow, Path] = {}
        self._meant: dict[Path, str] = {}  # which timeline of a file that holds several
        self._demo = DemoBuilder(run, self)
        self._translators: list[QTranslator] = []
        self.speak(self.preferences.language)
        self._inbox = None if exchange is None else self._open_inbox(exchange)

    def speak(self, language: str) -> None:
        """Change the language of what is opened from now on; "" is the system's."""
        app = QApplication.instance()
        assert app is not None
        for translator in self._translators:
            app.removeTranslator(translator)
        self._translators.clear()
        locale = QLocale(language) if language else QLocale.system()
        wording.speak(locale.name())
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)  # Qt's own words: OK, Cancel, Copy
        for name, folder in (("qtbase", qt_folder), ("vem", str(TRANSLATIONS))):
            translator = QTranslator(self)
            if translator.load(locale, name, "_", folder):
                app.installTranslator(translator)
                self._translators.append(translator)

    def open(self, timeline: Path | None) -> MainWindow:
        """Show a timeline in a window: the one it is open in, an empty one, or a new one. None: an empty window."""
        for window, path in self._paths.items():
            if timeline is not None and path == timeline.absolute():
                window.come_to_front()
                return window
        empty = [window for window in self.windows if window not in self._paths]
        if timeline is None and empty:
            return empty[0]
        return self._show_new(timeline, empty if timeline is not None else ())

    def _show_new(self, timeline: Path | None, instead_of: Sequence[MainWindow] = ()) -> MainWindow:
        """Make a window. It comes up in the next turn of the event loop: both in one would be a pause in all others."""
        folder, notice = self._folder_of(timeline)
        window = self._make_window(folder, self._library_in(folder, timeline), self._host_maker(timeline))
        if instead_of:  # it comes up where that one stands
            window.restoreGeometry(instead_of[0].saveGeometry())
        if notice:
            window.controller.opened.connect(
                lambda: window.say(notice, Tone.WARNING, self.tr("Settings"), window.settings_wanted.emit)
            )
        QTimer.singleShot(1, self, lambda: self._bring_out(window, instead_of))  # at 0 it would come before all timers
        if timeline is not None:
            self._paths[window] = timeline.absolute()
            if not self._was_sent(timeline):  # what Resolve sends again is read again by itself
                self._watch(window, timeline.absolute())
            self._remember(timeline)
            window.controller.failed.connect(lambda error: self._note_unread(window, timeline, error))
            window.controller.opened.connect(lambda: self._paths.setdefault(window, timeline.absolute()))
            window.controller.open()
        window.controller.ask_core()
        return window

    def _bring_out(self, window: MainWindow, instead_of: Sequence[MainWindow]) -> None:
        if window in self.windows:
            window.show()
        for other in [other for other in instead_of if other in self.windows]:
            other.close()

    def open_resolve(self) -> MainWindow:
        """Show the timeline that is open in Resolve Studio; until Resolve has said which, an empty window."""
        waiting = self.open(None)
        if self._asking is not None:
            return waiting
        host = self._make_resolve_host()
        waiting.say(self.tr("Asking Resolve which timeline is open ..."))
        self._asking = asking = Operation(lambda report: host.output_names(), self)
        asking.succeeded.connect(lambda names: self._show_resolve(host, names, waiting))
        asking.failed.connect(lambda error: self._tell_no_resolve(error, waiting))
        asking.finished.connect(self._stop_asking)
        asking.start()
        return waiting

    def answer(self, request: OpenRequest) -> None:
        """Do what a later start of the panel asks for."""
        for timeline in request.timelines:
            self.open(Path(timeline)).come_to_front()
        if request.resolve:
            self.open_resolve().come_to_front()
        elif not request.timelines:
            (self.windows[-1] if self.windows else self.open(None)).come_to_front()

    def ask_timeline(self) -> None:
        """Let the editor choose a timeline, and open it."""
        kinds = " ".join(f"*{ending}" for ending in ENDINGS)
        last = str(Path(self.preferences.recent[0]).parent) if self.preferences.recent else ""
        name, _ = QFileDialog.getOpenFileName(
            None, self.tr("Open timeline"), last, self.tr("Timelines ({0})").format(kinds)
        )
        if name:
            self.open(Path(name))

    def settings_dialog(self, window: MainWindow) -> SettingsDialog:
        """The settings with what is known of this machine."""
        models = self._core_info.models if self._core_info else ()
        dialog = SettingsDialog(self.preferences, models, window.theme, window)
        if self._core_info is not None:
            dialog.show_cautions(cautions_of(self._core_info))
        folder = window.document.folder
        findings = check_machine(self._core_info, self._core_problem, folder, window.player.silent_because)
        dialog.show_findings(findings)
        dialog.accepted.connect(lambda: self.set_preferences(dialog.preferences))
        return dialog

    def set_preferences(self, preferences: Preferences) -> None:
        """Keep preferences and show them in every window; a change of model, device or delivery can be undone."""
        before, self.preferences = self.preferences, preferences
        self._store()
        for window in self.windows:
            window.show_preferences(preferences)
            if preferences.initial_state != before.initial_state:
                state = preferences.apply(window.document.state)
                window.document.change(self.tr("Settings"), state)
            if preferences.reading != before.reading and window.document.reading is not None:
                window.controller.read_again()
        if preferences.language != before.language:
            self.speak(preferences.language)
            QTimer.singleShot(0, self, self._speak_in_windows)  # the dialog that asked for it is still at work

    def _speak_in_windows(self) -> None:
        """Open each window once more, in the language that is spoken now; one that works is left as it is."""
        for window in list(self.windows):
            path = self._paths.get(window)
            if window.controller.busy or (path is None and window.document.reading is not None):
                window.say(self.tr("This window changes its language when it is opened next."))
            elif window in self._watches or path is None:
                self._paths.pop(window, None)
                window.document.save()  # what the new window reads
                self._show_new(path, (window,))

    def try_demo(self, window: MainWindow) -> None:
        """Build the demo and open it."""
        if self._demo.build(self.open, self._tell_everywhere):
            window.say(self.tr("Building the demo's film ..."))

    def _tell_everywhere(self, error: object) -> None:
        for window in self.windows:
            if isinstance(error, VemError):
                window.say(error.message, Tone.FAILURE)

    def close(self) -> None:
        """Close all windows and let the core go."""
        self._closed = True
        self._demo.shut_down()
        if self._asking is not None:
            self._asking.wait()
        if self._inbox is not None:
            self._inbox.close()
        for window in list(self.windows):
            window.close()
        self._core.close()

    def _show_resolve(self, host: ResolveStudioHost, names: OutputNames, waiting: MainWindow) -> None:
        """Show a timeline of Resolve's in its window; a window that shows it already reads it again."""
        if self._closed:
            return
        folder = names.folder / f"{names.name}{FOLDER_SUFFIX}"
        shown = next((window for window, path in self._paths.items() if path == folder), None)
        if shown is not None:
            shown.controller.read_again()
        else:
            shown = self._make_window(folder, names, lambda: host)
            self._paths[shown] = folder
            shown.show()
            shown.controller.open()
            shown.controller.ask_core()
        shown.come_to_front()
        if waiting in self.windows and waiting not in self._paths:
            waiting.close()

    def _tell_no_resolve(self, error: VemError, waiting: MainWindow) -> None:
        if waiting in self.windows:
            text = f"{error.message} {error.hint}".strip()
            waiting.say(text, Tone.FAILURE, self.tr("Try again"), self._ask_resolve_again)

    def _ask_resolve_again(self) -> None:
        self.open_resolve()

    def _stop_asking(self) -> None:
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.deleteLater()

    def _make_window(self, folder: Path, library: OutputNames, make_host: Callable[[], Host]) -> MainWindow:
        document = Document(folder, self.preferences.initial_state, library)
        controller = Controller(document, make_host, self._core.lend, self._elsewhere)
        document.setParent(controller)
        window = MainWindow(controller, self.preferences, self._make_sound())
        controller.setParent(window)
        self.windows.append(window)
        menus = self._menus[window] = WindowMenus(window)
        menus.open_wanted.connect(self.ask_timeline)
        menus.recent_wanted.connect(self.open)
        menus.resolve_wanted.connect(self.open_resolve)
        menus.quit_wanted.connect(self.close)
        menus.show_recent(self.preferences.recent)
        start = window.body.start
        start.show_recent(self.preferences.recent)
        start.open_wanted.connect(self.ask_timeline)
        start.recent_wanted.connect(self.open)
        start.resolve_wanted.connect(self.open_resolve)
        start.demo_wanted.connect(lambda: self.try_demo(window))
        self._demo.building.connect(window.body.show_building)
        window.restore_place(self.preferences.geometry, self.preferences.layout)
        window.closed.connect(self._forget)
        window.timelines_dropped.connect(self._open_all)
        window.settings_wanted.connect(lambda: self.settings_dialog(window).open())
        window.open_button.clicked.connect(self.ask_timeline)
        controller.core_answered.connect(self._keep_core)
        controller.failed.connect(self._note_failure)
        return window

    def _watch(self, window: MainWindow, timeline: Path) -> None:
        watch = self._watches[window] = TimelineWatch(timeline, window)
        watch.changed.connect(
            lambda: window.say(
                self.tr("The timeline changed on disk. Read it again: direction and wishes stay with their shots."),
                Tone.WARNING,
                self.tr("Read again"),
                window.controller.read_again,
            )
        )
        watch.gone.connect(
            lambda: window.say(
                self.tr("The timeline is no longer there. Your takes are safe in {folder}.").format(
                    folder=window.document.folder
                ),
                Tone.WARNING,
            )
        )

    def _host_maker(self, timeline: Path | None) -> Callable[[], Host]:
        def make() -> Host:
            preferences = self.preferences
            output = self._output_folder(timeline) if timeline else None
            options = FileHostOptions(
                output=output,
                search_folders=tuple(Path(folder) for folder in preferences.media_folders),
                reading=preferences.reading,
                timeline_name=self._meant.get(timeline) if timeline else None,
            )
            if self._exchange is not None and timeline is not None and self._was_sent(timeline):
                return MenuHost(timeline, options, self._exchange)
            return self._make_file_host(timeline or Path(), options)

        return make

    def _open_inbox(self, exchange: Exchange) -> ResolveInbox:
        inbox = ResolveInbox(exchange, self)
        inbox.received.connect(self._show_sent)
        inbox.failed.connect(lambda error: _log.warning("A timeline from Resolve was not taken in: %s", error))
        return inbox

    def _show_sent(self, timeline: Path) -> None:
        """Show a timeline that Resolve's menu sent; a window that shows it already reads it again."""
        shown = next((window for window, path in self._paths.items() if path == timeline.absolute()), None)
        if shown is not None:
            shown.controller.read_again()
        (shown or self.open(timeline)).come_to_front()

    def _was_sent(self, timeline: Path) -> bool:
        return self._exchange is not None and self._exchange.received(timeline) is not None

    def _output_folder(self, timeline: Path) -> Path | None:
        """Where a timeline's scores go by the settings; None: beside it."""
        if not self.preferences.output_folder:
            return None
        return Path(self.preferences.output_folder) / OutputNames.beside(timeline).folder.name

    def _folder_of(self, timeline: Path | None) -> tuple[Path, str]:
        """Where a document is kept, and a notice if that is not where its scores go."""
        kept = platformdirs.user_data_path(APP_NAME) / "panel"
        if timeline is None:
            return kept / "untitled", ""
        wanted = self._output_folder(timeline) or OutputNames.beside(timeline).folder
        if is_writable(wanted):
            return wanted, ""
        own = kept / hashlib.sha256(str(timeline.absolute()).encode()).hexdigest()[:16]
        return own, self.tr(
            "{folder} is read-only: takes are kept in {own}. Choose an output folder before you place one."
        ).format(folder=wanted.parent, own=own)

    def _library_in(self, folder: Path, timeline: Path | None) -> OutputNames:
        """Where a timeline's takes lie: the library that the command line uses, unless that is read-only."""
        return OutputNames(folder, folder.name) if timeline is None else OutputNames.beside(timeline, folder)

    @contextlib.contextmanager
    def _local_session(self) -> Iterator[CoreClient]:
        seconds = self.preferences.idle_unload_min * 60
        choice = CoreChoice(launch=LaunchOptions(arguments=("--unload-after", f"{seconds:.0f}")))
        with core_session(choice=choice, run=self._elsewhere) as client:
            yield client

    def _remember(self, timeline: Path) -> None:
        self.preferences = self.preferences.with_recent(timeline)
        QTimer.singleShot(0, self, self._store)  # after the window is there
        for menus in self._menus.values():
            menus.show_recent(self.preferences.recent)

    def _store(self) -> None:
        try:
            self.store.save(self.preferences)
        except OSError as error:
            _log.warning("The settings could not be kept: %s", error)

    def _open_all(self, paths: list[Path]) -> None:
        for path in paths:
            if path.suffix.lower() in ENDINGS:
                self.open(path)

    def _keep_core(self, info: CoreInfo) -> None:
        self._core_info, self._core_problem = info, ""

    def _note_unread(self, window: MainWindow, timeline: Path, error: VemError) -> None:
        """A timeline that could not be opened leaves no window: it is an empty one again, or gone where others are.

        Where a file holds several timelines, the editor chooses, and the one that is meant is read.
        """
        if window.document.reading is None and not isinstance(error, SeveralTimelines) and window in self._paths:
            if not isinstance(error, TimelineError | InputError):
                return  # a core that does not answer says nothing of the timeline
            self._paths.pop(window)
            self.preferences = self.preferences.without_recent(timeline)
            self._store()
            others = [other for other in self.windows if other is not window]
            if others:
                others[-1].say(f"{error.message} {error.hint}".strip(), Tone.FAILURE)
                QTimer.singleShot(0, window, window.close)
            return
        if not isinstance(error, SeveralTimelines):
            return
        read = window.controller.read_again if window.document.reading else window.controller.open

        def choose(name: str) -> None:
            self._meant[timeline] = name
            read()

        ask_which(self.tr("Open timeline"), error, choose, window)

    def _note_failure(self, error: VemError) -> None:
        if self._core_info is None:
            self._core_problem = for_window(error.message)

    def _forget(self, window: MainWindow) -> None:
        geometry, layout = window.place_text()
        self.preferences = dataclasses.replace(self.preferences, geometry=geometry, layout=layout)
        self._store()
        self.windows.remove(window)
        self._menus.pop(window)
        self._paths.pop(window, None)
        watch = self._watches.pop(window, None)
        if watch is not None:
            watch.close()
        window.deleteLater()
        self.window_closed.emit()
        app = QApplication.instance()
        if not self.windows and isinstance(app, QApplication):
            self._core.close()
