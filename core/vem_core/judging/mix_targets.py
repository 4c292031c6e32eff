"""What the mixes of each style are meant to measure: data in `mix_targets.toml`, a table for each family of styles.

The ranges were set from real music of the kind (10 % to 90 % of excerpts; see the file), not from our own.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib import resources

from vem_core.contract.codec import from_json
from vem_core.contract.errors import DirectionError
from vem_core.judging.mix import MixFigures

Range = tuple[float, float]


@dataclass(frozen=True)
class MixTargets:
    """The lowest and highest of each figure of `MixFigures`; of the low side (20 to 120 Hz) the highest alone."""

    styles: tuple[str, ...]
    tilt_db_per_octave: Range
    low_end_db: Range
    side_db: Range
    low_side_db: float
    mono_loss_db: Range
    fall_db: Range
    loudness_range_lu: Range  # of pieces of 90 s


def targets_of(style_id: str) -> MixTargets:
    """The targets of a style. Raises DirectionError for one that has none."""
    try:
        return _by_style()[style_id]
    except KeyError:
        raise DirectionError(
            f"There are no mix targets for the style {style_id!r}.", hint="Add it to a family in mix_targets.toml."
        ) from None


def misses(figures: MixFigures, targets: MixTargets, *, whole: bool = True) -> tuple[str, ...]:
    """The names of the figures that lie outside their targets; the loudness range only of a `whole` piece."""
    return tuple(_misses(figures, targets, whole))


def _misses(figures: MixFigures, targets: MixTargets, whole: bool) -> Iterator[str]:
    for field in fields(targets):
        wanted = getattr(targets, field.name)
        if field.name == "low_side_db":
            if figures.side_db_by_band[0] > wanted:
                yield field.name
        elif field.name != "styles" and (whole or field.name != "loudness_range_lu"):
            low, high = wanted
            if not low <= getattr(figures, field.name) <= high:
                yield field.name


@functools.cache
def _by_style() -> dict[str, MixTargets]:
    text = (resources.files(__package__) / "mix_targets.toml").read_text(encoding="utf-8")
    families = (from_json(MixTargets, table, name) for name, table in tomllib.loads(text).items())
    return {style: targets for targets in families for style in targets.styles}
