"""`vem study make` and `vem study read`: a blinded listening study of judged systems, and what it came to."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vem_core.contract.command import Command
from vem_core.contract.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `make` and `read`."""
    actions = parser.add_subparsers(dest="action", required=True)
    make = actions.add_parser("make", help="write a page for raters, and a key that stays here")
    make.add_argument("systems", nargs="+", metavar="NAME=FOLDER", help="as for `vem judge`")
    make.add_argument("--films", type=Path, required=True, metavar="MANIFEST", help="the films, with movies")
    make.add_argument("--output", type=Path, required=True, metavar="FOLDER", help="gets page/ and key.json")
    make.add_argument("--clips", type=int, default=16, help="films that raters see (default: 16, as in the paper)")
    make.add_argument("--seconds", type=float, default=30.0, help="of each film (default: 30)")
    make.add_argument("--only", nargs="+", metavar="ID", help="choose among these films")
    make.add_argument("--title", default="Listening study", help="what raters read at the top")
    make.add_argument("--soundfont", type=Path, metavar="SF2", help="plays systems that are MIDI")
    make.add_argument("--seed", type=int, help="the same study again; default: a secret that nobody can guess")
    read = actions.add_parser("read", help="means, intervals, ranking and agreement from raters' files")
    read.add_argument("answers", nargs="+", type=Path, help="files that raters sent back")
    read.add_argument("--key", type=Path, required=True, help="the study's key.json")
    read.add_argument("--group", choices=("expert", "lay"), help="read only these raters")
    read.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Make a study, or read one."""
    return _make(arguments) if arguments.action == "make" else _read(arguments)


def _make(arguments: argparse.Namespace) -> int:
    from vem_core.judging.films import read_films
    from vem_core.judging.study.making import PAGE_FOLDER, make_study
    from vem_core.judging.systems import parse_system

    if arguments.clips < 1 or arguments.seconds <= 0:
        raise InputError("A study has one film at least, and more than no seconds of it.")
    films = read_films(arguments.films)
    films = films.only(frozenset(arguments.only)) if arguments.only else films
    key = make_study(
        [parse_system(text, films, {}) for text in arguments.systems],
        films,
        arguments.output,
        title=arguments.title,
        clips=arguments.clips,
        seconds=arguments.seconds,
        soundfont=arguments.soundfont,
        seed=arguments.seed,
        say=_say,
    )
    page = arguments.output / PAGE_FOLDER
    sys.stdout.write(f"{page}: {len(key.clips)} clips. Send raters this folder; key.json beside it stays with you.\n")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _read(arguments: argparse.Namespace) -> int:
    from vem_core.judging.study.reading import plain, read_study, to_markdown

    result = read_study(arguments.answers, arguments.key, arguments.group)
    sys.stdout.write(json.dumps(plain(result), ensure_ascii=False) + "\n" if arguments.json else to_markdown(result))
    return 0


COMMAND = Command("Make a blinded listening study of judged systems, and read its answers.", add_arguments, run)
