"""How commands explain themselves: the options that most people need first, examples, "did you mean", completion."""

from __future__ import annotations

import argparse
import difflib
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoints
from typing import Any, NoReturn

from vem_core.contract.command import Command

SHELLS = ("bash", "zsh", "fish")
_SCORING = ("--prompt", "--style", "--tempo", "--bend", "--energy", "--seed", "--in", "--out", "--stems", "--output")
MOST_USED: Mapping[str, tuple[str, ...]] = {f"vem {name}": _SCORING for name in ("score", "batch", "watch")}
"""What the help of a command shows first; of the others it shows the groups as they are."""

_CHOICE = re.compile(r"invalid choice: '([^']*)'")
_NEAR = 0.6
_WIDEST = 100


class HelpfulParser(argparse.ArgumentParser):
    """A parser whose help begins with what most people need, and whose errors name the nearest word there is."""

    def __init__(self, *, prog: str, examples: Sequence[str] = (), **options: Any) -> None:
        """As `argparse.ArgumentParser`, which makes the parsers of subcommands itself; `examples` are whole lines."""
        width = min(_WIDEST, shutil.get_terminal_size().columns)
        super().__init__(
            prog=prog,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=32, width=width),
            **options,
        )
        self._examples = tuple(examples)
        self._first = MOST_USED.get(prog, ())

    def format_help(self) -> str:
        """Summary, examples, the first options; then every option in its group."""
        parts = [self._short_usage(), "", self.description or ""]
        if self._examples:
            parts += ["", "examples:", *(f"  {example}" for example in self._examples)]
        formatter = self._get_formatter()
        first = [action for name in self._first if (action := self._option_string_actions.get(name)) is not None]
        if first:
            formatter.start_section("most used")
            formatter.add_arguments(first)
            formatter.end_section()
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_text(group.description)
            formatter.add_arguments(group._group_actions)
            formatter.end_section()
        return "\n".join(parts) + "\n\n" + formatter.format_help()

    def error(self, message: str) -> NoReturn:
        """One sentence, the nearest word that there is, and where to read more; exit status 2."""
        found = _CHOICE.search(message)
        offered = [] if found is None else [
            str(choice) for action in self._actions for choice in (action.choices or ()) if isinstance(choice, str)
        ]  # fmt: skip
        near = None if found is None else nearest(found[1], offered)
        said = f"{message[0].upper()}{message[1:]}." if message else ""
        sys.stderr.write(
            f"{self.prog}: {said}{_did_you_mean(near)}\n     `{self.prog} --help` explains every option.\n"
        )
        self.exit(2)

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """The arguments; an option that does not exist is named with the nearest that does."""
        arguments, left = self.parse_known_args(words)
        if left:
            option = next((word for word in left if word.startswith("-")), None)
            if option is None:
                self.error(f"there is no use for {left[0]!r} here")
            bare = option.split("=")[0]
            options = [name for name in self._option_string_actions if name.startswith("--")]
            sys.stderr.write(f"{self.prog}: There is no option {bare}.{_did_you_mean(nearest(bare, options))}\n")
            sys.stderr.write(f"     `{self.prog} --help` lists them.\n")
            self.exit(2)
        return arguments

    def _short_usage(self) -> str:
        places = [
            f"[{action.metavar or action.dest.upper()}]" if action.nargs in ("?", "*") else
            str(action.metavar or action.dest.upper())
            for action in self._actions
            if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
        ]  # fmt: skip
        commands = (
            ["COMMAND"] if any(isinstance(action, argparse._SubParsersAction) for action in self._actions) else []
        )
        return " ".join(["usage:", self.prog, *places, *commands, "[OPTIONS]"])


def parser_of(name: str, command: Command) -> HelpfulParser:
    """The parser of a subcommand. Its examples are the lines of its module's docstring that begin with `vem`."""
    module = sys.modules.get(command.run.__module__)
    lines = (module.__doc__ or "").splitlines() if module else []
    examples = [line for line in lines if line.startswith("vem ")]
    parser = HelpfulParser(prog=f"vem {name}", description=command.summary, examples=examples)
    command.add_arguments(parser)
    return parser


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that is spelt most like it; None where none is near."""
    return next(iter(difflib.get_close_matches(word, list(words), 1, _NEAR)), None)


def unknown_command(word: str, commands: Iterable[str]) -> str:
    """The sentence on a command that does not exist."""
    return f"there is no command {word!r}.{_did_you_mean(nearest(word, commands), 'vem ')}"


def completion(shell: str, commands: EntryPoints) -> str:
    """What a shell reads to complete commands, options and files: `source <(vem completion bash)`."""
    options = {name: _options_of(name, commands) for name in sorted(commands.names)}
    return _SCRIPTS[shell](options)


def _options_of(name: str, commands: EntryPoints) -> list[str]:
    try:
        parser = parser_of(name, commands[name].load())
    except ImportError:
        return []
    words = [option for option in parser._option_string_actions if option.startswith("--")]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            words += list(action.choices)
    return sorted(words)


def _bash(options: Mapping[str, Sequence[str]]) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(words)}" ;;' for name, words in options.items())
    return f"""_vem() {{
  local now="${{COMP_WORDS[COMP_CWORD]}}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{" ".join(options)}" -- "$now")); return
  fi
  case "${{COMP_WORDS[1]}}" in
{cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$now") $(compgen -f -- "$now"))
}}
complete -o filenames -F _vem vem
"""


def _zsh(options: Mapping[str, Sequence[str]]) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(options)


def _fish(options: Mapping[str, Sequence[str]]) -> str:
    lines = [f"complete -c vem -n __fish_use_subcommand -a '{' '.join(options)}'"]
    for name, words in options.items():
        seen = f"-n '__fish_seen_subcommand_from {name}'"
        longs = [word[2:] for word in words if word.startswith("--")]
        others = " ".join(word for word in words if not word.startswith("--"))
        lines += [f"complete -c vem {seen} -l {long}" for long in longs]
        lines += [f"complete -c vem {seen} -a '{others}'"] if others else []
    return "\n".join(lines) + "\n"


_SCRIPTS: Mapping[str, Callable[[Mapping[str, Sequence[str]]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def _did_you_mean(word: str | None, before: str = "") -> str:
    return "" if word is None else f" Did you mean {before}{word}?"
