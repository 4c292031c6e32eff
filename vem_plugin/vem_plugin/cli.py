"""The `vem` command: finds the subcommand that was asked for, runs it, and turns errors into sentences."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoints, entry_points, version

from vem_core.contract.command import Command
from vem_core.contract.errors import Cancelled, VemError

GROUP = "vem.commands"

OVERVIEW = """\
usage: vem COMMAND [ARGUMENTS]

Music for your cut: reads the cuts from a timeline and puts beat-aligned music on an audio lane.

  vem demo                    build a demo edit and score it
  vem score TIMELINE          score a timeline, end to end
  vem watch TIMELINE          score it again whenever the editor saves it
  vem batch FOLDER            score every timeline of a folder, with a table of what came of it
  vem presets                 keep, share and apply directions
  vem diff OLD NEW            what a re-cut changed, shot by shot
  vem parse TIMELINE          what the model is told about each shot, to read and to change
  vem cuts TIMELINE           print the cuts that an audience would see
  vem align WAV TIMELINE      measure any music against any timeline's cuts, or warp it to fit them
  vem panel [TIMELINE]        the window
  vem styles                  list the styles of music
  vem resolve install         put a launcher into DaVinci Resolve's Scripts menu
  vem core status             the inference core: serve, status, stop, doctor
  vem data, train, evaluate, export, bench
                              make a corpus, train the models, judge them, release them, measure their cost

`vem COMMAND --help` explains each. Installed: {installed}.
Exit status: 0 done, 2 wrong usage, 3 the input cannot be used, 4 the result cannot be written, 5 the core failed,
6 the music could not be made, 130 cancelled.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `vem` with the given arguments (default: the process's own) and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    commands = entry_points(group=GROUP)
    if not words or words[0] in ("-h", "--help"):
        sys.stdout.write(OVERVIEW.format(installed=", ".join(sorted(commands.names))))
        return 0
    if words[0] == "--version":
        sys.stdout.write(f"vem {version('vem-score')}\n")
        return 0
    return _run(words[0], words[1:], commands)


def _run(name: str, arguments: list[str], commands: EntryPoints) -> int:
    if name not in commands.names:
        sys.stderr.write(f"vem: there is no command {name!r}. `vem --help` lists them.\n")
        return 2
    from vem_core.contract.processes import protect_children

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    protect_children()
    try:
        command: Command = commands[name].load()
        parser = argparse.ArgumentParser(prog=f"vem {name}", description=command.summary)
        command.add_arguments(parser)
        return command.run(parser.parse_args(arguments))
    except VemError as error:
        sys.stderr.write(f"vem: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"     {error.hint}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("vem: cancelled.\n")
        return Cancelled.exit_status
    except ImportError as error:
        sys.stderr.write(f"vem: `vem {name}` needs a part that is not installed ({error.name or error}).\n")
        sys.stderr.write("     pip install 'vem-score[all]'\n")
        return 5


if __name__ == "__main__":
    sys.exit(main())
