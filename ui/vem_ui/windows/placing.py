"""How large windows begin, and that they fit on their screen."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QScreen

_WANTED_PX = QSize(1240, 880)
_FRAME_PX = QSize(12, 48)  # what a window manager puts around a window, at most; it is not known before it is shown


def size_on(screen: QScreen) -> QSize:
    """The size to begin with: the one that suits, or what the screen has room for."""
    return _WANTED_PX.boundedTo(room_on(screen))


def room_on(screen: QScreen) -> QSize:
    """How large a window can be on its screen, in pixels without its frame."""
    return screen.availableGeometry().size() - _FRAME_PX
