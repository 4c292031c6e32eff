"""What is inside a container: a compound clip, a synchronised clip, an angle of a multicam clip, a clip of parts."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.formats.fcpxml.laying import STORY_ELEMENTS
from vem_plugin.formats.fcpxml.resources import Resources
from vem_plugin.formats.fcpxml.sound import SoundSources
from vem_plugin.formats.fcpxml.times import Exact, Grid


class Contents(NamedTuple):
    """What is inside a container: elements in its own time, whose frame `zero` is the story's first.

    `zeros` are the readings of the container's own time that are in use, the right one first: some programs count the
    `start` of a compound clip from its beginning instead of its timecode.
    """

    elements: list[Element]
    zero: Exact
    zeros: tuple[Exact, ...]
    grid: Grid
    serial: bool  # one after the other, as in a spine; else each at its offset
    ids: tuple[str, ...]  # of the compound clips around it

    def if_empty(self, local_start: Exact) -> tuple[Exact, ...]:
        """A last reading, where the content of a `clip` says nothing of the clip's time."""
        return () if self.serial else (local_start,)


def contents_of(
    element: Element, grid: Grid, resources: Resources, ids: tuple[str, ...], sources: SoundSources
) -> tuple[Contents | None, Contents | None]:
    """What a container shows, and what is heard of it: of a multicam clip these can be two angles.

    None where the file does not define it. Raises TimelineUnreadable for a compound clip that contains itself.
    """
    if element.tag in ("clip", "sync-clip"):
        contents = _parts(element, grid, ids)
        return contents, contents
    media = resources.media(element.get("ref"))
    story = (
        next((child for child in media if child.tag in ("sequence", "multicam")), None) if media is not None else None
    )
    if media is None or story is None:
        return None, None
    ref = element.get("ref", "")
    if ref in ids:
        raise TimelineUnreadable(f"The compound clip {media.get('name', ref)!r} contains itself.")
    inner = Grid(resources.format_rate(story.get("format")) or grid.rate)
    zero = inner.frames(story.get("tcStart"))

    def serial(elements: Element | None) -> Contents:
        return Contents(resources.inside(elements), zero, (zero, 0), inner, True, (*ids, ref))

    if story.tag == "sequence":
        contents = serial(story.find("spine"))
        return contents, contents
    angles = {angle.get("angleID", ""): angle for angle in story.findall("mc-angle")}
    shown, heard = sources.angles(element, list(angles))
    return serial(angles.get(shown)), serial(angles.get(heard))


def lane_of(element: Element) -> int:
    """The lane of an element: 0 is inside its parent, above 0 connected above it, below 0 beneath."""
    try:
        return int(element.get("lane", "0"))
    except ValueError:
        return 0


def _parts(element: Element, grid: Grid, ids: tuple[str, ...]) -> Contents:
    """What stands inside a `clip` or `sync-clip`; what is connected to a `clip` does not, to a `sync-clip` it does."""
    inside = [
        child
        for child in element
        if (child.tag in STORY_ELEMENTS or child.tag == "spine") and (element.tag == "sync-clip" or lane_of(child) == 0)
    ]
    zero = min((grid.frames(child.get("offset")) for child in inside if lane_of(child) == 0), default=0)
    return Contents(inside, zero, (zero, grid.frames(element.get("tcStart"))), grid, False, (*ids, element.tag))
