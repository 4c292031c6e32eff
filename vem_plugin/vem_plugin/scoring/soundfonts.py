"""SoundFonts by what they are, not by where somebody says they lie, and those that distributions install."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vem_core.contract.errors import InputError
from vem_core.contract.foreign_files import MAX_SOUND_FONT_BYTES
from vem_core.contract.request import SoundFont
from vem_plugin.scoring.known_files import KnownFiles
from vem_plugin.scoring.resolving import KnownSounds

FOLDERS_VARIABLE = "VEM_SOUNDFONTS"
"""Names the folders that are searched, in place of the system's."""

PLAYER = "tinysoundfont"


@dataclass(frozen=True)
class FreeFont:
    """A SoundFont that everybody may use for any work."""

    title: str
    files: tuple[str, ...]  # as distributions call them, the best first
    licence: str
    package: str  # of Debian and its descendants


FREE_FONTS = (
    FreeFont("MuseScore General", ("MuseScore_General.sf3", "MuseScore_General_Lite.sf3", "MuseScore_General.sf2"),
             "MIT", "musescore-general-soundfont-small"),
    FreeFont("FluidR3 GM", ("FluidR3_GM.sf2", "FluidR3_GM.sf3"), "MIT", "fluid-soundfont-gm"),
    FreeFont("FluidR3 Mono GM", ("FluidR3Mono_GM.sf3",), "MIT", "fluidr3mono-gm-soundfont"),
)  # fmt: skip
"""The best first. Others are played where somebody names them with --soundfont."""

_FONTS = KnownFiles("soundfonts", MAX_SOUND_FONT_BYTES)


def read_soundfont(path: Path) -> SoundFont:
    """The SoundFont in a file, which is remembered. Raises InputError."""
    sha256 = _FONTS.read(path)
    return SoundFont(str(path.resolve()), sha256)


def find_soundfont(font: SoundFont) -> SoundFont | None:
    """The SoundFont with the same bytes, where it is on this machine: one that was named, or the one that is found."""
    if font.automatic:
        default = default_soundfont()
        return default if default is not None and default.sha256 == font.sha256 else None
    path = _FONTS.find(font.sha256)
    return None if path is None else SoundFont(str(path), font.sha256)


def installed_fonts() -> Iterator[tuple[FreeFont, Path]]:
    """The free SoundFonts in the folders where systems keep them, the best first."""
    for font in FREE_FONTS:
        for name in font.files:
            for folder in _folders():
                if (folder / name).is_file():
                    yield font, folder / name


def default_soundfont() -> SoundFont | None:
    """What plays a new piece where nobody says: the best free SoundFont that is installed; None without a player."""
    if not has_player():
        return None
    for _, path in installed_fonts():
        try:
            return SoundFont(str(path.resolve()), _FONTS.read(path), automatic=True)
        except InputError:  # unreadable: the next may be better
            continue
    return None


KNOWN_SOUNDS = KnownSounds(find_soundfont, default_soundfont)
"""What this machine has."""


def has_player() -> bool:
    """Whether the package is installed that plays SoundFonts."""
    return importlib.util.find_spec(PLAYER) is not None


def describe_soundfont(font: SoundFont | None, model: str) -> Iterator[str]:
    """What is to be said of the instruments of a piece that a model has made."""
    if font is None:
        return
    if font.automatic and model == "sketch":
        title = next((free.title for free in FREE_FONTS if Path(font.path).name in free.files), Path(font.path).name)
        yield f"Some acoustic instruments are samples of {title}. --soundfont none leaves all to the synthesiser."
    elif not font.automatic and model != "sketch":
        yield f"The SoundFont was not used: {model} plays no notes. Add --model sketch."


def _folders() -> tuple[Path, ...]:
    named = os.environ.get(FOLDERS_VARIABLE)
    if named is not None:
        return tuple(Path(folder) for folder in named.split(os.pathsep) if folder)
    home = Path.home()
    if sys.platform == "darwin":
        return (home / "Library/Audio/Sounds/Banks", Path("/Library/Audio/Sounds/Banks"))
    if sys.platform == "win32":
        return (home / "Documents/MuseScore4/SoundFonts", home / "Documents/SoundFonts")
    shares = (home / ".local/share", Path("/usr/local/share"), Path("/usr/share"))
    return tuple(share / folder for share in shares for folder in ("sounds/sf3", "sounds/sf2", "soundfonts"))
