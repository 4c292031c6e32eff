"""When a picture is shown: the clock between the device's steps, the tick at each frame's beginning, early pictures."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from fakes.panel import Panel
from vem_ui.playback.clock import STEP_S, SmoothClock
from vem_ui.playback.frame_reader import MOST_AHEAD_FRAMES, FrameReader
from vem_ui.playback.player import Player
from vem_ui.playback.sound import SilentOutput

DEVICE_STEP_S = 256 / 48_000


def test_the_clock_is_right_between_the_devices_steps() -> None:
    clock, raw, smooth = SmoothClock(), [], []
    for now_ms in range(1, 3_000):
        true_s = now_ms / 1000 * 1.0001  # the device's own clock is not ours
        said_s = math.floor(true_s / DEVICE_STEP_S) * DEVICE_STEP_S
        read_s = clock.read(said_s, now_ms / 1000)
        if now_ms > 1_000:
            raw.append(abs(said_s - true_s))
            smooth.append(abs(read_s - true_s))
    assert max(raw) > 0.005
    assert max(smooth) < 0.0015


def test_the_clock_waits_for_a_device_that_stands_still_and_never_goes_back() -> None:
    clock = SmoothClock()
    heard = [clock.read(min(now / 1000, 1.0), now / 1000) for now in range(1, 1_500)]
    assert heard == sorted(heard)
    assert heard[-1] <= 1.0 + STEP_S
    clock.restart()
    assert clock.read(0.0, 2.0) == 0.0


@given(
    st.floats(0, 5_000),
    st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(60000, 1001)]),
    st.sampled_from([1.0, 2.0, -1.0]),
)
def test_the_next_tick_comes_as_the_next_frame_begins(position_s: float, rate: Fraction, speed: float) -> None:
    player = Player(SilentOutput(""))
    player.frame_rate, player.speed = rate, speed
    wait_s = player._next_tick_ms(position_s) / 1000
    frame_s = 1 / float(rate)
    late_s = (position_s + wait_s * speed) % frame_s
    late_s = late_s if speed > 0 else frame_s - late_s
    assert wait_s <= max(frame_s + 0.001, 0.004)
    assert min(late_s, frame_s - late_s) < 0.0045 * abs(
        speed
    )  # a timer's millisecond; no tick comes within 4 of another


def test_a_picture_that_is_decoded_early_is_shown_when_its_time_comes(panel: Panel) -> None:
    window = panel.window
    window.frames.framed.disconnect()
    window.seek(100.0)
    before = window.monitor._pixmap
    window.monitor.show_decoded(102, QImage(16, 9, QImage.Format.Format_RGB32))
    assert window.monitor._pixmap is before
    window.monitor.show_frame(101.0)
    assert window.monitor._pixmap is before
    window.monitor.show_frame(102.0)
    assert window.monitor._pixmap is not before


@pytest.mark.parametrize(("latency_s", "ahead"), [(0.0, 0), (0.03, 1), (0.06, 2), (9.0, MOST_AHEAD_FRAMES)])
def test_pictures_are_asked_for_ahead_of_their_decoding(latency_s: float, ahead: int, qtbot: QtBot) -> None:
    reader = FrameReader(lambda frame: None)
    reader._latency_s = latency_s
    reader._closed = True  # it only remembers what is wanted
    reader.ask(100.0, 24.0)
    assert reader._wanted == 100 + ahead
    reader.ask(100.0)
    assert reader._wanted == 100
