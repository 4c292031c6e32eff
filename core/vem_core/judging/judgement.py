"""`Judgement.1`: what was found of each system, with intervals, and how each two differ on the films that both have."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

from vem_core.contract.errors import InputError
from vem_core.judging.distances import Interval

SCHEMA = "Judgement.1"

Figures = dict[str, Interval | None]
"""By the measure's id; None: not measured."""


@dataclass(frozen=True)
class Broken:
    """A film whose music could not be judged, and why."""

    film: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """One system."""

    name: str
    layout: str
    films: tuple[str, ...]  # that were judged
    missing: tuple[str, ...]
    broken: tuple[Broken, ...]
    figures: Figures


@dataclass(frozen=True)
class Pair:
    """`one` less `other` on the films that both have."""

    one: str
    other: str
    films: int
    differences: Figures


@dataclass(frozen=True)
class Judgement:
    """One table."""

    films: str  # the manifest's name and version
    of_films: int
    settings: dict[str, str]  # what listened, what music was held against
    systems: tuple[Judged, ...]
    pairs: tuple[Pair, ...]
    notices: tuple[str, ...] = ()


def to_text(judgement: Judgement) -> str:
    """The one spelling of a judgement's JSON; JSON has no nan and no infinity: they are null there."""
    plain = {"schema": SCHEMA, **asdict(judgement)}
    for row in (*plain["systems"], *plain["pairs"]):
        key = "figures" if "figures" in row else "differences"
        row[key] = {name: None if found is None else _finite(found) for name, found in row[key].items()}
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def from_text(text: str) -> Judgement:
    """The judgement of a JSON. Raises InputError for one that was not written by `to_text`."""
    try:
        found = json.loads(text)
        if found.pop("schema") != SCHEMA:
            raise ValueError("another schema")
        systems = tuple(
            Judged(
                **{
                    **row,
                    "films": tuple(row["films"]),
                    "missing": tuple(row["missing"]),
                    "broken": tuple(Broken(**each) for each in row["broken"]),
                    "figures": _figures(row["figures"]),
                }
            )
            for row in found.pop("systems")
        )
        pairs = tuple(Pair(**{**row, "differences": _figures(row["differences"])}) for row in found.pop("pairs"))
        return Judgement(**{**found, "notices": tuple(found["notices"])}, systems=systems, pairs=pairs)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("That is no judgement that this version can read.", hint="Run `vem judge`.") from error


def _finite(interval: tuple[float, float, float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in interval]


def _figures(found: dict[str, Any]) -> Figures:
    return {
        name: None if values is None else Interval(*(-math.inf if value is None else float(value) for value in values))
        for name, values in found.items()
    }
