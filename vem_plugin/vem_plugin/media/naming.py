"""Image sequences: which files belong to one, and which of them shows a frame."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass
from pathlib import Path

from vem_plugin.timeline.shot_media import SequenceNaming

# shot.%04d.exr (FFmpeg, Nuke), shot.####.exr (Houdini, RV), shot.[0101-0196].exr (Resolve)
_PATTERN = re.compile(r"%(?:0\d+)?d|#+|\[\d+-\d+\]")


@dataclass(frozen=True)
class FileSequence:
    """The files of an image sequence that exist, by number, in order."""

    folder: Path
    naming: SequenceNaming
    numbers: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def first_number(self) -> int:
        """The number in the name of the file that shows media frame 0, whether or not that file exists."""
        return self.naming.start_number

    @property
    def step(self) -> int:
        """By how much the number grows from one file to the next, at least 1: a sequence on twos has 2."""
        return max(1, self.naming.frame_step)

    def file_of_frame(self, frame: int) -> Path:
        """The file that shows media frame `frame` (0 at the first file); where it is missing, the one before it."""
        number = self.first_number + frame // self.step * self.step
        index = max(0, bisect.bisect_right(self.numbers, number) - 1)
        return self.folder / self.names[index]


def is_pattern(address: str) -> bool:
    """Whether an address stands for an image sequence by a pattern in its name."""
    return _PATTERN.search(_name(address)) is not None


def naming_of_pattern(address: str) -> SequenceNaming:
    """The naming that a pattern means, its first number left at 0: the folder tells that."""
    name = _name(address)
    match = _PATTERN.search(name)
    if match is None:
        raise ValueError(f"{address!r} holds no pattern")
    return SequenceNaming(name[: match.start()], name[match.end() :], 0)


def folder_of_pattern(address: str) -> str:
    """The address of the folder that a pattern's files lie in."""
    return address[: len(address) - len(_name(address))]


def list_sequence(folder: Path, naming: SequenceNaming, *, first_from_folder: bool = False) -> FileSequence:
    """The sequence's files in a folder; with `first_from_folder` the lowest number found is the first frame's."""
    pattern = re.compile(re.escape(naming.name_prefix) + r"(-?\d+)" + re.escape(naming.name_suffix))
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except OSError:
        names = []
    found = sorted((int(match[1]), name) for name in names if (match := pattern.fullmatch(name)))
    if first_from_folder and found:
        naming = SequenceNaming(naming.name_prefix, naming.name_suffix, found[0][0])
    return FileSequence(folder, naming, tuple(number for number, _ in found), tuple(name for _, name in found))


def _name(address: str) -> str:
    return re.split(r"[/\\]", address)[-1]
