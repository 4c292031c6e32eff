"""The `vem` command: finds the subcommand that was asked for, runs it, and turns errors into sentences."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoints, entry_points, version
from typing import TYPE_CHECKING

from vem_core.contract.command import Command
from vem_core.contract.errors import Cancelled, InputError, InternalError, OutputError, SeveralTimelines, VemError
from vem_plugin.asking import ask_which, may_ask
from vem_plugin.interrupting import asked_as_interrupted
from vem_plugin.streams import safe_streams
from vem_plugin.terminal import printable, printable_output

if TYPE_CHECKING:
    import argparse

GROUP = "vem.commands"
_OWN_SIGNALS = frozenset({"panel"})  # a window's event loop would swallow what Python raises in it

OVERVIEW = """\
usage: vem COMMAND [ARGUMENTS]

Music for your cut: reads the cuts from a timeline and puts beat-aligned music on an audio lane.

  vem demo                    build a demo edit and score it
  vem score TIMELINE          score a timeline, end to end
  vem watch TIMELINE          score it again whenever the editor saves it
  vem batch FOLDER            score every timeline of a folder, with a table of what came of it
  vem presets                 keep, share and apply directions
  vem diff OLD NEW            what a re-cut changed, shot by shot
  vem cuts TIMELINE           print the cuts that an audience would see
  vem brief TIMELINE          what was understood of the words and pictures, and from where
  vem plan TIMELINE           what each way of keeping time would cost, before any music is made
  vem takes TIMELINE          every take, how they differ; place or delete one
  vem parse TIMELINE          what conditions the model at each shot, to read and to change
  vem align WAV TIMELINE      measure any music against any timeline's cuts, or warp it to fit them
  vem panel [TIMELINE]        the window
  vem styles                  list the styles of music
  vem resolve install         put VeM Score into DaVinci Resolve's Scripts menu
  vem editors kit FOLDER      films to try an editor on; check measures what it made of them
  vem models                  which models of music are installed, which could be, and how
  vem doctor                  what is missing on this machine, and what to do about it
  vem core install            the inference core: install, bundle, uninstall, serve, status, stop, doctor
  vem judge NAME=FOLDER ...   anyone's music on the same films, in one table; cutsync, study, ablate
  vem data, train, evaluate, export, bench
                              make a corpus, train the models, judge them, release them, measure their cost
  vem completion bash         for the shell: source <(vem completion bash); zsh and fish too

`vem COMMAND --help` explains each. Installed: {installed}.
Exit status: 0 done, 2 wrong usage, 3 the input cannot be used, 4 the result cannot be written, 5 the core failed,
6 the music could not be made, 130 cancelled (Ctrl-C, or told to end).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vem` with the given arguments (default: the process's own) and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with safe_streams(), printable_output(), _own_signals(words):
            return _main(words)
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # the terminal may be what is gone
            sys.stderr.write("vem: cancelled.\n")
        return Cancelled.exit_status
    except OutputError as error:
        return _tell(error)
    except OSError as error:
        return _tell(InputError(f"{error.strerror or error}."))


def _main(words: list[str]) -> int:
    commands = entry_points(group=GROUP)
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(OVERVIEW.format(installed=", ".join(sorted(commands.names))))
        return 0
    if words[0] == "--version":
        sys.stdout.write(f"vem {version('vem-score')}\n")
        return 0
    from vem_plugin.helping import SHELLS, completion, unknown_command

    if words[0] == "completion" and words[1:2] and words[1] in SHELLS:
        sys.stdout.write(completion(words[1], commands))
        return 0
    if words[0] not in commands.names:
        sys.stderr.write(f"vem: {unknown_command(words[0], commands.names)}\n     `vem --help` lists them.\n")
        return 2
    return _run(words[0], words[1:], commands)


def _run(name: str, arguments: list[str], commands: EntryPoints) -> int:
    """Run a subcommand. This is a border: whatever goes wrong becomes a sentence and a status."""
    import logging

    from vem_core.contract.processes import protect_children
    from vem_plugin.helping import parser_of

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    protect_children()
    try:
        _check_folder()
        command: Command = commands[name].load()
        return _answer(name, command, parser_of(name, command).parse(arguments))
    except VemError as error:
        return _tell(error)
    except ImportError as error:
        sys.stderr.write(f"vem: `vem {name}` needs a part that is not installed ({error.name or error}).\n")
        sys.stderr.write(f"     pip install 'vem-score[{_extra_of(error.name or '')}]'\n")
        return 5
    except OSError as error:
        if error.filename is None:  # standard output perhaps
            raise
        return _tell(InputError(f"{error.filename}: {error.strerror or error}."))
    except Exception as error:
        return _tell(_unexpected(error))


def _extra_of(module: str) -> str:
    """The extra that brings a module along."""
    return "ui" if module.partition(".")[0] in ("PySide6", "shiboken6") else "all"


def _answer(name: str, command: Command, arguments: argparse.Namespace) -> int:
    """Run a command; where it needs to know which timeline of a file is meant, ask who sits there, and run it so."""
    try:
        return command.run(arguments)
    except SeveralTimelines as error:
        chosen = ask_which(error) if may_ask(name, arguments) else None
        if chosen is None:
            raise
    arguments.timeline_name = chosen
    return command.run(arguments)


def _own_signals(words: list[str]) -> contextlib.AbstractContextManager[None]:
    return contextlib.nullcontext() if words[:1] and words[0] in _OWN_SIGNALS else asked_as_interrupted()


def _check_folder() -> None:
    try:
        os.getcwd()  # noqa: PTH109 (its failure is what is asked for)
    except OSError as error:
        raise InputError("The folder you are in is gone.", hint="Change to another folder and try again.") from error


def _tell(error: VemError) -> int:
    """Say what went wrong and what to do; the exit status that goes with it. A reader that left is no failure."""
    if not error.message:
        return 0
    sys.stderr.write(f"vem: {printable(error.message)}\n")
    if error.hint:
        sys.stderr.write(f"     {printable(error.hint)}\n")
    return error.exit_status


def _unexpected(error: Exception) -> InternalError:
    """A bug in words for a person; its traceback goes to the log."""
    import traceback
    from datetime import UTC, datetime

    import platformdirs

    from vem_core.contract.service import APP_NAME

    path = platformdirs.user_log_path(APP_NAME) / "vem.log"
    said = f"Something went wrong that nobody expected: {type(error).__name__}: {error}."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(sys.argv)}\n")
            log.write("".join(traceback.format_exception(error)) + "\n")
    except OSError:
        return InternalError(said)
    return InternalError(said, hint=f"Please report it, with the end of {path}.")


if __name__ == "__main__":
    sys.exit(main())
