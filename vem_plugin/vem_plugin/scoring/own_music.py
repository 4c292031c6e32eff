"""Music of the user's: read where they name it, found again by its hash when the score is made anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vem_core.contract.errors import ContractError, InputError
from vem_core.contract.own_music import MusicStem, OwnMusic
from vem_core.contract.request import ScoreRequest
from vem_core.contract.service import MAX_SOUND_BYTES
from vem_plugin.scoring.known_files import KnownFiles

_MUSIC = KnownFiles("music", MAX_SOUND_BYTES)


def read_music(path: Path, stems: Mapping[str, Path] | None = None) -> OwnMusic:
    """The music in a file, with its stems by name; where they lie is remembered. Raises InputError."""
    try:
        parts = tuple(MusicStem(name, _MUSIC.read(stem)) for name, stem in (stems or {}).items())
        return OwnMusic(_MUSIC.read(path), path.name, parts)
    except ContractError as error:
        raise InputError(f"This music cannot be used: {error.message}.") from error


def music_files(request: ScoreRequest) -> dict[str, Path]:
    """Where the music that a request names lies, by hash. Raises InputError where it is not known on this machine."""
    if request.music is None:
        return {}
    found = {}
    for sha256 in request.music.files:
        path = _MUSIC.find(sha256)
        if path is None:
            raise InputError(
                f"{request.music.name or 'The music'} is not known on this machine, or was changed.",
                hint="Name it with --music (and its stems with --music-stem); --music none makes other music.",
            )
        found[sha256] = path
    return found


def music_notices(request: ScoreRequest) -> tuple[str, ...]:
    """What is wished and cannot be had of music that is there already."""
    if request.music is None:
        return ()
    direction = request.direction
    wished = [("tempo", direction.tempo_bpm), ("key", direction.key), ("style", direction.style)]
    names = [name for name, value in wished if value is not None]
    if not names:
        return ()
    spoken = " and ".join(names)
    return (f"The {spoken} are the song's own." if len(names) > 1 else f"The {spoken} is the song's own.",)
