#!/usr/bin/env python3
"""The pictures of docs/panel.md, made from the panel itself: `python docs/pictures/make_panel_pictures.py [NAME ...]`.

It needs no screen. The core is a scripted one, so the figures in the pictures are made up; the footage is the demo's.
"""

# ruff: noqa: E402 -- the doubles of the tests are found only once their folder is on the path

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("vem_plugin", "core", "ui", "tests")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget

from fakes.scripted_core import ScriptedCore, silent_result
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import CutSheet, Wish
from vem_core.contract.errors import CoreLost
from vem_core.contract.plan import Beat, Landing
from vem_core.contract.progress import JobState, Progress, Stage
from vem_core.contract.request import ScoreRequest
from vem_core.contract.result import AlignmentTotals, CutAlignment, ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_plugin.client.base import CoreClient, CoreInfo
from vem_plugin.demo.edit import build_demo
from vem_plugin.hosts.file import FileHost
from vem_ui.controller import Controller
from vem_ui.document.document import Document
from vem_ui.machine_check import Finding
from vem_ui.main_window import MainWindow
from vem_ui.menus import WindowMenus
from vem_ui.playback.sound import SilentSound
from vem_ui.preferences import Preferences
from vem_ui.settings_dialog import SettingsDialog
from vem_ui.theme import THEMES

WIDE, NARROW = QSize(1240, 860), QSize(940, 700)
HALF_BEAT_SAMPLES = 12_500


class PictureCore(ScriptedCore):
    """Gives takes that look like music: a tempo that bends to the cuts, hits and misses, and a waveform."""

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        from fakes.panel import tone

        plain = silent_result(request)
        chance = random.Random(request.seed)
        beats = _beats(request.sheet)
        energies = tuple(0.3 + 0.5 * abs(np.sin(index / 6)) for index in range(len(request.sheet.shots)))
        plan = dataclasses.replace(
            plain.plan,
            beats=beats,
            final_beat=len(beats) - 1,
            shot_energies=energies,
            style="cinematic",
            mood="hopeful",
        )
        cuts = tuple(_alignment(index, request.sheet, chance) for index in range(len(request.sheet.cuts)))
        hits = sum(cut.hit_1_frame for cut in cuts) / max(1, len(cuts))
        totals = AlignmentTotals(hits, hits, hits, 0.21, 0.3, 0.4, 2.0, 0.4, len(cuts))
        report = dataclasses.replace(plain.report, cuts=cuts, measured_bpm=112.4, with_off_beats=totals)
        mix = dataclasses.replace(plain.files[0], loudness_lufs=-16.0, true_peak_dbtp=-1.0)
        self.files = {"mix.wav": tone(mix.samples) if len(cuts) > 100 else _music(beats, mix.samples)}
        made = dataclasses.replace(plain, files=(mix,), plan=plan, report=report, model="sketch")
        return super()._deliver(made, request, folder)


def _beats(sheet: CutSheet) -> tuple[Beat, ...]:
    """Beats whose every other one is drawn to a cut near it."""
    end = sample_of_frame(sheet.duration_frames, sheet.rate)
    targets = [sample_of_frame(cut.record_frames, sheet.rate) for cut in sheet.cuts]
    beats, at = [0], 0
    while at < end - 3 * HALF_BEAT_SAMPLES:
        at += 2 * HALF_BEAT_SAMPLES
        near = [target for target in targets if abs(target - at) < HALF_BEAT_SAMPLES // 4]
        at = near[0] if near else at
        beats.append(at)
    return tuple(Beat(samples, number // 4, number % 4 + 1) for number, samples in enumerate(beats))


def _alignment(index: int, sheet: CutSheet, chance: random.Random) -> CutAlignment:
    target = sample_of_frame(sheet.cuts[index].record_frames, sheet.rate)
    error_ms = chance.choices([chance.gauss(0, 3), chance.gauss(55, 5), chance.gauss(-120, 20)], [85, 8, 7])[0]
    frames = error_ms / 1000 * float(sheet.rate)
    hit = abs(frames) <= 1
    landing = chance.choice([Landing.DOWNBEAT, Landing.BEAT, Landing.OFF_BEAT]) if hit else Landing.SUBDIVISION
    return CutAlignment(
        index, False, target, target + round(error_ms * 48), error_ms, frames, error_ms, landing,
        hit, abs(error_ms) <= 70, abs(error_ms) <= 100,
    )  # fmt: skip


def _music(beats: tuple[Beat, ...], samples: int) -> bytes:
    """A WAV whose waveform has a decaying burst at each beat."""
    import io
    import wave

    noise = np.random.default_rng(3).standard_normal(samples).astype(np.float32)
    level = np.full(samples, 0.03, np.float32)
    for beat in beats:
        tail = np.exp(-np.arange(min(24_000, samples - beat.samples)) / 5_000)
        part = level[beat.samples : beat.samples + len(tail)]
        part += (0.16 if beat.number == 1 else 0.09) * tail
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.repeat((noise * level * 30_000).clip(-32_000, 32_000).astype("<i2"), 2).tobytes())
    return buffer.getvalue()


class Studio:
    """One window on the demo, with a core that does as it is told."""

    def __init__(self, folder: Path, timeline: Path, preferences: Preferences, script: tuple[object, ...] = ()) -> None:
        self.app = QApplication.instance() or QApplication(["vem", "-style", "Fusion"])
        info = CoreInfo(
            "0.1.0", 1, "this machine", ("sketch",), styles=(("cinematic", "Cinematic"), ("house", "House"))
        )
        self.core = PictureCore(script, info=info)  # type: ignore[arg-type]
        document = Document(Path(tempfile.mkdtemp(dir=folder)))
        controller = Controller(document, lambda: self.host(timeline), self._lend)
        self.window = MainWindow(controller, preferences, SilentSound(""))
        self.menus = WindowMenus(self.window)

    def host(self, timeline: Path) -> FileHost:
        """The demo as a file."""
        return FileHost(timeline)

    def open(self) -> None:
        """Read the timeline and its pictures."""
        self.window.controller.ask_core()
        self.window.controller.open()
        self.wait(lambda: bool(self.window.document.thumbnails.thumbnails))

    def score(self) -> None:
        """Make a take."""
        self.window.controller.score()
        self.wait(lambda: not self.window.controller.busy)

    def wait(self, until: Callable[[], bool]) -> None:
        """Let the window work until something holds."""
        deadline = time.monotonic() + 120
        while not until():
            self.app.processEvents()
            time.sleep(0.01)
            if time.monotonic() > deadline:
                raise TimeoutError(self.window.message.text.text())

    @contextlib.contextmanager
    def _lend(self) -> Iterator[CoreClient]:
        yield self.core


def empty(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """Before anything is opened."""
    return Studio(folder, timeline, preferences).window


def opened(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """A timeline that was just opened."""
    studio = Studio(folder, timeline, preferences)
    studio.open()
    return studio.window


def done(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """Two takes, words, wishes, the playhead in the middle."""
    studio = Studio(folder, timeline, preferences)
    studio.open()
    document = studio.window.document
    cuts = document.reading.sheet.cuts if document.reading else ()
    state = document.state.with_wish(cuts[12].record_frames, Wish.DROP).with_wish(cuts[4].record_frames, Wish.IGNORE)
    prompt = "A hopeful journey that opens up at the market and soars over the clouds"
    document.change("Words", dataclasses.replace(state, direction=dataclasses.replace(state.direction, prompt=prompt)))
    studio.score()
    document.change("Seed", dataclasses.replace(document.state, seed=7))
    studio.score()
    studio.window.seek(560.0)
    return studio.window


def running(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """In the middle of a job."""
    window = opened(folder, timeline, preferences)
    window.controller.busy_changed.disconnect()
    window.transport.show_state(busy=True, can_score=True, can_place=False, selected=False, fresh=False)
    window._show_progress(Progress("job", JobState.RUNNING, Stage.GENERATE, 14, 32, 0.46, 21.0))
    return window


def error(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """The core was lost, and nothing with it."""
    window = done(folder, timeline, preferences)
    window.controller.failed.emit(CoreLost("The core stopped answering while it made the music."))
    return window


def shots(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """The shots with their words, zoomed in."""
    window = done(folder, timeline, preferences)
    window.document.change("w", window.document.state.with_shot_words(26, 8, "hand drums, laughter"))
    window.tabs.setCurrentWidget(window.shots)
    window.strip.zoom(3.0)
    window.strip.show_from(380.0)
    window.shots.show_shot(8)
    window.seek(470.0)
    return window


def many(folder: Path, timeline: Path, preferences: Preferences) -> MainWindow:
    """2,000 cuts in ten minutes and more."""
    from fakes.panel import FakeHost

    chance = random.Random(1)
    studio = Studio(folder, timeline, preferences)
    studio.host = lambda timeline: FakeHost(
        make_sheet(*[chance.randint(4, 11) for _ in range(2001)], name="Two thousand")
    )  # type: ignore[assignment,return-value]
    studio.window.controller._host = studio.host(timeline)
    studio.open()
    studio.score()
    return studio.window


def settings(folder: Path, timeline: Path, preferences: Preferences) -> QWidget:
    """The settings, on a machine where something is missing."""
    dialog = SettingsDialog(preferences, ["sketch", "vem-mini"], THEMES[preferences.theme])
    dialog.show_findings(
        [
            Finding("Core 0.1.0 on NVIDIA RTX 4070"),
            Finding("Models: sketch, vem-mini"),
            Finding("ace-step-1.5 cannot be used", False, "Put its weights into the models folder."),
            Finding("412 GB free in ~/edits"),
            Finding("Sound works"),
        ]
    )
    return dialog


PICTURES: dict[str, tuple[Callable[[Path, Path, Preferences], QWidget], str, QSize | None, int]] = {
    "panel-empty": (empty, "dark", WIDE, 1),
    "panel-open": (opened, "dark", WIDE, 1),
    "panel-running": (running, "dark", WIDE, 1),
    "panel-done": (done, "dark", WIDE, 1),
    "panel-done@2x": (done, "dark", NARROW, 2),
    "panel-done-narrow": (done, "dark", NARROW, 1),
    "panel-done-light": (done, "light", WIDE, 1),
    "panel-error": (error, "dark", WIDE, 1),
    "panel-shots": (shots, "dark", WIDE, 1),
    "panel-2000-cuts": (many, "dark", WIDE, 1),
    "panel-settings": (settings, "dark", None, 1),
}


def draw(widget: QWidget, size: QSize | None, scale: int) -> QImage:
    """The widget as it looks on a screen of that scale."""
    if size is not None:
        widget.resize(size)
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.show()
    for _ in range(20):  # the strip may take several frames to be complete
        QApplication.processEvents()
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    widget.render(image)
    return image


def save(image: QImage, path: Path) -> None:
    """Write a PNG of 256 colours, a third of the size and to the eye the same."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    stride = image.bytesPerLine()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), stride)[:, : image.width() * 3]
    picture = Image.fromarray(rows.reshape(image.height(), image.width(), 3))
    picture.quantize(255, dither=Image.Dither.NONE).save(path, optimize=True)


def main(names: list[str]) -> None:
    """Draw the pictures of these names, or all."""
    app = QApplication.instance() or QApplication(["vem", "-style", "Fusion"])
    target = Path(__file__).parent
    with tempfile.TemporaryDirectory(prefix="vem-pictures-") as scratch:
        timeline = build_demo(Path(scratch) / "demo")
        for name in names or list(PICTURES):
            make, theme, size, scale = PICTURES[name]
            widget = make(Path(scratch), timeline, Preferences(theme=theme))
            save(draw(widget, size, scale), target / f"{name}.png")
            widget.close()
            app.processEvents()
            sys.stdout.write(f"{name}.png  {(target / f'{name}.png').stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
