"""Opens the VeM Score panel from DaVinci Resolve: Workspace > Scripts > VeM Score.

Put here by `vem resolve install`, and taken away by `vem resolve uninstall`. It runs in whatever Python Resolve uses
(3.10 or later), with the standard library alone, and only starts the panel in VeM Score's own environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

COMMAND: list[str] = []  # how the panel is started; filled in by the installation

TITLE = "VeM Score"
PATIENCE_S = 3.0  # a panel that ends sooner than this with an error did not come up

# Resolve sets these for its own Python and Qt; in the panel they would load the wrong libraries.
LEAKING = ("PYTHON", "QT_", "QML", "LD_", "DYLD_", "__PYVENV")


def main() -> int:
    """Start the panel and watch it for a moment; 0 if it goes on, else 1, after the reason was shown."""
    if not COMMAND or not Path(COMMAND[0]).is_file():
        where = f" at {COMMAND[0]}" if COMMAND else ""
        return fail(f"VeM Score is not installed{where}.\n\nInstall it, then run: vem resolve install")
    with tempfile.TemporaryFile() as errors:
        try:
            status = wait(start(errors))
        except OSError as error:
            return fail(f"VeM Score could not be started: {error}\n\nRun: vem resolve doctor")
        if status:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace").strip()[-600:]
            return fail(f"VeM Score ended at once (status {status}).\n\n{said}\n\nRun: vem resolve doctor")
    return 0


def start(errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the panel, or raise the one that is open, in a process that outlives this script."""
    windows = os.name == "nt"
    return subprocess.Popen(
        COMMAND,
        env=clean(os.environ),
        cwd=Path.home(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=not windows,
        creationflags=0x00000008 | 0x00000200 if windows else 0,  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP
    )


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what Resolve set for itself."""
    return {name: value for name, value in environment.items() if not name.upper().startswith(LEAKING)}


def wait(panel: subprocess.Popen[bytes]) -> int | None:
    """The panel's exit status if it ends within a moment; None if it goes on."""
    until = time.monotonic() + PATIENCE_S
    while panel.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    return panel.poll()


def fail(message: str) -> int:
    """Say what is wrong in Resolve's console, and in a dialog where the system has one to offer."""
    sys.stdout.write(f"{TITLE}: {message}\n")
    sys.stdout.flush()
    try:
        show(message)
    except Exception as error:
        sys.stdout.write(f"{TITLE}: no dialog could be shown ({error})\n")
    return 1


def show(message: str) -> None:
    """Show a dialog and wait until it is closed; with none installed (Linux), nothing."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, message, TITLE, 0x10)
        return
    if sys.platform == "darwin":
        script = (
            'on run a\ndisplay dialog (item 1 of a) with title (item 2 of a) buttons {"OK"} with icon stop\nend run'
        )
        dialogs = [["osascript", "-e", script, message, TITLE]]
    else:
        dialogs = [
            ["zenity", "--error", "--no-markup", "--title", TITLE, "--text", message],
            ["kdialog", "--title", TITLE, "--error", message],
            ["xmessage", "-center", message],
        ]
    for dialog in dialogs:
        if shutil.which(dialog[0]):
            subprocess.run(dialog, env=clean(os.environ), check=False)
            return


if __name__ == "__main__":
    status = main()
    if status and "resolve" not in globals():  # Resolve would print SystemExit as if the script had crashed
        sys.exit(status)
