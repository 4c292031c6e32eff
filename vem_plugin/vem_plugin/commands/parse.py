"""`vem parse TIMELINE`: what a model of music would be conditioned on, to look at and to change.

vem parse cut.otio                        the global, storyboard and frame-level cues as a table
vem parse cut.otio --output cues.json     the same as a file
vem parse cut.otio --edit                 ... opened in $VISUAL or $EDITOR, and checked
vem score cut.otio --parse cues.json      music for what the file says
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_core.contract.errors import InputError, OutputError
from vem_core.contract.parse import Parse, StoryboardCue, TransitionCue
from vem_core.contract.time import SAMPLE_RATE_HZ, SAMPLES_PER_LATENT
from vem_plugin.commands.asking import add_asking_arguments, ask_core

DESCRIPTION_WIDTH = 72


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem parse`."""
    form = add_asking_arguments(parser)
    form.add_argument("--output", type=Path, metavar="FILE", help="write the parse as JSON, for `vem score --parse`")
    form.add_argument("--edit", action="store_true",
                      help="open the file in your editor (default: NAME.parse.json beside the timeline)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Have the core parse the timeline; print, write or edit what it says."""
    from vem_plugin.placement.trial import refuse_input

    if arguments.output is not None:
        refuse_input(arguments.output, filter(None, (arguments.timeline, arguments.parse, arguments.soundfont)))
        if arguments.edit and arguments.output.exists():
            raise OutputError(f"{arguments.output} is there already.", hint="Name another file, or edit that one.")
    parse = ask_core(arguments, lambda client: client.parse)
    path = arguments.output
    if arguments.edit:
        path = path or _free_name(arguments.timeline)
        _write(path, parse)
        parse = _edited(path)
    elif path is not None:
        _write(path, parse)
    sys.stdout.write(_text(parse) if arguments.json else render_parse(parse))
    if path is not None:
        sys.stderr.write(f"vem score {arguments.timeline} --parse {path}\n")
    return 0


def render_parse(parse: Parse) -> str:
    """The three levels of cues for a terminal."""
    overall = parse.overall
    whole = (
        ("theme", overall.theme),
        ("atmosphere", overall.atmosphere),
        ("emotion", overall.emotion),
        ("style", overall.style),
        ("tags", ", ".join(overall.tags)),
    )
    lines = [f"{name:<11} {words or '-'}" for name, words in whole]
    lines += ["", f"{'shot':>4} {'begins':>9} {'lasts':>8}  {'cut':<15} {'latent':>9}  seen and said"]
    cuts: list[TransitionCue | None] = [None, *parse.transitions]
    for number, (shot, cut) in enumerate(zip(parse.storyboard, cuts, strict=True), 1):
        lines += _rows(number, shot, cut)
    lines += ["", f"parsed by {parse.parser}", *parse.warnings]
    return "\n".join(lines) + "\n"


def _rows(number: int, shot: StoryboardCue, cut: TransitionCue | None) -> Iterator[str]:
    begins, lasts = shot.start_samples / SAMPLE_RATE_HZ, shot.duration_samples / SAMPLE_RATE_HZ
    kind = cut.kind.value if cut is not None else ""
    if cut is not None and cut.extent_latents:
        kind += f" {cut.extent_latents * SAMPLES_PER_LATENT / SAMPLE_RATE_HZ:.2f} s"
    latent = f"{cut.position_latents:.2f}" if cut is not None else ""
    words = shot.description or "-"
    if len(words) > DESCRIPTION_WIDTH:
        words = words[: DESCRIPTION_WIDTH - 3] + "..."
    yield f"{number:>4} {begins:>7.2f} s {lasts:>6.2f} s  {kind:<15} {latent:>9}  {words}"


def _text(parse: Parse) -> str:
    return json.dumps(to_json(parse), ensure_ascii=False, indent=2) + "\n"


def _free_name(timeline: Path) -> Path:
    """A name beside the timeline that no earlier edit has."""
    names = (timeline.with_suffix(f".parse-{number}.json") for number in itertools.count(2))
    candidates = itertools.chain([timeline.with_suffix(".parse.json")], names)
    return next(path for path in candidates if not path.exists())


def _write(path: Path, parse: Parse) -> None:
    from vem_core.contract.atomic import write_bytes

    write_bytes(path, _text(parse).encode())


def _edited(path: Path) -> Parse:
    """The parse as the user's editor left it. Raises InputError where there is no editor, ContractError."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise InputError("Neither VISUAL nor EDITOR names an editor.", hint=f"Edit {path} by hand.")
    if subprocess.run([*shlex.split(editor), str(path)], check=False).returncode != 0:
        raise InputError("The editor ended with an error.", hint=f"The parse is in {path}.")
    from vem_plugin.scoring.parses import read_parse

    return read_parse(path)


COMMAND = Command("Show what a model of music is conditioned on for a timeline, and change it.", add_arguments, run)
