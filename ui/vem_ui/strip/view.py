"""The strip as a widget: paints the layers, and turns the mouse and the keys into signals."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from vem_core.contract.cut_sheet import Event, Wish
from vem_core.contract.recut import FrameRange
from vem_ui.look.theme import DARK, Theme
from vem_ui.strip import in_words, layers
from vem_ui.strip.model import StripModel
from vem_ui.strip.tiles import Tiles
from vem_ui.strip.viewport import Viewport

ENERGY_STEP = 0.05
GRAB_PX = 5
"""How near to a cut a click must be to mean it."""
DRAG_PX = 4  # up or down in the energy row, which may be low, before a press is a drag


class StripView(QWidget):
    """Shows a `StripModel`. It changes nothing itself: what the hand does leaves as signals.

    A click goes there (`position_clicked`) and changes nothing, except in the row of the wishes: on a cut there it is
    `cut_clicked`. The context menu of a cut offers every wish: `wish_chosen`; that of a selection to vary or to lock
    it. Double click on a shot: `shot_opened`.
    Drag up or down in the energy row: `energy_dragged` (shot, 0..1). Shift-drag: `span_selected`. Wheel scrolls.
    Keys: left and right move the playhead by a frame, with Shift to the next cut; Home and End; up and down change the
    energy of the shot at the playhead; Return on a cut cycles its wish; I and O begin and end a selection there, Escape
    gives it up; plus and minus zoom, 0 shows everything; Space plays.
    """

    cut_clicked = Signal(int)  # index of the cut
    wish_chosen = Signal(int, object)  # index of the cut, Wish
    position_clicked = Signal(float)  # record frames
    energy_dragged = Signal(int, float)
    span_selected = Signal(object)  # FrameRange | None
    vary_wanted = Signal()  # of the selection
    lock_wanted = Signal()
    drag_ended = Signal()
    shot_opened = Signal(int)  # index of the shot
    play_wanted = Signal()
    viewport_changed = Signal(object)  # Viewport

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = DARK
        self.model: StripModel | None = None
        self.viewport = Viewport.fitting(1, 1)
        self.playhead_frames = 0.0
        self.selection: FrameRange | None = None
        self.locked: tuple[FrameRange, ...] = ()
        self.pixmap_of: layers.PixmapOf = lambda shot, percent: None
        self.tiles = Tiles()
        self._by_keyboard = False  # how the focus came: a frame is for those who look for it
        self._drag: str | None = None
        self._drag_from_frames = 0.0
        self._pressed_at = QPointF()
        self._hover_cut: int | None = None
        self.conflict: tuple[int, ...] = ()  # record frames of marks that cannot all be met
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(170)
        self.setAccessibleName(self.tr("Timeline strip"))
        self.setAccessibleDescription(self.tr("Shots, cuts, beats, energy and music on one time axis"))

    def sizeHint(self) -> QSize:
        return QSize(900, 280)

    def show_model(self, model: StripModel | None) -> None:
        """Draw another model; the view stays where it is if the timeline is as long as before."""
        before, self.model = self.model, model
        spans = None if before is None or model is None else model.spans_that_differ(before)
        if spans is None:
            self.tiles.clear()
        for first_frames, last_frames in spans or ():
            self.tiles.forget(first_frames, last_frames)
        if model is not None and (before is None or model.sheet.duration_frames != before.sheet.duration_frames):
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

    def read_out(self) -> str:
        """What is at the playhead, in words: which cut or shot, its wish, its beat."""
        return "" if self.model is None else in_words.read_out(self.model, self._inside(self.playhead_frames))

    def cut_box(self, cut: int) -> QRect:
        """Where a cut and its wish lie in the widget, in pixels."""
        assert self.model is not None
        x, row = round(self.viewport.x_of(self.model.cut_frames[cut])), self.rows().cuts.toAlignedRect()
        return QRect(x - GRAB_PX, row.top(), 2 * GRAB_PX + 1, row.height())

    def _announce(self) -> None:
        """Let a screen reader hear what is at the playhead, after a key has moved it."""
        said, cut = self.read_out(), self.cut_at_playhead()
        self.setAccessibleDescription(said)
        if cut is not None:
            focused = QAccessibleEvent(self, QAccessible.Event.Focus)
            focused.setChild(cut)
            QAccessible.updateAccessibility(focused)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def set_selection(self, span: FrameRange | None, locked: tuple[FrameRange, ...] = ()) -> None:
        """Show a selected range, and the stretches that are locked."""
        self.selection, self.locked = span, locked
        self.update()

    def show_conflict(self, record_frames: tuple[int, ...]) -> None:
        """Mark where two wishes contradict each other; empty: nowhere."""
        self.conflict = record_frames
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
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.theme.color("window"))
            if self.model is not None:
                self._paint_model(painter, self.model)

    def _paint_model(self, painter: QPainter, model: StripModel) -> None:
        if not self.tiles.paint(painter, self.viewport, self.theme, model, self.pixmap_of, self.height()):
            self.update()  # the rest in the next frame
        whole = QRectF(self.rect())
        canvas = layers.Canvas(painter, self.viewport, self.theme, model)
        if self.selection is not None:
            layers.paint_span(canvas, whole, self.selection.start_frames, self.selection.end_excl_frames)
        for span in self.locked:
            layers.paint_locked(canvas, self.rows(), span.start_frames, span.end_excl_frames)
        if self._hover_cut is not None and self._hover_cut < len(model.cuts):
            layers.paint_hover(canvas, self.rows(), model.cut_frames[self._hover_cut])
        for frames in self.conflict:
            layers.paint_hover(canvas, self.rows(), frames, "missed")
        layers.paint_labels(canvas, self.rows())
        layers.paint_playhead(canvas, whole, self.playhead_frames)
        if self.hasFocus() and self._by_keyboard:
            painter.setPen(self.theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Note whether the focus came by keyboard: only then is it drawn."""
        reasons = Qt.FocusReason
        self._by_keyboard = event.reason() in (
            reasons.TabFocusReason,
            reasons.BacktabFocusReason,
            reasons.ShortcutFocusReason,
        )
        super().focusInEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_viewport(self.viewport.resized(self.width()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll by an eighth of what is shown a notch; with Ctrl zoom about the pointer."""
        steps = event.angleDelta().y() / 120 or event.angleDelta().x() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.25**steps, event.position().x())
        else:
            self.scroll(-steps * self.viewport.span_frames / 8)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag: a range with Shift, an energy in its row, else the playhead; on a cut, choose it."""
        if self.model is None or event.button() != Qt.MouseButton.LeftButton:
            return
        at = event.position()
        frames = self.viewport.frame_at(at.x())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._drag, self._drag_from_frames = "span", frames
        elif self.rows().cuts.contains(at) and (cut := self.cut_at(at.x())) is not None:
            self.cut_clicked.emit(cut)
            self._drag = "wish"
        else:
            self._drag, self._pressed_at = "press in energy" if self.rows().energy.contains(at) else "playhead", at
            self.position_clicked.emit(self._inside(frames))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the drag, or show what is under the pointer."""
        if self.model is None:
            return
        at = event.position()
        if self._drag == "span":
            self._select(self._drag_from_frames, self.viewport.frame_at(at.x()))
        elif self._drag == "press in energy":
            if abs(at.y() - self._pressed_at.y()) >= DRAG_PX:
                self._drag = "energy"
        elif self._drag == "energy":
            self._drag_energy(QPointF(self._pressed_at.x(), at.y()))
        elif self._drag == "playhead":
            self.position_clicked.emit(self._inside(self.viewport.frame_at(at.x())))
        else:
            self._hover(self.cut_at(at.x()) if self.rows().cuts.contains(at) else None, at)
            self.setToolTip(self.tip_at(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.model is not None and self.rows().shots.contains(event.position()):
            self.shot_opened.emit(self._shot_at(self.viewport.frame_at(event.position().x())))
        elif self.model is not None and self.rows().energy.contains(event.position()):
            self.mousePressEvent(event)  # a click, and a drag soon after it

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the wishes for the cut under the pointer; by keyboard, for the one at the playhead."""
        by_mouse = event.reason() == event.Reason.Mouse
        cut = self.cut_at(event.pos().x()) if by_mouse else self.cut_at_playhead()
        frames = self.viewport.frame_at(event.pos().x()) if by_mouse else self.playhead_frames
        if self.model is None:
            return
        on_cut = not by_mouse or self.rows().cuts.contains(event.pos().toPointF()) or not self._in_selection(frames)
        if cut is not None and on_cut:
            self.wish_menu(cut).popup(event.globalPos())
        elif self._in_selection(frames):
            self.selection_menu().popup(event.globalPos())

    def wish_menu(self, cut: int) -> QMenu:
        """The wishes that a cut may carry, its own ticked."""
        assert self.model is not None
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for wish in Wish:
            action = menu.addAction(in_words.wish_in_words(wish))
            action.setCheckable(True)
            action.setChecked(wish is self.model.cuts[cut].wish)
            action.triggered.connect(lambda checked=False, wish=wish: self.wish_chosen.emit(cut, wish))
        return menu

    def selection_menu(self) -> QMenu:
        """What can be done with the selected stretch of the active take."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for text, wanted in (
            (self.tr("Other music here, the rest stays"), self.vary_wanted),
            (self.tr("Lock this stretch, or unlock it"), self.lock_wanted),
        ):
            menu.addAction(text).triggered.connect(lambda checked=False, wanted=wanted: wanted.emit())
        return menu

    def _in_selection(self, frames: float) -> bool:
        span = self.selection
        return span is not None and span.start_frames <= frames < span.end_excl_frames

    def leaveEvent(self, event: QEvent) -> None:
        """Stop showing what was under the pointer."""
        self._hover(None, QPointF())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag; a range of less than a frame takes the selection away."""
        if self._drag == "span" and abs(self.viewport.frame_at(event.position().x()) - self._drag_from_frames) < 1:
            self.span_selected.emit(None)
        elif self._drag == "wish":  # what it asks for now, at once; Qt hides a tip at the press
            QToolTip.showText(event.globalPosition().toPoint(), self.tip_at(event.position()), self)
        if self._drag is not None:
            self._drag = None
            self.drag_ended.emit()

    def tip_at(self, at: QPointF) -> str:
        """What is under a point, in words."""
        if self.model is None:
            return ""
        cut = self.cut_at(at.x())
        if self.rows().cuts.contains(at) and (event := self._event_at(at.x())) is not None:
            return in_words.event_in_words(self.model, event)
        if cut is not None and at.y() < self.rows().energy.top():
            said = in_words.cut_in_words(self.model, cut)
            return f"{said}\n{in_words.how_to_wish()}" if self.rows().cuts.contains(at) else said
        shot = self._shot_at(self.viewport.frame_at(at.x()))
        if self.rows().energy.contains(at):
            return in_words.energy_in_words(self.model, shot)
        if self.rows().shots.contains(at):
            return in_words.shot_in_words(self.model, shot)
        if self.rows().waveform.contains(at) and self.model.kept:
            frames = self.viewport.frame_at(at.x())
            kept = any(first <= frames < last for first, last in self.model.kept)
            return self.tr("kept from the take before") if kept else self.tr("regenerated for this cut")
        return ""

    def _event_at(self, x: float) -> Event | None:
        """The marked moment under a column, if one is near enough."""
        assert self.model is not None
        index = self.model.nearest_event(self.viewport.frame_at(x))
        event = None if index is None else self.model.sheet.events[index]
        near = event is not None and abs(self.viewport.x_of(event.record_frames) - x) <= GRAB_PX
        return event if near else None

    def _hover(self, cut: int | None, at: QPointF) -> None:
        in_energy = self._drag is None and self.model is not None and self.rows().energy.contains(at)
        shapes = Qt.CursorShape
        self.setCursor(
            shapes.PointingHandCursor if cut is not None else shapes.SizeVerCursor if in_energy else shapes.ArrowCursor
        )
        if cut != self._hover_cut:
            self._hover_cut = cut
            self.update()

    def _shot_at(self, frames: float) -> int:
        assert self.model is not None
        inside = self._inside(frames)
        return self.model.shots_between(inside, inside + 1e-6).start

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the key stands for, further with Shift; other keys go on to the window."""
        if self.model is None:
            return
        action = self._key_actions().get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            action(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
            self._announce()

    def _key_actions(self) -> dict[Qt.Key, Callable[[bool], None]]:
        """What each key does; the argument is whether Shift is held."""
        keys, moved = Qt.Key, self.position_clicked.emit
        return {
            keys.Key_Left: lambda shift: moved(self._next_cut(False) if shift else self._step(False)),
            keys.Key_Right: lambda shift: moved(self._next_cut(True) if shift else self._step(True)),
            keys.Key_Home: lambda shift: moved(0.0),
            keys.Key_End: lambda shift: moved(self._inside(float("inf"))),
            keys.Key_Up: lambda shift: self._nudge_energy(ENERGY_STEP),
            keys.Key_Down: lambda shift: self._nudge_energy(-ENERGY_STEP),
            keys.Key_Return: lambda shift: self._cycle_at_playhead(),
            keys.Key_Enter: lambda shift: self._cycle_at_playhead(),
            keys.Key_I: lambda shift: self._mark(first=self.playhead_frames),
            keys.Key_O: lambda shift: self._mark(last=self.playhead_frames),
            keys.Key_Escape: lambda shift: self.span_selected.emit(None),
            keys.Key_Plus: lambda shift: self.zoom(1.5),
            keys.Key_Equal: lambda shift: self.zoom(1.5),
            keys.Key_Minus: lambda shift: self.zoom(1 / 1.5),
            keys.Key_0: lambda shift: self.fit(),
            keys.Key_Space: lambda shift: self.play_wanted.emit(),
        }

    def fit(self) -> None:
        """Show the whole timeline."""
        if self.model is not None:
            self._set_viewport(Viewport.fitting(self.model.sheet.duration_frames, self.width()))

    def show_from(self, first_frames: float) -> None:
        """Scroll so that a record frame is at the left edge."""
        self._set_viewport(self.viewport.scrolled(first_frames - self.viewport.first_frames))

    def cut_at_playhead(self) -> int | None:
        """The index of the cut at the playhead, if it stands on one."""
        return self.cut_at(self.viewport.x_of(self.playhead_frames))

    def _cycle_at_playhead(self) -> None:
        if (cut := self.cut_at_playhead()) is not None:
            self.cut_clicked.emit(cut)

    def _nudge_energy(self, step: float) -> None:
        assert self.model is not None
        shot = self._shot_at(self.playhead_frames)
        energy = self.model.energies[shot] if self.model.energies else None
        self.energy_dragged.emit(shot, min(1.0, max(0.0, (0.5 if energy is None else energy) + step)))

    def _mark(self, first: float | None = None, last: float | None = None) -> None:
        """Begin or end the selection at the playhead; the other end stays, or is the timeline's."""
        assert self.model is not None
        whole = FrameRange(0, self.model.sheet.duration_frames)
        before = self.selection or whole
        start = before.start_frames if first is None else first
        end = before.end_excl_frames if last is None else last
        self._select(start, end if end > start else whole.end_excl_frames if last is None else start)

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
        self.span_selected.emit(FrameRange(start, end_excl) if end_excl > start else None)

    def _drag_energy(self, at: QPointF) -> None:
        assert self.model is not None
        row = self.rows().energy
        shot = self._shot_at(self.viewport.frame_at(at.x()))
        self.energy_dragged.emit(shot, min(1.0, max(0.0, (row.bottom() - at.y()) / (row.height() - 4))))
