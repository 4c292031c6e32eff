"""What travels between us and a Resolve whose menu runs Lua alone: files in one folder of the user's.

*Send timeline* exports `NAME--ID.otio` into the inbox. Receiving moves it to where its takes will lie, so that the
inbox is empty again and the next one of the same timeline finds its earlier takes. *Place music* reads `place.lua`,
which holds values alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from vem_core.contract.atomic import explaining, make_folder, write_bytes
from vem_core.contract.foreign_files import MAX_TIMELINE_BYTES, read_regular
from vem_core.contract.service import APP_NAME
from vem_plugin.resolve.lua_values import LuaValue, lua_value

_SENT = re.compile(r"(?P<name>[^\x00-\x1f/\\]{1,200})--(?P<id>[0-9A-Za-z][0-9A-Za-z-]{0,63})\.otio")
_FROM_RESOLVE = "From Resolve"


@dataclass(frozen=True)
class SentTimeline:
    """A timeline that Resolve's menu sent."""

    name: str
    timeline_id: str  # Resolve's own


@dataclass(frozen=True)
class Exchange:
    """The folder of the exchange, and the one under which received timelines and their takes lie."""

    folder: Path
    library: Path

    @classmethod
    def of_user(cls) -> Exchange:
        """This user's: among the program's data, and in the music folder."""
        music = Path(platformdirs.user_music_dir(), "VeM Score", _FROM_RESOLVE)
        return cls(platformdirs.user_data_path(APP_NAME) / "resolve", music)

    @property
    def inbox(self) -> Path:
        """Where *send timeline* writes."""
        return self.folder / "inbox"

    @property
    def plan(self) -> Path:
        """What *place music* reads."""
        return self.folder / "place.lua"

    def waiting(self) -> list[Path]:
        """The timelines in the inbox that are written to their end, the latest last.

        Resolve writes them in place: one that is no whole JSON is still being written, or never will be.
        """
        return sorted((path for path in self._sent() if _is_whole(path)), key=lambda path: (_written_ns(path), path))

    def unfinished(self) -> bool:
        """Whether something lies in the inbox that is no whole timeline, or not yet."""
        return any(not _is_whole(path) for path in self._sent())

    def receive_all(self) -> list[Path]:
        """Move all that wait out of the inbox; where they lie now, the latest last. Raises OutputError."""
        return [self.receive(path) for path in self.waiting()]

    def _sent(self) -> list[Path]:
        try:
            return [path for path in self.inbox.iterdir() if _SENT.fullmatch(path.name)]
        except OSError:
            return []

    def receive(self, sent: Path) -> Path:
        """Move a timeline out of the inbox to where its takes lie, over the one sent before. Raises OutputError."""
        name = sent_as(sent.name)
        folder = self.library / f"{name.name}--{name.timeline_id}"
        make_folder(folder)
        target = folder / f"{name.name}.otio"
        with explaining(target):
            content = read_regular(sent, MAX_TIMELINE_BYTES)
        write_bytes(target, content)  # another disk may be between them
        with explaining(sent):
            sent.unlink()
        return target

    def received(self, timeline: Path) -> SentTimeline | None:
        """Which timeline of Resolve's a file is, by where it lies; None: it did not come from there."""
        folder = timeline.absolute().parent
        if folder.parent != self.library.absolute():
            return None
        match = _SENT.fullmatch(f"{folder.name}.otio")
        return None if match is None or match["name"] != timeline.stem else SentTimeline(match["name"], match["id"])

    def latest(self) -> Path | None:
        """The timeline that was received last; None: none ever was."""
        found = [path for path in self.library.glob("*/*.otio") if self.received(path) is not None]
        return max(found, key=_written_ns, default=None)

    def write_plan(self, values: dict[str, LuaValue]) -> None:
        """Write what *place music* shall do, whole or not at all. Raises OutputError."""
        make_folder(self.folder)
        lines = ["-- Written by VeM Score for `VeM Score - place music`: values, and nothing else."]
        lines += ["return {", *(f"  {name} = {lua_value(value)}," for name, value in values.items()), "}", ""]
        write_bytes(self.plan, "\n".join(lines).encode("ascii"))


def sent_as(file_name: str) -> SentTimeline:
    """What the name of a file in the inbox says. Raises ValueError for another name."""
    match = _SENT.fullmatch(file_name)
    if match is None:
        raise ValueError(f"{file_name} was not sent by Resolve's menu")
    return SentTimeline(match["name"], match["id"])


def _is_whole(path: Path) -> bool:
    try:
        return not path.is_symlink() and isinstance(json.loads(read_regular(path, MAX_TIMELINE_BYTES)), dict)
    except (OSError, ValueError, RecursionError):
        return False


def _written_ns(path: Path) -> int:
    """When a file was written; one that is gone by now, long ago."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
