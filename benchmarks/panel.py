#!/usr/bin/env python3
"""How fluid the panel is: frames of the strip at 2,000 cuts and ten minutes, and the longest pause of the UI thread.

    python benchmarks/panel.py [--cuts 2000] [--minutes 10] [--frames 200] [--film 60] [--json]

Frames are painted into memory at 1240 x 300 pixels; the goal is 16 ms for each while scrolling. Their times are of
the processor, so that other programs disturb them less. The pauses are gaps between the ticks of a 2 ms timer while a
timeline of as many cuts is opened, scored by a real core with `sketch`, directed, played, placed and opened again, by
the panel as `vem panel` runs it; the goal is 50 ms. Then half a minute with 24 cuts is scored, and with --film 60 an
hour with 1,200 cuts: how long from the click until the music plays (goal 2 s), while the rest of it is made.

Each gap is given as it was and as the UI thread's own processor time in it; beside them stand the gaps of the same
timer with nothing to do, which is what other programs on the machine cost. Where the system tells (Linux), the time is
left out in which the UI thread could have run and the processors were taken: what is left is the panel's own pause,
its waits for Python's interpreter lock included. On a machine so busy that a thread loses its processor while it holds
that lock, the processor time of all the panel's threads in a gap tells more: on a quiet machine a pause is at least the
UI thread's own time in it and hardly longer than theirs together.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import psutil
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fakes.edits import write_edit
from fakes.takes import make_sheet, make_take, write_wav24
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_plugin.client.core_process import LaunchOptions
from vem_plugin.client.session import core_session
from vem_plugin.client.supervisor import CoreChoice
from vem_plugin.hosts.helper import HostHelper
from vem_ui.application.collecting import UiCollector
from vem_ui.application.panel import PanelApplication
from vem_ui.application.running import SWITCH_S
from vem_ui.document.preferences import Preferences, PreferenceStore
from vem_ui.document.state import ScoreState, TakeRecord
from vem_ui.document.takes import StoredTake
from vem_ui.document.waveform import read_waveform
from vem_ui.playback.sound import SilentOutput
from vem_ui.strip.presenting import StripPresenter
from vem_ui.strip.view import StripView

_FIGURES = ("gap_ms", "panel_ms", "process_ms", "own_ms")


@dataclass(frozen=True)
class Pause:
    """A gap between two ticks."""

    gap_ms: float = 0.0
    own_ms: float = 0.0  # processor time of the UI thread in it
    queued_ms: float = 0.0  # in which it could have run, and other programs did
    process_ms: float = 0.0  # processor time of all the panel's threads in it

    @property
    def panel_ms(self) -> float:
        """What the panel itself is answerable for."""
        return self.gap_ms - self.queued_ms


class FirstSound(NamedTuple):
    """From the click until the music plays."""

    seconds: float
    processor_s: float  # of the panel and of all that it started; its waiting loop included


def _processor_s() -> float:
    """Processor time of this process and of all that it started."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(each.user + each.system for each in times)


class Watchdog:
    """Remembers the gaps between the ticks of a short timer: as long as the UI thread did not answer."""

    def __init__(self) -> None:
        self.pauses: dict[str, list[Pause]] = defaultdict(list)
        self._name = ""
        self._last = _clocks_ms()
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)

    @contextlib.contextmanager
    def watching(self, name: str) -> Iterator[None]:
        """Name what is watched."""
        self._name, self._last = name, _clocks_ms()
        self._timer.start()
        yield
        self._tick()
        self._timer.stop()

    def _tick(self) -> None:
        now = _clocks_ms()
        self.pauses[self._name].append(Pause(*(after - before for after, before in zip(now, self._last, strict=True))))
        self._last = now


def _clocks_ms() -> tuple[float, float, float, float]:
    """The clock, the UI thread's processor time, how long it waited for a processor, the process's processor time."""
    try:
        queued_ns = int(Path("/proc/thread-self/schedstat").read_text().split()[1])
    except (OSError, IndexError):
        queued_ns = 0
    return 1000 * time.perf_counter(), 1000 * time.thread_time(), queued_ns / 1e6, 1000 * time.process_time()


def lengths_frames(cuts: int, minutes: float) -> list[int]:
    """Shots of different lengths that fill so many minutes at 24 frames a second."""
    chance = random.Random(1)
    weights = [chance.uniform(0.4, 1.6) for _ in range(cuts + 1)]
    scale = minutes * 60 * 24 / sum(weights)
    return [max(1, round(weight * scale)) for weight in weights]


def measure_frames(
    app: QApplication, cuts: int, minutes: float, frames: int, folder: Path
) -> dict[str, dict[str, float]]:
    """The time of each frame in ms, by what the hand does."""
    strip, draw = _strip(cuts, minutes, folder)
    strip.resize(1240, 300)
    strip.show()
    app.processEvents()
    state = ScoreState()

    def drag(number: int) -> None:
        nonlocal state
        state = state.with_shot_energy(cuts + 1, [20], (number % 20) / 20)
        draw(state)

    def zoom(number: int) -> None:
        strip.zoom(1.1 if number % 40 < 20 else 1 / 1.1, 620)

    def play(number: int) -> None:
        strip.set_playhead(strip.viewport.frame_at(number * 3 % 1200))

    measured = {
        "scroll, whole zoom out": _frames(strip, frames, lambda number: strip.set_playhead(number, follow=True))
    }
    strip.zoom(12.0, 0)
    strip.repaint()
    step = strip.viewport.span_frames / 60
    measured["scroll"] = _frames(strip, frames, lambda number: strip.scroll(step))
    measured["zoom"] = _frames(strip, frames, zoom)
    measured["playhead"] = _frames(strip, frames, play)
    measured["drag an energy"] = _frames(strip, frames, drag)
    strip.close()
    return measured


def _strip(cuts: int, minutes: float, folder: Path) -> tuple[StripView, Callable[[ScoreState], None]]:
    sheet = make_sheet(*lengths_frames(cuts, minutes))
    take = make_take(sheet, None)
    path = folder / "ten-minutes.wav"
    write_wav24(path, round(minutes * 60 * SAMPLE_RATE_HZ))
    record = TakeRecord("Take 1", "", 0, 0, "sketch")
    stored = StoredTake(record, take, path, read_waveform(path))
    strip, presenter = StripView(), StripPresenter()

    def draw(state: ScoreState) -> None:
        strip.show_model(presenter.model(sheet, state, stored))

    draw(ScoreState())
    return strip, draw


def _frames(strip: StripView, frames: int, move: Callable[[int], object]) -> dict[str, float]:
    taken_ms = []
    for number in range(frames):
        start_s = time.thread_time()
        move(number)
        strip.repaint()
        taken_ms.append(1000 * (time.thread_time() - start_s))
    taken_ms.sort()
    return {
        "median_ms": statistics.median(taken_ms),
        "p95_ms": taken_ms[int(0.95 * (len(taken_ms) - 1))],
        "longest_ms": taken_ms[-1],
    }


def measure_pauses(
    app: QApplication, collector: UiCollector, cuts: int, minutes: float, film_minutes: float, folder: Path
) -> tuple[dict[str, dict[str, float]], dict[str, FirstSound]]:
    """The longest pause of the UI thread in ms, by what the panel was doing; from click to sound, core warm."""
    dog = Watchdog()
    timeline = write_edit(folder / "edit.otio", lengths_frames(cuts, minutes))
    helper = HostHelper()
    helper.warm_up()
    store = PreferenceStore(folder / "panel.ini")
    store.save(Preferences(model="sketch"))
    places = [("--state-folder", "state"), ("--session-file", "core.json"), ("--log-folder", "logs")]
    arguments = tuple(word for option, name in places for word in (option, str(folder / name)))
    choice = CoreChoice(folder / "core.json", LaunchOptions(arguments=arguments))
    panel = PanelApplication(
        store,
        lambda: core_session([], choice, helper.run),
        lambda: SilentOutput(""),
        make_file_host=helper.host,
        run=helper.run,
    )
    panel.window_closed.connect(collector.look_at_all)

    def wait(until: Callable[[], bool]) -> None:
        while not until():
            app.processEvents()
            time.sleep(0.001)

    def quiet() -> bool:
        return not window.controller.busy and not window.controller._beside

    window = panel.open(None)
    wait(quiet)  # until the core is there
    with dog.watching("nothing (other programs)"):
        end_s = time.monotonic() + 3
        wait(lambda: time.monotonic() > end_s)
    with dog.watching("open"):
        window = panel.open(timeline)
        wait(quiet)
    with dog.watching("score"):
        window.transport.main.click()
        wait(quiet)
    assert window.document.state.takes, window.message.text.text()
    with dog.watching("direct"):
        for number in range(30):
            window.form.prompt.setPlainText("slow " * number)
            app.processEvents()
            window.strip.energy_dragged.emit(number, 0.7)
            app.processEvents()
            window.strip.cut_clicked.emit(number)
            app.processEvents()
        end_s = time.monotonic() + 0.6  # until it is stored
        wait(lambda: time.monotonic() > end_s)
    with dog.watching("play"):
        window.toggle_playing()
        end_s = time.monotonic() + 2
        wait(lambda: time.monotonic() > end_s)
        window.toggle_playing()
    with dog.watching("place"):
        window.transport.place.click()
        wait(quiet)
    with dog.watching("drag a take out"):
        window.takes.list.mimeData([window.takes.list.item(0)])
        app.processEvents()
    first_sound = {}
    for length_min, count in ((0.5, 24), (film_minutes, round(20 * film_minutes))):
        if not count:
            continue
        edit = write_edit(folder / f"{length_min:g}-minutes.otio", lengths_frames(count, length_min))
        film = panel.open(edit)  # the core stays meanwhile
        wait(lambda film=film: not film.controller.busy and not film.controller._beside)
        clicked_s, processor_s = time.monotonic(), _processor_s()
        film.transport.main.click()
        wait(lambda film=film: film.player.playing)
        waited = FirstSound(time.monotonic() - clicked_s, _processor_s() - processor_s)
        first_sound[f"{length_min:g} min with {count} cuts"] = waited
        film.player.pause()
        if film.controller.busy:
            film.transport.main.click()
        wait(lambda film=film: not film.controller.busy)
    window.close()
    with dog.watching("open again, with its take"):
        window = panel.open(timeline)
        wait(lambda: quiet() and window.controller.active_take() is not None)
        app.processEvents()
    panel.close()
    helper.close()
    longest = {
        name: {kind: max(getattr(pause, kind) for pause in pauses) for kind in _FIGURES}
        for name, pauses in dog.pauses.items()
    }
    return longest, first_sound


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--film", type=float, default=0, metavar="MINUTES", help="of a film whose first sound is timed")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    app = QApplication.instance() or QApplication(["vem", "-style", "Fusion"])
    assert isinstance(app, QApplication)
    sys.setswitchinterval(SWITCH_S)
    collector = UiCollector()
    with tempfile.TemporaryDirectory(prefix="vem-panel-") as scratch:
        frames = measure_frames(app, arguments.cuts, arguments.minutes, arguments.frames, Path(scratch))
        pauses, first_sound = measure_pauses(
            app, collector, arguments.cuts, arguments.minutes, arguments.film, Path(scratch)
        )
    collector.close()
    if arguments.json:
        print(
            json.dumps(
                {
                    "cuts": arguments.cuts,
                    "frames": frames,
                    "pauses": pauses,
                    "first_sound": {film: wait._asdict() for film, wait in first_sound.items()},
                }
            )
        )
        return
    print(f"{arguments.cuts} cuts, {arguments.minutes:g} minutes; frames in ms (goal 16)")
    for name, times in frames.items():
        figures = "   ".join(f"{kind.removesuffix('_ms')} {value:6.2f}" for kind, value in times.items())
        print(f"  {name:<26} {figures}")
    print(
        "longest pause of the UI thread in ms: as it was, without other programs' part (goal 50); then processor time"
    )
    print("in a pause: of the whole panel, of the UI thread")
    for name, pause in pauses.items():
        print(f"  {name:<26}" + "".join(f" {pause[kind]:6.1f}" for kind in _FIGURES))
    for film, waited in first_sound.items():
        print(
            f"first sound of {film} after the click, sketch, warm core: {waited.seconds:.2f} s (goal 2), "
            f"processor time of panel and core {waited.processor_s:.2f} s"
        )


if __name__ == "__main__":
    main()
