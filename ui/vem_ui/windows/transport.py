"""The row under the strip: play, where the playhead is, zoom, place, and the one main button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.time import timecode


class SinglePressButton(QPushButton):
    """A button to which a double click is one press: its second half would undo the first, or do it twice."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Swallow the second press."""
        event.accept()


class SteadyButton(QPushButton):
    """A button as wide as the longest of its texts, so that nothing beside it moves when it says another."""

    def __init__(self, *texts: str) -> None:
        super().__init__(texts[0])
        self._texts = texts

    def sizeHint(self) -> QSize:
        """Room for each of the texts, in pixels."""
        shown, *widths = (
            self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text).width() for text in (self.text(), *self._texts)
        )
        return super().sizeHint() + QSize(max(widths) - shown, 0)

    def minimumSizeHint(self) -> QSize:
        """The same: no text is cut."""
        return self.sizeHint()


class Transport(QWidget):
    """Buttons and a clock; it decides nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.play = SteadyButton(self.tr("Play"), self.tr("Pause"))
        self.play.setToolTip(self.tr("Play or pause (Space). J, K and L shuttle."))
        self.loop = QPushButton(self.tr("Loop"))
        self.loop.setCheckable(True)
        self.loop.setToolTip(
            self.tr(
                "Play the selected range, or everything, again and again. Select with Shift and the mouse, or I and O."
            )
        )
        self.clock = QLabel("--:--:--:--")
        self.clock.setObjectName("timecode")
        self.clock.setAccessibleName(self.tr("Timecode of the playhead"))
        self.zoom_out, self.zoom_in, self.fit = QPushButton(), QPushButton(), QPushButton()
        for button, text, tip in (
            (self.zoom_out, "−", self.tr("Zoom out (minus)")),
            (self.zoom_in, "+", self.tr("Zoom in (plus)")),
            (self.fit, self.tr("Fit"), self.tr("Show the whole timeline (0)")),
        ):
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
        self.selection = QLabel()
        self.selection.setObjectName("facts")
        self.selection.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._note = ""
        self.caution = QLabel(self.tr("Not for paid work"))
        self.caution.setObjectName("caution")
        self.caution.hide()
        self.place = SinglePressButton(self.tr("Place on timeline"))
        self.place.setObjectName("place")
        self.place.setToolTip(self.tr("Put the active take on the audio lane of the timeline (Ctrl+Shift+Return)"))
        self.main = SinglePressButton(self.tr("Score timeline"))
        self.main.setObjectName("main")
        self._lay_out()

    def _lay_out(self) -> None:
        """What is heard at the left, what is made at the right; `show_compact` puts the second under the first."""
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(8)
        hearing, making = QHBoxLayout(), QHBoxLayout()
        for widget in (self.play, self.loop, self.clock, self.zoom_out, self.zoom_in, self.fit):
            hearing.addWidget(widget)
        self._hearing = hearing
        hearing.addWidget(self.selection, 1)
        for widget in (self.caution, self.place, self.main):
            making.addWidget(widget)
        self.selection.setMinimumWidth(0)
        for layout in (hearing, making):
            layout.setSpacing(8)
        self._rows.addLayout(hearing, 1)
        self._rows.addLayout(making)

    def add_mixer(self, mixer: QWidget) -> None:
        """Put the faders beside the play button."""
        self._hearing.insertWidget(2, mixer)

    def show_compact(self, compact: bool) -> None:
        """Two rows where it is narrow; the strip zooms with the wheel and the keys too."""
        directions = QBoxLayout.Direction
        self._rows.setDirection(directions.TopToBottom if compact else directions.LeftToRight)
        for button in (self.zoom_out, self.zoom_in, self.fit):
            button.setVisible(not compact)

    def show_note(self, text: str) -> None:
        """Say what is selected, or what of the take would stay; as much of it as there is room for."""
        self._note = text
        self.selection.setToolTip(text)
        self._fit_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the note into its room."""
        super().resizeEvent(event)
        self._fit_note()

    def _fit_note(self) -> None:
        width = max(0, self.selection.width() - 4)
        elided = self.selection.fontMetrics().elidedText(self._note, Qt.TextElideMode.ElideRight, width)
        self.selection.setText(elided)

    def show_playing(self, playing: bool) -> None:
        """Say what the play button does now."""
        self.play.setText(self.tr("Pause") if playing else self.tr("Play"))

    def show_position(self, sheet: CutSheet, frames: float) -> None:
        """Show the playhead's timecode."""
        self.clock.setText(timecode(sheet.start_frames + int(frames), sheet.rate, drop_frame=sheet.drop_frame))

    def show_caution(self, caution: str) -> None:
        """Say beside the main button that the chosen model's music is not for paid work; empty: say nothing."""
        self.caution.setVisible(bool(caution))
        self.caution.setToolTip(caution)

    def show_state(
        self, *, busy: bool, can_score: bool, can_place: bool, selected: bool, fresh: bool, refits: bool = False
    ) -> None:
        """Show what can be done now. After a fresh take the button that stands out is the one that places it.

        `refits`: scoring keeps the piece of the active take, and changes what is asked otherwise now.
        """
        whole = self.tr("Score again") if fresh else self.tr("Refit the music") if refits else self.tr("Score timeline")
        self.main.setToolTip(
            self.tr("Keep this piece of music, and regenerate only what you or the cut changed (Ctrl+Return)")
            if refits and not selected
            else self.tr("Make music for the timeline, or for the selected range (Ctrl+Return)")
        )
        score = self.tr("Score selection") if selected else whole
        stands_out: tuple[tuple[QPushButton, bool], ...] = (
            (self.main, busy or not fresh),
            (self.place, fresh and not busy),
        )
        for button, primary in stands_out:
            if button.property("primary") is not primary:
                button.setProperty("primary", primary)
                button.style().polish(button)
        self.main.setText(self.tr("Cancel") if busy else score)
        self.main.setEnabled(busy or can_score)
        self.place.setEnabled(can_place and not busy)
        for button in (self.play, self.loop):
            button.setEnabled(can_score)
        for zoom in (self.zoom_out, self.zoom_in, self.fit):
            zoom.setEnabled(can_score)
