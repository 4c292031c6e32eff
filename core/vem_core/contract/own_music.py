"""Music that the user brings, which becomes the score in place of music that is made.

It travels beside the request as sounds do, and is named by the SHA-256 of its bytes; where it lies is
nobody's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vem_core.contract.errors import ContractError

OWN_MUSIC = "own-music"
"""What stands in the place of a model's id."""

MOST_STEMS = 16


@dataclass(frozen=True)
class MusicStem:
    """One part of the music, as long as the whole."""

    name: str  # "drums"
    sha256: str

    def __post_init__(self) -> None:
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", self.name, re.ASCII) is None:
            raise ContractError("the name of a stem is one word of plain letters and digits")


@dataclass(frozen=True)
class OwnMusic:
    """A track, and its stems where there are any."""

    sha256: str  # of the file's bytes: WAV, FLAC, AIFF, OGG or MP3
    name: str = ""  # of the file, for sentences; no path
    stems: tuple[MusicStem, ...] = ()

    def __post_init__(self) -> None:
        if any(len(sha256) != 64 for sha256 in self.files):
            raise ContractError("music is named by its SHA-256")
        if len(self.stems) > MOST_STEMS or len({stem.name for stem in self.stems}) < len(self.stems):
            raise ContractError(f"music has at most {MOST_STEMS} stems, each with a name of its own")

    @property
    def files(self) -> tuple[str, ...]:
        """The hashes of all that travels."""
        return (self.sha256, *(stem.sha256 for stem in self.stems))
