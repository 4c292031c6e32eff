"""A headless Chromium, driven through its DevTools pipe: no driver, no port, no package."""

from __future__ import annotations

import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE_S = 120.0


def find_browser() -> str | None:
    """Where a browser of Chromium's kind is installed; None: nowhere."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One window. Use it in a `with` block."""

    def __init__(self, profile: Path, downloads: Path, size: tuple[int, int] = (1000, 900)) -> None:
        path = find_browser()
        assert path is not None
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = (
            f'exec "$0" --headless=new --remote-debugging-pipe --no-sandbox --disable-gpu --mute-audio --no-first-run '
            f"--autoplay-policy=no-user-gesture-required --window-size={size[0]},{size[1]} "
            f'--user-data-dir="{profile}" 3<&{to_browser} 4>&{from_browser}'
        )
        self._process = subprocess.Popen(
            ["bash", "-c", command, path],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers, self._left = itertools.count(1), b""
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Page.enable")
        self._call("Browser.setDownloadBehavior", browser_wide=True, behavior="allow", downloadPath=str(downloads))

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *ended: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        os.close(self._write)
        os.close(self._read)

    def open(self, page: Path) -> None:
        """Load a file and wait until its script has run."""
        self._call("Page.navigate", url=page.as_uri())
        self.until("document.readyState === 'complete' && location.protocol === 'file:'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait for an expression to become true, and give it."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            value = self.run(script)
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"it never came true: {script}")

    def press(self, key: str) -> None:
        """A key, down and up."""
        text = key if len(key) == 1 else ""
        for kind in ("keyDown", "keyUp"):
            self._call("Input.dispatchKeyEvent", type=kind, key=key, text=text if kind == "keyDown" else "")

    def picture(self, path: Path) -> None:
        """What the window shows, as PNG."""
        import base64

        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, *, browser_wide: bool = False, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None and not browser_wide:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._read], [], [], PATIENCE_S)
            part = os.read(self._read, 1 << 16) if ready else b""
            assert part, "the browser does not answer"
            self._left += part
        message, _, self._left = self._left.partition(b"\0")
        return dict(json.loads(message))
