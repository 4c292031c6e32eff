"""What an FCPXML file refers to: formats, media files, effects, compound and multicam clips."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_plugin.formats.fcpxml.times import rate_of_duration, rate_of_name, seconds

NOWHERE = "file:///"
"""The address of media that is known by name only."""

_GENERATORS = "/Generators.localized/"
_OPAQUE_FOLDERS = ("Backgrounds", "Solids", "Textures", "Elements.localized/Placeholder")


@dataclass(frozen=True, eq=False)
class Asset:
    """A media file."""

    name: str
    url: str
    start_s: Fraction  # media timecode of its first frame
    duration_s: Fraction
    rate: Fraction | None  # of its picture; None: sound, or a still
    has_video: bool
    has_audio: bool
    element: Element

    @property
    def still(self) -> bool:
        """Whether it is a single picture: FCPXML gives those a duration of 0."""
        return self.has_video and self.duration_s == 0

    def reference(self, fallback: Fraction) -> otio.schema.ExternalReference:
        """A new reference to the file, its range in frames of its own rate or else of `fallback`."""
        reference = otio.schema.ExternalReference(self.url, _available(self, self.rate or fallback))
        reference.name = self.name
        return reference


@lru_cache(maxsize=4096)
def _available(asset: Asset, rate: Fraction) -> otio.opentime.TimeRange | None:
    """The range of a file, in frames; a still has one."""
    if asset.duration_s <= 0 and not asset.still:
        return None
    start, length, rate_hz = asset.start_s * rate, asset.duration_s * rate or 1, float(rate)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(float(start), rate_hz), otio.opentime.RationalTime(float(length), rate_hz)
    )


class Resources:
    """The resources of a file, by id."""

    def __init__(self, root: Element) -> None:
        self._by_id: dict[str, Element] = {}
        self._inside: dict[int, list[Element]] = {}
        for resources in root.iter("resources"):
            for element in resources:
                self._by_id.setdefault(element.get("id", ""), element)
        self.asset = lru_cache(maxsize=None)(self._asset)
        self.format_rate = lru_cache(maxsize=None)(self._format_rate)

    def inside(self, element: Element | None) -> list[Element]:
        """An element's children; always the same list, so that what is worked out about it can be kept."""
        if element is None:
            return []
        return self._inside.setdefault(id(element), list(element))

    def media(self, ref: str | None) -> Element | None:
        """The `media` element of a compound or multicam clip."""
        element = self._by_id.get(ref or "")
        return element if element is not None and element.tag == "media" else None

    def effect(self, ref: str | None) -> tuple[str, bool] | None:
        """An effect's name, and whether it is a generator that hides what lies beneath."""
        element = self._by_id.get(ref or "")
        if element is None or element.tag != "effect":
            return None
        uid = element.get("uid", "")
        return element.get("name", ""), any(_GENERATORS + folder in uid for folder in _OPAQUE_FOLDERS)

    def _format_rate(self, ref: str | None) -> Fraction | None:
        """The rate of a format: by its frame duration, or else by its name."""
        element = self._by_id.get(ref or "")
        if element is None:
            return rate_of_name(ref or "")
        return rate_of_duration(element.get("frameDuration")) or rate_of_name(element.get("name", ""))

    def _asset(self, ref: str | None) -> Asset | None:
        element = self._by_id.get(ref or "")
        if element is None or element.tag != "asset":
            return None
        url = element.get("src") or next((rep.get("src", "") for rep in element.iter("media-rep")), "")
        url = "" if url == NOWHERE else url
        has_video, has_audio = element.get("hasVideo") == "1", element.get("hasAudio") == "1"
        return Asset(
            name=element.get("name", ""),
            url=url,
            start_s=seconds(element.get("start", "0s")),
            duration_s=seconds(element.get("duration", "0s")),
            rate=self.format_rate(element.get("format")) if has_video or not has_audio else None,
            has_video=has_video or not has_audio,  # a file that says neither has a picture
            has_audio=has_audio,
            element=element,
        )
