"""How loud an editor has set a clip, where the timeline says so: a level that stands still.

FCP7 XML has it as the effect *Audio Levels*, whose parameter *Level* is a gain of 0 to about 4; FCPXML as
`adjust-volume` in dB, which our reader keeps. A level that moves (keyframes) is left at 0 dB.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import opentimelineio as otio

from vem_plugin.formats.fcpxml.annotations import LEVEL_KEY, NAMESPACE
from vem_plugin.timeline.dialect import entries

LOWEST_DB, HIGHEST_DB = -96.0, 24.0
_FCP7 = "fcp_xml"


def level_db_of(clip: otio.schema.Clip) -> float:
    """The level of a clip in dB, 0 where nothing is said."""
    kept = dict(entries(clip.metadata)).get(NAMESPACE)
    if isinstance(kept, Mapping) and isinstance(level := dict(entries(kept)).get(LEVEL_KEY), int | float):
        return _inside(float(level))
    effects = (dict(entries(effect.metadata)).get(_FCP7) for effect in clip.effects)
    return sum(_gain_db(effect) for effect in (*effects, *_filters(clip)))


def _filters(clip: otio.schema.Clip) -> Iterator[Any]:
    """Effects that the XML's own adapter leaves in the metadata."""
    kept = dict(entries(clip.metadata)).get(_FCP7)
    filters = dict(entries(kept)).get("filter") if isinstance(kept, Mapping) else None
    for applied in filters if isinstance(filters, Sequence) and not isinstance(filters, str) else (filters,):
        if isinstance(applied, Mapping):
            yield dict(entries(applied)).get("effect")


def _gain_db(effect: Any) -> float:
    content = dict(entries(effect)) if isinstance(effect, Mapping) else {}
    if content.get("effectid") != "audiolevels":
        return 0.0
    parameter = content.get("parameter")
    level = dict(entries(parameter)) if isinstance(parameter, Mapping) else {}
    if level.get("parameterid") != "level" or "keyframe" in level:
        return 0.0
    try:
        gain = float(str(level.get("value", "1")))
    except ValueError:
        return 0.0
    return _inside(20 * math.log10(gain)) if gain > 0 else LOWEST_DB


def _inside(level_db: float) -> float:
    return min(HIGHEST_DB, max(LOWEST_DB, level_db)) if math.isfinite(level_db) else LOWEST_DB
