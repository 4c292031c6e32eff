"""A program that takes files: `python -m fakes.drop_target LOG` shows a window and writes what is dropped to LOG."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel


class DropTarget(QLabel):
    """A label onto which files are dropped."""

    def __init__(self, log: Path) -> None:
        super().__init__("drop here")
        self._log = log
        self.setAcceptDrops(True)
        self.setWindowTitle("drop target")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        written = self._log.with_suffix(".part")
        written.write_text("\n".join(url.toLocalFile() for url in event.mimeData().urls()))
        written.replace(self._log)  # whoever waits for the log finds it whole


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    target = DropTarget(Path(sys.argv[1]))
    target.resize(120, 60)
    target.show()
    sys.exit(app.exec())
