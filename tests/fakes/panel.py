"""A panel's window over a fake host and a scripted core, driven as a person would."""

from __future__ import annotations

import contextlib
import hashlib
import wave
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fakes.requests import small_jpeg
from fakes.scripted_core import ScriptedCore, Step, silent_result
from fakes.takes import make_sheet
from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import OutputError, VemError
from vem_core.contract.plan import Landing
from vem_core.contract.request import ScoreRequest, Thumbnail
from vem_core.contract.result import AudioFile, CutAlignment, Rights, ScoreResult
from vem_core.contract.time import sample_of_frame
from vem_plugin.client.base import CoreClient, CoreInfo
from vem_plugin.hosts.base import Placement, Take, ThumbnailSet, TimelineReading
from vem_plugin.placement.state import PlacedTake
from vem_plugin.sound.lanes import AudioLane
from vem_plugin.sound.speech import SpeechReading
from vem_ui.document.controller import Controller
from vem_ui.document.document import Document
from vem_ui.document.preferences import Preferences
from vem_ui.playback.sound import AudioOutput, SilentOutput
from vem_ui.windows.main_window import MainWindow
from vem_ui.windows.menus import WindowMenus

RIGHTS = Rights("a fake's", "none", True, "Do as you like.")
STYLES = (("house", "House"), ("ambient", "Ambient"))


class FakeHost:
    """A `Host` of one sheet, which remembers what it placed and fails when told to."""

    def __init__(self, sheet: CutSheet, notices: Sequence[str] = ()) -> None:
        self.sheet = sheet
        self.notices = tuple(notices)
        self.placed: list[Take] = []
        self.asked_thumbnails: list[CutSheet] = []
        self.read_error: VemError | None = None
        self.place_error: VemError | None = None
        self.warnings: tuple[str, ...] = ()
        self.lanes: tuple[AudioLane, ...] = ()
        self.speech = SpeechReading(())
        self.unheard: VemError | None = None  # what hinders hearing a temp track
        self.library = Path()

    def read_timeline(self) -> TimelineReading:
        """The sheet."""
        if self.read_error is not None:
            raise self.read_error
        return TimelineReading(self.sheet, self.notices)

    def read_thumbnails(self, sheet: CutSheet) -> ThumbnailSet:
        """A grey picture a shot."""
        self.asked_thumbnails.append(sheet)
        jpegs = {hashlib.sha256(small_jpeg(shade)).hexdigest(): small_jpeg(shade) for shade in range(8)}
        names = list(jpegs)
        thumbnails = tuple(
            Thumbnail(names[index % 8], index, shot.start_frames) for index, shot in enumerate(sheet.shots)
        )
        return ThumbnailSet(thumbnails, jpegs, self.warnings)

    def read_frame(self, record_frames: int) -> bytes | None:
        """A picture whose grey is the frame's number."""
        return small_jpeg(record_frames % 256)

    def read_lanes(self) -> tuple[AudioLane, ...]:
        """The lanes."""
        return self.lanes

    def locate(self, address: str) -> Path | None:
        """Where the address says, if anything is there."""
        return Path(address) if Path(address).is_file() else None

    def read_speech(self) -> SpeechReading:
        """The speech."""
        return self.speech

    def lane_sound(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> bytes:
        """Nothing, as a WAV has it; or the test's error."""
        if self.unheard is not None:
            raise self.unheard
        return b"RIFF"

    def check_output(self) -> None:
        """Fails if placing would."""
        if self.place_error is not None:
            raise self.place_error

    def place(self, take: Take) -> Placement:
        """Remember the take."""
        if self.place_error is not None:
            raise self.place_error
        self.placed.append(take)
        return Placement(take.folder / "placed.wav", take.folder / "placed.otio", take.folder / "placed.json")

    def library_folder(self) -> Path:
        """The window's own."""
        return self.library

    def store(self, take: Take) -> PlacedTake:
        """The panel stores its takes itself."""
        raise NotImplementedError

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Remember the take."""
        kept = Take(take.request, take.result, self.library, take.in_frames, stem_lanes, muted_lane, kept=take)
        return self.place(kept)


class Panel:
    """A window and what stands behind it."""

    def __init__(
        self,
        qtbot: QtBot,
        folder: Path,
        *,
        sheet: CutSheet | None = None,
        script: Sequence[Step] = (),
        preferences: Preferences | None = None,
        core: CoreClient | None = None,
        sound: AudioOutput | None = None,
    ) -> None:
        self.qtbot = qtbot
        self.folder = folder / "edit.vem"
        self.host = FakeHost(sheet or make_sheet(48, 72, 60))
        self.host.library = self.folder
        self.core = core or HittingCore(script, info=CoreInfo("0.1.0", 1, "a fake", ("sketch",), styles=STYLES))
        self.preferences = preferences or Preferences()
        self.sound = sound
        self.window = self._window()

    def open(self) -> None:
        """Show the window and read the timeline."""
        self.window.show()
        with self.qtbot.waitSignal(self.window.document.thumbnails_changed, timeout=10_000):
            self.window.controller.open()
        self.wait_idle()

    def reopen(self) -> None:
        """Close the window and open the same timeline in another."""
        self.close()
        self.window = self._window()
        self.open()

    def close(self) -> None:
        """Close the window."""
        self.window.close()

    def wait_idle(self) -> None:
        """Wait until nothing runs."""
        self.qtbot.waitUntil(lambda: not self.window.controller.busy, timeout=20_000)

    def score(self) -> None:
        """Click the main button and wait for the take."""
        self.click(self.window.transport.main)
        self.wait_idle()

    def click(self, widget: QWidget, at: QPoint | None = None, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Click with the left button."""
        modifiers = modifier or Qt.KeyboardModifier.NoModifier
        self.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, modifiers, at or widget.rect().center())

    def keys(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key in the strip."""
        self.qtbot.keyClick(self.window.strip, key, modifier)

    def at(self, frames: float, row: str) -> QPoint:
        """Where in the strip a record frame lies, in the middle of a row."""
        strip = self.window.strip
        return QPoint(round(strip.viewport.x_of(frames)), round(getattr(strip.rows(), row).center().y()))

    @property
    def said(self) -> str:
        """What the message bar says; "" while it is hidden."""
        return self.window.message.text.text()

    @property
    def asked(self) -> ScoreRequest:
        """The last request that the core got."""
        assert isinstance(self.core, ScriptedCore)
        return self.core.calls[-1].request

    def _window(self) -> MainWindow:
        document = Document(self.folder, self.preferences.initial_state)
        controller = Controller(document, lambda: self.host, self._open_core)
        document.setParent(controller)
        window = MainWindow(controller, self.preferences, self.sound or SilentOutput(""))
        controller.setParent(window)
        self.menus = WindowMenus(window)
        window.resize(1200, 800)
        self.qtbot.addWidget(window)
        return window

    @contextlib.contextmanager
    def _open_core(self) -> Iterator[CoreClient]:
        yield self.core


class HittingCore(ScriptedCore):
    """A scripted core whose takes are a tone, with each cut met: the first exactly, the second 50 ms late, then not."""

    loudness_lufs = (-16.0, -10.0)

    def _deliver(self, result: ScoreResult, request: ScoreRequest, folder: Path) -> ScoreResult:
        plain = silent_result(request)
        number = len(self.calls) - 1
        loudness = self.loudness_lufs[number % len(self.loudness_lufs)]
        delivery = request.delivery
        frames = request.sheet.duration_frames + delivery.handle_before_frames + delivery.handle_after_frames
        samples = sample_of_frame(frames, request.sheet.rate)
        mix = replace(plain.files[0], loudness_lufs=loudness, true_peak_dbtp=-1.0, samples=samples)
        extras = (
            AudioFile("stems/drums.wav", "stem:drums", "", mix.samples, 48_000, 2, None, None),
            AudioFile("score.mid", "midi", "", 0, 0, 0, None, None),
        )
        wanted = (mix, *(extras if request.delivery.stems else ()))
        cuts = tuple(_alignment(index, request.sheet) for index in range(len(request.sheet.cuts)))
        report = replace(plain.report, cuts=cuts, measured_bpm=120.0)
        self.files = {"mix.wav": tone(mix.samples), "score.mid": b"MThd"}
        return super()._deliver(
            replace(plain, files=wanted, report=report, model=request.model, rights=RIGHTS), request, folder
        )


def _alignment(index: int, sheet: CutSheet) -> CutAlignment:
    target = sample_of_frame(sheet.cuts[index].record_frames, sheet.rate)
    error_ms = (0.0, 50.0, 120.0)[index % 3]
    return CutAlignment(
        index, False, target, target + round(error_ms * 48), error_ms, error_ms / 1000 * float(sheet.rate), error_ms,
        Landing.DOWNBEAT if error_ms == 0 else Landing.MISS, error_ms == 0, error_ms <= 70, error_ms <= 100,
    )  # fmt: skip


def tone(samples: int) -> bytes:
    """A WAV file of a 220 Hz tone: 48 kHz, stereo, 24 bit."""
    import io

    signal = (2_000_000 * np.sin(2 * np.pi * 220 * np.arange(samples) / 48_000)).astype("<i4")
    stereo = np.repeat(signal, 2).view(np.uint8).reshape(-1, 4)[:, :3]  # the three low bytes of each sample
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(3)
        file.setframerate(48_000)
        file.writeframes(stereo.tobytes())
    return buffer.getvalue()


def read_only_error(folder: Path) -> OutputError:
    """What a host says of a folder that it may not write to."""
    return OutputError(f"{folder} cannot be written: read-only file system.")


def sheet_of(cuts: int, rate: Fraction = Fraction(24), frames: int = 40) -> CutSheet:
    """A sheet of so many cuts."""
    return make_sheet(*[frames] * (cuts + 1), rate=rate)
