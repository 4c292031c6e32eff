"""The end of the panel's process: nothing is lost, and nothing is waited for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import atexit, os, sys, tempfile
from pathlib import Path
from PySide6.QtWidgets import QApplication, QWidget
from vem_ui.application.running import leave

class Stuck(QWidget):
    def __del__(self):
        Path(sys.argv[1], "taken-apart").touch()

os.environ["QT_QPA_PLATFORM"] = "offscreen"
app, window = QApplication([]), Stuck()
window.show()
atexit.register(Path(sys.argv[1], "asked-for").touch)
kept = tempfile.TemporaryDirectory(dir=sys.argv[1])
sys.stdout.write("the last word")
leave(7)
"""


def test_the_process_ends_with_its_status_and_all_that_was_asked_for_and_takes_nothing_apart(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (7, "the last word"), ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["asked-for"]
