"""Timeline files, and whatever else takes long in Python, in a process of their own, for programs with a window.

OpenTimelineIO parses and writes in calls that hold Python's interpreter lock: a film of a few thousand clips would stop
the window for as long, and Python beside a window that paints keeps it waiting at every call of Qt's. A file that
brings the parser down takes the helper along and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import secrets
import subprocess
import threading
from collections.abc import Callable
from multiprocessing.managers import RemoteError
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from vem_core.contract.cut_sheet import CutSheet
from vem_core.contract.errors import InternalError
from vem_core.contract.processes import python_command, start_child
from vem_plugin.hosts.base import Host, Placement, Take, ThumbnailSet, TimelineReading
from vem_plugin.hosts.file import FileHostOptions
from vem_plugin.hosts.helper_process import HelperManager

if TYPE_CHECKING:
    from vem_plugin.placement.state import PlacedTake
    from vem_plugin.sound.lanes import AudioLane
    from vem_plugin.sound.speech import SpeechReading
    from vem_plugin.takes.earlier import EarlierScore

P = ParamSpec("P")
T = TypeVar("T")
LOG = logging.getLogger(__name__)
_TRIES = 2


class HostHelper:
    """The process: started when it is first needed or by `warm_up`, again if it is lost, ended by `close`.

    May be used from several threads; calls of different threads run at the same time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._closed = False

    def host(self, timeline: Path, options: FileHostOptions) -> Host:
        """The `Host` of a timeline file, which works in the helper."""
        return _RemoteFileHost(self, timeline, options)

    def warm_up(self) -> None:
        """Start the process, so that the first timeline does not wait for it."""
        threading.Thread(target=self._started, name="host-helper", daemon=True).start()

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """A `Runner`: calls the function in the process, and once more in another if that one is lost in the middle.

        Raises what the function raises; InternalError if both were lost, or once closed.
        """
        for _ in range(_TRIES):
            process = self._process_for_work()
            try:
                return process.run(function, *args, **kwargs)
            except (EOFError, ConnectionError) as error:
                LOG.warning("The helper was lost in %s: %s", function.__qualname__, error)
                self.lost(process)
        raise InternalError("The process that reads timelines and takes stopped in the middle.", hint="Try again.")

    def close(self) -> None:
        """End the process, and with it whatever it is doing."""
        with self._lock:
            self._closed = True
            self._end()

    def make(self, timeline: Path, options: FileHostOptions) -> tuple[_Process, Any]:
        """A file host in the process, and the process. Raises InternalError once closed."""
        process = self._process_for_work()
        output = None if options.output is None else options.output.absolute()  # the process stands in another folder
        searched = tuple(folder.absolute() for folder in options.search_folders)
        whole = dataclasses.replace(options, output=output, search_folders=searched)
        return process, process.file_host(timeline.absolute(), whole)

    def lost(self, process: _Process) -> None:
        """Say that a process does not answer: the next call starts another."""
        with self._lock:
            if process is self._process:
                self._end()

    def _process_for_work(self) -> _Process:
        process = self._started()
        if process is None:
            raise InternalError("The panel is closing.")
        return process

    def _started(self) -> _Process | None:
        with self._lock:
            if self._process is None and not self._closed:
                self._process = _Process()
            return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.shutdown()


class _Process:
    """One helper: serves file hosts and calls functions. Answers and errors come back as they are."""

    def __init__(self) -> None:
        """Start it, and wait until it takes calls. Raises InternalError."""
        self._process = start_child(
            python_command("vem_plugin.hosts.helper_process"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        key = secrets.token_bytes(32)
        try:
            self._manager = HelperManager(_introduce(self._process, key), key)
            self._manager.connect()
        except (OSError, ValueError, EOFError) as error:
            self.shutdown()
            raise InternalError("The process that reads timelines and takes does not start.") from error
        self._functions = self._manager.Functions()  # type: ignore[attr-defined]  # registered where it is defined

    def file_host(self, timeline: Path, options: FileHostOptions) -> Any:
        return self._manager.FileHost(timeline, options)  # type: ignore[attr-defined]  # as above

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return self._functions.call(function, *args, **kwargs)  # type: ignore[no-any-return]

    def shutdown(self) -> None:
        """End the process, and with it whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


def _introduce(process: subprocess.Popen[bytes], key: bytes) -> Any:
    """Give a helper the key to its door, which nobody else may see; where that door is."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(key.hex().encode() + b"\n")
    process.stdin.flush()
    address = json.loads(process.stdout.readline())
    return tuple(address) if isinstance(address, list) else address


class _RemoteFileHost:
    """A `FileHost` in the helper. Where the helper was lost, the next call reads the file again in another."""

    def __init__(self, helper: HostHelper, timeline: Path, options: FileHostOptions) -> None:
        self._helper, self._timeline, self._options = helper, timeline, options
        self._lock = threading.Lock()
        self._made: tuple[_Process, Any] | None = None

    def read_timeline(self) -> TimelineReading:
        """The timeline's cuts. Raises TimelineError."""
        return self._ask(lambda host: host.read_timeline())  # type: ignore[no-any-return]

    def read_thumbnails(self, sheet: CutSheet) -> ThumbnailSet:
        """Small JPEGs for each shot of the sheet; placeholders and a warning where media are missing."""
        return self._ask(lambda host: host.read_thumbnails(sheet))  # type: ignore[no-any-return]

    def read_frame(self, record_frames: int) -> bytes | None:
        """The picture at a record frame as a JPEG; None: there is none."""
        return self._ask(lambda host: host.read_frame(record_frames))  # type: ignore[no-any-return]

    def read_lanes(self) -> tuple[AudioLane, ...]:
        """The audio lanes that are heard and not ours."""
        return self._ask(lambda host: host.read_lanes())

    def locate(self, address: str) -> Path | None:
        """Where the medium of an address lies; None: nowhere."""
        return self._ask(lambda host: host.locate(address))  # type: ignore[no-any-return]

    def read_speech(self) -> SpeechReading:
        """Who speaks when, over the whole timeline."""
        return self._ask(lambda host: host.read_speech())  # type: ignore[no-any-return]

    def lane_sound(self, lane: AudioLane, sheet: CutSheet, in_frames: int) -> bytes:
        """A lane's sound under a sheet that begins at `in_frames`, as a WAV file for a core. Raises AudioError."""
        return self._ask(lambda host: host.lane_sound(lane, sheet, in_frames))  # type: ignore[no-any-return]

    def check_output(self) -> None:
        """Raise OutputError now if a score could not be placed later."""
        self._ask(lambda host: host.check_output())

    def earlier_score(self, in_frames: int = 0, sheet: CutSheet | None = None) -> EarlierScore | None:
        """The score on our lane that begins at a record frame, or shows most of a sheet; None: there is none."""
        return self._ask(lambda host: host.earlier_score(in_frames, sheet))  # type: ignore[no-any-return]

    def keep(self, take: PlacedTake, muted_lane: int | None = None) -> Placement:
        """Leave a take where it stands."""
        return self._ask(lambda host: host.keep(take, muted_lane))  # type: ignore[no-any-return]

    def place(self, take: Take) -> Placement:
        """Put the take on our lane. Raises OutputError."""
        return self._ask(lambda host: host.place(take))  # type: ignore[no-any-return]

    def library_folder(self) -> Path:
        """Where the takes lie."""
        return self._ask(lambda host: host.library_folder())  # type: ignore[no-any-return]

    def store(self, take: Take) -> PlacedTake:
        """Write a take into the library and place nothing. Raises OutputError, AudioError."""
        return self._ask(lambda host: host.store(take))  # type: ignore[no-any-return]

    def place_kept(self, take: PlacedTake, *, stem_lanes: bool = False, muted_lane: int | None = None) -> Placement:
        """Put a take of the library on our lane. Raises OutputError."""
        return self._ask(  # type: ignore[no-any-return]
            lambda host: host.place_kept(take, stem_lanes=stem_lanes, muted_lane=muted_lane)
        )

    def write_preview(self, sheet: CutSheet, placement: Placement, path: Path = Path()) -> Path:
        """A movie of the picture with the music. Raises OutputError."""
        whole = path if path == Path() else path.absolute()
        return self._ask(lambda host: host.write_preview(sheet, placement, whole))  # type: ignore[no-any-return]

    def _ask(self, call: Callable[[Any], T]) -> T:
        made: tuple[_Process, Any] | None = None
        try:
            with self._lock:
                made = self._made = self._made or self._helper.make(self._timeline, self._options)
            return call(made[1])
        except (EOFError, ConnectionError) as error:
            with self._lock:
                self._made = None
            if made is not None:
                self._helper.lost(made[0])
            raise InternalError(
                f"The reader of timelines stopped in the middle of {self._timeline.name}.", hint="Try again."
            ) from error
        except RemoteError as error:
            LOG.error("%s", error)
            raise InternalError(f"Something went wrong with {self._timeline.name}.") from error
