"""Cuts met against how far the tempo bends: a small curve to pick a point from."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vem_core.contract.plan import Bend
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_ui.look.theme import DARK, Theme

_MARGIN_PX = (44.0, 24.0, 20.0, 26.0)  # left, top, right, bottom
_POINT_PX = 5.0
_GRAB_PX = 18.0


class TempoCurve(QWidget):
    """A point a degree of bending: across how far the tempo leaves home, up how many cuts are met within 10 ms.

    A click near a point chooses it, and so do left and right. The chosen one is filled, and larger.
    """

    bend_chosen = Signal(object)  # Bend

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._line: tuple[TempoOption, ...] = ()  # all that was worked out
        self._options: tuple[TempoOption, ...] = ()  # one a degree of bending, to choose from
        self._chosen: Bend | None = None
        self._names = {
            Bend.STEADY: self.tr("steady"),
            Bend.GROOVE: self.tr("groove"),
            Bend.RUBATO: self.tr("rubato"),
            Bend.FREE: self.tr("free"),
        }
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFixedHeight(150)
        self.setAccessibleName(self.tr("Cuts met against how far the tempo bends"))

    def sizeHint(self) -> QSize:
        return QSize(320, 130)

    def show_options(self, options: TempoOptions | None, asked: Bend | None) -> None:
        """Show a curve; `asked` is the editor's own choice, else the tool's is the chosen one."""
        self._line = () if options is None else tuple(sorted(options.options, key=lambda each: each.excursion))
        self._options = tuple(farthest_of_each(self._line).values())
        self._chosen = asked or (None if options is None else options.bend)
        lines = [self.in_words(option) for option in self._options]
        self.setAccessibleDescription("; ".join(lines))
        self.setToolTip("\n".join(lines))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self._theme = theme
        self.update()

    def in_words(self, option: TempoOption) -> str:
        """One point in words, for tool tips and screen readers."""
        share = option.met_10_ms / option.counted if option.counted else 0.0
        words = self.tr("{bend}: {share:.0%} of the cuts, {excursion:.1%} off the home tempo").format(
            bend=self._names[option.bend], share=share, excursion=option.excursion
        )
        return self.tr("{point} (chosen)").format(point=words) if option.bend is self._chosen else words

    def place_of(self, option: TempoOption) -> QPointF:
        """Where a point lies, in pixels of the widget."""
        box, widest = self._box(), max((each.excursion for each in self._options), default=0.0) or 1.0
        share = option.met_10_ms / option.counted if option.counted else 0.0
        return QPointF(box.left() + option.excursion / widest * box.width(), box.bottom() - share * box.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point under the pointer, if one is near."""
        if event.button() != Qt.MouseButton.LeftButton or not self._options:
            return
        at = event.position()
        nearest = min(self._options, key=lambda each: (self.place_of(each) - at).manhattanLength())
        if (self.place_of(nearest) - at).manhattanLength() <= _GRAB_PX:
            self.bend_chosen.emit(nearest.bend)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next point with left and right."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        bends = [option.bend for option in self._options]
        if step is None or self._chosen not in bends:
            super().keyPressEvent(event)
            return
        self.bend_chosen.emit(bends[min(len(bends) - 1, max(0, bends.index(self._chosen) + step))])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes, the line, the points with their names."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = painter.font()
            font.setPixelSize(11)
            painter.setFont(font)
            box, theme = self._box(), self._theme
            painter.setPen(theme.color("line"))
            painter.drawLine(box.bottomLeft(), box.bottomRight())
            painter.drawLine(box.bottomLeft(), box.topLeft())
            painter.setPen(theme.color("faint"))
            for share, y in ((100, box.top()), (0, box.bottom())):
                label = QRectF(0, y - 8, box.left() - 6, 16)
                painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{share} %")
            if self._line:
                painter.setPen(theme.color("tempo"))
                painter.drawPolyline(QPolygonF([self.place_of(option) for option in self._line]))
            for option in self._options:
                self._paint_point(painter, option)
            if self.hasFocus():
                painter.setPen(theme.color("accent"))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _label_above(self, option: TempoOption) -> bool:
        """Names stand above and below their points in turn, so that neighbours leave each other room."""
        return self._options.index(option) % 2 == 1

    def _paint_point(self, painter: QPainter, option: TempoOption) -> None:
        at, chosen, theme = self.place_of(option), option.bend is self._chosen, self._theme
        painter.setPen(theme.color("accent" if chosen else "tempo"))
        painter.setBrush(theme.color("accent" if chosen else "window"))
        radius = _POINT_PX + 1.5 if chosen else _POINT_PX
        painter.drawEllipse(at, radius, radius)
        painter.setPen(theme.color("text" if chosen else "faint"))
        text = f"{self._names[option.bend]} {option.excursion:.1%}"
        width = painter.fontMetrics().horizontalAdvance(text)
        left = min(max(0.0, at.x() - width / 2), self.width() - width - 2)
        above = self._label_above(option)
        painter.drawText(
            QPointF(left, max(11.0, at.y() - 10) if above else min(self.height() - 4.0, at.y() + 20)), text
        )

    def _box(self) -> QRectF:
        left, top, right, bottom = _MARGIN_PX
        return QRectF(self.rect()).adjusted(left, top, -right, -bottom)


def farthest_of_each(options: Iterable[TempoOption]) -> dict[Bend, TempoOption]:
    """Of each degree of bending the option that uses all of it: what choosing it means."""
    return {option.bend: option for option in sorted(options, key=lambda each: each.excursion)}
