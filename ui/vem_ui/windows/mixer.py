"""The faders of what is heard: a small menu beside the play button."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QMenu, QPushButton, QSlider, QWidget, QWidgetAction

from vem_ui.playback.mix import Mix

_LOWEST_DB, _HIGHEST_DB = -40, 6


class MixerButton(QPushButton):
    """Opens the faders: for each source its level, mute and solo. It says so where something is muted."""

    changed = Signal()

    def __init__(self, mix: Mix, sources: tuple[tuple[str, str], ...], parent: QWidget | None = None) -> None:
        """`sources`: the name in the mix, and the name for people."""
        super().__init__(parent)
        self._mix = mix
        self.setToolTip(self.tr("What is heard: levels, mute and solo"))
        self.levels: dict[str, QSlider] = {}
        self.mutes: dict[str, QCheckBox] = {}
        self.solos: dict[str, QCheckBox] = {}
        faders = QWidget()
        grid = QGridLayout(faders)
        grid.setContentsMargins(12, 10, 12, 10)
        for row, (name, text) in enumerate(sources):
            level = self.levels[name] = QSlider(Qt.Orientation.Horizontal)
            level.setRange(_LOWEST_DB, _HIGHEST_DB)
            level.setMinimumWidth(120)
            level.setAccessibleName(self.tr("Level of {name}").format(name=text))
            mute, solo = QCheckBox(self.tr("Mute")), QCheckBox(self.tr("Solo"))
            self.mutes[name], self.solos[name] = mute, solo
            for column, part in enumerate((QLabel(text), level, mute, solo)):
                grid.addWidget(part, row, column)
            level.valueChanged.connect(self._change)
            for box in (mute, solo):
                box.toggled.connect(self._change)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(faders)
        menu.addAction(action)
        self.setMenu(menu)
        self._change()

    def _change(self) -> None:
        for name, level in self.levels.items():
            fader = dataclasses.replace(
                self._mix.fader(name),
                level_db=float(level.value()),
                muted=self.mutes[name].isChecked(),
                soloed=self.solos[name].isChecked(),
            )
            self._mix.set_fader(name, fader)
        whole = not any(box.isChecked() for box in (*self.mutes.values(), *self.solos.values()))
        self.setText(self.tr("Sound") if whole else self.tr("Sound (partly muted)"))
        self.changed.emit()
