"""The menu bar of a window, and its keys."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QMenu

from vem_ui.windows.help_dialogs import messages_dialog, shortcuts_dialog
from vem_ui.windows.main_window import MainWindow

_TAKE_KEYS = 9
_GUIDE = Path(__file__).resolve().parents[3] / "docs" / "editors" / "panel.md"  # in a checkout


class WindowMenus(QMenu):
    """Builds the menus of one window. What concerns more than the window leaves as signals."""

    open_wanted = Signal()
    recent_wanted = Signal(object)  # Path
    resolve_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._recent: QMenu
        self._with_timeline: list[QAction] = []  # what needs one
        self._with_take: list[QAction] = []
        self._exports: dict[str, QAction] = {}
        self._takes: list[QAction] = []
        self._file_menu()
        self._edit_menu()
        self._music_menu()
        self._view_menu()
        self._help_menu()
        window.refreshed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Let the entries be what can be done now."""
        window = self._window
        has_timeline, state = window.document.reading is not None, window.document.state
        for action in self._with_timeline:
            action.setEnabled(has_timeline)
        for action in self._with_take:
            action.setEnabled(state.active_take is not None)
        for kind, action in self._exports.items():
            action.setEnabled(state.active_take is not None and window.takes.exports[kind].isEnabled())
        self._vary.setEnabled(state.active_take is not None and state.selection is not None)
        self._lock.setEnabled(state.active_take is not None and state.selection is not None)
        for number, action in enumerate(self._takes):
            action.setEnabled(number < len(state.takes))

    def show_recent(self, timelines: tuple[str, ...]) -> None:
        """Offer these timelines again."""
        self._recent.clear()
        for timeline in timelines:
            path = Path(timeline)
            action = self._recent.addAction(f"{path.parent.name}/{path.name}")
            action.setToolTip(timeline)
            action.triggered.connect(lambda checked=False, path=path: self.recent_wanted.emit(path))
        self._recent.setEnabled(bool(timelines))

    def _file_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&File"))
        self._add(menu, self.tr("&Open timeline ..."), QKeySequence.StandardKey.Open, self.open_wanted.emit)
        self._add(menu, self.tr("Open what &Resolve has open"), "Ctrl+Shift+O", self.resolve_wanted.emit)
        self._recent = menu.addMenu(self.tr("Open &recent"))
        again = self._add(menu, self.tr("&Read timeline again"), "F5", self._window.controller.read_again)
        self._with_timeline.append(again)
        menu.addSeparator()
        for kind, text in (
            ("mix", self.tr("Export &music ...")),
            ("stems", self.tr("Export &stems ...")),
            ("midi", self.tr("Export M&IDI ...")),
        ):
            wanted = functools.partial(self._window.takes.export_wanted.emit, kind)
            self._exports[kind] = self._add(menu, text, None, wanted)
        menu.addSeparator()
        self._add(menu, self.tr("Se&ttings ..."), QKeySequence.StandardKey.Preferences, self._wants_settings)
        self._add(menu, self.tr("&Close window"), QKeySequence.StandardKey.Close, self._window.close)
        self._add(menu, self.tr("&Quit"), QKeySequence.StandardKey.Quit, self.quit_wanted.emit)

    def _edit_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Edit"))
        stack = self._window.document.undo_stack
        undo, redo = stack.createUndoAction(self, self.tr("&Undo")), stack.createRedoAction(self, self.tr("&Redo"))
        undo.setShortcut(QKeySequence.StandardKey.Undo)
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])  # what either kind of editor uses
        menu.addActions([undo, redo])
        menu.addSeparator()
        self._with_timeline += [
            self._add(menu, self.tr("Another &seed"), "Ctrl+R", self._window.form.dice.click),
            self._add(menu, self.tr("Start &over"), None, self._window.start_over),
            self._add(
                menu, self.tr("&Whole timeline"), "Ctrl+Shift+A", lambda: self._window.strip.span_selected.emit(None)
            ),
        ]

    def _music_menu(self) -> None:
        window = self._window
        menu = window.menuBar().addMenu(self.tr("&Music"))
        self._with_timeline.append(
            self._add(menu, self.tr("&Score, or cancel"), "Ctrl+Return", window.transport.main.click)
        )
        self._with_take.append(
            self._add(menu, self.tr("&Place on timeline"), "Ctrl+Shift+Return", window.transport.place.click)
        )
        self._vary = self._add(menu, self.tr("&Vary the selection"), "Ctrl+Alt+Return", window.controller.vary)
        self._vary.setToolTip(self.tr("Other music for the selected range of this take; the rest stays"))
        self._lock = self._add(menu, self.tr("&Lock the selection, or unlock it"), "Ctrl+Alt+L", window.hand.lock)
        self._lock.setToolTip(self.tr("What is locked stays as it is when the timeline is scored again"))
        menu.addSeparator()
        self._with_timeline.append(self._add(menu, self.tr("Play or p&ause"), "Ctrl+Space", window.toggle_playing))
        compare = self._add(menu, self.tr("&Compare the last two takes"), "Ctrl+B", window.takes.switch)
        self._with_take.append(compare)
        for text, key, forward in (
            (self.tr("&Next variant"), "Ctrl+]", True),
            (self.tr("Variant be&fore"), "Ctrl+[", False),
        ):
            step = functools.partial(window.body.variants.step, forward)
            self._with_take.append(self._add(menu, text, key, step))
        self._with_timeline.append(self._add(menu, self.tr("The &brief"), "Ctrl+I", window.show_brief))
        takes = menu.addMenu(self.tr("Hear &take"))
        for number in range(1, _TAKE_KEYS + 1):
            choose = functools.partial(window.takes.choose, number - 1)
            self._takes.append(self._add(takes, str(number), f"Ctrl+{number}", choose))

    def _view_menu(self) -> None:
        strip = self._window.strip
        menu = self._window.menuBar().addMenu(self.tr("&View"))
        self._with_timeline += [
            self._add(menu, self.tr("Zoom &in"), QKeySequence.StandardKey.ZoomIn, lambda: strip.zoom(1.5)),
            self._add(menu, self.tr("Zoom &out"), QKeySequence.StandardKey.ZoomOut, lambda: strip.zoom(1 / 1.5)),
            self._add(menu, self.tr("&Fit"), "Ctrl+0", strip.fit),
            self._add(menu, self.tr("&Strip"), "Ctrl+L", strip.setFocus),
            self._add(menu, self.tr("&Large picture"), "F11", self._window.show_large_picture),
        ]
        menu.addSeparator()
        self._add(menu, self.tr("&Messages ..."), "Ctrl+M", self._show_messages)

    def _help_menu(self) -> None:
        menu = self._window.menuBar().addMenu(self.tr("&Help"))
        window = self._window
        self._add(
            menu,
            self.tr("&Keyboard shortcuts"),
            QKeySequence.StandardKey.HelpContents,
            lambda: shortcuts_dialog(window.theme, window).open(),
        )
        if _GUIDE.is_file():
            address = QUrl.fromLocalFile(str(_GUIDE))
            self._add(menu, self.tr("&Guide to the window"), None, lambda: QDesktopServices.openUrl(address))
        self._add(menu, self.tr("This &machine ..."), None, self._wants_settings)

    def _show_messages(self) -> None:
        messages_dialog(self._window.message.history, self._window.theme, self._window).open()

    def _wants_settings(self) -> None:
        self._window.settings_wanted.emit()

    def _add(
        self, menu: QMenu, text: str, key: QKeySequence.StandardKey | str | None, then: Callable[[], object]
    ) -> QAction:
        action = menu.addAction(text)
        if key is not None:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda checked=False: then())
        return action
