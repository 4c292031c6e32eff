"""Which timelines elsewhere play a take: remembered on this machine, so that its files are not taken for unused.

A timeline that was saved under another name in another folder still plays the WAV of the first. Nobody who looks into
the folder of the takes can see that; whoever follows such a take writes it down here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from vem_core.contract.atomic import write_bytes
from vem_core.contract.errors import VemError
from vem_core.contract.foreign_files import MAX_TEXT_BYTES, read_regular
from vem_core.contract.result import ScoreResult
from vem_core.contract.service import APP_NAME
from vem_plugin.placement.state import MIX

_FILE = "uses.json"
_MOST = 5_000
_PATIENCE_S = 2.0


def note_use(result: ScoreResult, timeline: Path) -> None:
    """Remember that a timeline plays a take; where that cannot be written, nothing happens."""
    sound = _sound(result)
    if not sound:
        return
    with contextlib.suppress(OSError, VemError, Timeout):
        folder = register_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{_FILE}.lock", timeout=_PATIENCE_S):
            known = _read(folder / _FILE)
            paths = [path for path in known.pop(sound, []) if path != str(timeline)]
            known[sound] = [*paths, str(timeline)]
            recent = dict(list(known.items())[-_MOST:])
            write_bytes(folder / _FILE, json.dumps(recent).encode())


def timelines_elsewhere(result: ScoreResult) -> Iterator[Path]:
    """The timelines that play a take and are still there, as far as this machine was told."""
    known = _read(register_folder() / _FILE)
    for text in known.get(_sound(result), ()):
        path = Path(text)
        with contextlib.suppress(OSError):
            if path.exists():
                yield path


def register_folder() -> Path:
    """Where this machine remembers it."""
    return platformdirs.user_state_path(APP_NAME)


def _sound(result: ScoreResult) -> str:
    mix = result.file(MIX)
    return "" if mix is None else mix.sound_sha256


def _read(path: Path) -> dict[str, list[str]]:
    """What is remembered; what cannot be read is nothing."""
    try:
        content = json.loads(read_regular(path, MAX_TEXT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    entries = content.items() if isinstance(content, dict) else ()
    return {
        sound: [text for text in texts if isinstance(text, str)] for sound, texts in entries if isinstance(texts, list)
    }
