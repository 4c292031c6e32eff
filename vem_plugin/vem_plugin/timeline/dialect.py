"""How the program that wrote a timeline differs from the others, and how its metadata is read quickly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import opentimelineio as otio


@dataclass(frozen=True)
class Dialect:
    """What a writer does in its own way."""

    warped_ranges: bool = False  # counts source ranges of retimed clips in retimed frames (DaVinci Resolve)
    source_ranges: bool = False  # states, for a retimed clip, how much source it uses, not how long it is
    padded_tracks: bool = False  # ends every track with a gap as long as the longest needs (DaVinci Resolve)
    switches_in_metadata: bool = False  # keeps enabled and disabled only in metadata (the FCP7 XML adapter)

    def is_enabled(self, item: otio.core.Composable) -> bool:
        """Whether an item is switched on."""
        if isinstance(item, otio.schema.Transition):
            return True
        if not item.enabled:
            return False
        if self.switches_in_metadata:
            xml = dict(entries(item.metadata)).get("fcp_xml")
            enabled = None if xml is None else dict(entries(xml)).get("enabled")
            return not (enabled is False or (isinstance(enabled, str) and enabled.upper() == "FALSE"))
        return True


def find_dialect(timeline: otio.schema.Timeline) -> Dialect:
    """The dialect that a timeline's own metadata shows."""
    namespaces = {key for key, _ in entries(timeline.metadata)}
    resolve = "Resolve_OTIO" in namespaces
    return Dialect(warped_ranges=resolve, padded_tracks=resolve, switches_in_metadata="fcp_xml" in namespaces)


def entries(metadata: Any) -> Iterator[tuple[str, Any]]:
    """The items of an OpenTimelineIO dictionary.

    Counted, because its bindings end an iteration, and answer for a missing key, by a C++ exception: that costs twenty
    times what one entry does.
    """
    keys = iter(metadata)
    for _ in range(len(metadata)):
        key = next(keys)
        yield key, metadata[key]
