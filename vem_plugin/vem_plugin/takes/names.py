"""Where the files of a timeline's takes lie, and what they are called.

By default all lie in `NAME.vem` beside the timeline, takes numbered on, the timeline as `NAME.scored.otio`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vem_core.contract.errors import OutputError
from vem_core.contract.result import AudioFile
from vem_core.contract.time import SAMPLE_RATE_HZ
from vem_plugin.placement.cue_sheet import SUFFIX as CUE_SHEET_SUFFIX
from vem_plugin.placement.provenance import SUFFIX as RIGHTS_SUFFIX
from vem_plugin.placement.state import PlacedTake

FOLDER_SUFFIX = ".vem"
DELIVERED = "delivery:"
"""What stands before the role of a file in the form that was asked for, beside the 48 kHz WAV."""

DELIVERED_MIX = DELIVERED + "mix"
SCORED = ".scored"


@dataclass(frozen=True)
class OutputNames:
    """Where the files of a timeline's scores go."""

    folder: Path
    name: str  # the timeline's own, without endings

    @classmethod
    def beside(cls, timeline: Path, folder: Path | None = None) -> OutputNames:
        """The names for a timeline file; `folder` is the editor's choice. A scored timeline keeps its folder."""
        name = _for_files(timeline.stem.removesuffix(SCORED))
        own = timeline.absolute().parent
        default = own if own.name == name + FOLDER_SUFFIX else own / (name + FOLDER_SUFFIX)
        return cls(default if folder is None else folder.absolute(), name)

    def audio(self, take: int) -> Path:
        """The 48 kHz Broadcast WAV."""
        return self.folder / f"{self.name}-take{take}.wav"

    def score(self, take: int) -> Path:
        """What made the take: its `PlacedTake` as JSON."""
        return self.folder / f"{self.name}-take{take}.json"

    def rights(self, take: int) -> Path:
        """The text on licences and rights."""
        return self.folder / f"{self.name}-take{take}{RIGHTS_SUFFIX}"

    def cue_sheet(self, take: int) -> Path:
        """The table for collecting societies."""
        return self.folder / f"{self.name}-take{take}{CUE_SHEET_SUFFIX}"

    def played(self, take: PlacedTake, role: str = "mix") -> Path:
        """The file that a lane plays: that of the form that was asked for, else the 48 kHz WAV."""
        delivered = take.result.file(f"{DELIVERED}{role}")
        if delivered is not None:
            return self.extra(take.take, delivered)
        file = take.result.file(role)
        return self.folder / take.audio if file is None or role == "mix" else self.extra(take.take, file)

    def extra(self, take: int, file: AudioFile) -> Path:
        """Stems keep their names, in a folder of the take's; a MIDI file stands beside the WAV."""
        inner = PurePosixPath(file.name)
        if file.role == DELIVERED_MIX and inner.suffix in (".wav", ".flac"):
            rate = "" if file.sample_rate_hz == SAMPLE_RATE_HZ else f"-{file.sample_rate_hz}"
            return self.folder / f"{self.name}-take{take}{rate}{inner.suffix}"
        if inner.is_absolute() or ".." in inner.parts:
            raise OutputError(f"The core named a file {file.name!r}, outside its folder.")
        if len(inner.parts) == 1:
            return self.folder / f"{self.name}-take{take}{inner.suffix}"
        return self.folder.joinpath(f"{self.name}-take{take}-{inner.parts[0]}", *inner.parts[1:])

    def timeline(self, source: Path, suffix: str) -> Path:
        """The scored timeline; never the file that it was read from."""
        path = self.folder / f"{self.name}{SCORED}{suffix}"
        number = 2
        while path.exists() and source.exists() and path.samefile(source):
            path = self.folder / f"{self.name}{SCORED}-{number}{suffix}"
            number += 1
        return path

    def number_of(self, entry: str) -> int | None:
        """The number of the take that a file or folder of this name belongs to; None: it belongs to none."""
        match = re.fullmatch(re.escape(self.name) + r"-take(\d{1,6})(?!\d).*", entry, re.DOTALL)
        return int(match[1]) if match else None

    def reservation(self, take: int) -> Path:
        """The file that stands for a number while its take is being made."""
        return self.folder / f".{self.name}-take{take}.making"


def _for_files(name: str) -> str:
    """A timeline's name for the names of takes, which other systems read: no separator, no drive."""
    return re.sub(r"^([A-Za-z]):", r"\1_", name.replace("\\", "_"))
