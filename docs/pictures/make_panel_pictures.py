#!/usr/bin/env python3
"""The pictures of docs/editors/panel.md, from the panel itself: `docs/pictures/make_panel_pictures.py [NAME ...]`.

It needs no screen. The core is a real one with the `sketch` model, the footage is the demo's: figures are as measured
on the sound. Only the settings show a made-up machine, on which something is missing.
"""

# ruff: noqa: E402 -- the folders of a checkout are put on the path first

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("vem_plugin", "core", "ui", "docs/examples")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import make_documentary_cut
import numpy as np
import opentimelineio as otio
import psutil
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontDatabase, QImage
from PySide6.QtWidgets import QApplication, QWidget

from vem_core.contract.cut_sheet import Wish
from vem_core.contract.progress import JobState, Progress
from vem_core.contract.recut import FrameRange
from vem_plugin.client.address import read_session
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.session import core_session
from vem_plugin.client.supervisor import CoreChoice
from vem_plugin.demo.edit import build_demo
from vem_plugin.sound.temp_track import TempTrackUse
from vem_ui.application.panel import PanelApplication
from vem_ui.document.preferences import Preferences, PreferenceStore
from vem_ui.look.theme import THEMES
from vem_ui.playback.sound import SilentOutput
from vem_ui.windows.machine_check import Finding
from vem_ui.windows.main_window import MainWindow
from vem_ui.windows.settings_dialog import SettingsDialog

WIDE, NARROW, COMPACT = QSize(1240, 860), QSize(940, 700), QSize(420, 760)
PROMPT = "A hopeful journey that opens up at the market and soars over the clouds"
MANY_CUTS, MANY_FRAMES = 2_000, 14_400
PATIENCE_S = 600


class Studio:
    """A panel with a core of its own, in a folder of its own, driven by hand."""

    def __init__(self, app: QApplication, folder: Path, language: str = "en") -> None:
        self.app = app
        self.session_file = folder / "core" / "core.json"
        places = [("--state-folder", "state"), ("--session-file", "core.json"), ("--log-folder", "logs")]
        words = tuple(word for option, name in places for word in (option, str(folder / "core" / name)))
        choice = CoreChoice(self.session_file, LaunchOptions(arguments=words))
        store = PreferenceStore(folder / f"panel-{language}.ini")
        store.save(Preferences(model="sketch", language=language))
        self.panel = PanelApplication(store, lambda: core_session([], choice), lambda: SilentOutput(""))
        self.window: MainWindow = self.panel.open(None)

    def open(self, timeline: Path) -> MainWindow:
        """Open a timeline and wait for its pictures."""
        self.window = self.panel.open(timeline)
        self.wait_quiet()
        return self.window

    def score(self) -> None:
        """Make a take."""
        self.window.controller.score()
        self.wait_quiet()
        assert self.window.controller.active_take() is not None, self.window.message.text.text()

    def wait_quiet(self) -> None:
        """Until nothing runs."""
        controller = self.window.controller
        self.wait(lambda: not controller.busy and not controller._beside)

    def wait(self, until: Callable[[], bool]) -> None:
        """Let the panel work until something holds."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not until():
            self.app.processEvents()
            time.sleep(0.005)
            if time.monotonic() > deadline_s:
                raise TimeoutError(self.window.message.text.text())

    def wait_for_step(self, share: float) -> None:
        """Until a job is so far."""
        seen: list[Progress] = []
        self.window.controller.progressed.connect(seen.append)
        self.wait(lambda: bool(seen) and seen[-1].state is JobState.RUNNING and seen[-1].fraction >= share)
        self.window.controller.progressed.disconnect(seen.append)

    def kill_core(self) -> None:
        """End the core as a crash would."""
        session = read_session(self.session_file)
        assert session is not None
        psutil.Process(session.pid).kill()

    def draw(self, name: str, *, theme: str = "dark", size: QSize = WIDE, scale: int = 1) -> None:
        """Draw the window as it is, in a theme and a size."""
        window = self.window
        preferences = dataclasses.replace(window.preferences, theme=theme)
        if preferences != window.preferences:
            window.show_preferences(preferences)
        save(draw(window, size, scale), Path(__file__).parent / f"{name}.png")


def first_pictures(studio: Studio, timeline: Path) -> Iterator[str]:
    """From the empty window to two takes and a crash."""
    studio.wait_quiet()
    studio.wait(lambda: bool(studio.window.body.start.styles))
    studio.draw("panel-empty")
    yield "panel-empty"
    window = studio.open(timeline)
    window.message.clear()
    studio.draw("panel-open")
    yield "panel-open"
    document = window.document
    assert document.reading is not None
    cuts = document.reading.sheet.cuts
    state = document.state.with_wish(cuts[12].record_frames, Wish.DROP).with_wish(cuts[4].record_frames, Wish.IGNORE)
    document.change("Words", state.asking(prompt=PROMPT))
    window.controller.score()
    studio.wait_for_step(0.4)
    studio.draw("panel-running")
    yield "panel-running"
    studio.wait_quiet()
    document.change("Seed", document.state.asking(seed=7))
    studio.score()
    window.seek(560.0)
    studio.wait(lambda: window.monitor._shot is not None)
    yield from done_pictures(studio)
    yield from tab_pictures(studio)
    window.tabs.setCurrentWidget(window.report)
    window.strip.fit()
    for _ in range(2):  # the first loss is mended without a word
        if not window.controller.busy:
            window.controller.score()
        studio.wait_for_step(0.3)
        studio.kill_core()
        studio.wait(lambda: read_session(studio.session_file) is None or not window.controller.busy)
    studio.wait_quiet()
    studio.draw("panel-error")
    yield "panel-error"


def done_pictures(studio: Studio) -> Iterator[str]:
    """Two takes, in each theme, size and scale."""
    studio.draw("panel-done")
    studio.draw("panel-done-light", theme="light")
    studio.draw("panel-done-narrow", size=NARROW)
    studio.draw("panel-compact", size=COMPACT)
    studio.draw("panel-done@2x", size=NARROW, scale=2)
    studio.draw("panel-done-light@2x", theme="light", size=NARROW, scale=2)
    yield "panel-done, light, narrow, @2x"


def tab_pictures(studio: Studio) -> Iterator[str]:
    """The shots and their words, and what a model is conditioned on."""
    window = studio.window
    document = window.document
    document.change("Words of a shot", document.state.with_shot_words(26, 8, "hand drums, laughter"))
    window.tabs.setCurrentWidget(window.shots)
    window.strip.zoom(3.0)
    window.strip.show_from(380.0)
    window.shots.show_shot(8)
    window.seek(470.0)
    studio.draw("panel-shots")
    window.tabs.setCurrentWidget(window.understood)
    window.controller.read_shots()
    studio.wait_quiet()
    assert document.understood is not None
    changed = document.understood.with_description(2, "leaving home, an open road at dawn")
    document.change("Shows", dataclasses.replace(document.state, parse=changed))
    studio.draw("panel-understood")
    window.strip.fit()
    window.show_brief()
    studio.wait(lambda: window.controller.forecast.foreseen is not None and not window.controller.forecast.asking)
    studio.draw("panel-brief")
    yield "panel-shots, panel-understood, panel-brief"


def variants_picture(studio: Studio, timeline: Path) -> Iterator[str]:
    """Three pieces for the demo, a stretch of one of them locked."""
    edit = timeline.with_name("variants.otio")
    edit.write_bytes(timeline.read_bytes())
    window = studio.open(edit)
    window.controller.make_variants(3)
    studio.wait_quiet()
    window.takes.choose(1)
    document = window.document
    document.change("Lock", document.state.with_lock(FrameRange(432, 576)))
    studio.draw("panel-variants")
    yield "panel-variants"


def recut_picture(studio: Studio, timeline: Path) -> Iterator[str]:
    """The demo with three shots taken out, refitted."""
    edit = timeline.with_name("recut.otio")
    edit.write_bytes(timeline.read_bytes())
    window = studio.open(edit)
    studio.score()
    content = otio.adapters.read_from_file(str(edit))
    track = content.video_tracks()[0]
    for index in (20, 19, 11):
        del track[index]
    otio.adapters.write_to_file(content, str(edit))
    window.controller.read_again()
    studio.wait_quiet()
    studio.score()
    studio.draw("panel-recut")
    yield "panel-recut"


def many_picture(studio: Studio, timeline: Path) -> Iterator[str]:
    """2,000 cuts in ten minutes, from the demo's footage."""
    studio.open(many_cuts(timeline))
    studio.score()
    studio.draw("panel-2000-cuts")
    yield "panel-2000-cuts"


def many_cuts(timeline: Path) -> Path:
    """An edit of 2,001 short pieces of the demo's clips."""
    chance = random.Random(1)
    demo = otio.adapters.read_from_file(str(timeline))
    clips = [clip for clip in demo.video_tracks()[0].find_clips() if clip.duration().value >= 12]
    track = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    for index in range(MANY_CUTS + 1):
        clip = clips[index % len(clips)].deepcopy()
        length = MANY_FRAMES * (index + 1) // (MANY_CUTS + 1) - MANY_FRAMES * index // (MANY_CUTS + 1)
        length = max(4, length + chance.randint(-3, 3))
        clip.source_range = otio.opentime.TimeRange(
            clip.source_range.start_time, otio.opentime.RationalTime(length, clip.source_range.duration.rate)
        )
        clip.markers.clear()
        track.append(clip)
    made = otio.schema.Timeline("Two thousand cuts", global_start_time=demo.global_start_time)
    made.tracks.append(track)
    path = timeline.with_name("two-thousand.otio")
    otio.adapters.write_to_file(made, str(path))
    return path


def chinese_pictures(app: QApplication, folder: Path, timeline: Path) -> Iterator[str]:
    """The same panel in Chinese, where the machine has a font for it."""
    if not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        yield "panel-chinese is left out: there is no font with Chinese characters"
        return
    studio = Studio(app, folder, "zh_CN")
    edit = timeline.with_name("chinese.otio")
    edit.write_bytes(timeline.read_bytes())
    window = studio.open(edit)
    window.controller.score()
    studio.wait_quiet()
    window.seek(560.0)
    studio.wait(lambda: window.monitor._shot is not None)
    studio.draw("panel-chinese")
    yield "panel-chinese"
    studio.panel.close()
    studio.panel.speak("en")


def sound_picture(studio: Studio, folder: Path) -> Iterator[str]:
    """The cut of docs/editors/documentary.md with its temp track followed, where espeak-ng can narrate it."""
    if shutil.which("espeak-ng") is None:
        yield "panel-sound, panel-delivery are left out: there is no espeak-ng"
        return
    window = studio.open(make_documentary_cut.main(folder / "flood"))
    studio.wait(lambda: window.controller.sound.reading is not None)
    window.forms.setCurrentIndex(1)
    window.controller.sound.use(TempTrackUse.FOLLOW)
    studio.wait(lambda: window.document.state.temp_track.heard is not None)
    studio.score()
    window.tabs.setCurrentWidget(window.spotting)
    studio.draw("panel-sound")
    window.forms.setCurrentIndex(2)
    window.tabs.setCurrentWidget(window.report)
    studio.draw("panel-delivery")
    yield "panel-sound, panel-delivery"


def settings_picture(app: QApplication) -> Iterator[str]:
    """The settings, on a machine where something is missing."""
    dialog = SettingsDialog(Preferences(), ["sketch", "vem-mini"], THEMES["dark"])
    dialog.show_findings(
        [
            Finding("Core 0.1.0 on NVIDIA RTX 4070"),
            Finding("Models: sketch, vem-mini"),
            Finding("ace-step-1.5 cannot be used", False, "Put its weights into the models folder."),
            Finding("412 GB free in ~/edits"),
            Finding("Sound works"),
        ]
    )
    save(draw(dialog, None, 1), Path(__file__).parent / "panel-settings.png")
    dialog.close()
    yield "panel-settings"


def draw(widget: QWidget, size: QSize | None, scale: int) -> QImage:
    """A widget as it would look on a screen of that scale."""
    if size is not None:
        widget.resize(size)
    widget.show()
    for _ in range(60):  # the strip may take several frames to be complete
        QApplication.processEvents()
        time.sleep(0.005)
    image = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    for _ in range(40):  # and as many at this scale
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
    """Draw the sets of these names, or all: first, variants, recut, sound, many, chinese, settings."""
    app = QApplication.instance() or QApplication(["vem", "-style", "Fusion"])
    assert isinstance(app, QApplication)
    with tempfile.TemporaryDirectory(prefix="vem-pictures-") as scratch:
        folder = Path(scratch)
        timeline = build_demo(folder / "demo")
        studio = Studio(app, folder)
        sets: dict[str, Callable[[], Iterator[str]]] = {
            "first": lambda: first_pictures(studio, timeline),
            "variants": lambda: variants_picture(studio, timeline),
            "recut": lambda: recut_picture(studio, timeline),
            "sound": lambda: sound_picture(studio, folder),
            "many": lambda: many_picture(studio, timeline),
            "chinese": lambda: chinese_pictures(app, folder, timeline),
            "settings": lambda: settings_picture(app),
        }
        for name in names or list(sets):
            for drawn in sets[name]():
                sys.stdout.write(f"{drawn}\n")
                sys.stdout.flush()
        studio.panel.close()


if __name__ == "__main__":
    main(sys.argv[1:])
