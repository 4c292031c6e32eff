#!/usr/bin/env python3
"""Whether the panel's picture and sound go together: its own output recorded, against the pictures that it showed.

    python benchmarks/panel_sync.py [--minutes 10] [--rates 24 29.97 60] [--json]

Needs `pulseaudio` and `parec` (Linux); a private server with a null sink is started and ended. A clapper film, a white
frame and a click at about each second, is opened in the panel as `vem panel` runs it, and played; the sink's monitor is
recorded. Each click that is heard is compared with the moment at which the monitor's picture became white. The
recorder's clock is laid over ours by its earliest deliveries, rate included, to within some milliseconds. The goal is
one frame. A frame is late through others where the window's thread had work and no processor for as long as it was
late by; where the system tells (Linux), those are counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import av
import numpy as np
import opentimelineio as otio
import soundfile
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from fakes.scripted_core import ScriptedCore
from vem_core.contract.time import sample_of_frame
from vem_plugin.hosts.helper import HostHelper
from vem_ui.application.panel import PanelApplication
from vem_ui.document.preferences import PreferenceStore
from vem_ui.playback.qt_sound import QtOutput, has_audio_output

RATE_HZ = 48_000
RATES = {"24": Fraction(24), "29.97": Fraction(30000, 1001), "60": Fraction(60)}
_CLICK_SAMPLES = 480
_CHUNK_BYTES = 960 * 4


def write_film(folder: Path, rate: Fraction, seconds: float) -> tuple[Path, list[Fraction]]:
    """A clapper film with its timeline, and where its claps are, in seconds."""
    frames = int(seconds * rate)
    claps = sorted({math.ceil(second * rate) for second in range(2, int(seconds))})
    _write_picture(folder / "clapper.mp4", rate, frames, set(claps))
    samples = np.zeros((int(frames / rate * RATE_HZ), 2), np.float32)
    click = 0.8 * np.cos(2 * np.pi * 1000 * np.arange(_CLICK_SAMPLES) / RATE_HZ)[:, None]
    for clap in claps:
        at = sample_of_frame(clap, rate)
        samples[at : at + _CLICK_SAMPLES] = click
    soundfile.write(folder / "clapper.wav", samples, RATE_HZ, subtype="PCM_16")
    zero, length = (otio.opentime.RationalTime(at, float(rate)) for at in (0, frames))
    span = otio.opentime.TimeRange(zero, length)
    timeline = otio.schema.Timeline("Clapper", global_start_time=zero)
    for kind, name in ((otio.schema.TrackKind.Video, "clapper.mp4"), (otio.schema.TrackKind.Audio, "clapper.wav")):
        track = otio.schema.Track(name, kind=kind)
        track.append(otio.schema.Clip(name, otio.schema.ExternalReference(str(folder / name), span), span))
        timeline.tracks.append(track)
    path = folder / "clapper.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path, [clap / rate for clap in claps]


def _write_picture(path: Path, rate: Fraction, frames: int, claps: set[int]) -> None:
    black, white = (np.full((36, 64, 3), shade, np.uint8) for shade in (0, 255))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
        for frame in range(frames):
            picture = av.VideoFrame.from_ndarray(white if frame in claps else black, format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


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


class Shown(NamedTuple):
    """A picture that became white: when, and for how long of the last tenth of a second its thread had no processor."""

    when_s: float
    queued_s: float


class Watcher:
    """Remembers when the monitor's picture became white."""

    def __init__(self) -> None:
        self.flashes: list[Shown] = []
        self._is_white = False
        self._queued: deque[tuple[float, float]] = deque(maxlen=64)

    def see(self, pixmap: QPixmap | None) -> None:
        """Another picture."""
        now_s, queued_s = time.monotonic(), _queued_s()
        self._queued.append((now_s, queued_s))
        white = pixmap is not None and pixmap.toImage().pixelColor(0, 0).red() > 128
        if white and not self._is_white:
            before = min((queued for at, queued in self._queued if at > now_s - 0.1), default=queued_s)
            self.flashes.append(Shown(now_s, queued_s - before))
        self._is_white = white


def _queued_s() -> float:
    """How long this thread had work and no processor so far."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def measure(seconds: float, rate: Fraction, folder: Path) -> tuple[list[float], list[Shown], list[Fraction]]:
    """When clicks were heard, when white pictures were seen, and where in the film they are."""
    app = QApplication.instance() or QApplication(["vem"])
    if not has_audio_output():
        raise SystemExit("No audio device: is pulseaudio here?")
    timeline, claps = write_film(folder, rate, seconds)
    helper = HostHelper()
    helper.warm_up()
    panel = PanelApplication(
        PreferenceStore(folder / "panel.ini"),
        lambda: contextlib.nullcontext(ScriptedCore()),
        QtOutput,
        make_file_host=helper.host,
        run=helper.run,
    )
    window, watcher = panel.open(timeline), Watcher()
    _wait(app, lambda: not window.controller.busy and not window.controller._beside)
    _wait(app, lambda: window.controller.sound.reading is not None)
    window.monitor.pictured.connect(watcher.see)
    recorder = Recorder()
    recorder.start()
    end_s = time.monotonic() + 1.0
    _wait(app, lambda: time.monotonic() > end_s)
    window.player.play()
    _wait(app, lambda: not window.player.playing)
    panel.close()
    helper.close()
    return recorder.clicks_s(), watcher.flashes, claps


def _wait(app: QCoreApplication, until: Callable[[], bool]) -> None:
    """Let the window live until something is so; its own timers wake the loop."""
    while not until():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rates", nargs="+", choices=RATES, default=list(RATES))
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {}
    with null_sink():
        for name in arguments.rates:
            with tempfile.TemporaryDirectory(prefix="vem-clapper-") as folder:
                heard = measure(60 * arguments.minutes, RATES[name], Path(folder))
            found[name] = row = figures(*heard, 1000 / float(RATES[name]))
            if not arguments.json:
                print(f"{name:>6} fps  {_in_words(row)}", flush=True)
    if arguments.json:
        print(json.dumps(found))


def _in_words(row: dict[str, Any]) -> str:
    return (
        f"{row['claps']:4d} claps  sound after its picture: median {row['median_ms']:+6.1f} ms"
        f"  worst {row['worst_ms']:+6.1f}  within a frame {row['within_a_frame']:.1%}  drift {row['drift_ms']:+.1f}"
        f"  not shown {row['missing']}  beyond a frame while others had the processor {row['late_through_others']}"
    )


def figures(clicks_s: list[float], flashes: list[Shown], claps: list[Fraction], frame_ms: float) -> dict[str, Any]:
    """How much later than its picture each click was heard; the nearest click counts."""
    if not clicks_s or not flashes:
        raise SystemExit("No click was heard, or no picture was seen.")
    heard = np.array(clicks_s)
    errors = [1000 * (heard - flash.when_s) for flash in flashes]
    offsets = [float(error[np.argmin(np.abs(error))]) for error in errors]
    beyond = [(offset, flash) for offset, flash in zip(offsets, flashes, strict=True) if abs(offset) > frame_ms]
    return {
        "claps": len(offsets),
        "median_ms": statistics.median(offsets),
        "worst_ms": max(offsets, key=abs),
        "within_a_frame": 1 - len(beyond) / len(offsets),
        "drift_ms": statistics.median(offsets[-20:]) - statistics.median(offsets[:20]),
        "missing": len(claps) - len(flashes),
        "late_through_others": sum(1000 * flash.queued_s >= abs(offset) - frame_ms for offset, flash in beyond),
    }


if __name__ == "__main__":
    main()
