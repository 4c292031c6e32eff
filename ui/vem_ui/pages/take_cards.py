"""Takes as cards: a mini-waveform, what a take is and how it meets the cuts, stars, notes; dragged out as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QLineF,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDrag, QMouseEvent, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from vem_ui.document.takes import StoredTake
from vem_ui.document.wording import name_for_window
from vem_ui.look.theme import DARK, Theme
from vem_ui.strip.model import totals_of

CARD = Qt.ItemDataRole.UserRole
MOST_STARS = 5
_HEIGHT_PX, _PAD_PX, _LINE_PX, _WAVE_PX, _STAR_PX = 62, 8, 17, 18, 13


@dataclass(frozen=True)
class TakeCard:
    """What a card says beside the take's name."""

    stars: int = 0
    notes: str = ""
    flag: str = ""  # "earlier cut"
    facts: str = ""
    take: StoredTake | None = field(default=None, compare=False)  # None: not loaded yet; `facts` says so, too

    def in_words(self, name: str) -> str:
        """The card for a screen reader."""
        stars = QCoreApplication.translate("TakeCards", "{stars} stars").format(stars=self.stars) if self.stars else ""
        return ", ".join(part for part in (name, self.flag, self.facts, stars, self.notes) if part)


def facts_of(stored: StoredTake) -> str:
    """Style, tempo, cuts met, excursion and length: «House · 122 BPM · 84 % met · ±1.8 % · 0:47»."""
    result = stored.take.result
    seconds = stored.take.request.sheet.duration_frames / stored.take.request.sheet.rate
    report, parts = result.report, [style_name(result.plan.style)]
    if report.measured_bpm is not None:
        parts.append(f"{report.measured_bpm:.0f} BPM")
    if report.cuts:
        met = QCoreApplication.translate("TakeCards", "{share:.0%} met")
        parts.append(met.format(share=totals_of(report).hit_rate_1_frame))
    if report.cost is not None:
        parts.append(f"±{report.cost.excursion:.1%}")
    minutes, rest = divmod(float(seconds), 60)
    return " · ".join([*parts, f"{int(minutes)}:{rest:04.1f}"])


def short_facts_of(stored: StoredTake) -> str:
    """Style, tempo and cuts met, the least that tells variants apart: «House · 122 · 84 %»."""
    result = stored.take.result
    parts = [style_name(result.plan.style)]
    if result.report.measured_bpm is not None:
        parts.append(f"{result.report.measured_bpm:.0f}")
    if result.report.cuts:
        parts.append(f"{totals_of(result.report).hit_rate_1_frame:.0%}")
    return " · ".join(parts)


def style_name(style: str) -> str:
    """A style's name for people, by its id: "lo-fi" is Lo-fi, "drum-and-bass" Drum and bass."""
    spelt = style if style == "lo-fi" else style.replace("-", " ")
    return name_for_window(spelt[:1].upper() + spelt[1:])


class TakeList(QListWidget):
    """Cards that can be dragged out of the window as the WAVs they are; stars are given with a click."""

    rated = Signal(int, int)  # row, stars
    files_wanted = Signal(int)  # the row whose file is about to be dragged

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.delegate = CardDelegate(self)
        self.setItemDelegate(self.delegate)
        self.setDragEnabled(True)
        self.setDragDropMode(QListWidget.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerItem)

    def show_theme(self, theme: Theme) -> None:
        """Change the colours of the cards."""
        self.delegate.theme = theme
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the active take in view: the list is filled before it has its room, and may be given less later."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        """The WAVs of the dragged takes, as a file manager would give them."""
        return files_data([card.take.mix for item in items if (card := item.data(CARD)) is not None and card.take])

    def supportedDropActions(self) -> Qt.DropAction:
        """Copies only: the library keeps its files."""
        return Qt.DropAction.CopyAction

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a star gives so many; on the one that is the last already, none."""
        item = self.itemAt(event.position().toPoint())
        card = None if item is None else item.data(CARD)
        if item is not None and card is not None:
            box = stars_box(self.visualItemRect(item))
            if box.contains(event.position().toPoint()):
                stars = 1 + int((event.position().x() - box.left()) // _STAR_PX)
                self.rated.emit(self.row(item), 0 if stars == card.stars else min(MOST_STARS, stars))
        super().mousePressEvent(event)


class CardDelegate(QStyledItemDelegate):
    """Paints a card; the name is edited in its own line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As high as three lines and a waveform."""
        card = index.data(CARD)
        notes = _LINE_PX if card is not None and card.notes else 0
        return QSize(120, _HEIGHT_PX + notes)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The editor stands where the name does."""
        editor.setGeometry(option.rect.adjusted(4, 2, -4, 0).intersected(QRect(0, option.rect.top(), 10_000, 28)))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw name and stars, facts, waveform, notes."""
        blank = QStyleOptionViewItem(option)
        self.initStyleOption(blank, index)
        name, blank.text = blank.text, ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, blank, painter, option.widget)
        card: TakeCard = index.data(CARD) or TakeCard()
        painter.save()
        self._paint_text(painter, option.rect, name, card, option.palette)
        if card.take is not None:
            self._paint_wave(painter, option.rect, card)
        painter.restore()

    def _paint_text(self, painter: QPainter, rect: QRect, name: str, card: TakeCard, palette: QPalette) -> None:
        inner = rect.adjusted(_PAD_PX + 2, 4, -_PAD_PX, 0)
        font, bold = painter.font(), painter.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.setPen(self.theme.color("text"))
        stars = stars_box(rect)
        line = QRect(inner.left(), inner.top(), stars.left() - inner.left() - 6, _LINE_PX)
        _draw(painter, line, name)
        used = painter.fontMetrics().horizontalAdvance(name) + 10
        painter.setFont(font)
        painter.setPen(self.theme.color("near"))
        _draw(painter, line.adjusted(used, 0, 0, 0), card.flag)
        for number in range(MOST_STARS):
            painter.setPen(self.theme.color("accent" if number < card.stars else "faint"))
            at = QRect(stars.left() + number * _STAR_PX, stars.top(), _STAR_PX, stars.height())
            painter.drawText(at, Qt.AlignmentFlag.AlignCenter, "★" if number < card.stars else "☆")
        small = painter.font()
        small.setPixelSize(11)
        painter.setFont(small)
        painter.setPen(self.theme.color("faint"))
        _draw(painter, QRect(inner.left(), inner.top() + _LINE_PX, inner.width(), _LINE_PX), card.facts)
        if card.notes:
            painter.setPen(self.theme.color("text"))
            top = inner.top() + 2 * _LINE_PX + _WAVE_PX + 2
            _draw(painter, QRect(inner.left(), top, inner.width(), _LINE_PX), card.notes)

    def _paint_wave(self, painter: QPainter, rect: QRect, card: TakeCard) -> None:
        assert card.take is not None
        box = QRectF(rect.adjusted(_PAD_PX + 2, 4 + 2 * _LINE_PX, -_PAD_PX, 0))
        wave, columns = card.take.waveform, max(1, int(box.width()))
        middle, half = box.top() + _WAVE_PX / 2, _WAVE_PX / 2
        painter.setPen(self.theme.color("waveform"))
        painter.drawLines(
            [
                QLineF(box.left() + x, middle - high * half, box.left() + x, middle - low * half + 0.5)
                for x, (low, high) in enumerate(wave.between(0, wave.samples, columns).tolist())
            ]
        )


class DragHandle(QPushButton):
    """A button that is dragged: it carries a file out of the window. A click asks to see it in its folder."""

    def __init__(self, text: str, none_yet: str, parent: QWidget | None = None) -> None:
        """`none_yet` says when there will be a file, while there is none."""
        super().__init__(text, parent)
        self._none_yet = none_yet
        self.file: Path | None = None
        self._pressed_at = QRect()
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.show_file(None)

    def show_file(self, file: Path | None) -> None:
        """Carry this file from now on; None: there is none."""
        self.file = file
        self.setEnabled(file is not None)
        self.setToolTip(self._none_yet if file is None else str(file))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag once the pointer has left the place where it pressed."""
        pressed = event.buttons() & Qt.MouseButton.LeftButton
        outside = not self.rect().adjusted(4, 4, -4, -4).contains(event.position().toPoint())
        if self.file is None or not pressed or not outside:
            super().mouseMoveEvent(event)
            return
        self.setDown(False)
        drag = QDrag(self)
        drag.setMimeData(files_data([self.file]))
        drag.exec(Qt.DropAction.CopyAction)


def files_data(files: Sequence[Path]) -> QMimeData:
    """Files as other programs take them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    return data


def stars_box(rect: QRect) -> QRect:
    """Where a card's stars stand."""
    width = MOST_STARS * _STAR_PX
    return QRect(rect.right() - _PAD_PX - width, rect.top() + 4, width, _LINE_PX)


def _draw(painter: QPainter, box: QRect, text: str) -> None:
    if text and box.width() > 8:
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
