"""What this machine offers, and the settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from vem_core.contract.request import Device
from vem_ui.document.preferences import FRAME_RATES, Preferences
from vem_ui.forms.caution import CautionLine
from vem_ui.forms.form_fields import choice, number, row
from vem_ui.look.theme import THEMES, Theme
from vem_ui.windows.machine_check import Finding
from vem_ui.windows.placing import room_on

_WANTED_PX = QSize(560, 600)


class SettingsDialog(QDialog):
    """Shows findings and preferences; `preferences` is what the editor made of them."""

    def __init__(
        self, preferences: Preferences, models: Sequence[str], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._before = preferences
        self._theme = theme
        self.setWindowTitle(self.tr("Settings"))
        self.setStyleSheet(theme.style_sheet())
        self.setPalette(theme.palette())
        self.findings = QLabel()
        self.findings.setWordWrap(True)
        self.findings.setAccessibleName(self.tr("This machine"))
        self._make_fields(models)
        self._lay_out()
        self._show(preferences)

    @property
    def preferences(self) -> Preferences:
        """The preferences as the dialog stands."""
        return dataclasses.replace(
            self._before,
            model=self.model.currentData(),
            device=Device(self.device.currentData()),
            loudness_lufs=self.loudness.value(),
            stems=self.stems.isChecked(),
            midi=self.midi.isChecked(),
            output_folder=self.output.text().strip(),
            media_folders=tuple(self.media.item(row).text() for row in range(self.media.count())),
            frame_rate=self.frame_rate.currentData(),
            tolerance_frames=self.tolerance.value(),
            audition=self.audition.isChecked(),
            idle_unload_min=self.idle.value(),
            theme=self.theme_box.currentData(),
            language=self.language.currentData(),
        )

    def setVisible(self, visible: bool) -> None:
        """Be as large as what is in it, and no larger than the screen: what has no room is scrolled to."""
        if visible and not self.isVisible():
            self.ensurePolished()
            bar = self._area.verticalScrollBar().sizeHint().width()
            width = max(_WANTED_PX.width(), self._body.sizeHint().width() + bar)
            height = max(self._body.sizeHint().height(), self._body.heightForWidth(width))
            wanted = QSize(width, height + self._foot.sizeHint().height()).expandedTo(_WANTED_PX)
            self.resize(wanted.boundedTo(room_on(self.screen())))
        super().setVisible(visible)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Say what was found on this machine."""
        lines = []
        for finding in findings:
            color = self._theme.hit if finding.good else self._theme.missed if finding.needed else self._theme.faint
            advice = f"<br>&nbsp;&nbsp;&nbsp;&nbsp;{finding.advice}" if finding.advice else ""
            lines.append(f'<span style="color:{color}">●</span>&nbsp; {finding.text}{advice}')
        self.findings.setText(f'<p style="line-height: 135%">{"<br>".join(lines)}</p>')

    def show_cautions(self, cautions: Mapping[str, str]) -> None:
        """Say under the choice of model what may not be done with its music."""
        self.caution.show_cautions(cautions)

    def _make_fields(self, models: Sequence[str]) -> None:
        self.model = choice([("auto", self.tr("Automatic")), *((model, model) for model in models if model != "auto")])
        self.caution = CautionLine()
        self.model.currentIndexChanged.connect(lambda _: self.caution.show_model(self.model.currentData()))
        self.device = choice(
            [
                ("auto", self.tr("Automatic")),
                ("cuda", self.tr("GPU")),
                ("xpu", self.tr("Intel GPU")),
                ("mps", self.tr("Apple GPU")),
                ("cpu", self.tr("Processor")),
            ]
        )
        self.loudness = number(-40, -6, 0.5, " LUFS")
        self.stems = QCheckBox(self.tr("Also make stems"))
        self.midi = QCheckBox(self.tr("Also make MIDI"))
        self.output = QLineEdit()
        self.output.setPlaceholderText(self.tr("Beside each timeline"))
        self.choose_output = QPushButton(self.tr("Choose ..."))
        self.choose_output.clicked.connect(self._choose_output)
        self.media = QListWidget()
        self.media.setMaximumHeight(64)
        self.add_media = QPushButton(self.tr("Add ..."))
        self.add_media.clicked.connect(self._add_media)
        self.remove_media = QPushButton(self.tr("Remove"))
        self.remove_media.clicked.connect(lambda: self.media.takeItem(self.media.currentRow()))
        rates = [(rate, f"{float(Fraction(rate)):.5g}") for rate in FRAME_RATES]
        self.frame_rate = choice([("", self.tr("As the file says")), *rates])
        self.frame_rate.setToolTip(self.tr("For edit lists and other files that state no frame rate"))
        self.tolerance = number(0.5, 4, 0.5, self.tr(" frames"))
        self.audition = QCheckBox(self.tr("Play the music while it is made, a sketch first where the model is slow"))
        self.idle = number(0.5, 240, 1, self.tr(" min"))
        self.theme_box = choice([(name, self.tr("Dark") if name == "dark" else self.tr("Light")) for name in THEMES])
        self.language = choice([("", self.tr("The system's")), ("en", "English"), ("zh_CN", "简体中文")])

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for label, field in (
            (self.tr("&Model"), self.model),
            ("", self.caution),
            (self.tr("&Device"), self.device),
            (self.tr("&Loudness"), self.loudness),
            ("", self.stems),
            ("", self.midi),
            (self.tr("&Output folder"), row(self.output, self.choose_output)),
            (self.tr("Look for media in"), row(self.media, self.add_media, self.remove_media)),
            (self.tr("Frame &rate of edit lists"), self.frame_rate),
            (self.tr("Show as a &hit up to"), self.tolerance),
            ("", self.audition),
            (self.tr("&Free the model's memory after"), self.idle),
            (self.tr("&Theme"), self.theme_box),
            (self.tr("Lan&guage"), self.language),
        ):
            form.addRow(label, field)
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)  # of the dialog at once: its look says: no icons
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        caption = QLabel(self.tr("This machine"))
        caption.setObjectName("caption")
        self._body = QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(18, 16, 18, 6)
        body.setSpacing(10)
        body.addWidget(caption)
        body.addWidget(self.findings)
        body.addSpacing(8)
        body.addLayout(form)
        body.addStretch(1)
        self._area = area = QScrollArea()
        area.setWidget(self._body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        foot = QVBoxLayout()
        foot.setContentsMargins(18, 4, 18, 16)
        foot.addWidget(self.buttons)
        self._foot = foot
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(area, 1)
        layout.addLayout(foot)

    def _show(self, preferences: Preferences) -> None:
        for box, value in (
            (self.model, preferences.model),
            (self.device, preferences.device.value),
            (self.theme_box, preferences.theme),
            (self.language, preferences.language),
            (self.frame_rate, preferences.frame_rate),
        ):
            if box.findData(value) < 0:
                box.addItem(value, value)
            box.setCurrentIndex(box.findData(value))
        self.caution.show_model(preferences.model)
        self.loudness.setValue(preferences.loudness_lufs)
        self.stems.setChecked(preferences.stems)
        self.midi.setChecked(preferences.midi)
        self.output.setText(preferences.output_folder)
        self.media.addItems(list(preferences.media_folders))
        self.tolerance.setValue(preferences.tolerance_frames)
        self.audition.setChecked(preferences.audition)
        self.idle.setValue(preferences.idle_unload_min)

    def _choose_output(self) -> None:
        folder = self.ask_folder(self.tr("Where the scores go"))
        if folder is not None:
            self.output.setText(str(folder))

    def _add_media(self) -> None:
        folder = self.ask_folder(self.tr("Where to look for moved media"))
        if folder is not None:
            self.media.addItem(str(folder))

    def ask_folder(self, title: str) -> Path | None:
        """Which folder the editor means."""
        name = QFileDialog.getExistingDirectory(self, title, self.output.text())
        return Path(name) if name else None
