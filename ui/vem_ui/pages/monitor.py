"""A small monitor: the picture at the playhead."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from vem_ui.look.theme import DARK, Theme
from vem_ui.pages.pictures import ShotPictures
from vem_ui.playback.frame_reader import MOST_AHEAD_FRAMES

_WITHIN_FRAMES = 0.01


class Monitor(QWidget):
    """Shows the decoded picture of a record frame; until it comes, the shot's last one, or the nearest thumbnail."""

    pictured = Signal(object)  # QPixmap | None
    large_wanted = Signal()  # by a double click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: ShotPictures | None = None
        self._pixmap: QPixmap | None = None
        self._shot: int | None = None  # whose decoded picture is on show
        self._frame = 0.0
        self._early: tuple[int, QImage] | None = None  # decoded before its time
        self._empty = DARK.color("panel")
        self.setMinimumSize(QSize(160, 90))
        self.setAccessibleName(self.tr("Picture at the playhead"))

    def sizeHint(self) -> QSize:
        """A sixteen to nine picture, in pixels."""
        return QSize(240, 135)

    def show_pictures(self, pictures: ShotPictures | None) -> None:
        """Show these pictures from now on; None: none yet."""
        self._pictures = pictures
        self._shot = None
        self.show_frame(self._frame)

    def show_frame(self, record_frames: float) -> None:
        """Show the picture at a record frame."""
        self._frame = record_frames
        if self._early is not None and self._early[0] <= record_frames + _WITHIN_FRAMES:
            early, self._early = self._early, None
            self.show_decoded(*early)
        if self._pictures is not None and self._shot == self._pictures.shot_at(record_frames):
            return
        self._shot = None
        pixmap = self._pictures.at_frame(record_frames) if self._pictures else None
        if pixmap is not self._pixmap:
            self._show(pixmap)

    def show_decoded(self, record_frames: int, image: QImage) -> None:
        """Show a decoded picture, if it is still of the shot at the playhead; one that comes early, when it is time."""
        if record_frames > self._frame + _WITHIN_FRAMES and record_frames - self._frame <= MOST_AHEAD_FRAMES:
            self._early = (record_frames, image)
            return
        if self._pictures is None or self._pictures.shot_at(record_frames) != self._pictures.shot_at(self._frame):
            return
        self._shot = self._pictures.shot_at(record_frames)
        self._show(QPixmap.fromImage(image))

    def follow(self, other: Monitor) -> None:
        """Show what another monitor shows, from now on."""
        self._show(other._pixmap)
        other.pictured.connect(self._show)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for a large picture."""
        self.large_wanted.emit()

    def _show(self, pixmap: object) -> None:
        self._pixmap = pixmap if isinstance(pixmap, QPixmap) else None
        self.pictured.emit(self._pixmap)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Change the colour of an empty monitor."""
        self._empty = theme.color("panel")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture as large as fits, centred on black; without one, the empty colour."""
        with QPainter(self) as painter:
            if self._pixmap is None or self._pixmap.isNull():
                painter.fillRect(self.rect(), self._empty)
                return
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
            size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            box = QRectF(left, top, size.width(), size.height())
            painter.drawPixmap(box, self._pixmap, QRectF(self._pixmap.rect()))
