"""A small monitor: the picture at the playhead."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from vem_ui.pictures import ShotPictures


class Monitor(QWidget):
    """Shows the thumbnail nearest to a record frame, as large as fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: ShotPictures | None = None
        self._pixmap: QPixmap | None = None
        self.setMinimumSize(QSize(160, 90))
        self.setAccessibleName(self.tr("Picture at the playhead"))

    def sizeHint(self) -> QSize:
        return QSize(240, 135)

    def show_pictures(self, pictures: ShotPictures | None) -> None:
        """Show these pictures from now on; None: none yet."""
        self._pictures = pictures
        self.show_frame(0)

    def show_frame(self, record_frames: float) -> None:
        """Show the picture at a record frame."""
        pixmap = self._pictures.at_frame(record_frames) if self._pictures else None
        if pixmap is not self._pixmap:
            self._pixmap = pixmap
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            if self._pixmap is None or self._pixmap.isNull():
                painter.fillRect(self.rect(), self.palette().base())
                return
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
            size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            box = QRectF(left, top, size.width(), size.height())
            painter.drawPixmap(box, self._pixmap, QRectF(self._pixmap.rect()))
