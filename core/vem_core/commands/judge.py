"""`vem judge SYSTEM... --films MANIFEST`: anyone's music on the same films, in one table."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError

if TYPE_CHECKING:
    from vem_core.judging.films import FilmSet

# Named again here, since `--help` should not import the readers.
_LAYOUTS = "plain, vidmuse, gvmgen, m2ugen, cmt, diff-bgm, vem"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem judge`."""
    parser.add_argument(
        "systems", nargs="+", metavar="NAME=FOLDER", help="a system: one sound, movie or MIDI file a film"
    )
    parser.add_argument(
        "--films", type=Path, required=True, metavar="MANIFEST", help="the films, as JSON, or `cutsync`"
    )
    parser.add_argument("--only", nargs="+", metavar="ID", help="judge only these films")
    parser.add_argument(
        "--layout", action="append", default=[], metavar="NAME=LAYOUT",
        help=f"how a system's files are named (default: whatever finds most): {_LAYOUTS}")  # fmt: skip
    parser.add_argument(
        "--references", type=Path, metavar="FOLDER", help="real music of the same films, for KLD and BIoU"
    )
    parser.add_argument(
        "--music", type=Path, metavar="FOLDER", help="any real music, for FAD (default: the references)"
    )
    parser.add_argument("--soundfont", type=Path, metavar="SF2", help="plays systems that are MIDI")
    parser.add_argument("--clap", type=Path, metavar="FOLDER", help="a CLAP model, for CLAP and tw-CLAP")
    parser.add_argument("--languagebind", type=Path, metavar="FOLDER", help="LanguageBind's towers, for LB and tw-LB")
    parser.add_argument(
        "--tracker", default="auto", help="auto, recurrent, spectral or madmom, the paper's (default: auto)"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keeps what was heard: a judgement that was broken off goes on"
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="also write judgement.md, .json, .csv and .png")
    parser.add_argument("--json", action="store_true", help="print the JSON instead of the Markdown")


def run(arguments: argparse.Namespace) -> int:
    """Judge, print the table, write the files that were asked for."""
    from vem_core.judging.hearing import Ears
    from vem_core.judging.judgement import to_text
    from vem_core.judging.judging import Sources, judge
    from vem_core.judging.systems import parse_system
    from vem_core.judging.tables import to_markdown
    from vem_core.rhythm.tracking.registry import tracker_by_id

    films = _films(arguments.films)
    films = films.only(frozenset(arguments.only)) if arguments.only else films
    layouts = dict(_named(text) for text in arguments.layout)
    systems = [parse_system(text, films, layouts) for text in arguments.systems]
    if len({system.name for system in systems}) < len(systems):
        raise InputError("Two systems have the same name.", hint="Name them: NAME=FOLDER.")
    references = None if arguments.references is None else parse_system(str(arguments.references), films, {})
    ears = Ears.load(tracker_by_id(arguments.tracker), arguments.clap, arguments.languagebind)
    sources = Sources(references, arguments.music, arguments.soundfont)
    judgement = judge(systems, films, ears, sources, _say, arguments.keep)
    if arguments.output is not None:
        from vem_core.judging.writing import write_judgement

        write_judgement(judgement, arguments.output)
    sys.stdout.write(to_text(judgement) if arguments.json else to_markdown(judgement))
    return 0


def _films(manifest: Path) -> FilmSet:
    from vem_core.judging.cutsync.manifest import read_cutsync
    from vem_core.judging.films import read_films

    return read_cutsync() if str(manifest) == "cutsync" and not manifest.exists() else read_films(manifest)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _named(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found:
        raise InputError(f"{text!r} names no system.", hint="Write NAME=LAYOUT.")
    return name, value


COMMAND = Command("Judge anyone's music on the same films, in one table.", add_arguments, run)
