"""Scoring a timeline in memory, for programs that hold one and write it somewhere."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

from vem_core.contract.codec import from_json
from vem_core.contract.errors import ContractError, DirectionError
from vem_core.contract.wishes import Wishes
from vem_plugin.hosts.memory import MemoryHost, MemoryHostOptions
from vem_plugin.placement.lane import DEFAULT_TRACK_NAME
from vem_plugin.scoring.listening import LogListener
from vem_plugin.scoring.order import Order
from vem_plugin.scoring.session import ScoringSession

LOG = logging.getLogger(__name__)

WISHES = frozenset(field.name for field in dataclasses.fields(Wishes)) - {"parse", "soundfont"}
"""What may be wished for here: nothing that names a file."""

PLACES = ("output", "track_name")
"""What only the user may say, and not a timeline: where files go, and what the lane is called."""


@dataclass(frozen=True)
class HookOrder:
    """What is asked of the hook."""

    wishes: Wishes = Wishes()
    output: Path | None = None  # folder of the takes; None: NAME.vem beside the file that is written
    track_name: str = DEFAULT_TRACK_NAME


def order_of(asked: Mapping[str, Any], remembered: Mapping[str, Any]) -> HookOrder:
    """The order that the user's loose names and values make, over the wishes that stand in a timeline's metadata.

    Raises DirectionError naming what the user asked that is unknown or of another type. What a timeline says beyond
    wishes is left out.
    """
    places = {name: asked[name] for name in PLACES if name in asked}
    for name, value in places.items():
        if not isinstance(value, str):
            raise DirectionError(f"The wish {name!r} cannot be {value!r}.")
    wishes = _wishes({name: value for name, value in asked.items() if name not in PLACES})
    output = places.get("output")
    return HookOrder(
        wishes.over(_of_a_timeline(remembered)),
        None if output is None else Path(output),
        places.get("track_name", DEFAULT_TRACK_NAME),
    )


def score_timeline(timeline: otio.schema.Timeline, path: str | None, order: HookOrder) -> otio.schema.Timeline:
    """A copy of a timeline with a score on our lane; `path` is the file that it will be written to.

    A timeline that carries this very score is given back as it is, so that writing twice scores once; one that carries
    a score for other cuts keeps its piece, refitted; one with a score of a range has that range scored.

    Raises VemError.
    """
    target = None if path is None else Path(path)
    host = MemoryHost(timeline, MemoryHostOptions(target, order.output, order.track_name))
    ScoringSession(host, LogListener()).run(lambda sheet: Order(order.wishes, host.scored_span()))
    return host.scored


def _of_a_timeline(remembered: Mapping[str, Any]) -> Wishes:
    found = Wishes()
    for name, value in remembered.items():
        try:
            found = _wishes({str(name): value}).over(found)
        except DirectionError as error:
            LOG.info("A wish of the timeline is left out: %s", error.message)
    return found


def _wishes(named: Mapping[str, Any]) -> Wishes:
    found = Wishes()
    for name, value in named.items():
        if name not in WISHES:
            known = ", ".join(sorted(WISHES))
            raise DirectionError(f"VeM Score knows no wish {name!r}.", hint=f"It knows {known}.")
        try:
            found = from_json(Wishes, {"schema": Wishes.schema_label, name: value}).over(found)
        except ContractError as error:
            raise DirectionError(f"The wish {name!r} cannot be {value!r}.") from error
    return found
