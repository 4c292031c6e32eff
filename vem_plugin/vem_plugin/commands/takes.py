"""`vem takes TIMELINE`: the takes beside a timeline, how they differ, and the files that no timeline refers to."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.command import Command
from vem_plugin.commands.place_kept import add_place_arguments, place_kept

if TYPE_CHECKING:
    from vem_plugin.takes.listing import TakeOnDisk
    from vem_plugin.takes.names import OutputNames


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem takes`."""
    parser.add_argument("timeline", type=Path, help="the timeline that was scored, or its scored one")
    deed = parser.add_mutually_exclusive_group()
    deed.add_argument("--place", type=Path, metavar="TAKE",
                      help="place a take by its number, or music that was kept: NAME.vem/kept-1")  # fmt: skip
    deed.add_argument("--remove-unused", action="store_true", help="delete the takes that no timeline refers to")
    add_place_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the takes; delete unused ones, or place kept music, where that is asked for."""
    from vem_plugin.takes.listing import takes_on_disk
    from vem_plugin.takes.names import OutputNames
    from vem_plugin.takes.removing import remove_files

    if arguments.place is not None:
        place_kept(arguments)
        return 0
    names = OutputNames.beside(arguments.timeline, arguments.output)
    takes = takes_on_disk(arguments.timeline, names)
    unused = _unused(takes, names, certain=arguments.remove_unused)
    size_mb = sum(path.stat().st_size for path in unused) / 1e6
    if arguments.json:
        sys.stdout.write(json.dumps({"takes": [_as_json(*pair) for pair in _pairs(takes)], "unused": [
            str(path) for path in unused], "removed": arguments.remove_unused}) + "\n")  # fmt: skip
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(takes, names.folder))
        sys.stdout.writelines(f"  {path.relative_to(names.folder)}\n" for path in unused)
        if unused:
            told = "removed." if arguments.remove_unused else "--remove-unused deletes them."
            sys.stdout.write(f"No timeline here refers to these {len(unused)} files ({size_mb:.1f} MB): {told}\n")
    if arguments.remove_unused:
        remove_files(unused, names)
    return 0


def _unused(takes: Sequence[TakeOnDisk], names: OutputNames, *, certain: bool) -> tuple[Path, ...]:
    """The files that nobody needs. Where that is in doubt: an OutputError if it must be `certain`, else a sentence."""
    from vem_core.contract.errors import OutputError
    from vem_plugin.takes.removing import unused_files

    try:
        return unused_files(takes, names)
    except OutputError as error:
        if certain:
            raise
        sys.stderr.write(f"{error.message}\n")
        return ()


def _pairs(takes: Sequence[TakeOnDisk]) -> Iterator[tuple[TakeOnDisk | None, TakeOnDisk]]:
    """Each take with the one that it followed, where that is there: the one it kept bars of, or the one before."""
    known = {take.placed.take: take for take in takes}
    for place, take in enumerate(takes):
        refit = take.placed.result.refit
        before = takes[place - 1] if place else None
        yield (before if refit is None else known.get(refit.earlier_take)), take


def _lines(takes: Sequence[TakeOnDisk], folder: Path) -> Iterator[str]:
    if not takes:
        yield f"There are no takes in {folder}."
    for before, take in _pairs(takes):
        placed = take.placed
        yield f"take {placed.take}  {placed.audio}  {placed.result.model}, seed {placed.result.seed}"
        if before is not None:
            told = "; ".join(_differences(before, take)) or "no difference"
            yield f"        beside take {before.placed.take}: {told}"
        where = ", ".join(path.name for path in take.timelines)
        yield f"        {f'in {where}' if where else 'in no timeline'}"


def _as_json(before: TakeOnDisk | None, take: TakeOnDisk) -> dict[str, object]:
    return take.placed.summary | {
        "beside": None if before is None else before.placed.take,
        "differences": [] if before is None else list(_differences(before, take)),
        "files": [str(path) for path in take.files],
        "timelines": [str(path) for path in take.timelines],
    }


def _differences(before: TakeOnDisk, take: TakeOnDisk) -> tuple[str, ...]:
    from vem_plugin.takes.differences import differences

    return differences((before.placed.request, before.placed.result), (take.placed.request, take.placed.result))


COMMAND = Command("List a timeline's takes and how they differ; delete unused ones.", add_arguments, run)
