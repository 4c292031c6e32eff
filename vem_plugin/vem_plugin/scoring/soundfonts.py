"""SoundFonts by what they are, not by where somebody says they lie.

A request names a SoundFont by path and hash. What a timeline remembers of it came from who knows where, so that only
the hash counts there: the path is looked up among the SoundFonts that somebody named on this machine.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from vem_core.contract.atomic import make_folder, write_bytes
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.foreign_files import MAX_SOUND_FONT_BYTES, open_regular
from vem_core.contract.request import SoundFont
from vem_core.contract.service import APP_NAME

_MOST = 100


def read_soundfont(path: Path) -> SoundFont:
    """The SoundFont in a file, which is remembered. Raises InputError."""
    try:
        with open_regular(path, MAX_SOUND_FONT_BYTES) as file:
            found = SoundFont(str(path.resolve()), hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    with contextlib.suppress(OutputError):  # a note for later, which this score does not need
        _remember(found)
    return found


def find_soundfont(sha256: str) -> SoundFont | None:
    """The SoundFont with that hash, where one was named on this machine and its file is still the same."""
    path = _known().get(sha256)
    if path is None:
        return None
    try:
        return found if (found := read_soundfont(Path(path))).sha256 == sha256 else None
    except InputError:
        return None


def _register() -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir(APP_NAME, appauthor=False)) / "soundfonts.json"


def _known() -> dict[str, str]:
    try:
        listed = json.loads(_register().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(path) for name, path in listed.items()} if isinstance(listed, dict) else {}


def _remember(soundfont: SoundFont) -> None:
    known = _known()
    if known.get(soundfont.sha256) == soundfont.path:
        return
    known.pop(soundfont.sha256, None)
    newest = {soundfont.sha256: soundfont.path, **known}
    make_folder(_register().parent)
    write_bytes(_register(), json.dumps(dict(list(newest.items())[:_MOST]), indent=1).encode())
