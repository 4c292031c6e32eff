"""`vem score TIMELINE --variants N`: several different pieces, made at once, to choose one from."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vem_plugin.commands.score_options import (
    add_output_arguments,
    host_options_from_arguments,
    order_from_arguments,
)
from vem_plugin.commands.showing import TerminalListener
from vem_plugin.commands.table import aligned

if TYPE_CHECKING:
    from vem_plugin.scoring.variants import Variant

COLUMNS = ("", "take", "style", "tempo", "key", "cuts met", "by chance", "brief", "placed by")
_PASSED_ON = ("output", "format", "desk", "track_name", "in_place", "keep_takes", "relative_paths", "markers")
_OPTIONS = {"desk": "--for"}


def score_variants(arguments: argparse.Namespace) -> int:
    """Have the variants made, print the table. Raises VemError."""
    from vem_plugin.hosts.file import FileHost
    from vem_plugin.scoring.session import ScoringSession
    from vem_plugin.scoring.variants import as_json

    host = FileHost(arguments.timeline, host_options_from_arguments(arguments))
    with TerminalListener(progress=not arguments.json) as listener:
        session = ScoringSession(host, listener)
        reading = session.read()
        order = order_from_arguments(arguments, reading.sheet)
        variants = session.variants(reading, order, arguments.variants)
    if arguments.json:
        listed = [as_json(variant) | {"place": place_command(arguments, variant)} for variant in variants]
        sys.stdout.write(json.dumps({"variants": listed}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(as_table(variants, arguments))
    return 0


def as_table(variants: Sequence[Variant], arguments: argparse.Namespace) -> str:
    """One row a variant, the best first."""
    rows = [COLUMNS]
    for rank, variant in enumerate(variants, 1):
        result = variant.take.result
        totals = result.report.with_off_beats
        rows.append(
            (
                f"{rank}.",
                str(variant.take.take),
                variant.plan.style,
                f"{variant.plan.home_bpm:.0f} BPM",
                result.plan.key,
                f"{totals.hit_rate_1_frame:.0%}" if totals.count else "-",
                f"{totals.chance_1_frame:.0%}" if totals.count else "-",
                f"{variant.plan.brief:.2f}",
                place_command(arguments, variant),
            )
        )
    return "\n".join(aligned(rows, right=(1, 3, 5, 6, 7))) + "\n"


def place_command(arguments: argparse.Namespace, variant: Variant) -> str:
    """The command that puts a variant onto the timeline, written as these options were."""
    words = ["vem", "takes", str(arguments.timeline), "--place", str(variant.take.take)]
    usual = argparse.ArgumentParser()
    add_output_arguments(usual)
    for name in _PASSED_ON:
        value = getattr(arguments, name)
        if value == usual.get_default(name):
            continue
        words.append(_OPTIONS.get(name, f"--{name.replace('_', '-')}"))
        words += [] if value is True else [str(value)]
    return shlex.join(words)
