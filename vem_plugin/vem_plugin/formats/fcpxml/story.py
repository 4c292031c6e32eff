"""A story, which is a sequence, a compound clip or an angle, as lanes of pictures and of sound.

Positions are frames of the story at its own rate, counted from its first. Final Cut's rules: `offset` is in the time
of the parent, or for what is connected (`lane` not 0) in the time of what it is connected to; `start` is where an
element's own time begins; `duration` is in the time of the parent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import opentimelineio as otio

from vem_core.contract.errors import TimelineUnreadable
from vem_plugin.formats.fcpxml.annotations import LEVEL_KEY, NAMESPACE, Note, metadata_of, notes_of
from vem_plugin.formats.fcpxml.contents import Contents, contents_of, lane_of
from vem_plugin.formats.fcpxml.items import generator_clip, media_clip, nested, spread
from vem_plugin.formats.fcpxml.laying import CONTAINERS, STORY_ELEMENTS, Laid, Laying, choose, lay_storyline
from vem_plugin.formats.fcpxml.resources import Asset, Resources
from vem_plugin.formats.fcpxml.retiming import AS_IS, Piece, Retiming, read_retiming
from vem_plugin.formats.fcpxml.sound import SoundItem, SoundSources, is_silent, level_points, main_role, roles_of_clip
from vem_plugin.formats.fcpxml.times import Exact, Grid, exact, round_frames
from vem_plugin.formats.tracks import Fade, Placed, Strip

MOST_ITEMS = 300_000
"""Clips of one file, those in compound clips counted as often as they are used."""

DEEPEST_NESTING = 24
_OFF_GRID = Fraction(1, 20)


@dataclass
class Reading:
    """What is known of the file while its stories are read."""

    resources: Resources
    items: int = 0
    layings: dict[tuple[int, Fraction, Exact, Exact], Laying] = field(default_factory=dict)
    off_grid: list[str] = field(default_factory=list)  # names of clips whose edges lie between frames
    shown: set[int] = field(default_factory=set)  # ids of the elements whose picture is on a primary storyline
    overlapping: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # names of clips whose media the file does not define
    moved: list[str] = field(default_factory=list)  # names of containers whose content lies elsewhere than they say

    def count(self) -> None:
        """Count one item more. Raises TimelineUnreadable beyond MOST_ITEMS: nested compound clips multiply."""
        self.items += 1
        if self.items > MOST_ITEMS:
            raise TimelineUnreadable(f"The file's compound clips multiply to more than {MOST_ITEMS:,} clips.")


class Window(NamedTuple):
    """The part of a story that is used, in its frames."""

    start: Exact
    end: Exact

    def shows(self, start: Exact, end: Exact) -> bool:
        """Whether any frame of [start, end) is inside."""
        return start < self.end and end > self.start


class Story:
    """Reads elements into `lanes` of pictures, `sounds` and `notes`."""

    def __init__(self, reading: Reading, grid: Grid, window: Window | None = None, ids: tuple[str, ...] = ()) -> None:
        self.reading = reading
        self.grid = grid
        self.window = window
        self.ids = ids
        self.lanes: dict[int, list[Strip]] = {}
        self.sounds: list[SoundItem] = []
        self.notes: list[tuple[int, Note]] = []
        self.end: Exact = 0
        self.zero: Exact = 0  # the container's own time at the story's first frame

    @property
    def shows_nothing(self) -> bool:
        """Whether neither a picture nor a sound was read; gaps count as nothing."""
        return not self.sounds and not any(strip.entries for strips in self.lanes.values() for strip in strips)

    def read(self, contents: Contents) -> Story:
        """Read what is inside a container."""
        if contents.serial:
            self.end = self.lay(contents.elements, -contents.zero, 0, 0)
            return self
        for element in contents.elements:
            lane = lane_of(element)
            start = self.grid.frames(element.get("offset")) - contents.zero
            if element.tag == "spine":
                self.lay(element, start, start, lane)
            else:
                self.place_alone(element, start, lane)
        self.end = max((strip.end for strips in self.lanes.values() for strip in strips), default=0)
        return self

    def lay(self, elements: Iterable[Element], zero: Exact, begin: Exact, lane: int) -> Exact:
        """Read a storyline and return where it ends."""
        laying = self._lay(elements, zero, begin)
        strip = Strip()
        self.lanes.setdefault(lane, []).append(strip)
        for laid in laying.laid if self.window is None else laying.within(*self.window):
            if laid.element.tag == "transition":
                self._fade(laid, strip)
            else:
                before = len(strip.entries)
                self.place(laid, lane, strip)
                if lane == 0 and len(strip.entries) == before + 1:
                    self.reading.shown.add(id(laid.element))
        return laying.end

    def _lay(self, elements: Iterable[Element], zero: Exact, begin: Exact) -> Laying:
        """Where the elements lie; kept, since a compound clip may be used a thousand times."""
        key = (id(elements), self.grid.rate, zero, begin)
        known = self.reading.layings.get(key)
        if known is None:
            known = lay_storyline(elements, zero, begin, self.grid, self.length)
            self.reading.layings[key] = known
            self.reading.overlapping += known.overlapping
        return known

    def place_alone(self, element: Element, start: Exact, lane: int) -> None:
        """Read one clip that is no part of a storyline."""
        clip = choose(element) if element.tag in STORY_ELEMENTS else None
        if clip is not None:
            strip = Strip()
            self.lanes.setdefault(lane, []).append(strip)
            self.place(Laid(element, start, start + self.length(clip)), lane, strip)

    def place(self, laid: Laid, lane: int, strip: Strip) -> None:
        """Read one clip: its picture onto the strip, its sound, and what is connected to it."""
        element = choose(laid.element)
        if element is None or laid.end <= laid.start:
            return
        self.reading.count()
        retiming = read_retiming(element, self.grid)
        local_start = self._local_start(element) + laid.hidden * retiming.pace
        used = _Used(element, laid.start, laid.end, local_start, retiming)
        seen, heard = len(strip.entries), len(self.sounds)
        if self.window is None or self.window.shows(laid.start, laid.end):
            if element.tag == "audio":
                self._audio(used, lane)
            elif element.tag in CONTAINERS:
                self._container(used, lane, strip)
            elif element.tag != "gap":
                self._media(used, lane, strip)
            if len(strip.entries) == seen and len(self.sounds) > heard:
                self._note_sound(used, self.sounds[heard].item)
            else:
                self._note(used)
        self._connected(used, lane)

    def length(self, element: Element) -> Exact:
        """How long a clip is: as it says, or else as long as what it refers to."""
        stated = element.get("duration")
        if stated is not None:
            return self.grid.frames(stated)
        asset = self.reading.resources.asset(element.get("ref"))
        if asset is not None:
            return exact(asset.duration_s * self.grid.rate)
        media = self.reading.resources.media(element.get("ref"))
        sequence = media.find("sequence") if media is not None else None
        return self.grid.frames(sequence.get("duration")) if sequence is not None else 0

    def _local_start(self, element: Element) -> Exact:
        """Where a clip's own time begins; without a word of it, at the first frame of its medium."""
        if element.get("start") is not None:
            return self.grid.frames(element.get("start"))
        asset = self.reading.resources.asset(element.get("ref"))
        if asset is not None:
            return exact(asset.start_s * self.grid.rate)
        media = self.reading.resources.media(element.get("ref"))
        inside = () if media is None else media
        story = next((child for child in inside if child.tag in ("sequence", "multicam")), None)
        return self.grid.frames(story.get("tcStart")) if story is not None else 0

    def _connected(self, used: _Used, lane: int) -> None:
        for child in used.element:
            if child.tag not in STORY_ELEMENTS and child.tag != "spine":
                continue
            own = lane_of(child)
            if own == 0:
                if used.element.tag in ("clip", "sync-clip"):
                    continue
                own = 1
            if used.element.tag == "sync-clip":
                continue  # contained, and read with its content
            start = used.parent(self.grid.frames(child.get("offset")))
            if child.tag == "spine":
                self.lay(child, start, start, lane + own)
            else:
                self.place_alone(child, start, lane + own)

    def _media(self, used: _Used, lane: int, strip: Strip) -> None:
        element, grid = used.element, self.grid
        resources = self.reading.resources
        metadata = metadata_of(element, grid, used.local_window)
        asset = resources.asset(element.get("ref"))
        if asset is None:
            effect = resources.effect(element.get("ref"))
            if effect is None and element.tag in ("asset-clip", "video"):
                self.reading.missing.append(element.get("name") or element.get("ref") or element.tag)
            for piece, start, end in self._pieces(used):
                strip.entries.append(
                    Placed(start, end, generator_clip(element, effect, piece, end - start, grid, metadata))
                )
            return
        if asset.has_video and element.get("srcEnable", "all") != "audio":
            for piece, start, end in self._pieces(used):
                strip.entries.append(Placed(start, end, media_clip(element, asset, piece, end - start, grid, metadata)))
        if SoundSources.of(element, asset.has_audio and element.tag == "asset-clip").heard:
            self._heard(used, asset, roles_of_clip(element), lane)

    def _audio(self, used: _Used, lane: int) -> None:
        asset = self.reading.resources.asset(used.element.get("ref"))
        if asset is not None and not is_silent(used.element):
            self._heard(used, asset, (used.element.get("role", ""),), lane)

    def _heard(self, used: _Used, asset: Asset, roles: tuple[str, ...], lane: int) -> None:
        """The sound of a medium, once for each main role."""
        extent = used.sound_extent(self.grid)
        for role in {main_role(role): role for role in reversed(roles)}.values():
            for piece, start, end in spread(extent.retiming, extent.start, extent.end, extent.local_start):
                said = ({"role": role} if role else {}) | _level_said(used.element)
                metadata = {NAMESPACE: said} if said else None
                clip = media_clip(used.element, asset, piece, end - start, self.grid, metadata)
                self.sounds.append(SoundItem(role, start, end, clip, lane != 0, asset.url))

    def _container(self, used: _Used, lane: int, strip: Strip) -> None:
        element = used.element
        enabled = element.get("srcEnable", "all")
        sources = SoundSources.of(element, enabled != "video")
        picture, sound = contents_of(element, self.grid, self.reading.resources, self.ids, sources)
        if picture is None or sound is None:
            self.reading.missing.append(element.get("name") or element.get("ref") or element.tag)
            return
        metadata = metadata_of(element, self.grid, used.local_window)
        if enabled != "audio":
            story = self._inner(picture, used)
            for piece, start, end in self._pieces(used):
                item = nested(element, story, piece, end - start, self.grid, metadata)
                if item is not None:
                    strip.entries.append(Placed(start, end, item))
        if sources.heard:
            self._heard_inside(used, sound, sources, lane)

    def _heard_inside(self, used: _Used, contents: Contents, sources: SoundSources, lane: int) -> None:
        extent = used.sound_extent(self.grid)
        story = self._inner(contents, extent)
        story.sounds = [sound for sound in story.sounds if sources.hears(sound)]
        for role in dict.fromkeys(main_role(sound.role) for sound in story.sounds):
            for piece, start, end in spread(extent.retiming, extent.start, extent.end, extent.local_start):
                item = nested(used.element, story, piece, end - start, self.grid, None, role=role)
                if item is not None:
                    self.sounds.append(SoundItem(role, start, end, item, lane != 0, ""))

    def _inner(self, contents: Contents, used: _Used) -> Story:
        """What is inside a container, as far as it is used."""
        if len(contents.ids) > DEEPEST_NESTING:
            raise TimelineUnreadable(f"Compound clips are nested more than {DEEPEST_NESTING} deep.")
        ratio = contents.grid.rate / self.grid.rate
        edges = [edge for piece in used.retiming.pieces(used.local_start, used.end - used.start)
                 for edge in (piece.source_start, piece.source_end)]  # fmt: skip
        stories = []
        for zero in dict.fromkeys((*contents.zeros, *contents.if_empty(used.local_start))):
            first, last = (exact(Fraction(edge) * ratio) - zero for edge in (min(edges), max(edges)))
            story = Story(self.reading, contents.grid, Window(first, max(last, first + 1)), contents.ids)
            stories.append(story.read(contents))
            story.zero = zero
            if not story.shows_nothing:
                if len(stories) > 1:
                    self.reading.moved.append(used.element.get("name") or used.element.tag)
                return story
        return stories[0]

    def _pieces(self, used: _Used) -> Iterator[tuple[Piece, int, int]]:
        for edge in (used.start, used.end):
            if abs(Fraction(edge - round_frames(edge))) > _OFF_GRID:
                self.reading.off_grid.append(used.element.get("name") or used.element.tag)
                break
        yield from spread(used.retiming, used.start, used.end, used.local_start)

    def _fade(self, laid: Laid, strip: Strip) -> None:
        element = laid.element
        if element.find("filter-video") is None and element.find("filter-audio") is not None:
            return  # fades the sound alone
        strip.entries.append(Fade(round_frames(laid.start), round_frames(laid.end), element.get("name", "")))

    def _note_sound(self, used: _Used, item: otio.core.Item) -> None:
        """Markers on what is only heard stay on it: they say nothing of the picture."""
        first = item.source_range.start_time
        for note in notes_of(used.element, self.grid):
            passed = used.parent(note.at) - used.start
            if 0 <= passed < used.end - used.start:
                at = first.value + float(passed * Fraction(first.rate) / self.grid.rate)
                item.markers.append(note.marker(otio.opentime.RationalTime(at, first.rate)))

    def _note(self, used: _Used) -> None:
        if used.element.get("enabled") == "0":
            return
        for note in notes_of(used.element, self.grid):
            at = used.parent(note.at)
            if used.start <= at < used.end:
                self.notes.append((round_frames(at), note))


@dataclass(frozen=True)
class _Used:
    """A clip's element at [start, end) of its story, from `local_start` of its own time."""

    element: Element
    start: Exact
    end: Exact
    local_start: Exact
    retiming: Retiming = AS_IS

    def parent(self, local: Exact) -> Exact:
        """Where in the story a moment of the clip's own time stands."""
        passed = local - self.local_start
        return self.start + (passed if self.retiming.pace == 1 else Fraction(passed) / self.retiming.pace)

    @property
    def local_window(self) -> tuple[Exact, Exact]:
        return self.local_start, self.local_start + (self.end - self.start) * self.retiming.pace

    def sound_extent(self, grid: Grid) -> _Used:
        """The clip as far as it is heard: in a split edit (J or L cut) elsewhere than it is seen."""
        start, length = self.element.get("audioStart"), self.element.get("audioDuration")
        if start is None and length is None:
            return self
        local = grid.frames(start, self.local_start)
        begin = self.parent(local)
        end = begin + grid.frames(length) if length is not None else self.end
        return _Used(self.element, begin, end, local, self.retiming)


def _level_said(element: Element) -> dict[str, Any]:
    """What a clip's metadata keeps of its level: nothing where it is 0 dB."""
    points = level_points(element)
    if len(points) == 1:
        return {LEVEL_KEY: points[0][1]} if points[0][1] else {}
    return {LEVEL_KEY: [[at_s, level_db] for at_s, level_db in points]}
