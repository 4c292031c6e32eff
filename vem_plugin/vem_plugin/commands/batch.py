"""`vem batch FOLDER`: score every timeline of a folder, with a summary at the end.

With `--workers` or `--ray` each timeline is a task, and each worker has a core of its own.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import functools
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from vem_core.contract.atomic import check_writable, write_bytes
from vem_core.contract.command import Command
from vem_core.contract.errors import InputError, OutputError, VemError
from vem_core.contract.tasks import Workers, add_worker_arguments, run_tasks, say_where, workers_of
from vem_core.contract.time import seconds_of_frame
from vem_plugin.client.base import OpenCore
from vem_plugin.commands.score import score_file
from vem_plugin.commands.score_options import add_score_arguments, host_options_from_arguments, order_from_arguments
from vem_plugin.commands.showing import TerminalListener
from vem_plugin.commands.table import aligned
from vem_plugin.files.spreadsheet import as_csv
from vem_plugin.placement.trial import refuse_input
from vem_plugin.takes.names import FOLDER_SUFFIX, SCORED, OutputNames
from vem_plugin.terminal import printable
from vem_plugin.timeline.endings import BUNDLES, ENDINGS

_NOT_ENTERED = frozenset({FOLDER_SUFFIX, *BUNDLES})  # a take's folder, and timelines that are folders
_LEAVES = (
    "the paths of the timelines, which must be the same there with their media, and the options; the music is written "
    "where the timelines are"
)
COLUMNS = ("timeline", "cuts", "length", "hits", "chance", "LUFS", "music")


class Row(NamedTuple):
    """What came of one timeline; of one that could not be scored only its name and the reason."""

    timeline: str
    cuts: str = ""
    length: str = ""
    hits: str = ""
    chance: str = ""
    loudness: str = ""
    outcome: str = ""  # the music's path, or what went wrong


class Job(NamedTuple):
    """One timeline to score: what a worker is told."""

    timeline: Path
    in_the_way: Path | None  # a timeline whose takes would lie where its own do
    arguments: argparse.Namespace


class Scored(NamedTuple):
    """What came of it in a worker."""

    row: Row
    status: int
    said: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem batch`: those of `vem score` for each timeline."""
    parser.add_argument("folder", type=Path, help="timelines in it are scored; .otio, and what the adapters read")
    parser.add_argument("--recursive", action="store_true", help="in its folders, too")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the summary as comma-separated values")
    add_worker_arguments(parser, _LEAVES)
    add_score_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Score each timeline, say what failed, print the table. The exit status is that of the first failure."""
    workers = workers_of(arguments)
    timelines = find_timelines(arguments.folder, recursive=arguments.recursive)
    if arguments.csv is not None:
        _check_summary(arguments.csv, timelines)
    in_the_way = find_collisions(timelines, arguments.output)
    jobs = [Job(path, in_the_way.get(path), arguments) for path in timelines]
    rows: list[Row] = []
    status = 0
    try:
        for row, failed in _score_here(jobs) if workers == Workers() else _score_by(workers, jobs):
            rows.append(row)
            status = status or failed
    finally:  # also of a batch that was stopped
        sys.stdout.write(as_table(rows))
        if arguments.csv is not None:
            write_bytes(arguments.csv, as_csv([COLUMNS, *rows], line_end="\r\n").encode(errors="backslashreplace"))
    return status


def find_timelines(folder: Path, *, recursive: bool = False) -> list[Path]:
    """The timelines of a folder by name, without what we wrote ourselves. Raises InputError."""
    try:
        found = sorted(folder.rglob("*") if recursive else folder.iterdir())
    except OSError as error:
        raise InputError(
            f"{folder} cannot be read: {error.strerror or error}.", hint="Name a folder with timelines."
        ) from error
    timelines = [
        path
        for path in found
        if path.suffix.lower() in ENDINGS
        and not path.name.startswith(".")
        and SCORED not in path.stem
        and ".backup-" not in path.stem
        and not any(parent.suffix.lower() in _NOT_ENTERED for parent in path.relative_to(folder).parents)
    ]
    if not timelines:
        raise InputError(
            f"{folder} holds no timeline.", hint=f"Timelines end in {', '.join(ENDINGS)}; --recursive looks deeper."
        )
    return timelines


def find_collisions(timelines: Sequence[Path], output: Path | None) -> dict[Path, Path]:
    """The timelines whose takes would lie where those of another do, with that other, which comes before."""
    first: dict[tuple[Path, str], Path] = {}
    found = {}
    for path in timelines:
        names = OutputNames.beside(path, output)
        key = (names.folder, names.name.casefold())
        if first.setdefault(key, path) != path:
            found[path] = first[key]
    return found


def as_table(rows: Sequence[Row]) -> str:
    """The rows as aligned columns under a header, and how many were scored."""
    text = aligned([COLUMNS, *(tuple(map(printable, row)) for row in rows)], right=range(1, len(COLUMNS) - 1))
    scored = sum(bool(row.cuts) for row in rows)
    return "\n".join([*text, "", f"{scored} of {len(rows)} timelines scored."]) + "\n"


def _score_here(jobs: Sequence[Job]) -> Iterator[tuple[Row, int]]:
    """In this process, with one core for all of them."""
    from vem_plugin.client.session import core_session

    with core_session():
        for number, job in enumerate(jobs, start=1):
            sys.stderr.write(f"[{number} of {len(jobs)}] {printable(job.timeline.name)}\n")
            yield _score(*job)


def _score_by(workers: Workers, jobs: Sequence[Job]) -> Iterator[tuple[Row, int]]:
    """By other processes or machines; what one says of a timeline is shown when it is done."""
    say_where(workers, _LEAVES)
    threads = max(1, (os.cpu_count() or 1) // workers.processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # of the workers' cores, which inherit it
    for number, scored in enumerate(run_tasks(score_job, map(_with_whole_paths, jobs), workers), start=1):
        sys.stderr.write(f"[{number} of {len(jobs)}] {printable(scored.row.timeline)}\n{scored.said}")
        yield scored.row, scored.status


def score_job(job: Job) -> Scored:
    """Score a timeline in a worker."""
    open_core = _own_core()
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        row, status = _score(*job, open_core)
    return Scored(row, status, said.getvalue())


@functools.lru_cache(maxsize=1)
def _own_core() -> OpenCore:
    """A core that is this worker's alone and ends with it; or the user's list of cores, where there is one."""
    from vem_plugin.client.address import default_core_list, read_core_list
    from vem_plugin.client.core_process import LaunchOptions
    from vem_plugin.client.session import core_session
    from vem_plugin.client.supervisor import CoreChoice

    if read_core_list(default_core_list()):
        return core_session
    folder = Path(tempfile.mkdtemp(prefix="vem-worker-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    session_file = folder / "core.json"
    kept_here = ("--state-folder", str(folder / "state"), "--session-file", str(session_file))
    open_core = functools.partial(core_session, (), CoreChoice(session_file, LaunchOptions(arguments=kept_here)))
    held = contextlib.ExitStack()  # so that it stays from timeline to timeline
    atexit.register(held.close)
    held.enter_context(open_core())
    return open_core


def _with_whole_paths(job: Job) -> Job:
    """The job as it is understood in any folder."""
    values = {
        name: value.absolute() if isinstance(value, Path) else value for name, value in vars(job.arguments).items()
    }
    in_the_way = None if job.in_the_way is None else job.in_the_way.absolute()
    return Job(job.timeline.absolute(), in_the_way, argparse.Namespace(**values))


def _score(
    path: Path, in_the_way: Path | None, arguments: argparse.Namespace, open_core: OpenCore | None = None
) -> tuple[Row, int]:
    """The row of a timeline, and the exit status of what went wrong with it."""
    name = path.relative_to(arguments.folder).as_posix()
    try:
        if in_the_way is not None:
            raise OutputError(
                f"Its takes would lie among those of {in_the_way.relative_to(arguments.folder).as_posix()}.",
                hint="Rename one of them, or score it by itself with another --output.",
            )
        options = host_options_from_arguments(arguments)
        with TerminalListener(progress=not arguments.json) as listener:
            outcome = score_file(
                path, options, lambda sheet: order_from_arguments(arguments, sheet), listener, open_core
            )
    except VemError as error:
        sys.stderr.write(f"vem: {printable(error.message)}\n")
        if error.hint:
            sys.stderr.write(f"     {printable(error.hint)}\n")
        return Row(name, outcome=f"failed: {error.message}"), error.exit_status
    sheet, result = outcome.sheet, outcome.result
    totals, mix = result.report.with_off_beats, result.file("mix")
    loudness = None if mix is None else mix.loudness_lufs
    seconds = seconds_of_frame(sheet.duration_frames, sheet.rate)
    return Row(
        name,
        str(len(sheet.cuts)),
        f"{int(seconds // 60)}:{seconds % 60:04.1f}",
        f"{totals.hit_rate_1_frame:.0%}" if totals.count else "-",
        f"{totals.chance_1_frame:.0%}" if totals.count else "-",
        "-" if loudness is None else f"{loudness:.1f}",
        str(outcome.placement.audio),
    ), 0


def _check_summary(path: Path, timelines: Sequence[Path]) -> None:
    """Raise OutputError now if the summary could not be written when all is done."""
    refuse_input(path, timelines)
    if path.exists() and not path.is_file():
        raise OutputError(f"{path} is no file.", hint="Name another for --csv.")
    check_writable(path.absolute().parent)


COMMAND = Command("Score every timeline of a folder.", add_arguments, run)
