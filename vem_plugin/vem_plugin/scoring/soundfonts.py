"""SoundFonts by what they are, not by where somebody says they lie."""

from __future__ import annotations

from pathlib import Path

from vem_core.contract.foreign_files import MAX_SOUND_FONT_BYTES
from vem_core.contract.request import SoundFont
from vem_plugin.scoring.known_files import KnownFiles

_FONTS = KnownFiles("soundfonts", MAX_SOUND_FONT_BYTES)


def read_soundfont(path: Path) -> SoundFont:
    """The SoundFont in a file, which is remembered. Raises InputError."""
    sha256 = _FONTS.read(path)
    return SoundFont(str(path.resolve()), sha256)


def find_soundfont(sha256: str) -> SoundFont | None:
    """The SoundFont with that hash, where one was named on this machine and its file is still the same."""
    path = _FONTS.find(sha256)
    return None if path is None else SoundFont(str(path), sha256)
