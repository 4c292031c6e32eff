"""`vem plan TIMELINE`: what each degree of bending the tempo would meet and cost, before a note is played.

vem plan cut.otio                          cuts met against excursion, from a constant tempo to every cut
vem plan cut.otio --style house --json     one JSON object: TempoOptions.1
"""

from __future__ import annotations

import argparse
import json
import sys

from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_plugin.commands.asking import add_asking_arguments, ask_core

_BAR = 20  # characters of a full bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem plan`."""
    add_asking_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Have the core plan the timeline at every degree of bending, and print the curve."""
    found = ask_core(arguments, lambda client: client.tempo_options)
    if arguments.json:
        sys.stdout.write(json.dumps(to_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(render_options(found))
    return 0


def render_options(options: TempoOptions) -> str:
    """The curve for a terminal: one row for each degree of bending."""
    lines = [f"{'bend':<8} {'excursion':>9} {'in 10 s':>8}  {'within 10 ms':<17} {'within tolerance':<17} tempo"]
    lines += [_row(option) for option in options.options]
    lines.append(f"`vem score` would take {options.bend.value}; --bend chooses another.")
    return "\n".join(lines) + "\n"


def _row(option: TempoOption) -> str:
    share = option.met_10_ms / option.counted if option.counted else 0.0
    tempi = [f"{bpm:.0f}" for bpm in (min(option.homes_bpm), max(option.homes_bpm))]
    tempo = tempi[0] if tempi[0] == tempi[1] else "-".join(tempi)
    exactly, nearly = (
        f"{met / max(1, option.counted):4.0%} (chance {chance:.0%})"
        for met, chance in ((option.met_10_ms, option.chance_10_ms), (option.met, option.chance))
    )
    return (
        f"{option.bend.value:<8} {option.excursion:>9.1%} {option.ten_second_change:>8.1%}  {exactly:<17} {nearly:<17} "
        f"{tempo:<8} {'#' * round(_BAR * share)}"
    )


COMMAND = Command("Show what bending the tempo would meet and cost, before scoring.", add_arguments, run)
