"""The hook `vem_score_on_write`: scores a timeline while OpenTimelineIO writes it, if the user asked for that.

The user asks by a hook argument (`otioconvert -H vem_score=1 -H "vem_prompt=calm sea"`) or on their machine, by
VEM_SCORE_ON_WRITE (`1` or a JSON object of wishes); the first of these that asks is heard. A timeline may bring wishes
along (metadata `vem_score`, `on_write`: an object of wishes), which count where the user says nothing else. It never
starts anything and never says where files go: it may be a stranger's. Without being asked the hook imports nothing.
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
FLAGS = ("afresh", "stem_lanes")

_NO = ("", "0", "false", "no", "off")


def hook_function(in_timeline: Any, argument_map: Mapping[str, Any] | None = None) -> Any:
    """The timeline to write: the given one, or a scored copy of it. Raises OTIOError where the score fails."""
    arguments = argument_map or {}
    asked = find_asked(arguments)
    if asked is None:
        return in_timeline
    if not isinstance(in_timeline, otio.schema.Timeline):
        raise otio.exceptions.OTIOError(_no_timeline(in_timeline))
    try:
        from vem_core.contract.errors import VemError
        from vem_plugin.otio_plugin.scoring import order_of, score_timeline
    except ImportError as error:
        raise otio.exceptions.OTIOError(f"VeM Score is not installed for this Python ({error}).") from error
    try:
        order = order_of(asked, wishes_of_timeline(in_timeline))
        return score_timeline(in_timeline, arguments.get("_filepath"), order)
    except VemError as error:
        raise otio.exceptions.OTIOError(f"{error.message} {error.hint}".rstrip()) from error


def find_asked(arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the user asks of the score, by name; None where they ask for none."""
    if _is_yes(arguments.get(ARGUMENT)):
        prefix = len(ARGUMENT_PREFIX)
        named = {name[prefix:]: value for name, value in arguments.items() if name.startswith(ARGUMENT_PREFIX)}
        return _with_flags({name: value for name, value in named.items() if name != ARGUMENT[prefix:]})
    if ARGUMENT in arguments:  # asked not to
        return None
    asked = _variable()
    if isinstance(asked, Mapping):
        return _with_flags(dict(asked))
    return {} if _is_yes(asked) else None


def wishes_of_timeline(timeline: otio.schema.Timeline) -> dict[str, Any]:
    """The wishes that a timeline brings along in its metadata, as they stand there."""
    part = timeline.metadata.get(METADATA_KEY)
    told = part.get(ON_WRITE) if isinstance(part, Mapping) else None
    return {str(name): value for name, value in told.items()} if isinstance(told, Mapping) else {}


def _no_timeline(handed: Any) -> str:
    said = f"VeM Score scores a timeline, not a {type(handed).__name__}."
    if not isinstance(handed, otio.schema.SerializableCollection):
        return said
    names = [repr(timeline.name) for timeline in handed.find_children(descended_from_type=otio.schema.Timeline)]
    held = f" It holds {', '.join(names[:12])}." if names else ""
    return (
        f"{said}{held} Write the one that is meant by itself, or score the file with `vem score --timeline-name NAME`."
    )


def _with_flags(asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked, with loose spellings of yes and no for what is one or the other."""
    return {name: _is_yes(value) if name in FLAGS else value for name, value in asked.items()}


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
