"""What commands share that ask a core about a timeline and place nothing: `vem brief`, `vem plan`, `vem parse`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vem_core.contract.request import ScoreRequest
from vem_plugin.commands.score_options import add_request_arguments, order_from_arguments
from vem_plugin.commands.showing import TerminalListener
from vem_plugin.commands.timeline_options import reading_options
from vem_plugin.timeline.endings import READABLE

if TYPE_CHECKING:
    from vem_plugin.client.base import CoreClient, OnProgress

Answer = TypeVar("Answer")


def add_asking_arguments(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the timeline, all wishes and `--json`; the group of the output's options, for more."""
    parser.add_argument("timeline", type=Path, help=READABLE)
    add_request_arguments(parser)
    form = parser.add_argument_group("output")
    form.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return form


def ask_core(
    arguments: argparse.Namespace,
    question: Callable[[CoreClient], Callable[[ScoreRequest, Mapping[str, bytes], OnProgress], Answer]],
) -> Answer:
    """What a core answers about a timeline as it would be scored from scratch. Raises VemError."""
    from vem_plugin.client.session import core_session
    from vem_plugin.hosts.file import FileHost, FileHostOptions
    from vem_plugin.scoring.session import ScoringSession

    options = FileHostOptions(
        search_folders=tuple(arguments.media), reading=reading_options(arguments), timeline_name=arguments.timeline_name
    )
    with TerminalListener(progress=not arguments.json) as listener:
        session = ScoringSession(FileHost(arguments.timeline, options), listener)
        reading = session.read()
        order = dataclasses.replace(order_from_arguments(arguments, reading.sheet), afresh=True)
        asked = session.ask(reading, order)
        with core_session() as client:
            return question(client)(asked.request, asked.following.attachments, listener.advance)
