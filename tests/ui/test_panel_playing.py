"""What the window shows while it plays: the playhead, and the decoded picture beneath it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from fakes.panel import Panel
from vem_ui.windows.main_window import MainWindow


def test_playing_moves_the_playhead_and_the_picture(panel: Panel) -> None:
    window = panel.window
    panel.score()
    window.seek(40.0)
    picture = window.monitor._pixmap
    panel.keys(Qt.Key.Key_Space)
    assert window.transport.play.text() == "Pause"
    panel.qtbot.waitUntil(lambda: window.strip.playhead_frames > 50, timeout=10_000)
    assert window.monitor._pixmap is not picture
    panel.click(window.transport.play)
    assert not window.player.playing
    assert window.strip.playhead_frames == pytest.approx(window.player.position_s * 24)


def shade(window: MainWindow) -> int:
    """How grey the monitor's picture is: the fake host's pictures are as grey as their frame's number."""
    pixmap = window.monitor._pixmap
    assert pixmap is not None
    return pixmap.toImage().pixelColor(2, 2).red()


def test_the_monitor_shows_the_decoded_picture_of_the_playhead(panel: Panel) -> None:
    window = panel.window
    for frame in (40, 130, 131, 60):
        window.seek(float(frame))
        panel.qtbot.waitUntil(lambda frame=frame: abs(shade(window) - frame) <= 2, timeout=10_000)


def test_a_picture_that_comes_late_is_not_shown_over_another_shot(panel: Panel) -> None:
    window = panel.window
    window.frames.framed.disconnect()
    window.seek(130.0)
    thumbnail = window.monitor._pixmap
    late = QImage(16, 9, QImage.Format.Format_RGB32)
    window.monitor.show_decoded(20, late)
    assert window.monitor._pixmap is thumbnail
    window.monitor.show_decoded(129, late)
    assert window.monitor._pixmap is not thumbnail


def test_the_timeline_plays_before_the_first_take(panel: Panel) -> None:
    window = panel.window
    panel.keys(Qt.Key.Key_Space)
    assert window.player.playing
    panel.qtbot.waitUntil(lambda: window.strip.playhead_frames > 3, timeout=10_000)
    panel.keys(Qt.Key.Key_K)
    assert not window.player.playing
    panel.keys(Qt.Key.Key_L)
    panel.keys(Qt.Key.Key_L)
    assert window.player.speed == 2.0
    panel.keys(Qt.Key.Key_J)
    assert window.player.speed == -1.0
    panel.keys(Qt.Key.Key_K)
    assert window.player.speed == 1.0
