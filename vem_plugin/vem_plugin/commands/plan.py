"""`vem plan TIMELINE`: what each degree of bending the tempo would meet and cost, before a note is played.

vem plan cut.otio                          cuts met against excursion, from a constant tempo to every cut
vem plan cut.otio --style house --json     one JSON object: TempoOptions.1
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path

from vem_core.contract.codec import to_json
from vem_core.contract.command import Command
from vem_core.contract.tempo_options import TempoOption, TempoOptions
from vem_plugin.commands.score_options import add_request_arguments, order_from_arguments
from vem_plugin.commands.showing import TerminalListener
from vem_plugin.commands.timeline_options import reading_options
from vem_plugin.timeline.endings import READABLE

_BAR = 20  # characters of a full bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `vem plan`."""
    parser.add_argument("timeline", type=Path, help=READABLE)
    add_request_arguments(parser)
    form = parser.add_argument_group("output")
    form.add_argument("--json", action="store_true", help="print one JSON object instead of the table")


def run(arguments: argparse.Namespace) -> int:
    """Have the core plan the timeline at every degree of bending, and print the curve."""
    from vem_plugin.client.session import core_session
    from vem_plugin.hosts.file import FileHost, FileHostOptions
    from vem_plugin.scoring.session import ScoringSession

    options = FileHostOptions(
        search_folders=tuple(arguments.media), reading=reading_options(arguments), timeline_name=arguments.timeline_name
    )
    listener = TerminalListener(progress=not arguments.json)
    session = ScoringSession(FileHost(arguments.timeline, options), listener)
    reading = session.read()
    order = dataclasses.replace(order_from_arguments(arguments, reading.sheet), afresh=True)
    asked = session.ask(reading, order)
    with core_session() as client, listener:
        found = client.tempo_options(asked.request, asked.following.attachments, listener.advance)
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
