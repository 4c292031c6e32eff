"""The resources of an FCPXML file that is written: formats, media files, effects and compound clips, each once."""

from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.time import snap_rate
from vem_plugin.formats.fcpxml.resources import NOWHERE
from vem_plugin.formats.laying import HIGHEST_RATE, seconds_of
from vem_plugin.formats.media_urls import media_url
from vem_plugin.formats.writing import child

TITLE_UID = ".../Titles.localized/Bumper:Opener.localized/Basic Title.localized/Basic Title.moti"
_KNOWN_NAMES = {
    Fraction(24000, 1001): "2398", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "2997",
    Fraction(30): "30", Fraction(50): "50", Fraction(60000, 1001): "5994", Fraction(60): "60",
}  # fmt: skip


def time_text(seconds: Fraction | int) -> str:
    """Exact seconds as FCPXML writes them: 5s, 1001/24000s."""
    value = Fraction(seconds)
    return f"{value.numerator}s" if value.denominator == 1 else f"{value.numerator}/{value.denominator}s"


class SharedResources:
    """Appends resources where they are asked for first, and gives their ids."""

    def __init__(self, parent: Element, rate: Fraction) -> None:
        self._parent = parent
        self._rate = rate
        self._ids: dict[tuple[object, ...], str] = {}
        self._count = 0
        self._assets: dict[str, Element] = {}

    def format(self, rate: Fraction) -> str:
        """The format of a rate."""
        known = self._ids.get(("format", rate))
        if known is not None:
            return known
        name = _KNOWN_NAMES.get(rate)
        key = self._new(("format", rate))
        child(self._parent, "format", id=key, name=f"FFVideoFormat1080p{name}" if name else None,
              frameDuration=time_text(1 / rate), width=1920, height=1080)  # fmt: skip
        return key

    def asset(self, reference: otio.core.MediaReference, *, sound: bool, reach_s: tuple[Fraction, Fraction]) -> str:
        """The asset of a media reference that is used over `reach_s` of its own time, for its sound or picture."""
        address = _address(reference)
        url = media_url(address) if address else NOWHERE
        available = reference.available_range
        rate = _rate(available, self._rate)
        key = self._ids.get(("asset", url, reference.name if url == NOWHERE else "", rate))
        if key is None:
            key = self._new(("asset", url, reference.name if url == NOWHERE else "", rate))
            self._asset(key, reference, url, rate)
        asset = self._assets[key]
        asset.set("hasAudio" if sound else "hasVideo", "1")
        if not sound:
            asset.set("format", self.format(rate))
        if available is None or available.duration.rate <= 0:
            _widen(asset, reach_s)
        return key

    def effect(self, name: str) -> str:
        """The effect of a title or generator, by the kind that it had."""
        known = self._ids.get(("effect", name))
        if known is None:
            known = self._new(("effect", name))
            child(self._parent, "effect", id=known, name=name, uid=TITLE_UID)
        return known

    def compound(self, name: str, rate: Fraction) -> tuple[str, Element]:
        """A new compound clip: its id and its sequence."""
        key = self._new(("compound", self._count))
        form = self.format(rate)
        media = child(self._parent, "media", id=key, name=name)
        return key, child(media, "sequence", format=form, tcStart="0s", tcFormat="NDF")

    def has_sound(self, key: str) -> bool:
        """Whether the asset of this id has sound. Raises KeyError for an id that was not given out here."""
        return self._assets[key].get("hasAudio") == "1"

    def _asset(self, key: str, reference: otio.core.MediaReference, url: str, rate: Fraction) -> None:
        available = reference.available_range
        start_s = length_s = Fraction(0)
        if available is not None and available.duration.rate > 0:
            start_s, length_s = seconds_of(available.start_time), seconds_of(available.duration)
            if 0 <= length_s * rate <= 1:
                length_s = Fraction(0)  # a still
        name = reference.name or url.rsplit("/", 1)[-1]
        asset = child(self._parent, "asset", id=key, name=name, src=url, start=time_text(start_s),
                      duration=time_text(length_s))  # fmt: skip
        self._assets[key] = asset

    def _new(self, key: tuple[object, ...]) -> str:
        self._count += 1
        self._ids[key] = f"r{self._count}"
        return self._ids[key]


def _widen(asset: Element, reach_s: tuple[Fraction, Fraction]) -> None:
    """Let an asset that states no range reach as far as it is used."""
    end_s = max(Fraction(asset.get("duration", "0s")[:-1]), reach_s[1], Fraction(1))
    asset.set("duration", time_text(end_s))


def _rate(available: otio.opentime.TimeRange | None, fallback: Fraction) -> Fraction:
    if available is None or not 1 < available.duration.rate <= HIGHEST_RATE:
        return fallback
    return snap_rate(available.duration.rate)


def _address(reference: otio.core.MediaReference) -> str:
    if isinstance(reference, otio.schema.ExternalReference):
        return str(reference.target_url)
    if isinstance(reference, otio.schema.ImageSequenceReference):
        return str(reference.target_url_for_image_number(0))
    return ""
