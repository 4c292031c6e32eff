#!/usr/bin/env python3
"""Whether the panel's picture and sound go together: its own output recorded, against the frames that it showed.

    python benchmarks/panel_sync.py [--minutes 10] [--json]

Needs `pulseaudio` and `parec` (Linux); a private server with a null sink is started and ended. A clapper track, a click
at each second, is played through the panel's player and Qt's audio sink, and the sink's monitor is recorded. Each click
that is heard is compared with the moment at which the player said its frame, at 24, 29.97 and 60 frames a second. The
recorder's clock is laid over ours by its earliest deliveries, rate included, to within some
milliseconds. The goal is one frame.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("vem_plugin", "core", "ui")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
RATE_HZ = 48_000
RATES = (Fraction(24), Fraction(30000, 1001), Fraction(60))
_CLICK_SAMPLES = 480
_CHUNK_BYTES = 960 * 4


class Clapper:
    """A source of the mix: a click at each whole second, silence between."""

    def read(self, first_samples: int, count: int) -> NDArray[np.float32]:
        """So many samples from a place."""
        at = (first_samples + np.arange(count)) % RATE_HZ
        click = (at < _CLICK_SAMPLES) & (first_samples + np.arange(count) >= 0)
        tone = np.where(click, 0.8 * np.sin(2 * np.pi * 1000 * at / RATE_HZ + np.pi / 2), 0.0)
        return np.repeat(tone[:, None], 2, axis=1).astype(np.float32)

    def close(self) -> None:
        """Nothing to let go."""


class Recorder(threading.Thread):
    """Records the null sink's monitor, and remembers when each piece came."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        command = ["parec", "-d", "null.monitor", "--raw", "--format=s16le", "--rate=48000", "--channels=2"]
        self._process = subprocess.Popen([*command, "--latency-msec=20"], stdout=subprocess.PIPE)
        self._pieces: list[bytes] = []
        self._came: list[tuple[int, float]] = []  # samples so far, and when on the monotonic clock
        self._samples = 0

    def run(self) -> None:
        """Read until it ends."""
        assert self._process.stdout is not None
        while piece := self._process.stdout.read(_CHUNK_BYTES):
            now = time.monotonic()
            self._pieces.append(piece)
            self._samples += len(piece) // 4
            self._came.append((self._samples, now))

    def clicks_s(self) -> list[float]:
        """When each click was heard, on the monotonic clock."""
        self._process.terminate()
        self.join(5)
        sound = np.frombuffer(b"".join(self._pieces), "<i2").reshape(-1, 2)[:, 0].astype(np.float32) / 32768
        loud = np.flatnonzero(np.abs(sound) > 0.2)
        first = loud[np.insert(np.diff(loud) > RATE_HZ // 4, 0, True)] if len(loud) else loud
        came = np.array(self._came)
        late_s = came[:, 1] - came[:, 0] / RATE_HZ
        blocks = np.array_split(np.arange(len(came)), max(2, int(came[-1, 0] // (10 * RATE_HZ))))
        at = [float(came[block, 0].mean()) for block in blocks]
        begun_s = [float(late_s[block].min()) for block in blocks]
        # The sink's clock is not exactly ours: a straight line through the earliest deliveries of each ten seconds.
        slope, start_s = np.polyfit(at, begun_s, 1)
        return [float(start_s + slope * sample + sample / RATE_HZ) for sample in first]


@contextlib.contextmanager
def null_sink() -> Iterator[None]:
    """A sound server of our own whose only device is a null sink."""
    with tempfile.TemporaryDirectory(prefix="vem-sync-") as scratch:
        os.environ.update(PULSE_RUNTIME_PATH=scratch, XDG_RUNTIME_DIR=scratch, PULSE_SERVER=f"unix:{scratch}/native")
        command = [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--disallow-exit",
            "--log-target=stderr",
        ]
        modules = ["module-null-sink sink_name=null", f"module-native-protocol-unix socket={scratch}/native"]
        loads = [word for module in modules for word in ("-L", module)]
        server = subprocess.Popen([*command, *loads], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                if subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode == 0:
                    break
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            server.wait(10)


def measure(seconds: float) -> tuple[list[float], list[tuple[float, float]]]:
    """When clicks were heard, and (when, position) of each step of the picture."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from vem_ui.playback.player import Player
    from vem_ui.playback.qt_sound import QtOutput, has_audio_output

    app = QApplication.instance() or QApplication(["vem"])
    if not has_audio_output():
        raise SystemExit("No audio device: is pulseaudio here?")
    recorder = Recorder()
    recorder.start()
    player = Player(QtOutput())
    player.put("clapper", Clapper())
    player.range_s = (0.0, seconds + 2)
    shown: list[tuple[float, float]] = []
    player.position_changed.connect(lambda position_s: shown.append((time.monotonic(), position_s)))
    QTimer.singleShot(500, player.play)
    QTimer.singleShot(round(1000 * (seconds + 1)), app.quit)
    app.exec()
    player.close()
    return recorder.clicks_s(), shown


def offsets_ms(clicks_s: list[float], shown: list[tuple[float, float]], rate: Fraction) -> list[float]:
    """Of each second, how much later than its frame came its click was heard; the nearest click counts.

    A frame comes with the first step of the picture into it.
    """
    frames: dict[int, float] = {}
    for when_s, position_s in shown:
        frames.setdefault(int(position_s * float(rate) + 1e-6), when_s)
    heard, found = np.array(clicks_s), []
    for second in range(1, int(shown[-1][1])):
        frame = int(-(-second * rate.numerator // rate.denominator))  # the first frame that begins at or after it
        late_s = float(frame / rate) - second
        begun = min((frames[key] for key in range(frame, frame + 3) if key in frames), default=None)
        if begun is not None:
            errors = heard - (begun - late_s)
            found.append(1000 * float(errors[np.argmin(np.abs(errors))]))
    return found


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with null_sink():
        clicks_s, shown = measure(60 * arguments.minutes)
    found = {}
    for rate in RATES:
        offsets = offsets_ms(clicks_s, shown, rate)
        if not offsets:
            raise SystemExit("No click was heard.")
        frame_ms = 1000 / float(rate)
        found[f"{float(rate):.5g}"] = {
            "clicks": len(offsets),
            "median_ms": statistics.median(offsets),
            "worst_ms": max(offsets, key=abs),
            "within_a_frame": sum(abs(each) <= frame_ms for each in offsets) / len(offsets),
            "drift_ms": statistics.median(offsets[-20:]) - statistics.median(offsets[:20]),
        }
    if arguments.json:
        print(json.dumps(found))
        return
    print("sound after its picture, in ms")
    for name, row in found.items():
        print(
            f"  {name:>6} fps  {row['clicks']:4d} clicks  median {row['median_ms']:+6.1f}"
            f"  worst {row['worst_ms']:+6.1f}  within a frame {row['within_a_frame']:.1%}  drift {row['drift_ms']:+.1f}"
        )


if __name__ == "__main__":
    main()
