"""The strip as a widget: paints the layers, and turns the mouse and the keys into signals."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vem_ui.document.state import RecordSpan
from vem_ui.strip import layers
from vem_ui.strip.model import StripModel
from vem_ui.strip.tiles import Tiles
from vem_ui.strip.viewport import Viewport
from vem_ui.theme import DARK, Theme

GRAB_PX = 5
"""How near to a cut a click must be to mean it."""


class StripView(QWidget):
    """Shows a `StripModel`. It changes nothing itself: what the hand does leaves as signals.

    Click on a cut: `cut_clicked`. Click elsewhere: `position_clicked`. Drag in the energy row: `energy_dragged` (shot,
    0..1). Shift-drag: `span_selected`. Wheel scrolls, Ctrl-wheel zooms. Keys: left and right move the playhead by a
    frame, with Shift to the next cut; plus and minus zoom; Home and End; Return on a cut cycles its wish.
    """

    cut_clicked = Signal(int)  # index of the cut
    position_clicked = Signal(float)  # record frames
    energy_dragged = Signal(int, float)
    span_selected = Signal(object)  # RecordSpan | None
    viewport_changed = Signal(object)  # Viewport

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self.model: StripModel | None = None
        self.viewport = Viewport.fitting(1, 1)
        self.playhead_frames = 0.0
        self.selection: RecordSpan | None = None
        self.pixmap_of: layers.PixmapOf = lambda shot, percent: None
        self.tiles = Tiles()
        self._drag: str | None = None
        self._drag_from_frames = 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(180)
        self.setAccessibleName(self.tr("Timeline strip"))

    def sizeHint(self) -> QSize:
        return QSize(900, 280)

    def show_model(self, model: StripModel | None) -> None:
        """Draw another model; the view stays where it is if the timeline is as long as before."""
        before = self.model.sheet.duration_frames if self.model else None
        self.model = model
        self.tiles.clear()
        if model is not None and model.sheet.duration_frames != before:
            self._set_viewport(Viewport.fitting(model.sheet.duration_frames, self.width()))
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.theme = theme
        self.tiles.clear()
        self.update()

    def show_pixmaps(self, pixmap_of: layers.PixmapOf) -> None:
        """Draw the shots with other pictures."""
        self.pixmap_of = pixmap_of
        self.tiles.clear()
        self.update()

    def set_playhead(self, frames: float, *, follow: bool = False) -> None:
        """Move the playhead; with `follow` the view turns the page when it leaves."""
        self.playhead_frames = frames
        if follow:
            self._set_viewport(self.viewport.showing(frames))
        self.update()

    def set_selection(self, span: RecordSpan | None) -> None:
        """Show a selected range."""
        self.selection = span
        self.update()

    def rows(self) -> layers.Rows:
        """Where the rows lie at the present size."""
        return layers.Rows.of(self.width(), self.height())

    def zoom(self, factor: float, around_x: float | None = None) -> None:
        """Zoom around a column, or around the playhead where it is in view, or the middle."""
        if around_x is None:
            playhead = self.viewport.x_of(self.playhead_frames)
            around_x = playhead if 0 <= playhead < self.width() else self.width() / 2
        self._set_viewport(self.viewport.zoomed(factor, around_x))

    def scroll(self, frames: float) -> None:  # type: ignore[override]
        """Scroll to the right by record frames."""
        self._set_viewport(self.viewport.scrolled(frames))

    def cut_at(self, x: float) -> int | None:
        """The index of the cut under a column, if one is near enough."""
        index = None if self.model is None else self.model.nearest_cut(self.viewport.frame_at(x))
        if self.model is None or index is None:
            return None
        return index if abs(self.viewport.x_of(self.model.cut_frames[index]) - x) <= GRAB_PX else None

    def _set_viewport(self, viewport: Viewport) -> None:
        if viewport != self.viewport:
            self.viewport = viewport
            self.viewport_changed.emit(viewport)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("window"))
        if self.model is None:
            painter.setPen(self.theme.color("faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Open a timeline to see its cuts"))
            return
        self.tiles.paint(painter, self.viewport, self.theme, self.model, self.pixmap_of, self.height())
        whole = QRectF(self.rect())
        canvas = layers.Canvas(painter, self.viewport, self.theme, self.model)
        if self.selection is not None:
            layers.paint_span(canvas, whole, self.selection.start_frames, self.selection.end_excl_frames)
        layers.paint_playhead(canvas, whole, self.playhead_frames)
        if self.hasFocus():
            painter.setPen(self.theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_viewport(self.viewport.resized(self.width()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120 or event.angleDelta().x() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.25**steps, event.position().x())
        else:
            self.scroll(-steps * self.viewport.span_frames / 8)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.model is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        frames = self.viewport.frame_at(at.x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag, self._drag_from_frames = "span", frames
        elif self.rows().energy.contains(at):
            self._drag = "energy"
            self._drag_energy(at)
        elif (cut := self.cut_at(at.x())) is not None and at.y() < self.rows().energy.top():
            self.cut_clicked.emit(cut)
        else:
            self._drag = "playhead"
            self.position_clicked.emit(self._inside(frames))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.model is None:
            return
        at = event.position()
        if self._drag == "span":
            self._select(self._drag_from_frames, self.viewport.frame_at(at.x()))
        elif self._drag == "energy":
            self._drag_energy(at)
        elif self._drag == "playhead":
            self.position_clicked.emit(self._inside(self.viewport.frame_at(at.x())))
        else:
            over_cut = at.y() < self.rows().energy.top() and self.cut_at(at.x()) is not None
            self.setCursor(Qt.CursorShape.PointingHandCursor if over_cut else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag == "span" and abs(self.viewport.frame_at(event.position().x()) - self._drag_from_frames) < 1:
            self.span_selected.emit(None)
        self._drag = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.model is None:
            return
        keys = Qt.Key
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (keys.Key_Left, keys.Key_Right):
            forward = event.key() == keys.Key_Right
            self.position_clicked.emit(self._next_cut(forward) if shift else self._step(forward))
        elif event.key() in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(1.5)
        elif event.key() == keys.Key_Minus:
            self.zoom(1 / 1.5)
        elif event.key() in (keys.Key_Home, keys.Key_End):
            end = self.model.sheet.duration_frames - 1
            self.position_clicked.emit(0.0 if event.key() == keys.Key_Home else float(end))
        elif event.key() in (keys.Key_Return, keys.Key_Enter):
            cut = self.cut_at(self.viewport.x_of(self.playhead_frames))
            if cut is not None:
                self.cut_clicked.emit(cut)
        else:
            super().keyPressEvent(event)

    def _step(self, forward: bool) -> float:
        return self._inside(round(self.playhead_frames) + (1 if forward else -1))

    def _next_cut(self, forward: bool) -> float:
        assert self.model is not None
        frames = [cut.record_frames for cut in self.model.cuts]
        if forward:
            return float(next((f for f in frames if f > self.playhead_frames), self.model.sheet.duration_frames - 1))
        return float(next((f for f in reversed(frames) if f < self.playhead_frames), 0))

    def _inside(self, frames: float) -> float:
        assert self.model is not None
        return min(max(0.0, frames), float(self.model.sheet.duration_frames - 1))

    def _select(self, one: float, other: float) -> None:
        assert self.model is not None
        first, last = sorted((one, other))
        start = max(0, round(first))
        end_excl = min(self.model.sheet.duration_frames, round(last))
        self.span_selected.emit(RecordSpan(start, end_excl) if end_excl > start else None)

    def _drag_energy(self, at: QPointF) -> None:
        assert self.model is not None
        row = self.rows().energy
        frames = self._inside(self.viewport.frame_at(at.x()))
        shot = self.model.shots_between(frames, frames + 1).start
        self.energy_dragged.emit(shot, min(1.0, max(0.0, (row.bottom() - at.y()) / (row.height() - 4))))
