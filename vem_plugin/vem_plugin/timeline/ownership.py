"""What in a timeline is ours: it carries our metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import opentimelineio as otio

METADATA_KEY = "vem_score"
"""The one name under which anything of ours stands in a timeline's metadata."""


def is_ours(thing: otio.core.SerializableObjectWithMetadata) -> bool:
    """Whether an object carries our metadata."""
    return isinstance(thing.metadata.get(METADATA_KEY), Mapping)


def ours(thing: otio.core.SerializableObjectWithMetadata) -> Mapping[str, Any]:
    """Our part of an object's metadata; empty where there is none."""
    part = thing.metadata.get(METADATA_KEY)
    return part if isinstance(part, Mapping) else {}
