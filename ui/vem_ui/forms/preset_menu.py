"""Presets of direction in the panel: apply, save, share, remove."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from vem_core.contract.direction import Direction
from vem_core.contract.errors import ContractError, DirectionError, VemError
from vem_core.contract.wishes import ROOM_PREFIX, Wishes
from vem_plugin.presets import (
    SUFFIX,
    list_presets,
    presets_folder,
    read_preset,
    remove_preset,
    save_preset,
    write_preset,
)
from vem_plugin.presets.preset import GENERAL, Preset
from vem_plugin.presets.shipped import SHIPPED
from vem_ui.document.document import Document
from vem_ui.document.wording import name_for_window

_APPLIED = frozenset(field.name for field in dataclasses.fields(Direction)) - {"shot_energies", "shot_words"} | {
    name for name in GENERAL if name.startswith(ROOM_PREFIX)
}
"""What a preset replaces: all of the direction but what is about single shots."""


class PresetMenu(QMenu):
    """A menu of the user's presets, read whenever it opens. What is said of single shots stays as it is."""

    failed = Signal(object)  # VemError
    done = Signal(str)  # a sentence for the editor

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.folder = presets_folder()
        self.aboutToShow.connect(self.rebuild)

    def rebuild(self) -> None:
        """Offer the presets that there are now."""
        self.clear()
        presets = list_presets(self.folder)
        for preset in presets:
            self._offer(self, preset, preset.name, preset.note)
        ready = self.addMenu(self.tr("Ready-made"))
        ready.setToolTipsVisible(True)
        for preset in SHIPPED:
            self._offer(ready, preset, name_for_window(preset.name), name_for_window(preset.note))
        self.addSeparator()
        self.addAction(self.tr("Save as ...")).triggered.connect(self._save)
        self.addAction(self.tr("Take from a file ...")).triggered.connect(self._take)
        for title, act in ((self.tr("Share as a file"), self._share), (self.tr("Remove"), self._remove)):
            menu = self.addMenu(title)
            menu.setEnabled(bool(presets))
            for preset in presets:
                menu.addAction(preset.name).triggered.connect(functools.partial(self._guarded, act, preset))

    def _offer(self, menu: QMenu, preset: Preset, name: str, note: str) -> None:
        action = menu.addAction(name)
        action.setToolTip(note)
        action.triggered.connect(functools.partial(self._apply, preset))

    def ask_name(self) -> str:
        """What the new preset shall be called; "" if the editor changed their mind."""
        name, accepted = QInputDialog.getText(
            self.parentWidget(), self.tr("Save the direction"), self.tr("Name of the preset")
        )
        return name.strip() if accepted else ""

    def ask_file(self, title: str, suggested: str, *, write: bool) -> Path | None:
        """Which file the editor means."""
        ask = QFileDialog.getSaveFileName if write else QFileDialog.getOpenFileName
        name, _ = ask(self.parentWidget(), title, suggested, self.tr("Presets ({0})").format(f"*{SUFFIX}"))
        return Path(name) if name else None

    def _apply(self, preset: Preset, checked: bool = False) -> None:
        """Ask for what a preset says and for nothing else: what it leaves unsaid goes back to the default."""
        state = self._document.state
        kept = {name: value for name, value in state.asked.given.items() if name not in _APPLIED}
        self._document.change(
            self.tr("Preset"), dataclasses.replace(state, asked=Wishes(**{**kept, **preset.wishes.given}))
        )

    def _save(self) -> None:
        name = self.ask_name()
        if name:
            self._guarded(self._save_as, name)

    def _save_as(self, name: str) -> None:
        try:
            preset = Preset(name, self._document.state.asked.only(_APPLIED))
        except ContractError as error:
            raise DirectionError(self.tr("{0} cannot be saved: {1}.").format(name, error.message)) from error
        save_preset(preset, self.folder)
        self.done.emit(self.tr("Saved the direction as {0}.").format(name))

    def _take(self) -> None:
        path = self.ask_file(self.tr("Take a preset"), "", write=False)
        if path is not None:
            self._guarded(self._take_from, path)

    def _take_from(self, path: Path) -> None:
        preset = read_preset(path)
        save_preset(preset, self.folder)
        self._apply(preset)

    def _share(self, preset: Preset) -> None:
        path = self.ask_file(self.tr("Share a preset"), f"{preset.name}{SUFFIX}", write=True)
        if path is not None:
            write_preset(preset, path)
            self.done.emit(self.tr("Exported: {path}").format(path=path))

    def _remove(self, preset: Preset) -> None:
        remove_preset(preset.name, self.folder)

    def _guarded(self, act: Callable[..., None], *arguments: object) -> None:
        """Do something with files, and say what went wrong."""
        try:
            act(arguments[0])
        except VemError as error:
            self.failed.emit(error)
