"""What a core is told when it starts: folders, limits, times."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vem_core.contract.processes import python_command
from vem_core.contract.service import MAX_REQUEST_BYTES, MAX_SOUND_BYTES, MAX_THUMBNAIL_BYTES, MAX_UPLOAD_BYTES
from vem_core.server.folders import default_log_folder, default_session_file, default_state_folder

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """The largest things that the core accepts."""

    json_bytes: int = MAX_REQUEST_BYTES
    thumbnail_bytes: int = MAX_THUMBNAIL_BYTES
    thumbnail_pixels: int = 2_100_000  # full HD
    thumbnails: int = 50_000
    sound_bytes: int = MAX_SOUND_BYTES
    sounds: int = 64  # of the take before: its mix and stems
    upload_bytes: int = MAX_UPLOAD_BYTES
    shots: int = 50_000
    duration_s: int = 12 * 3600
    stall_s: float = 60.0  # silence in the middle of an upload
    queue: int = 256  # jobs that wait
    finished: int = 500  # finished jobs that are remembered
    results_bytes: int = 2048 * MIB  # of all finished jobs on disk


@dataclass(frozen=True)
class Settings:
    """How one core runs. Two cores on one machine need two state folders and two session files."""

    state_folder: Path = field(default_factory=default_state_folder)
    session_file: Path = field(default_factory=default_session_file)
    log_folder: Path = field(default_factory=default_log_folder)
    port: int = 0  # 0: any free one
    token: str = ""  # empty: a new one
    allowed_hosts: tuple[str, ...] = ()  # beside the names of the loopback interface
    parent_pid: int | None = None  # the core ends when this process does
    watch_stdin: bool = False  # the core ends when its standard input does
    exit_after_s: float | None = None  # ends after this long without work or calls
    unload_after_s: float | None = 120.0  # gives the memory back after this long without work
    heartbeat_s: float = 5.0  # of the progress streams
    cancel_patience_s: float = 15.0  # a worker that has not stopped by then is ended
    worker_command: tuple[str, ...] = python_command("vem_core.server.worker")
    limits: Limits = field(default_factory=Limits)
