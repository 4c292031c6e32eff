"""A desktop of its own for native tests: an X server without a screen, a window manager, a mouse and a keyboard."""

from __future__ import annotations

import ctypes.util
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NEEDED = ("Xvfb", "xdotool", "openbox")
NEEDED_LIBRARIES = ("xcb-cursor", "xcb-icccm", "xcb-keysyms", "xcb-image", "xcb-render-util", "xkbcommon-x11")
"""What Qt's own plugin for X loads and does not bring along."""
PATIENCE_S = 60.0
_TESTS = Path(__file__).resolve().parents[1]
_ROOT = _TESTS.parent


def missing_programs() -> list[str]:
    """What a native test needs and this machine has not."""
    programs = [program for program in NEEDED if shutil.which(program) is None]
    return programs + [f"lib{name}" for name in NEEDED_LIBRARIES if ctypes.util.find_library(name) is None]


class Desktop:
    """An X server of `size` with a window manager. `close` ends both."""

    def __init__(self, size: tuple[int, int], scratch: Path) -> None:
        read, write = os.pipe()
        self._log = (scratch / "desktop.log").open("wb")
        self._at = (-1, -1)
        screen = f"{size[0]}x{size[1]}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"]
        self._server = subprocess.Popen(command, pass_fds=[write], stdout=self._log, stderr=self._log)
        os.close(write)
        with os.fdopen(read) as answer:
            self.environment = {**os.environ, "DISPLAY": f":{answer.readline().strip()}", "HOME": str(scratch)}
        self._manager = subprocess.Popen(["openbox"], env=self.environment, stdout=self._log, stderr=self._log)

    def xdo(self, *words: str) -> str:
        """Use the mouse or the keyboard."""
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def move(self, at: Sequence[int]) -> None:
        """Move the pointer."""
        if tuple(at) != self._at:  # xdotool would wait for a pointer that has nowhere to go
            self.xdo("mousemove", "--sync", str(at[0]), str(at[1]))
            self._at = (at[0], at[1])

    def click(self, at: Sequence[int], times: int = 1, button: int = 1) -> None:
        """Click, or double-click."""
        self.move(at)
        self.xdo("click", "--repeat", str(times), "--delay", "60", str(button))

    def drag(self, start: Sequence[int], end: Sequence[int], steps: int = 12) -> None:
        """Press, move in steps, release."""
        self.move(start)
        self.xdo("mousedown", "1")
        for step in range(1, steps + 1):
            self.move([a + (b - a) * step // steps for a, b in zip(start, end, strict=True)])
            time.sleep(0.03)
        time.sleep(0.1)
        self.xdo("mouseup", "1")

    def keys(self, *names: str) -> None:
        """Press keys, one after the other."""
        self.xdo("key", "--delay", "60", *names)

    def close(self) -> None:
        """End the desktop."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(10)
        self._log.close()


class NativePanel:
    """A panel on a desktop, as a process of its own."""

    def __init__(
        self, desktop: Desktop, scratch: Path, *timelines: Path, size: tuple[int, int] = (0, 0), focus: bool = True
    ) -> None:
        folders = [_TESTS, _ROOT / "vem_plugin", _ROOT / "core", _ROOT / "ui"]
        self.desktop = desktop
        self.environment = {
            **desktop.environment,
            "QT_QPA_PLATFORM": "xcb",
            "PYTHONPATH": os.pathsep.join(str(folder) for folder in folders),
            "XDG_DATA_HOME": str(scratch / "data"),
            "XDG_CONFIG_HOME": str(scratch / "config"),
        }
        command = [sys.executable, "-X", "faulthandler", "-m", "fakes.native_panel"]
        arguments = [str(scratch), str(size[0]), str(size[1]), *map(str, timelines)]
        self._errors = (scratch / "panel.log").open("wb")
        self._process = subprocess.Popen(
            [*command, *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.log = scratch / "panel.log"
        self.wait("window is not None and window.isVisible() and not window.controller.busy")
        if timelines:
            self.wait("window.document.reading is not None and not window.controller._beside")
        if focus:
            self.wait("window.isActiveWindow()")

    def ask(self, expression: str) -> Any:
        """The value of an expression inside the panel's process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(expression + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(self._ended()) from None
        if not select.select([self._process.stdout], [], [], PATIENCE_S)[0]:
            raise AssertionError(f"no answer to {expression}")
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError(self._ended())
        answer = json.loads(line)
        assert "error" not in answer, f"{expression}: {answer['error']}"
        return answer["value"]

    def wait(self, expression: str, seconds: float = PATIENCE_S) -> None:
        """Wait until an expression holds."""
        deadline_s = time.monotonic() + seconds
        while not self.ask(expression):
            assert time.monotonic() < deadline_s, f"never: {expression}"
            time.sleep(0.05)

    def click(self, widget: str, times: int = 1, button: int = 1) -> None:
        """Click in the middle of a widget."""
        self.desktop.click(self.ask(f"center({widget})"), times, button)

    def in_strip(self, frames: float, row: str) -> list[int]:
        """Where on the screen a record frame lies in a row of the strip."""
        at = f"window.strip.viewport.x_of({frames}), window.strip.rows().{row}.center().y()"
        point: list[int] = self.ask(f"point(window.strip, {at})")
        return point

    def end(self) -> int:
        """Close the panel as its last window's button does; the exit status."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.write("panel.close()\n")
            self._process.stdin.close()
        try:
            status = self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
        return status

    def _ended(self) -> str:
        status = self._process.wait(20)
        return f"the panel ended with {status}\n{self.log.read_text(errors='replace')[-3000:]}"


class Neighbour:
    """Another program's window at the screen's corner, run as `python -m MODULE ARGUMENT`."""

    def __init__(self, panel: NativePanel, module: str, title: str, argument: Path) -> None:
        self._desktop = panel.desktop
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(argument)], env=panel.environment, stdout=subprocess.PIPE, text=True
        )
        found = self._desktop.xdo("search", "--sync", "--onlyvisible", "--name", f"^{title}$").split()[0]
        self._desktop.xdo("windowmove", "--sync", found, "0", "0")
        self._desktop.xdo("windowactivate", "--sync", found)
        place = dict(line.split("=") for line in self._desktop.xdo("getwindowgeometry", "--shell", found).split())
        self.center = [int(place["X"]) + int(place["WIDTH"]) // 2, int(place["Y"]) + int(place["HEIGHT"]) // 2]

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()


class DragSource(Neighbour):
    """A window from which a file can be dragged."""

    def __init__(self, panel: NativePanel, file: Path) -> None:
        super().__init__(panel, "fakes.drag_source", "drag source", file)

    def drop_on(self, at: Sequence[int]) -> None:
        """Drag the file there and let it go."""
        self._desktop.drag(self.center, at)


class DropTarget(Neighbour):
    """A window onto which files are dropped; `log` holds what came."""

    def __init__(self, panel: NativePanel, log: Path) -> None:
        self.log = log
        super().__init__(panel, "fakes.drop_target", "drop target", log)
