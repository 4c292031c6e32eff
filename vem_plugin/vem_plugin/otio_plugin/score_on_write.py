"""The hook `vem_score_on_write`: scores a timeline while OpenTimelineIO writes it, if somebody asked for that.

It is asked by a hook argument (`otioconvert -H vem_score=1 -H "vem_prompt=calm sea"`), by the timeline's own metadata
(`vem_score`, `on_write`: true or an object of wishes), or by VEM_SCORE_ON_WRITE (`1` or a JSON object of wishes); the
first of these that asks is heard. Otherwise it does nothing, and imports nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import opentimelineio as otio

ARGUMENT = "vem_score"
ARGUMENT_PREFIX = "vem_"
METADATA_KEY = "vem_score"
ON_WRITE = "on_write"
VARIABLE = "VEM_SCORE_ON_WRITE"

_NO = ("", "0", "false", "no", "off")


def hook_function(in_timeline: Any, argument_map: Mapping[str, Any] | None = None) -> Any:
    """The timeline to write: the given one, or a scored copy of it. Raises OTIOError where the score fails."""
    arguments = argument_map or {}
    wishes = find_wishes(in_timeline, arguments)
    if wishes is None:
        return in_timeline
    if not isinstance(in_timeline, otio.schema.Timeline):
        raise otio.exceptions.OTIOError(f"VeM Score scores a timeline, not a {type(in_timeline).__name__}.")
    try:
        from vem_core.contract.errors import VemError
        from vem_plugin.otio_plugin.scoring import order_from_wishes, score_timeline
    except ImportError as error:
        raise otio.exceptions.OTIOError(f"VeM Score is not installed for this Python ({error}).") from error
    try:
        return score_timeline(in_timeline, arguments.get("_filepath"), order_from_wishes(wishes))
    except VemError as error:
        raise otio.exceptions.OTIOError(f"{error.message} {error.hint}".rstrip()) from error


def find_wishes(timeline: Any, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is asked of the score, by the names of `scoring.Order`; None where nobody asks for one."""
    if _is_yes(arguments.get(ARGUMENT)):
        prefix = len(ARGUMENT_PREFIX)
        return {
            name[prefix:]: value
            for name, value in arguments.items()
            if name.startswith(ARGUMENT_PREFIX) and name != ARGUMENT
        }
    if ARGUMENT in arguments:  # asked not to
        return None
    metadata = getattr(timeline, "metadata", {}).get(METADATA_KEY)
    for asked in (metadata.get(ON_WRITE) if isinstance(metadata, Mapping) else None, _variable()):
        if isinstance(asked, Mapping):
            return dict(asked)
        if _is_yes(asked):
            return {}
    return None


def _variable() -> object:
    text = os.environ.get(VARIABLE, "").strip()
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise otio.exceptions.OTIOError(f"{VARIABLE} is not JSON: {error}.") from error


def _is_yes(value: object) -> bool:
    return value is not None and str(value).strip().lower() not in _NO
